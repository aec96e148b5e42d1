"""Checks: one narrow row a visit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, delete, func, insert, select, tuple_
from sqlalchemy.orm import Session

from db.models import Check, CheckDay, Page
from db.records import ArchiveRef, CheckRecord
from db.types import Outcome

_ADD = insert(cast("Table", Check.__table__))  # past the object mapper: every visit writes one

PORTION = 10_000  # of old checks dropped in one transaction

# a visit that saw the latest revision's words, fully or by the server's word
SAW_LATEST = (Outcome.NEW, Outcome.CHANGED, Outcome.SAME, Outcome.NOT_MODIFIED, Outcome.REBASED)


def row(
    page_id: int,
    at: datetime,
    outcome: str,
    *,
    status: int | None = None,
    reason: str | None = None,
    revision_id: int | None = None,
    ref: ArchiveRef | None = None,
) -> dict[str, Any]:
    """A check as a row to insert."""
    return {
        "page_id": page_id,
        "at": at,
        "outcome": str(outcome),
        "status": status,
        "reason": reason,
        "revision_id": revision_id,
        "segment": ref.segment if ref else None,
        "offset": ref.offset if ref else None,
        "length": ref.length if ref else None,
        "digest": ref.digest if ref else None,
    }


def add(session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert checks made by `row`, in one statement."""
    session.flush()
    session.connection().execute(_ADD, [dict(r) for r in rows])


def _record(check: Check) -> CheckRecord:
    ref = None
    if check.segment is not None and check.offset is not None and check.length is not None:
        ref = ArchiveRef(check.segment, check.offset, check.length, check.digest or "")
    return CheckRecord(
        check.id, check.page_id, check.at, check.outcome, check.status, check.reason, check.revision_id, ref
    )


def of_page(session: Session, page_id: int, limit: int = 100, *, before_id: int | None = None) -> list[CheckRecord]:
    """A page's checks, newest first; with `before_id`, those that came before that one."""
    query = select(Check).where(Check.page_id == page_id).order_by(Check.at.desc(), Check.id.desc()).limit(limit)
    if before_id is not None:
        at = select(Check.at).where(Check.id == before_id).scalar_subquery()
        query = query.where(tuple_(Check.at, Check.id) < tuple_(at, before_id))
    return [_record(check) for check in session.scalars(query)]


def last_seen_at(session: Session, page_id: int, until: datetime) -> datetime | None:
    """The last visit that saw the latest revision: the `not_before` of the next, which comes at `until`. One that was noted
    later, before the clock was set back, tells nothing."""
    query = select(func.max(Check.at)).where(Check.page_id == page_id, Check.at <= until, Check.outcome.in_(SAW_LATEST))
    return session.scalar(query)


def failures_since(session: Session, since: datetime) -> dict[str, int]:
    """How many checks failed since then, by reason."""
    query = (
        select(Check.reason, func.count())
        .where(Check.at >= since, Check.outcome == Outcome.FAILED)
        .group_by(Check.reason)
    )
    return {reason or "unknown": count for reason, count in session.execute(query)}


def newest_reason(session: Session, since: datetime) -> str | None:
    """Why the newest visit since then failed; None where it did not, or there was none."""
    query = (
        select(Check.reason, Check.outcome).where(Check.at >= since).order_by(Check.at.desc(), Check.id.desc()).limit(1)
    )
    found = session.execute(query).first()
    return found[0] if found and found[1] == Outcome.FAILED else None


def count_since(session: Session, since: datetime) -> int:
    return session.scalar(select(func.count()).where(Check.at >= since)) or 0


def delete_before(session: Session, before: datetime, limit: int = PORTION) -> int:
    """Housekeeping: drop checks older than that which carry no revision into the sums of their days. Gives how many; at
    most `limit` at once, so that nobody waits long for the writer."""
    query = (
        select(Check.id, Check.at, Check.outcome, Check.reason, Page.source_id, Page.host)
        .join(Page, Page.id == Check.page_id)
        .where(Check.at < before, Check.revision_id.is_(None))
        .order_by(Check.at)
        .limit(limit)
    )
    old = session.execute(query).all()
    sums = Counter(
        (at.strftime("%Y-%m-%d"), source, host, outcome, why or "") for _, at, outcome, why, source, host in old
    )
    for key in sorted(sums):
        _add_to_day(session, key, sums[key])
    for start in range(0, len(old), 500):
        session.execute(delete(Check).where(Check.id.in_([row[0] for row in old[start : start + 500]])))
    return len(old)


def _add_to_day(session: Session, key: tuple[str, int, str, str, str], count: int) -> None:
    row = session.get(CheckDay, key)
    if row is None:
        day, source_id, host, outcome, reason = key
        session.add(CheckDay(day=day, source_id=source_id, host=host, outcome=outcome, reason=reason, count=count))
    else:
        row.count += count


def dropped_since(session: Session, source_id: int, since: datetime) -> dict[tuple[str, str], int]:
    """A source's looks that were dropped since then, by whole UTC days, counted by `(outcome, reason)`."""
    query = (
        select(CheckDay.outcome, CheckDay.reason, func.sum(CheckDay.count))
        .where(CheckDay.source_id == source_id, CheckDay.day >= since.strftime("%Y-%m-%d"))
        .group_by(CheckDay.outcome, CheckDay.reason)
    )
    return {(outcome, reason): int(count) for outcome, reason, count in session.execute(query)}
