"""Archive files of many machines and of a store, what is to be blanked in them, and the log's keys"""

import sqlalchemy as sa
from alembic import op

from db.models import Utc

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "archive_file",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("holder", sa.String(200), nullable=False),
        sa.Column("written_at", Utc(), nullable=False),
        sa.Column("stored", _key(), nullable=False, server_default="0"),
        sa.Column("tail", _key(), nullable=False, server_default="0"),
        sa.Column("pieces", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("digest", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_archive_file")),
    )
    op.create_index(op.f("ix_archive_file_holder"), "archive_file", ["holder"])
    op.create_table(
        "erasure",
        sa.Column("id", _key(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("urls", sa.JSON(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_table(
        "erasure_done",
        sa.Column("erasure_id", _key(), nullable=False),
        sa.Column("holder", sa.String(200), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["erasure_id"], ["erasure.id"], name=op.f("fk_erasure_done_erasure_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("erasure_id", "holder", name=op.f("pk_erasure_done")),
    )
    op.create_table(
        "evidence_key",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.Column("signs", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_evidence_key")),
    )


def downgrade() -> None:
    for table in ("evidence_key", "erasure_done", "erasure", "archive_file"):
        op.drop_table(table)
