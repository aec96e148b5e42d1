"""Events: changes that belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import ChangeRow, Event
from db.queries import changes
from db.records import ChangeRecord


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One event with its changes, hidden ones left out, in the order stored."""

    id: int
    page_id: int
    at: datetime
    changes: tuple[ChangeRecord, ...]


def find(
    session: Session, limit: int, *, before_id: int | None = None, page_id: int | None = None
) -> list[EventRecord]:
    """Events newest first, of one article where it is named."""
    query = select(Event).order_by(Event.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(Event.id < before_id)
    if page_id is not None:
        query = query.where(Event.page_id == page_id)
    return _with_changes(session, list(session.scalars(query)))


def get(session: Session, event_id: int) -> EventRecord | None:
    row = session.get(Event, event_id)
    return _with_changes(session, [row])[0] if row else None


def _with_changes(session: Session, rows: Sequence[Event]) -> list[EventRecord]:
    """Changes have no index by event; by article they do, and an event is of one article."""
    query = select(ChangeRow.id).where(
        ChangeRow.page_id.in_({row.page_id for row in rows}),
        ChangeRow.event_id.in_([row.id for row in rows]),
        ChangeRow.suppressed_by.is_(None),
    )
    found: dict[int | None, list[ChangeRecord]] = {}
    for record in reversed(changes.by_ids(session, list(session.scalars(query)))):
        found.setdefault(record.event_id, []).append(record)
    return [EventRecord(row.id, row.page_id, row.at, tuple(found.get(row.id, ()))) for row in rows]
