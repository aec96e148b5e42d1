"""Words in changes: the index that makes a rare word quick to find, FTS5 trigrams on SQLite, pg_trgm on PostgreSQL.

Migration 0002 makes the index and the triggers that keep it; it is no table of the models. It holds natures, headline, before
and after of each change as one text. It only narrows: what it offers is tested again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, Text, column, literal_column, table
from sqlalchemy.orm import InstrumentedAttribute, Session

from db.models import ChangeRow

SHORTEST = 3  # letters of a trigram: a shorter word is looked for without the index
INDEX = table("change_search", column("rowid", Integer), column("change_search", Text))
_TEXT = (
    "change.natures || ' ' || coalesce(change.headline, '') || ' ' || coalesce(change.before, '') "
    "|| ' ' || coalesce(change.after, '')"
)
_COLUMNS: tuple[InstrumentedAttribute[Any], ...] = (ChangeRow.headline, ChangeRow.before, ChangeRow.after)


def belongs(name: str | None, type_: str, _parents: Any = None) -> bool:
    """Whether a name that the database reports is one of the models': an index of words and its shadow tables are not."""
    ours = ("change_search", "ix_change_search", "text_search", "ix_text_search")
    return type_ not in {"table", "index"} or not (name or "").startswith(ours)


def on_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def trigrams(word: str) -> str | None:
    """The FTS5 query for changes that may hold the word; None where it is too short to have a trigram."""
    if len(word) < SHORTEST or "\x00" in word:
        return None
    found = dict.fromkeys(word[at : at + 3] for at in range(len(word) - 2))
    return " AND ".join('"' + three.replace('"', '""') + '"' for three in found)


def like(word: str) -> str:
    """The pattern that finds the word anywhere; the escape is a backslash."""
    return "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def condition(word: str) -> Any:
    """On PostgreSQL: the word stands in the text that is indexed, whatever its case."""
    return literal_column(f"({_TEXT})", Text).ilike(like(word), escape="\\")


def holds(row: Any, word: str) -> bool:
    """Whether the word stands in one of a row's texts, whatever its case in any script (SQLite's own LIKE knows ASCII only)."""
    return any(word in (getattr(row, field.key) or "").casefold() for field in _COLUMNS)


def columns() -> tuple[InstrumentedAttribute[Any], ...]:
    """What `holds` looks at."""
    return _COLUMNS
