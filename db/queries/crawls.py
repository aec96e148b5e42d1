"""One-off crawls: asked for by anyone, run by the engine that holds the home."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from db.models import Crawl, CrawlItemRow
from db.records import CrawlItem, CrawlRecord


def add(session: Session, targets: Iterable[str], options: Mapping[str, Any], requested_by: str, now: datetime) -> int:
    """Ask for a crawl. Gives its id."""
    row = Crawl(
        requested_at=now, requested_by=requested_by, targets=list(targets), options=dict(options), state="queued"
    )
    session.add(row)
    session.flush()
    return row.id


def add_items(session: Session, crawl_id: int, urls: Iterable[str]) -> None:
    rows = [{"crawl_id": crawl_id, "url": url, "state": "queued"} for url in urls]
    if rows:
        session.execute(insert(CrawlItemRow), rows)


def record(session: Session, crawl_id: int, **values: Any) -> None:
    session.execute(update(Crawl).where(Crawl.id == crawl_id).values(**values))


def record_item(session: Session, item_id: int, **values: Any) -> None:
    session.execute(update(CrawlItemRow).where(CrawlItemRow.id == item_id).values(**values))


def get(session: Session, crawl_id: int) -> CrawlRecord | None:
    row = session.get(Crawl, crawl_id)
    return _record(session, row) if row else None


def recent(session: Session, limit: int = 50) -> list[CrawlRecord]:
    """The last crawls, newest first."""
    return [_record(session, row) for row in session.scalars(select(Crawl).order_by(Crawl.id.desc()).limit(limit))]


def unfinished(session: Session) -> list[CrawlRecord]:
    """Crawls still to run, oldest first: those left `running` by a process that died are among them."""
    query = select(Crawl).where(Crawl.state != "done").order_by(Crawl.id)
    return [_record(session, row) for row in session.scalars(query)]


def items(session: Session, crawl_id: int, *, after_id: int = 0, states: Iterable[str] = ()) -> list[CrawlItem]:
    """A crawl's addresses, oldest first."""
    query = select(CrawlItemRow).where(CrawlItemRow.crawl_id == crawl_id, CrawlItemRow.id > after_id)
    wanted = list(states)
    if wanted:
        query = query.where(CrawlItemRow.state.in_(wanted))
    return [_item(row) for row in session.scalars(query.order_by(CrawlItemRow.id))]


def _item(row: CrawlItemRow) -> CrawlItem:
    return CrawlItem(
        id=row.id,
        crawl_id=row.crawl_id,
        url=row.url,
        state=row.state,
        page_id=row.page_id,
        status=row.status,
        outcome=row.outcome,
        reason=row.reason,
        detail=row.detail,
        revision_id=row.revision_id,
        done_at=row.done_at,
    )


def _record(session: Session, row: Crawl) -> CrawlRecord:
    query = select(CrawlItemRow.state, func.count()).where(CrawlItemRow.crawl_id == row.id).group_by(CrawlItemRow.state)
    counts = dict(session.execute(query).all())
    return CrawlRecord(
        id=row.id,
        requested_at=row.requested_at,
        requested_by=row.requested_by,
        targets=tuple(row.targets),
        options=dict(row.options),
        state=row.state,
        started_at=row.started_at,
        finished_at=row.finished_at,
        total=sum(counts.values()),
        done=counts.get("done", 0),
        failed=counts.get("failed", 0),
    )
