"""One-off crawls: rows that anyone writes and the engine that holds the home runs, through the same rounds and pace."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from crawler.discover.address import AddressError, canonical, same_site
from crawler.discovery import Discovery, Fetch
from crawler.fetch.lanes import EngineStopped
from crawler.fetch.limits import FetchJob
from crawler.fetch.pace import host_of
from crawler.ingest import Ingest, not_read
from crawler.schedule import ONE_OFF_PRIORITY, Rounds
from crawler.store import Visit
from db.engine import reading
from db.queries import crawls, feeds, forgotten, pages, sources
from db.records import CrawlItem, CrawlRecord, FeedRecord, PageRecord, SourceRecord
from db.types import Article, Failure, Fetched, FetchFailed, Outcome, Reason
from db.writer import Writer, WriterClosedError

ITEMS_MOST = 5000
AT_ONCE = 32
OTHERS_MOST = 4  # addresses that one target may lead to, each of the same article

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Options:
    """How a one-off is run. `due` adds every page that is due; `dry_run` stores nothing; `watch` keeps watching; `render` says
    that the pages are rendered, or are not, from now on (None: as they are)."""

    due: bool = False
    dry_run: bool = False
    watch: bool = False
    render: bool | None = None

    def to_json(self) -> dict[str, bool | None]:
        return {"due": self.due, "dry_run": self.dry_run, "watch": self.watch, "render": self.render}

    @classmethod
    def from_json(cls, value: Any) -> Options:
        render = value.get("render")
        flags = {name: bool(value.get(name)) for name in ("due", "dry_run", "watch")}
        return cls(**flags, render=None if render is None else bool(render))


class OneOffs:
    """Runs the crawls that rows ask for. `zone_of` gives a source's time zone by its id."""

    def __init__(
        self,
        engine: Engine,
        writer: Writer,
        rounds: Rounds,
        ingest: Ingest,
        discovery: Discovery,
        *,
        fetch: Fetch,
        zone_of: Callable[[int], str | None],
    ) -> None:
        self._engine, self._writer, self._rounds, self._ingest = engine, writer, rounds, ingest
        self._discovery, self._fetch, self._zone_of = discovery, fetch, zone_of
        self._tasks: dict[int, asyncio.Task[None]] = {}

    @property
    def running(self) -> set[asyncio.Task[None]]:
        return set(self._tasks.values())

    async def poll(self) -> int:
        """Begin every crawl that is asked for and not yet running. Gives how many are running."""
        for crawl in await asyncio.to_thread(self._unfinished):
            if crawl.id not in self._tasks:
                task = asyncio.ensure_future(self._run(crawl))
                self._tasks[crawl.id] = task
                task.add_done_callback(partial(self._ended, crawl.id))
        return len(self._tasks)

    def _ended(self, crawl_id: int, task: asyncio.Task[None]) -> None:
        del self._tasks[crawl_id]
        error = None if task.cancelled() else task.exception()
        if error and not isinstance(error, EngineStopped | WriterClosedError):
            structlog.get_logger("newswatch").error("a one-off crawl ended in an error of ours", exc_info=error)

    def _unfinished(self) -> list[CrawlRecord]:
        with reading(self._engine) as session:
            return crawls.unfinished(session)

    async def _submit(self, closure: Callable[[Session], T]) -> T:
        return await asyncio.wrap_future(self._writer.submit(closure))

    async def _run(self, crawl: CrawlRecord) -> None:
        options = Options.from_json(crawl.options)
        if crawl.state == "queued":
            await self._begun(crawl, options)
        left = await self._submit(lambda session: _left(session, crawl.id))
        limit = asyncio.Semaphore(AT_ONCE)
        ends = await asyncio.gather(*(self._limited(limit, item, options) for item in left), return_exceptions=True)
        for error in filter(None, ends):
            raise error  # when all have ended: a crawl is not begun again beside its own leftovers
        now = datetime.now(UTC)
        await self._submit(lambda session: crawls.record(session, crawl.id, state="done", finished_at=now))

    async def begin(self, crawl_id: int) -> None:
        """Write the addresses of a crawl that was asked for, where many machines share the work; each is then taken by `one`."""
        with reading(self._engine) as session:
            crawl = crawls.get(session, crawl_id)
        if crawl is not None and crawl.state == "queued":
            await self._begun(crawl, Options.from_json(crawl.options))
            await self._submit(lambda session: crawls.finish(session, crawl_id, datetime.now(UTC)))

    async def one(self, item: CrawlItem) -> None:
        """Take one address of a crawl; the last one ends it."""
        with reading(self._engine) as session:
            crawl = crawls.get(session, item.crawl_id)
        if crawl is None:
            return
        values = await self._guarded(item, Options.from_json(crawl.options))
        now = datetime.now(UTC)

        def closure(session: Session) -> None:
            crawls.record_item(session, item.id, **values, done_at=now)
            crawls.finish(session, item.crawl_id, now)

        await self._submit(closure)

    async def _begun(self, crawl: CrawlRecord, options: Options) -> None:
        """Write the crawl's addresses; where that goes wrong, its targets, each failed, so that it is not begun for ever."""
        try:
            await self._expand(crawl, options)
        except (EngineStopped, WriterClosedError):
            raise
        except Exception as error:  # noqa: BLE001 - a crawl that cannot be begun ends, whatever it died of
            values = {**_wrong(error), "done_at": datetime.now(UTC)}

            def closure(session: Session) -> None:
                crawls.add_items(session, crawl.id, list(crawl.targets))
                for item in crawls.items(session, crawl.id):
                    crawls.record_item(session, item.id, **values)

            await self._submit(closure)

    async def _limited(self, limit: asyncio.Semaphore, item: CrawlItem, options: Options) -> None:
        async with limit:
            values = await self._guarded(item, options)
            values["done_at"] = datetime.now(UTC)
            await self._submit(lambda session: crawls.record_item(session, item.id, **values))

    async def _guarded(self, item: CrawlItem, options: Options) -> dict[str, Any]:
        await self._submit(lambda session: crawls.record_item(session, item.id, state="running"))
        try:
            return await (self._try(item, options.render) if options.dry_run else self._visit(item, options))
        except AddressError as error:
            return _failed(Reason.BAD_ADDRESS, str(error))
        except (EngineStopped, WriterClosedError):
            raise
        except Exception as error:  # noqa: BLE001 - one address ends as failed, whatever it died of; the others go on
            return _wrong(error)

    # From targets to addresses

    async def _expand(self, crawl: CrawlRecord, options: Options) -> None:
        """Write the crawl's addresses: a source's pages, a feed's entries, what is due, or the address itself."""
        urls: dict[str, None] = {}
        for target in crawl.targets:
            urls |= dict.fromkeys(await self._addresses(target))
        if options.due:
            due = await asyncio.to_thread(self._due_now)
            urls |= dict.fromkeys(page.url for page in due)
        now = datetime.now(UTC)

        def closure(session: Session) -> None:
            crawls.add_items(session, crawl.id, list(urls)[:ITEMS_MOST])
            crawls.record(session, crawl.id, state="running", started_at=now)

        await self._submit(closure)

    def _due_now(self) -> list[PageRecord]:
        with reading(self._engine) as session:
            return pages.due(session, datetime.now(UTC), ITEMS_MOST)

    async def _addresses(self, target: str) -> list[str]:
        source, feed = await asyncio.to_thread(self._known, target)
        if source:
            return await self._source_addresses(source)
        if feed:
            await self._rounds.visit_feed(feed)
            return await self._listed(feed) or [target]
        return [target]

    def _known(self, target: str) -> tuple[SourceRecord | None, FeedRecord | None]:
        with reading(self._engine) as session:
            source = sources.by_name(session, target)
            feed = None if source else feeds.by_url(session, target)
        return source, feed

    async def _source_addresses(self, source: SourceRecord) -> list[str]:
        with reading(self._engine) as session:
            wanted = [feed for feed in feeds.of_source(session, source.id) if feed.active]
        await asyncio.gather(*(self._rounds.visit_feed(feed) for feed in wanted))
        with reading(self._engine) as session:
            return [page.url for page in pages.of_source(session, source.id, ITEMS_MOST)]

    async def _listed(self, feed: FeedRecord) -> list[str]:
        """What a feed lists now, whatever it listed last time."""
        job = self._discovery.job(feed.source_id, feed.url)
        result = await self._fetch(replace(job, priority=ONE_OFF_PRIORITY))
        if isinstance(result, FetchFailed):
            return []
        listing = await self._discovery.read(result, None, feed.kind)
        return [] if isinstance(listing, Failure) else [entry.url for entry in listing.entries]

    # One address

    async def _visit(self, item: CrawlItem, options: Options) -> dict[str, Any]:
        url = canonical(item.url)
        now = datetime.now(UTC)
        page = await self._submit(
            lambda session: _set_rendering(session, _page_for(session, url, options, now), options.render)
        )
        visit = await self._rounds.visit(page, priority=ONE_OFF_PRIORITY)
        for _ in range(OTHERS_MOST):
            if not visit.merged:
                break
            other = await asyncio.to_thread(self._page, visit.page_id)
            if other:
                visit = await self._rounds.visit(other, priority=ONE_OFF_PRIORITY)
        return _answered(visit)

    def _page(self, page_id: int) -> PageRecord | None:
        with reading(self._engine) as session:
            return pages.get(session, page_id)

    async def _try(self, item: CrawlItem, render: bool | None) -> dict[str, Any]:
        """What would be stored, with nothing stored."""
        url = canonical(item.url)
        page = await asyncio.to_thread(self._find, url)
        job = FetchJob(url, priority=ONE_OFF_PRIORITY)
        if page:
            job = self._rounds.job(page, priority=ONE_OFF_PRIORITY, full=True)
        result = await self._fetch(job if render is None else replace(job, render=render))
        if isinstance(result, FetchFailed):
            reason, detail = await self._ingest.refusal(result, self._zone_of(page.source_id) if page else None)
            return {**_failed(reason, detail), "status": result.status}
        return await self._would(page, result)

    def _find(self, url: str) -> PageRecord | None:
        with reading(self._engine) as session:
            return pages.find(session, [url])

    async def _would(self, page: PageRecord | None, fetched: Fetched) -> dict[str, Any]:
        made = await self._ingest.read(fetched, self._zone_of(page.source_id) if page else None)
        if made.article is None:
            seen = not_read(made.failure, fetched.status)
            detail = made.failure.detail if made.failure else ""
            return {**_failed(seen.reason, detail), "status": fetched.status}
        known = page is not None and page.latest_revision_id is not None
        same = page is not None and page.reading_digest == made.digest
        outcome = (Outcome.SAME if same else Outcome.CHANGED) if known else Outcome.NEW
        return {
            "state": "done",
            "status": fetched.status,
            "outcome": str(outcome),
            "reason": "dry_run",
            "detail": json.dumps(_summary(made.article), ensure_ascii=False),
        }


