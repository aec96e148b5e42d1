"""What edits and bodies are alike (templates, syndication), and what was ruled on changes later"""

import sqlalchemy as sa
from alembic import op

from db.models import Utc

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _to(table: str, owner: str, *, key: bool = False) -> "sa.Column[int]":
    reference = sa.ForeignKey(f"{table}.id", ondelete="CASCADE", name=f"fk_{owner}_{table}_id")
    return sa.Column(f"{table}_id", KEY, reference, nullable=False, primary_key=key)


def upgrade() -> None:
    _rulings()
    _templates()
    _fingerprints()


def _rulings() -> None:
    op.create_table(
        "change_step",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("batch", sa.String(length=32), nullable=False),
        _to("change", "change_step"),
        sa.Column("action", sa.String(length=12), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=True),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("at", Utc(), nullable=False),
    )
    for name in ("batch", "action", "change_id"):
        op.create_index(f"ix_change_step_{name}", "change_step", [name])


def _templates() -> None:
    op.create_table(
        "edit_print",
        _to("change", "edit_print", key=True),
        _to("source", "edit_print"),
        _to("page", "edit_print"),
        sa.Column("print", KEY, nullable=False),
        sa.Column("at", Utc(), nullable=False),
    )
    op.create_index("ix_edit_print_source_id_print_at", "edit_print", ["source_id", "print", "at"])
    op.create_index("ix_edit_print_at", "edit_print", ["at"])
    op.create_table(
        "source_event",
        sa.Column("id", KEY, primary_key=True),
        _to("source", "source_event"),
        sa.Column("print", KEY, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("surface", sa.String(length=20), nullable=True),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("first_at", Utc(), nullable=False),
        sa.Column("last_at", Utc(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_source_event_source_id_print", "source_event", ["source_id", "print"])


def _fingerprints() -> None:
    op.create_table(
        "fingerprint",
        _to("page", "fingerprint", key=True),
        sa.Column("revision_id", KEY, nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "fingerprint_band",
        sa.Column("band", KEY, primary_key=True, autoincrement=False),
        _to("page", "fingerprint_band", key=True),
    )
    op.create_index("ix_fingerprint_band_page_id", "fingerprint_band", ["page_id"])
