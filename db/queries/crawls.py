"""One-off crawls: asked for by anyone, run by the engine that holds the home."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from db.models import Crawl, CrawlItemRow
from db.records import CrawlItem, CrawlRecord


def add(
    session: Session,
    targets: Iterable[str],
    options: Mapping[str, Any],
    requested_by: str,
    now: datetime,
    *,
    request: tuple[str, str] | None = None,
) -> int:
    """Ask for a crawl. Gives its id. `request` is the key under which it is asked and a digest of what is asked, for `asked`."""
    key, digest = request or (None, None)
    row = Crawl(
        requested_at=now,
        requested_by=requested_by,
        targets=list(targets),
        options=dict(options),
        state="queued",
        request_key=key,
        request_digest=digest,
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


def finish(session: Session, crawl_id: int, now: datetime) -> None:
    """End a crawl none of whose addresses is left to visit."""
    left = select(CrawlItemRow.id).where(
        CrawlItemRow.crawl_id == crawl_id, CrawlItemRow.state.in_(("queued", "running"))
    )
    session.flush()
    session.execute(
        update(Crawl)
        .where(Crawl.id == crawl_id, Crawl.state != "done", ~left.exists())
        .values(state="done", finished_at=now)
    )


def get(session: Session, crawl_id: int) -> CrawlRecord | None:
    row = session.get(Crawl, crawl_id)
    return _record(session, row) if row else None


def asked(session: Session, key: str) -> tuple[int, str] | None:
    """The crawl that was asked for under a key, and the digest of what was asked."""
    row = session.execute(select(Crawl.id, Crawl.request_digest).where(Crawl.request_key == key)).first()
    return (row[0], row[1] or "") if row else None


def recent(session: Session, limit: int = 50, *, before_id: int | None = None) -> list[CrawlRecord]:
    """The last crawls, newest first; with `before_id`, those before that one."""
    query = select(Crawl).order_by(Crawl.id.desc()).limit(limit)
    rows = list(session.scalars(query if before_id is None else query.where(Crawl.id < before_id)))
    counts = _counts(session, [row.id for row in rows])
    return [_made(row, counts.get(row.id, {})) for row in rows]


def unfinished(session: Session) -> list[CrawlRecord]:
    """Crawls still to run, oldest first: those left `running` by a process that died are among them."""
    query = select(Crawl).where(Crawl.state != "done").order_by(Crawl.id)
    return [_record(session, row) for row in session.scalars(query)]


def items(
    session: Session, crawl_id: int, *, after_id: int = 0, states: Iterable[str] = (), limit: int | None = None
) -> list[CrawlItem]:
    """A crawl's addresses, oldest first."""
    query = select(CrawlItemRow).where(CrawlItemRow.crawl_id == crawl_id, CrawlItemRow.id > after_id)
    wanted = list(states)
    if wanted:
        query = query.where(CrawlItemRow.state.in_(wanted))
    return [item_of(row) for row in session.scalars(query.order_by(CrawlItemRow.id).limit(limit))]


def finished(session: Session, crawl_id: int, since: datetime | None = None) -> list[CrawlItem]:
    """A crawl's addresses that were answered or failed, since then where given, in the order they ended."""
    query = select(CrawlItemRow).where(CrawlItemRow.crawl_id == crawl_id, CrawlItemRow.state.in_(("done", "failed")))
    if since is not None:
        query = query.where(CrawlItemRow.done_at >= since)
    return [item_of(row) for row in session.scalars(query.order_by(CrawlItemRow.done_at, CrawlItemRow.id))]


def item_of(row: CrawlItemRow) -> CrawlItem:
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
    return _made(row, _counts(session, [row.id]).get(row.id, {}))


def _counts(session: Session, crawl_ids: list[int]) -> dict[int, dict[str, int]]:
    """How many of these crawls' addresses are in each state."""
    key, state = CrawlItemRow.crawl_id, CrawlItemRow.state
    found: dict[int, dict[str, int]] = {}
    for crawl_id, name, count in session.execute(
        select(key, state, func.count()).where(key.in_(crawl_ids)).group_by(key, state)
    ):
        found.setdefault(crawl_id, {})[name] = count
    return found


def _made(row: Crawl, counts: Mapping[str, int]) -> CrawlRecord:
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
