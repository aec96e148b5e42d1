"""Sources: what the file declares and what was changed beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Source
from db.records import SourceRecord

ADHOC = "adhoc"  # the source of one-off crawls that name no other


def _record(row: Source) -> SourceRecord:
    return SourceRecord(row.id, row.name, row.home, row.declared, row.enabled, dict(row.settings), dict(row.overrides))


def sync(session: Session, declared: Iterable[tuple[str, str | None, Mapping[str, Any]]], now: datetime) -> None:
    """Make the table say what the file says: `(name, home, settings)` each. A source that left the file stays, undeclared."""
    rows = {row.name: row for row in session.scalars(select(Source))}
    names = set()
    for name, home, settings in declared:
        names.add(name)
        row = rows.get(name) or _add(session, name, now)
        row.home, row.declared, row.settings = home, True, dict(settings)
    for name, row in rows.items():
        if name not in names:
            row.declared = False


def _add(session: Session, name: str, now: datetime) -> Source:
    row = Source(name=name, home=None, declared=False, enabled=True, settings={}, overrides={}, created_at=now)
    session.add(row)
    return row


def every(session: Session) -> list[SourceRecord]:
    return [_record(row) for row in session.scalars(select(Source).order_by(Source.name))]


def names(session: Session) -> list[str]:
    """The names of all sources, in order of the alphabet."""
    return list(session.scalars(select(Source.name).order_by(Source.name)))


def get(session: Session, source_id: int) -> SourceRecord | None:
    row = session.get(Source, source_id)
    return _record(row) if row else None


def by_name(session: Session, name: str) -> SourceRecord | None:
    row = session.scalar(select(Source).where(Source.name == name))
    return _record(row) if row else None


def ensure(session: Session, name: str, now: datetime) -> SourceRecord:
    """The source of that name, made undeclared where there is none."""
    row = session.scalar(select(Source).where(Source.name == name))
    if row is None:
        row = _add(session, name, now)
        session.flush()
    return _record(row)


def override(session: Session, name: str, values: Mapping[str, Any]) -> None:
    """Store settings beside the file's; a value of None takes the override back. Raises `LookupError` for no such source."""
    row = session.scalar(select(Source).where(Source.name == name))
    if row is None:
        raise LookupError(name)
    merged = {**row.overrides, **values}
    row.overrides = {key: value for key, value in merged.items() if value is not None}


def set_enabled(session: Session, name: str, enabled: bool) -> None:
    """Switch a source on or off. Raises `LookupError` for no such source."""
    row = session.scalar(select(Source).where(Source.name == name))
    if row is None:
        raise LookupError(name)
    row.enabled = enabled


def set_home(session: Session, name: str, home: str | None) -> None:
    """Store a source's home page. Raises `LookupError` for no such source."""
    row = session.scalar(select(Source).where(Source.name == name))
    if row is None:
        raise LookupError(name)
    row.home = home
