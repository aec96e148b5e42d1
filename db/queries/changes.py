"""Changes: what a person is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import replace as replaced
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from db.blobs import pack, unpack
from db.change_json import change_from_json, change_to_json
from db.models import ChangeRow, Event, Page, Source
from db.records import ChangeRecord
from db.types import SIGNIFICANCE_ORDER, Change, Significance

Rows = Select[*tuple[Any, ...]]
_NAMES = {number: name for name, number in SIGNIFICANCE_ORDER.items()}


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes: each part narrows. `after_id` and `before_id` are keyset cursors; `suppressed` shows hidden ones too."""

    since: datetime | None = None
    until: datetime | None = None
    after_id: int | None = None
    before_id: int | None = None
    sources: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    natures: tuple[str, ...] = ()
    min_significance: str | None = None
    page_id: int | None = None
    match: str | None = None
    suppressed: bool = False
    limit: int = 100
    newest_first: bool = True


def add(
    session: Session,
    page_id: int,
    source_id: int,
    change: Change,
    *,
    key: str,
    headline: str | None,
    not_before: datetime | None,
    not_after: datetime,
    now: datetime,
    revision_before: int | None = None,
    revision_after: int | None = None,
    event_id: int | None = None,
    rules_version: str | None = None,
) -> int | None:
    """Store a change under its key. None where a change with that key stands already (a task that ran twice)."""
    if session.scalar(select(ChangeRow.id).where(ChangeRow.key == key)) is not None:
        return None
    row = ChangeRow(
        key=key,
        page_id=page_id,
        source_id=source_id,
        event_id=event_id,
        kind=str(change.kind),
        surface=change.surface,
        natures=f",{','.join(change.natures)}," if change.natures else ",",
        significance=SIGNIFICANCE_ORDER[change.significance],
        before=change.before,
        after=change.after,
        detail=pack(change_to_json(change)),
        headline=headline,
        suppressed_by=change.suppressed_by,
        not_before=not_before,
        not_after=not_after,
        created_at=now,
        revision_before=revision_before,
        revision_after=revision_after,
        count=1,
        last_seen=not_after,
        rules_version=rules_version,
    )
    session.add(row)
    session.flush()
    return row.id


def ensure_event(session: Session, page_id: int, key: str, at: datetime) -> int:
    """The event of that key, made where there is none: changes of one revision pair belong together."""
    event_id = session.scalar(select(Event.id).where(Event.key == key))
    if event_id is None:
        event = Event(page_id=page_id, at=at, key=key)
        session.add(event)
        session.flush()
        event_id = event.id
    return event_id


def _record(row: ChangeRow, url: str, source: str) -> ChangeRecord:
    return ChangeRecord(
        id=row.id,
        page_id=row.page_id,
        url=url,
        source=source,
        headline=row.headline,
        change=change_from_json(unpack(row.detail)),
        not_before=row.not_before,
        not_after=row.not_after,
        created_at=row.created_at,
        revision_before=row.revision_before,
        revision_after=row.revision_after,
        event_id=row.event_id,
        count=row.count,
        last_seen=row.last_seen,
    )


def _select() -> Rows:
    query: Rows = (
        select(ChangeRow, Page.url, Source.name)
        .join(Page, Page.id == ChangeRow.page_id)
        .join(Source, Source.id == ChangeRow.source_id)
    )
    return query


def _narrow(query: Rows, wanted: ChangeFilter) -> Rows:
    conditions: list[Any] = []
    if not wanted.suppressed:
        conditions.append(ChangeRow.suppressed_by.is_(None))
    if wanted.since:
        conditions.append(ChangeRow.not_after >= wanted.since)
    if wanted.until:
        conditions.append(ChangeRow.not_after < wanted.until)
    if wanted.after_id is not None:
        conditions.append(ChangeRow.id > wanted.after_id)
    if wanted.before_id is not None:
        conditions.append(ChangeRow.id < wanted.before_id)
    if wanted.sources:
        conditions.append(Source.name.in_(wanted.sources))
    if wanted.kinds:
        conditions.append(ChangeRow.kind.in_(wanted.kinds))
    if wanted.natures:
        conditions.append(or_(*(ChangeRow.natures.like(f"%,{nature},%") for nature in wanted.natures)))
    if wanted.min_significance:
        conditions.append(ChangeRow.significance >= SIGNIFICANCE_ORDER[wanted.min_significance])
    if wanted.page_id is not None:
        conditions.append(ChangeRow.page_id == wanted.page_id)
    if wanted.match:
        conditions.append(_matches(wanted.match))
    return query.where(and_(*conditions)) if conditions else query


def _matches(word: str) -> Any:
    pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    columns = (ChangeRow.before, ChangeRow.after, ChangeRow.headline)
    return or_(*(column.ilike(pattern, escape="\\") for column in columns))


