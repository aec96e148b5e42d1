"""How busy the hours of a source's day are: edits found and expected, by hour"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source_hour",
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("edits", sa.Float(), nullable=False, server_default="0"),
        sa.Column("expected", sa.Float(), nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_source_hour_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "hour", name=op.f("pk_source_hour")),
    )


def downgrade() -> None:
    op.drop_table("source_hour")
