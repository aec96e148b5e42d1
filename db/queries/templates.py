"""Edits by their print, and the source events that the same edit on many pages makes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from db.models import ChangeRow, Page, Source
from db.models_derived import EditPrint, SourceEvent
from db.types import Change


@dataclass(frozen=True, slots=True)
class SourceEventRecord:
    """One edit that a source made on `pages` pages, of `compared` that were looked at meanwhile."""

    id: int
    source_id: int
    source: str
    print: int
    kind: str
    surface: str | None
    before: str | None
    after: str | None
    first_at: datetime
    last_at: datetime
    pages: int
    compared: int
    undone: bool


def note(session: Session, change_id: int, *, source_id: int, page_id: int, print_: int, at: datetime) -> None:
    """Remember a change's print."""
    session.add(EditPrint(change_id=change_id, source_id=source_id, page_id=page_id, print=print_, at=at))
    session.flush()


def pages_with(session: Session, source_id: int, print_: int, since: datetime) -> tuple[int, datetime | None]:
    """On how many pages of a source an edit stood since then, and when it was first seen."""
    query = select(func.count(EditPrint.page_id.distinct()), func.min(EditPrint.at)).where(
        EditPrint.source_id == source_id, EditPrint.print == print_, EditPrint.at >= since
    )
    count, first = session.execute(query).one()
    return int(count), first


def compared_since(session: Session, source_id: int, since: datetime) -> int:
    """How many pages of a source were looked at with success since then, and so would show an edit made before."""
    query = select(func.count()).where(
        Page.source_id == source_id, Page.last_success_at >= since, Page.latest_revision_id.is_not(None)
    )
    return session.scalar(query) or 0


def shown_with(session: Session, source_id: int, print_: int, since: datetime) -> list[int]:
    """Ids of the changes with that print that nothing hides."""
    query = (
        select(EditPrint.change_id)
        .join(ChangeRow, ChangeRow.id == EditPrint.change_id)
        .where(EditPrint.source_id == source_id, EditPrint.print == print_, EditPrint.at >= since)
        .where(ChangeRow.suppressed_by.is_(None))
    )
    return list(session.scalars(query))


def changes_of(session: Session, event: SourceEventRecord) -> list[int]:
    """Ids of the changes that an event folded, as far as their prints are kept."""
    query = select(EditPrint.change_id).where(
        EditPrint.source_id == event.source_id, EditPrint.print == event.print, EditPrint.at >= event.first_at
    )
    return list(session.scalars(query.order_by(EditPrint.change_id)))


def latest_event(session: Session, source_id: int, print_: int, since: datetime) -> SourceEventRecord | None:
    """The last event of that edit, where it was seen since then; one that was undone as well."""
    query = _select().where(
        SourceEvent.source_id == source_id, SourceEvent.print == print_, SourceEvent.last_at >= since
    )
    row = session.execute(query.order_by(SourceEvent.id.desc()).limit(1)).first()
    return _record(*row) if row else None


def add_event(
    session: Session,
    source_id: int,
    print_: int,
    change: Change,
    *,
    first_at: datetime,
    last_at: datetime,
    compared: int,
) -> int:
    row = SourceEvent(
        source_id=source_id,
        print=print_,
        kind=str(change.kind),
        surface=change.surface,
        before=change.before,
        after=change.after,
        first_at=first_at,
        last_at=last_at,
        pages=0,
        compared=compared,
        undone=False,
    )
    session.add(row)
    session.flush()
    return row.id


def count_pages(session: Session, event_id: int, *, pages: int, compared: int, at: datetime) -> None:
    """The event's reach as it is now."""
    values = {"pages": pages, "compared": compared, "last_at": at}
    session.execute(update(SourceEvent).where(SourceEvent.id == event_id).values(**values))


def undo(session: Session, event_id: int) -> None:
    """Its edit is no template's: what comes with it from now on is shown."""
    session.execute(update(SourceEvent).where(SourceEvent.id == event_id).values(undone=True))


def get(session: Session, event_id: int) -> SourceEventRecord | None:
    row = session.execute(_select().where(SourceEvent.id == event_id)).first()
    return _record(*row) if row else None


def every(session: Session, *, source: str | None = None, limit: int = 50) -> list[SourceEventRecord]:
    """Source events, newest first."""
    query = _select().order_by(SourceEvent.id.desc()).limit(limit)
    return [_record(*row) for row in session.execute(query.where(Source.name == source) if source else query)]


def forget_before(session: Session, before: datetime) -> int:
    """Drop prints that are too old to fold with new ones."""
    return int(session.execute(delete(EditPrint).where(EditPrint.at < before)).rowcount)  # type: ignore[attr-defined]


def _select() -> Select[SourceEvent, str]:
    return select(SourceEvent, Source.name).join(Source, Source.id == SourceEvent.source_id)


def _record(row: SourceEvent, source: str) -> SourceEventRecord:
    return SourceEventRecord(
        row.id,
        row.source_id,
        source,
        row.print,
        row.kind,
        row.surface,
        row.before,
        row.after,
        row.first_at,
        row.last_at,
        row.pages,
        row.compared,
        row.undone,
    )