def find(session: Session, wanted: ChangeFilter) -> list[ChangeRecord]:
    """Changes that fit, newest first (or oldest first), at most `limit`."""
    order = ChangeRow.id.desc() if wanted.newest_first else ChangeRow.id.asc()
    query = _narrow(_select(), wanted).order_by(order).limit(wanted.limit)
    return [_record(*row) for row in session.execute(query)]


def stream(session: Session, wanted: ChangeFilter, batch: int = 500) -> Iterator[ChangeRecord]:
    """As `find` with the newest first, read in batches: memory stays that of one, however many fit."""
    left, before = wanted.limit, wanted.before_id
    while left > 0:
        found = find(session, replaced(wanted, limit=min(left, batch), before_id=before, newest_first=True))
        yield from found
        if len(found) < min(left, batch):
            return
        left, before = left - len(found), found[-1].id


def count(session: Session, wanted: ChangeFilter) -> int:
    """How many changes fit, whatever the limit."""
    joined = select(func.count()).select_from(ChangeRow).join(Source, Source.id == ChangeRow.source_id)
    return session.scalar(_narrow(joined, wanted)) or 0


def get(session: Session, change_id: int) -> ChangeRecord | None:
    row = session.execute(_select().where(ChangeRow.id == change_id)).first()
    return _record(*row) if row else None


def by_ids(session: Session, ids: Sequence[int]) -> list[ChangeRecord]:
    """These changes, newest first; those that do not exist are left out."""
    query = _select().where(ChangeRow.id.in_(ids)).order_by(ChangeRow.id.desc())
    return [_record(*row) for row in session.execute(query)] if ids else []


def existing(session: Session, ids: Sequence[int]) -> list[int]:
    """Which of these exist, in the order given, each once. Asked in portions of 500."""
    known: set[int] = set()
    for start in range(0, len(ids), 500):
        known.update(session.scalars(select(ChangeRow.id).where(ChangeRow.id.in_(ids[start : start + 500]))))
    return [change_id for change_id in dict.fromkeys(ids) if change_id in known]


def of_revision(session: Session, revision_id: int) -> list[ChangeRecord]:
    """The changes that a revision brought, in the order stored."""
    query = _select().where(ChangeRow.revision_after == revision_id).order_by(ChangeRow.id)
    return [_record(*row) for row in session.execute(query)]


def rules_of(session: Session, revision_id: int) -> set[str | None]:
    """By which rules the changes that a revision brought were found; None for one that was ruled on later."""
    query = select(ChangeRow.rules_version).where(ChangeRow.revision_after == revision_id)
    return set(session.scalars(query.distinct()))


def latest_of(
    session: Session,
    page_id: int,
    kind: str,
    surface: str | None,
    limit: int = 10,
    *,
    until: datetime | None = None,
) -> list[ChangeRecord]:
    """A page's last changes of one kind and surface, newest first: the history that flapping is seen in.

    With `until`, those seen by then, by the time they were seen.
    """
    same_surface = ChangeRow.surface.is_(None) if surface is None else ChangeRow.surface == surface
    query = _select().where(ChangeRow.page_id == page_id, ChangeRow.kind == kind, same_surface)
    if until is not None:
        query = query.where(ChangeRow.not_after <= until).order_by(ChangeRow.not_after.desc())
    return [_record(*row) for row in session.execute(query.order_by(ChangeRow.id.desc()).limit(limit))]


def count_again(session: Session, change_id: int, at: datetime) -> None:
    """One more return of a flapping change."""
    values = {"count": ChangeRow.count + 1, "last_seen": at, "leaf": None}  # sealed anew
    session.execute(update(ChangeRow).where(ChangeRow.id == change_id).values(**values))


def replace(session: Session, change_id: int, change: Change) -> None:
    """A change that turned out to be something else (flapping, suppressed): same id, new natures and rank."""
    values = {
        "natures": f",{','.join(change.natures)}," if change.natures else ",",
        "significance": SIGNIFICANCE_ORDER[change.significance],
        "suppressed_by": change.suppressed_by,
        "detail": pack(change_to_json(change)),
        "leaf": None,
        "rules_version": None,
    }
    session.execute(update(ChangeRow).where(ChangeRow.id == change_id).values(**values))


def count_by_significance(session: Session, since: datetime, kinds: Iterable[str] = ()) -> dict[str, int]:
    """How many changes a significance since then, hidden ones left out."""
    # an expression: SQLite would else walk the index of significance through the whole table, to save itself the grouping
    level = func.coalesce(ChangeRow.significance, 0)
    query = select(level, func.count()).where(ChangeRow.not_after >= since, ChangeRow.suppressed_by.is_(None))
    wanted = list(kinds)
    if wanted:
        query = query.where(ChangeRow.kind.in_(wanted))
    found = {_NAMES[number]: total for number, total in session.execute(query.group_by(level))}
    return {name: found.get(name, 0) for name in Significance}
