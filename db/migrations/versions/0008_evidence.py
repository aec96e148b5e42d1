"""The log of evidence"""

import sqlalchemy as sa
from alembic import op

from db.models import Utc

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNSEALED = sa.text("leaf IS NULL")


def upgrade() -> None:
    op.add_column("revision", sa.Column("around", sa.Integer(), nullable=True))
    op.add_column("revision", sa.Column("record_digest", sa.String(length=64), nullable=True))
    op.add_column("change", sa.Column("rules_version", sa.String(length=64), nullable=True))
    for table, first in (("revision", "id"), ("reading", "revision_id"), ("change", "id")):
        op.add_column(table, sa.Column("leaf", KEY, nullable=True))
        op.create_index(
            f"ix_{table}_unsealed", table, [first], sqlite_where=UNSEALED, postgresql_where=UNSEALED, unique=False
        )
    _log()
    op.create_table(
        "archive_segment",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("bytes", KEY, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("leaf", KEY, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_archive_segment")),
    )


def _log() -> None:
    op.create_table(
        "leaf",
        sa.Column("idx", KEY, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("ref", KEY, nullable=False),
        sa.Column("part", sa.String(length=80), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("idx", name=op.f("pk_leaf")),
    )
    op.create_index(op.f("ix_leaf_kind_ref"), "leaf", ["kind", "ref"], unique=False)
    op.create_index(op.f("ix_leaf_kind_part"), "leaf", ["kind", "part"], unique=False)
    op.create_table(
        "log_node",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("idx", KEY, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "idx", name=op.f("pk_log_node")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("id", KEY, nullable=False),
        sa.Column("size", KEY, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("stamp", sa.LargeBinary(), nullable=True),
        sa.Column("leaf", KEY, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkpoint")),
        sqlite_autoincrement=True,
    )
