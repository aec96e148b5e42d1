"""The rounds of the timer: ask the database what is due, visit it. Nothing else decides what runs."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from crawler.discovery import Discovery, FeedVisit, Fetch
from crawler.fetch.lanes import EngineStopped
from crawler.fetch.limits import FetchJob
from crawler.fetch.limits import Pace as HostPace
from crawler.ingest import Ingest, in_a_line
from crawler.store import Visit
from db.engine import reading
from db.queries import feeds, pages
from db.records import FeedRecord, PageRecord
from db.types import Fetched, FetchFailed, Reason
from db.writer import WriterClosedError

QUEUE_OF_A_HOST = 8
VISITS_MOST = 128
FULL_EVERY = timedelta(hours=24)
REST_S = 30.0  # after what could not be stored: it is still due, and a site is not to be asked again and again
ONE_OFF_PRIORITY = 100

log = structlog.get_logger("newswatch")

AfterVisit = Callable[[Visit, Fetched | FetchFailed], Awaitable[None]]
AfterFeed = Callable[[FeedVisit], Awaitable[None]]


async def _nothing(*_args: object) -> None:
    """For callers with nothing to do afterwards."""


class Rounds:
    """Visits under way, each page and feed at most once at a time. `pace_of`, `proxy_of` and `zone_of` give a source's by
    its id; `rendered` says whether a page is rendered."""

    def __init__(
        self,
        engine: Engine,
        fetch: Fetch,
        ingest: Ingest,
        discovery: Discovery,
        *,
        pace_of: Callable[[int], HostPace | None],
        proxy_of: Callable[[int], str | None] = lambda _: None,
        zone_of: Callable[[int], str | None] = lambda _: None,
        rendered: Callable[[PageRecord], bool] = lambda _: False,
        after_visit: AfterVisit = _nothing,
        after_feed: AfterFeed = _nothing,
        visits_most: int = VISITS_MOST,
    ) -> None:
        self._engine, self._fetch, self._ingest, self._discovery = engine, fetch, ingest, discovery
        self._proxy_of, self._zone_of, self._rendered = proxy_of, zone_of, rendered
        self._pace_of, self._after_visit, self._after_feed = pace_of, after_visit, after_feed
        self._visits_most = visits_most
        self._visits: dict[int, asyncio.Task[Visit]] = {}
        self._hosts: Counter[str] = Counter()
        self._feeds: dict[int, asyncio.Task[FeedVisit]] = {}
        self._ended: set[int] = set()  # pages and feeds whose visit ended while the database was asked what is due
        self._fed: set[int] = set()
        self._open = True
        self._rest_until = 0.0  # by the clock that nobody sets

    @property
    def running(self) -> set[asyncio.Task[Visit] | asyncio.Task[FeedVisit]]:
        """Tasks under way."""
        return {*self._visits.values(), *self._feeds.values()}

    def close(self) -> None:
        """Begin nothing more."""
        self._open = False

    def _resting(self) -> bool:
        return time.monotonic() < self._rest_until

    def _rest(self) -> None:
        self._rest_until = time.monotonic() + REST_S

    async def discover(self, now: datetime) -> int:
        """Begin a visit to each feed that is due. Gives how many were begun."""
        if self._resting():
            return 0
        self._fed.clear()
        due = await asyncio.to_thread(self._feeds_due, now)
        fresh = [feed for feed in due if feed.id not in self._feeds and feed.id not in self._fed]
        for feed in fresh:
            self.visit_feed(feed)
        return len(fresh)

    async def check(self, now: datetime) -> int:
        """Begin visits to pages that are due, fairly between hosts, as far as there is room. Gives how many were begun."""
        begun = 0
        while self._open and not self._resting() and (room := self._visits_most - len(self._visits)) > 0:
            full = [host for host, count in self._hosts.items() if count >= QUEUE_OF_A_HOST]
            self._ended.clear()
            due = await asyncio.to_thread(self._pages_due, now, room + len(self._visits), full)
            started = sum(self._begin(page) for page in due)
            begun += started
            if not started:
                break
        return begun

    def _begin(self, page: PageRecord) -> bool:
        room = self._hosts[page.host] < QUEUE_OF_A_HOST and len(self._visits) < self._visits_most
        if page.id in self._visits or page.id in self._ended or not room or not self._open:
            return False
        self.visit(page)
        return True

    def visit(self, page: PageRecord, *, priority: int = 0, full: bool = False) -> asyncio.Task[Visit]:
        """Visit a page now, or join the visit that is under way."""
        task = self._visits.get(page.id)
        if task is None:
            self._hosts[page.host] += 1
            task = asyncio.ensure_future(self._visit(page, priority, full))
            self._visits[page.id] = task
            task.add_done_callback(lambda _: self._visited(page))
        return task

    def visit_feed(self, feed: FeedRecord) -> asyncio.Task[FeedVisit]:
        """Visit a feed now, or join the visit that is under way."""
        task = self._feeds.get(feed.id)
        if task is None:
            task = asyncio.ensure_future(self._visit_feed(feed))
            self._feeds[feed.id] = task
            task.add_done_callback(lambda done: self._feed_visited(feed, done))
        return task

    def _visited(self, page: PageRecord) -> None:
        task = self._visits.pop(page.id)
        self._ended.add(page.id)
        self._hosts[page.host] -= 1
        if not self._hosts[page.host]:
            del self._hosts[page.host]
        _look_at(task)

    def _feed_visited(self, feed: FeedRecord, task: asyncio.Task[FeedVisit]) -> None:
        del self._feeds[feed.id]
        self._fed.add(feed.id)
        _look_at(task)

    async def _visit(self, page: PageRecord, priority: int, full: bool) -> Visit:
        result = await self._fetched(page, priority, full)
        visit = await self._ingest.take(page, result)
        if not visit.stored:
            self._rest()
        await self._after_visit(visit, result)
        return visit

    async def _fetched(self, page: PageRecord, priority: int, full: bool) -> Fetched | FetchFailed:
        try:
            return await self._fetch(self.job(page, priority=priority, full=full))
        except (EngineStopped, WriterClosedError):
            raise
        except Exception as error:
            log.exception("a visit ended in an error of ours", url=page.url)
            return FetchFailed(page.url, Reason.INTERNAL, in_a_line(error), datetime.now(UTC))

    async def _visit_feed(self, feed: FeedRecord) -> FeedVisit:
        try:
            visit = await self._discovery.visit(feed)
        except SQLAlchemyError as error:
            self._rest()
            detail = f"the database did not take it: {error}".splitlines()[0][:200]
            visit = FeedVisit(feed, reason=str(Reason.DATABASE), detail=detail)
        except (EngineStopped, WriterClosedError):
            raise
        except Exception as error:
            log.exception("a visit to a list ended in an error of ours", url=feed.url)
            visit = await self._discovery.put_off(feed, datetime.now(UTC), in_a_line(error))
        await self._after_feed(visit)
        return visit

    def job(self, page: PageRecord, *, priority: int = 0, full: bool = False) -> FetchJob:
        """The fetch of a page: conditional, save where its state is in doubt or the last full answer is old (false 304s)."""
        doubted = page.held_digest is not None or page.gone_count > 0 or page.state in {"removed", "blocked", "unseen"}
        at = page.last_check_at
        stale = page.last_full_at is None or (at is not None and at - page.last_full_at >= FULL_EVERY)
        return FetchJob(
            page.url,
            page.etag,
            page.last_modified,
            priority=priority,
            force_full=full or doubted or stale,
            pace=self._pace_of(page.source_id),
            proxy=self._proxy_of(page.source_id),
            render=self._rendered(page),
            zone=self._zone_of(page.source_id),
        )

    def _feeds_due(self, now: datetime) -> list[FeedRecord]:
        with reading(self._engine) as session:
            return feeds.due(session, now)

    def _pages_due(self, now: datetime, limit: int, full: list[str]) -> list[PageRecord]:
        with reading(self._engine) as session:
            return pages.due(session, now, limit, skip_hosts=full)


def _look_at(task: asyncio.Task[Visit] | asyncio.Task[FeedVisit]) -> None:
    """Take note of a task's end. An engine that stopped is no error (the page stays due); any other is ours, for the log."""
    error = None if task.cancelled() else task.exception()
    if error and not isinstance(error, EngineStopped | WriterClosedError):
        log.error("a visit ended in an error of ours", exc_info=error)