def _summary(article: Article) -> dict[str, Any]:
    return {
        "headline": article.headline,
        "byline": article.byline,
        "dateline": article.dateline.text if article.dateline else None,
        "published": article.published,
        "modified": article.modified,
        "page_type": str(article.page_type),
        "blocks": len(article.body),
        "characters": sum(len(block.text) for block in article.body),
    }


def _failed(reason: str, detail: str) -> dict[str, Any]:
    return {"state": "failed", "outcome": str(Outcome.FAILED), "reason": str(reason), "detail": detail}


def _wrong(error: Exception) -> dict[str, Any]:
    """An error of ours (a trace is in the log) or of the database, as the end of an item."""
    structlog.get_logger("newswatch").error("an address of a one-off crawl ended in an error", exc_info=error)
    detail = (str(error).splitlines() or [""])[0]
    reason = Reason.DATABASE if isinstance(error, SQLAlchemyError) else Reason.UNREADABLE
    return _failed(reason, f"{type(error).__name__}: {detail}"[:200])


def _answered(visit: Visit) -> dict[str, Any]:
    return {
        "state": "failed" if visit.outcome == Outcome.FAILED else "done",
        "page_id": visit.page_id,
        "status": visit.status,
        "outcome": str(visit.outcome),
        "reason": str(visit.reason) if visit.reason else None,
        "detail": visit.detail or None,
        "revision_id": visit.revision_id,
    }


def _left(session: Session, crawl_id: int) -> list[CrawlItem]:
    """Addresses still to visit; those left `running` by a process that died are among them."""
    return crawls.items(session, crawl_id, states=("queued", "running"))


def _page_for(session: Session, url: str, options: Options, now: datetime) -> PageRecord:
    """The page of an address, made where it is new: under the source of its site where it is to be watched, else `adhoc`."""
    page = pages.find(session, [url])
    if page is None:
        source = _source_for(session, url) if options.watch else None
        source = source or sources.ensure(session, sources.ADHOC, now)
        forgotten.lift(session, url)  # whoever names it asks for it
        return pages.add(session, source.id, url, host_of(url), now, active=options.watch)
    if options.watch and not page.active:
        pages.record(session, page.id, active=True)
    return page


def _set_rendering(session: Session, page: PageRecord, render: bool | None) -> PageRecord:
    if render is None or render == page.render:
        return page
    pages.record(session, page.id, render=render)
    return replace(page, render=render)


def _source_for(session: Session, url: str) -> SourceRecord | None:
    return next((source for source in sources.every(session) if source.home and same_site(url, source.home)), None)
