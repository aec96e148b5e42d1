"""What the machines of a fleet ask: which hosts have work, and what it is. Rows are the truth; a job only says where to look."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import fields
from datetime import datetime

from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import Session

from db.models import Crawl, CrawlItemRow, Delivery, Feed, Host, Page, Source
from db.queries import crawls, feeds, sources
from db.records import CrawlItem, FeedRecord, PageRecord

OLDEST_DUE = 20_000  # rows looked at for the hosts that have waited longest
PAGES_OF_A_LOOK = 64
_COLUMNS = tuple(getattr(Page, field.name) for field in fields(PageRecord))
_LEFT = ("queued", "running")


def due_hosts(session: Session, now: datetime, busy: Collection[str] = ()) -> list[str]:
    """Hosts with pages that are due, longest waiting first; not those that asked us to wait, nor the `busy` ones."""
    disabled = select(Source.id).where(~Source.enabled)
    oldest = select(Page.host, Page.next_check_at).where(
        Page.active, Page.next_check_at <= now, Page.source_id.not_in(disabled)
    )
    if busy:
        oldest = oldest.where(Page.host.not_in(list(busy)))
    some = oldest.order_by(Page.next_check_at).limit(OLDEST_DUE).subquery()
    free = or_(Host.not_before.is_(None), Host.not_before <= now)
    query = (
        select(some.c.host)
        .outerjoin(Host, Host.name == some.c.host)
        .where(free)
        .group_by(some.c.host)
        .order_by(func.min(some.c.next_check_at))
    )
    return list(session.scalars(query))


def due_feeds(session: Session, now: datetime, limit: int = 2000) -> list[str]:
    """Addresses of feeds that are due."""
    return [feed.url for feed in feeds.due(session, now, limit)]


def waiting_items(session: Session) -> list[str]:
    """Addresses that one-off crawls still have to visit."""
    query = select(CrawlItemRow.url).join(Crawl, Crawl.id == CrawlItemRow.crawl_id)
    return list(session.scalars(query.where(Crawl.state == "running", CrawlItemRow.state.in_(_LEFT))))


def items_on(session: Session, host: str) -> list[CrawlItem]:
    """Those addresses that may stand on a host: a caller looks closer."""
    query = select(CrawlItemRow).join(Crawl, Crawl.id == CrawlItemRow.crawl_id)
    wanted = query.where(
        Crawl.state == "running",
        CrawlItemRow.state.in_(_LEFT),
        CrawlItemRow.url.ilike(f"%//%{_escaped(host)}%", escape="\\"),
    )
    return [crawls.item_of(row) for row in session.scalars(wanted.order_by(CrawlItemRow.id))]


def feeds_on(session: Session, host: str, now: datetime) -> list[FeedRecord]:
    """Due feeds that may stand on a host: a caller looks closer."""
    query = (
        select(Feed)
        .join(Source, Source.id == Feed.source_id)
        .where(Feed.active, Source.enabled, Feed.next_check_at <= now)
        .where(Feed.url.ilike(f"%//%{_escaped(host)}%", escape="\\"))
    )
    return [feeds.record_of(row) for row in session.scalars(query.order_by(Feed.next_check_at))]


def pages_on(session: Session, host: str, now: datetime, limit: int = PAGES_OF_A_LOOK) -> list[PageRecord]:
    """A host's due pages, longest waiting first."""
    disabled = select(Source.id).where(~Source.enabled)
    query = (
        select(*_COLUMNS)
        .where(Page.host == host, Page.active, Page.next_check_at <= now, Page.source_id.not_in(disabled))
        .order_by(Page.next_check_at)
        .limit(limit)
    )
    return [PageRecord(*row) for row in session.execute(query)]


def _escaped(host: str) -> str:
    return host.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def stale(session: Session, page: PageRecord) -> bool:
    """Whether another process stored a visit of the page since it was loaded, or forgot it. Holds the page's row until the
    transaction ends."""
    query = select(Page.last_check_at).where(Page.id == page.id).with_for_update()
    found = session.execute(query).first()
    return found is None or found[0] != page.last_check_at


def due_channels(session: Session, now: datetime) -> list[str]:
    """Channels with deliveries whose time has come."""
    query = select(Delivery.channel).where(Delivery.state == "waiting", Delivery.next_at <= now).distinct()
    return sorted(session.scalars(query))


def unfinished(session: Session) -> list[tuple[int, str, list[str]]]:
    """One-off crawls still to run: id, state and targets."""
    query = select(Crawl.id, Crawl.state, Crawl.targets).where(Crawl.state != "done").order_by(Crawl.id)
    return [(row[0], row[1], list(row[2])) for row in session.execute(query)]


def queued_crawls(session: Session) -> list[list[str]]:
    """The targets of one-off crawls that are not begun yet."""
    return [list(targets) for targets in session.scalars(select(Crawl.targets).where(Crawl.state == "queued"))]


def first_list(session: Session, targets: Iterable[str]) -> str:
    """The first list that a crawl's targets name, as a source or by its address; empty where they name none."""
    for target in targets:
        source = sources.by_name(session, target)
        wanted = feeds.of_source(session, source.id)[:1] if source else [feeds.by_url(session, target)]
        for feed in filter(None, wanted):
            return feed.url
    return ""


def workers_alive(session: Session, within_s: float = 30.0) -> int:
    """How many workers gave a sign of life lately; none where there is no queue yet."""
    if session.scalar(text("SELECT to_regclass('procrastinate_workers')")) is None:
        return 0
    query = text(
        "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => :within)"
    )
    return int(session.scalar(query, {"within": within_s}) or 0)
