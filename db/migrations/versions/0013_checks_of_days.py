"""What looks that were dropped add up to: a row a day, source, host and outcome"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "check_day",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("host", sa.String(length=300), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_check_day_source_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("day", "source_id", "host", "outcome", "reason", name=op.f("pk_check_day")),
    )
    op.create_index(op.f("ix_check_day_source_id_day"), "check_day", ["source_id", "day"])


def downgrade() -> None:
    op.drop_table("check_day")
