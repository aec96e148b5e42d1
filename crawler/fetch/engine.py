"""The one engine of a home: a long-lived Scrapy crawler, kept open when idle, that answers visits with values."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from datetime import datetime
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.reactor import install_reactor, is_asyncio_reactor_installed, is_reactor_installed

from crawler.fetch import address, project
from crawler.fetch.answers import answer, failure
from crawler.fetch.conditional import validators
from crawler.fetch.guard import GuardResolver
from crawler.fetch.lanes import EngineStopped, HostHeld, Lanes
from crawler.fetch.limits import FetchJob, FetchSettings, Pace
from crawler.fetch.pace import host_of
from crawler.fetch.policy import Lookup, networks, system_lookup
from crawler.fetch.reasons import RETRIED, expected
from crawler.fetch.spider import StandingSpider
from crawler.fetch.state import CrawlState, state_of
from crawler.fetch.turns import ALONE, Turns
from crawler.fetch.visit import KEY, Visit, utc_now
from crawler.render.renderer import Renderer
from db.types import Fetched, FetchFailed, Reason

__all__ = ["EngineStopped", "FetchEngine", "FetchJob", "FetchSettings", "Pace", "host_of", "install"]

_log = logging.getLogger(__name__)
_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_GRACE_SECONDS = 5.0
_CUT_SECONDS = 1.0
_CLOSE_SECONDS = 3.0


def install() -> None:
    """Install Twisted's asyncio reactor on the running loop. Call it first thing inside the program's one loop.

    :raises RuntimeError: where another reactor, or one on another loop, stands already.
    """
    loop = asyncio.get_running_loop()
    if not is_reactor_installed():
        install_reactor(_REACTOR)
    from twisted.internet import reactor  # noqa: PLC0415  # importing it earlier would install the default reactor

    if not is_asyncio_reactor_installed() or getattr(reactor, "_asyncioEventloop", None) is not loop:
        raise RuntimeError("the fetch engine needs Twisted's asyncio reactor on this very loop: call install() first")
    for name in ("scrapy", "twisted"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # trouble of a visit comes back as its value


class FetchEngine:
    """Answers `FetchJob`s one by one, each host at its own pace; at most one engine a process.

    Give `lookup` to resolve names otherwise than by the system (tests do), and `turns` where other processes ask the same hosts.
    """

    def __init__(
        self, settings: FetchSettings | None = None, lookup: Lookup = system_lookup, turns: Turns = ALONE
    ) -> None:
        self.settings = settings or FetchSettings()
        self._lookup, self._turns = lookup, turns
        self._allow = networks(self.settings.allow_addresses)
        self._runner: AsyncCrawlerRunner | None = None
        self._crawler: Crawler | None = None
        self._state: CrawlState | None = None
        self._lanes: Lanes | None = None
        self._renderer = Renderer(
            self.settings.render,
            user_agent=self.settings.user_agent,
            allow=self.settings.allow_addresses,
            most_bytes=self.settings.max_decoded_bytes,
        )
        self._running: set[asyncio.Task[Fetched | FetchFailed]] = set()
        self._stopping = False

    async def start(self) -> None:
        """Open the crawler; returns when visits can be made.

        :raises RuntimeError: where it was started before or Scrapy could not open.
        """
        if self._runner is not None:
            raise RuntimeError("this engine was started already")
        install()
        GuardResolver(self._allow, self._lookup).install_on_reactor()
        self._runner = AsyncCrawlerRunner(project.engine(self.settings))
        self._crawler = crawler = self._runner.create_crawler(StandingSpider)
        self._state = state_of(crawler)
        self._state.turns = self._turns
        self._lanes = Lanes(self._state.book, self.settings.concurrency, self.settings.max_wait, self._until_next)
        opened = asyncio.Event()

        def note() -> None:
            opened.set()

        crawler.signals.connect(note, signals.engine_started)
        crawling = self._runner.crawl(crawler)
        waiting = asyncio.ensure_future(opened.wait())
        await asyncio.wait({crawling, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not opened.is_set():
            waiting.cancel()
            await crawling
            raise RuntimeError("Scrapy closed before it was open")
        await asyncio.sleep(0)

    async def fetch(self, job: FetchJob) -> Fetched | FetchFailed:
        """Make one visit: whatever happens to it is the value returned.

        :raises EngineStopped: where the engine stops first; the page then stays due.
        """
        lanes, state = self._lanes, self._state
        if lanes is None or state is None or self._stopping:
            raise EngineStopped
        wrong = address.trouble(job.url)
        if wrong:
            return FetchFailed(job.url, Reason.BAD_ADDRESS, wrong, utc_now())
        host = host_of(job.url)
        state.book.ask(host, job.pace)
        try:
            await lanes.enter(host, job.priority)
        except HostHeld as held:
            return FetchFailed(job.url, Reason.RATE_LIMITED, f"{host} asked us to wait", utc_now(), retry_at=held.until)
        try:
            return await self._tracked(job)
        finally:
            lanes.leave(host)

    async def stop(self, grace: float = _GRACE_SECONDS) -> None:
        """Drop what waits, give what is under way `grace` seconds, cut the rest and close; within 10 s with the default."""
        if self._runner is None or self._lanes is None or self._stopping:
            return
        self._stopping = True
        self._lanes.close()
        await _settle(self._running, grace)
        await self._cut()
        await self._renderer.close()
        with suppress(TimeoutError):  # connections that will not close end with the program
            await asyncio.wait_for(self._close(self._runner), _CLOSE_SECONDS)

    @property
    def pending(self) -> int:
        """Visits waiting or under way."""
        return self._lanes.pending if self._lanes else 0

    def pending_by_host(self) -> dict[str, int]:
        """The same by host, as `host_of` names it."""
        return self._lanes.pending_by_host() if self._lanes else {}

    def hold(self, host: str, until: datetime) -> None:
        """Ask nothing of a host until then: what an earlier process learnt from its Retry-After."""
        if self._state:
            self._state.book.hold(host, until)

    def held_until(self, host: str) -> datetime | None:
        """When a held host may be asked again; None if it may be asked now."""
        return self._state.book.held_until(host, utc_now()) if self._state else None

    def crawl_delay(self, host: str) -> float | None:
        """The Crawl-delay of the host's robots.txt in seconds, capped; None where it asks none or is not known yet."""
        return self._state.book.crawl_delay_of(host) if self._state else None

    def _until_next(self, host: str, pace: Pace) -> float:
        assert self._crawler is not None
        slot = self._crawler.engine.downloader.slots.get(host)
        return slot.lastseen + pace.delay - time.monotonic() if slot and pace.delay else 0.0

    async def _tracked(self, job: FetchJob) -> Fetched | FetchFailed:
        task = asyncio.ensure_future(self._whole(job))
        self._running.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if self._stopping and task.cancelled():
                raise EngineStopped from None
            raise
        finally:
            self._running.discard(task)

    async def _whole(self, job: FetchJob) -> Fetched | FetchFailed:
        """The visit with its rendering, while the host's lane is ours."""
        result = await self._attempts(job)
        if not job.render or isinstance(result, FetchFailed) or not _can_be_rendered(result):
            return result
        assert self._state is not None
        rules = self._state.rules_of("/".join(result.final_url.split("/", 3)[:3]))
        return await self._renderer.page(result, rules=rules, zone=job.zone, proxy=job.proxy)

    async def _attempts(self, job: FetchJob) -> Fetched | FetchFailed:
        for attempt in range(0 if job.form is not None else self.settings.retries):
            visit = self._visit_for(job)
            result = await self._visit(job, visit)
            if isinstance(result, Fetched) or visit.settled or result.status or result.reason not in RETRIED:
                return result
            await asyncio.sleep(self.settings.retry_backoff * 2**attempt)
        return await self._visit(job, self._visit_for(job))

    @staticmethod
    def _visit_for(job: FetchJob) -> Visit:
        return Visit(validators=validators(job), accept=job.accept)

    async def _visit(self, job: FetchJob, visit: Visit) -> Fetched | FetchFailed:
        assert self._crawler is not None
        try:
            request = self._request(job, visit)
            response = await self._crawler.engine.download_async(request)
        except asyncio.CancelledError:
            if visit.transfer is not None:
                visit.transfer.cancel()
            raise
        except EngineStopped:
            raise
        except Exception as exc:  # noqa: BLE001  # whatever a visit dies of is its answer
            if not expected(exc):
                _log.exception("visit of %s ended in an error of ours", job.url)
            return failure(job.url, exc, visit)
        return answer(job.url, response, visit)

    def _request(self, job: FetchJob, visit: Visit) -> Request:
        meta: dict[str, Any] = {KEY: visit, "download_timeout": self.settings.timeout}
        if job.proxy:
            meta["proxy"] = job.proxy
        request = Request(job.url.partition("#")[0], callback=NO_CALLBACK, dont_filter=True, meta=meta)
        if job.form is not None:
            request = request.replace(method="POST", body=job.form, headers=_FORM)
        validated = job.validated_url
        visit.validated_url = Request(validated.partition("#")[0]).url if validated else request.url
        return request

    @staticmethod
    async def _close(runner: AsyncCrawlerRunner) -> None:
        await runner.stop()
        await runner.join()

    async def _cut(self) -> None:
        assert self._state is not None
        doomed: set[asyncio.Task[Any]] = {*self._running, *self._state.background, *self._state.transfers}
        for task in doomed:
            task.cancel()
        await _settle(doomed, _CUT_SECONDS)


def _can_be_rendered(fetched: Fetched) -> bool:
    return fetched.status == 200 and "html" in (fetched.header("content-type") or "text/html").lower()


async def _settle(tasks: set[Any], seconds: float) -> None:
    if tasks:
        await asyncio.wait(set(tasks), timeout=seconds)
