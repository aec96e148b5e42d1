"""Dictionaries that stored texts are compressed with"""

import sqlalchemy as sa
from alembic import op

from db.models import Utc

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "dictionary",
        sa.Column("id", key, autoincrement=False, nullable=False),
        sa.Column("made_at", Utc(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("samples", sa.JSON(), nullable=False),
        sa.Column("upto", key, nullable=False),
        sa.Column("kept", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dictionary")),
    )


def downgrade() -> None:
    op.drop_table("dictionary")
