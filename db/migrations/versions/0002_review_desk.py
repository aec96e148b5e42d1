"""The review desk: judgements that can be undone, tags, hiding rules, saved views, and the index that search reads"""

import sqlalchemy as sa
from alembic import op

from db.models import Utc

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HIDDEN = sa.text("suppressed_by IS NOT NULL")
STATS = ["not_after", "source_id", "significance", "kind", "surface", "natures", "suppressed_by", "page_id"]
TEXT = (
    "{0}natures || ' ' || coalesce({0}headline, '') || ' ' || coalesce({0}before, '') || ' ' || coalesce({0}after, '')"
)


def upgrade() -> None:
    _tables()
    with op.batch_alter_table("triage") as table:
        table.add_column(sa.Column("by", sa.String(length=80), nullable=True))
        table.create_index("ix_triage_state_change_id", ["state", "change_id"])
    op.drop_index("ix_change_not_after", "change")
    op.create_index("ix_change_stats", "change", STATS)
    op.create_index("ix_change_created_at", "change", ["created_at"])
    op.create_index("ix_change_revision_after", "change", ["revision_after"])
    op.create_index("ix_change_noise", "change", ["id"], sqlite_where=HIDDEN, postgresql_where=HIDDEN)
    if op.get_bind().dialect.name == "sqlite":
        _search_on_sqlite()
    else:
        _search_on_postgres()


def _tables() -> None:
    op.create_table(
        "triage_step",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("batch", sa.String(length=32), nullable=False),
        _reference("change", nullable=False, table="triage_step"),
        sa.Column("before", sa.String(length=12), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=True),
    )
    op.create_index("ix_triage_step_batch", "triage_step", ["batch"])
    op.create_index("ix_triage_step_change_id", "triage_step", ["change_id"])
    op.create_table(
        "change_tag",
        _reference("change", nullable=False, table="change_tag"),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("change_id", "name", name="pk_change_tag"),
    )
    op.create_index("ix_change_tag_name_change_id", "change_tag", ["name", "change_id"])
    op.create_table(
        "hide_rule",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("surface", sa.String(length=20), nullable=True),
        _reference("source", nullable=True, table="hide_rule"),
        _reference("page", nullable=True, table="hide_rule"),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=True),
    )
    op.create_index("ix_hide_rule_source_id", "hide_rule", ["source_id"])
    op.create_index("ix_hide_rule_page_id", "hide_rule", ["page_id"])
    op.create_table(
        "saved_view",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.UniqueConstraint("name", name="uq_saved_view_name"),
    )


def _reference(to: str, *, nullable: bool, table: str) -> "sa.Column[int]":
    name = f"fk_{table}_{to}_id"
    return sa.Column(f"{to}_id", KEY, sa.ForeignKey(f"{to}.id", ondelete="CASCADE", name=name), nullable=nullable)


_DELETE = "INSERT INTO change_search (change_search, rowid, words) VALUES ('delete', old.id, "
_INSERT = "INSERT INTO change_search (rowid, words) VALUES (new.id, "


def _search_on_sqlite() -> None:
    """Trigrams find parts of words in every script; without positions the index is a fraction of the text."""
    words = TEXT.format("") + " AS words"
    delete = _DELETE + TEXT.format("old.") + ");"
    insert = _INSERT + TEXT.format("new.") + ");"
    trigger = "CREATE TRIGGER change_search_{0} AFTER {1} ON change BEGIN {2} END"
    options = "content='change_text', content_rowid='id', tokenize='trigram', detail=none"
    for statement in (
        f"CREATE VIEW change_text AS SELECT id, {words} FROM change",  # noqa: S608 - words of this file alone
        f"CREATE VIRTUAL TABLE change_search USING fts5(words, {options})",
        "INSERT INTO change_search (change_search) VALUES ('rebuild')",
        trigger.format("insert", "INSERT", insert),
        trigger.format("delete", "DELETE", delete),
        trigger.format("update", "UPDATE OF natures, headline, before, after", delete + insert),
    ):
        op.execute(sa.text(statement))


def _search_on_postgres() -> None:
    """A server that does not let this user have pg_trgm does without: searches then go through the changes piece by piece."""
    bind = op.get_bind()
    try:
        with bind.begin_nested():
            bind.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except sa.exc.DBAPIError:
        return
    bind.execute(sa.text(f"CREATE INDEX ix_change_search ON change USING gin (({TEXT.format('')}) gin_trgm_ops)"))
