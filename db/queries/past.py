"""Versions put between those that stand: their order, their windows, and the changes that follow from both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from db.evidence import facts, seal
from db.models import ChangeRow, Check, Revision
from db.queries.checks import SAW_LATEST
from db.types import Outcome

IMPORTED = "import"
"""The reason on a check that tells of an absence taken in from elsewhere."""


def visited_at(session: Session, page_id: int) -> set[datetime]:
    """The instants of a page's visits."""
    return set(session.scalars(select(Check.at).where(Check.page_id == page_id)))


def last_sight(
    session: Session, page_id: int, after: datetime, before: datetime, reader: str | None
) -> datetime | None:
    """The last visit between both that saw the version which stood. `reader` is the other program whose sights count, if any."""
    query = select(func.max(Check.at)).where(*_same(page_id, reader), Check.at > after, Check.at < before)
    return session.scalar(query)


def seen_again(
    session: Session, page_id: int, after: datetime, until: datetime | None, reader: str | None
) -> datetime | None:
    """The first visit after then, and before `until`, that saw the version which stood."""
    query = select(func.min(Check.at)).where(*_same(page_id, reader), Check.at > after)
    return session.scalar(query if until is None else query.where(Check.at < until))


def _same(page_id: int, reader: str | None) -> tuple[Any, ...]:
    by = Check.reason.is_(None) if reader is None else Check.reason == reader
    return Check.page_id == page_id, Check.outcome.in_(SAW_LATEST), Check.revision_id.is_(None), by


def doubted(session: Session, page_id: int, after: datetime, before: datetime) -> tuple[datetime, str] | None:
    """Past sights between both that were not believed yet: since when, and the reading digest of the last one."""
    query = select(Check.at, Check.digest).where(Check.page_id == page_id, Check.outcome == Outcome.HELD)
    query = query.where(Check.segment.is_(None), Check.digest.is_not(None), Check.at > after, Check.at < before)
    rows = session.execute(query.order_by(Check.at)).all()
    return (rows[0].at, rows[-1].digest) if rows else None


def presence(session: Session, page_id: int) -> list[tuple[datetime, bool, bool]]:
    """The page's visits that found the article or found it missing, in order: when, whether it was there, and whether the visit
    was taken in from elsewhere."""
    query = select(Check.at, Check.outcome, Check.reason).where(Check.page_id == page_id)
    query = query.where(Check.outcome.in_((*SAW_LATEST, Outcome.GONE))).order_by(Check.at, Check.id)
    return [(at, outcome != Outcome.GONE, reason == IMPORTED) for at, outcome, reason in session.execute(query)]


def narrow(
    session: Session, revision_id: int, *, not_before: datetime | None = None, not_after: datetime | None = None
) -> None:
    """A version's window, and that of the changes it brought, is narrower than was known."""
    values: dict[str, Any] = {"not_before": not_before, "not_after": not_after}
    values = {name: value for name, value in values.items() if value is not None}
    session.execute(update(Revision).where(Revision.id == revision_id).values(**values))
    mine = update(ChangeRow).where(ChangeRow.revision_after == revision_id)
    session.execute(mine.values(**values, leaf=None))


def follows(session: Session, revision_id: int, before_id: int) -> None:
    """The changes that a version brought are from another version than was known."""
    mine = update(ChangeRow).where(ChangeRow.revision_after == revision_id)
    session.execute(mine.values(revision_before=before_id, leaf=None))


def give(
    session: Session, change_id: int, revision_id: int, *, before: int, window: tuple[datetime | None, datetime]
) -> None:
    """A change came with an earlier version than was known; it keeps its number and what people made of it."""
    not_before, not_after = window
    values = {
        "revision_after": revision_id,
        "revision_before": before,
        "not_before": not_before,
        "not_after": not_after,
    }
    session.execute(update(ChangeRow).where(ChangeRow.id == change_id).values(**values, last_seen=not_after, leaf=None))


def uncompared(session: Session, revision_id: int) -> None:
    session.execute(update(Revision).where(Revision.id == revision_id).values(compared=False))


def put_in_order(session: Session, ids: Sequence[int]) -> set[int]:
    """Number a page's versions in this order, and have each point to the first that is equal. Gives those that say something else
    now."""
    columns = (Revision.id, Revision.seq, Revision.same_as, Revision.reading_digest)
    rows = {row.id: row for row in session.execute(select(*columns).where(Revision.id.in_(ids)))}
    wanted: dict[int, dict[str, Any]] = {}
    first: dict[str, int] = {}
    for seq, number in enumerate(ids, 1):
        row = rows[number]
        same_as = first.get(row.reading_digest)
        first.setdefault(row.reading_digest, number)
        if (row.seq, row.same_as) != (seq, same_as):
            wanted[number] = {"seq": seq, "same_as": same_as}
    for number in wanted:  # out of the way: a number is given once a page
        session.execute(update(Revision).where(Revision.id == number).values(seq=-number))
    for number, values in wanted.items():
        session.execute(update(Revision).where(Revision.id == number).values(**values))
    return set(wanted)


def seal_again(session: Session, ids: Iterable[int], now: datetime, archive: Path) -> None:
    """What is said of these versions is no more what was sealed: seal it anew. Those not sealed yet are left to the sealer."""
    session.expire_all()
    again = []
    for number in sorted(ids):
        if session.scalar(select(Revision.leaf).where(Revision.id == number)) is not None:
            seal.forget(session, facts.REVISION, ref=number)
            session.execute(update(Revision).where(Revision.id == number).values(leaf=None))
            again.append(number)
    left = select(func.count()).where(Revision.id.in_(again), Revision.leaf.is_(None))
    while again and session.scalar(left) and seal.append(session, now, archive):
        session.expire_all()
