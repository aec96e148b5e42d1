"""robots.txt (RFC 9309): asked once for all who wait, kept for a while, obeyed on every hop.

Scrapy's own middleware lets later waiters pass without rules when several requests wait for one robots.txt; here all of
them await one shared task.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from protego import Protego
from scrapy import Request
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from crawler.fetch.lanes import EngineStopped
from crawler.fetch.limits import ROBOTS_AGENT
from crawler.fetch.pace import host_of
from crawler.fetch.reasons import RETRIED, Refusal, reason_of
from crawler.fetch.state import state_of
from crawler.fetch.visit import KEY, Visit, utc_now, visit_of
from db.types import Reason

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

READ_BYTES = 500 * 1024
_MOST_BYTES = 4 << 20
_HOSTS_KEPT = 2000
_THREAD_FROM_BYTES = 16 * 1024
_CONNECTION_TROUBLE_SECONDS = 30.0


@dataclass(slots=True)
class Rules:
    """What a host's robots.txt came to. `parser` None allows everything; `trouble` refuses everything meanwhile."""

    parser: Protego | None
    expires: float
    trouble: Refusal | None = None

    def check(self, url: str) -> None:
        """:raises Refusal: where the rules forbid the address or could not be had."""
        if self.trouble is not None:
            raise Refusal(self.trouble.reason, self.trouble.detail, retry_at=self.trouble.retry_at)
        if self.parser is not None and not self.parser.can_fetch(url, ROBOTS_AGENT):
            raise Refusal(Reason.ROBOTS, "robots.txt disallows this address")


def read(body: bytes) -> Protego:
    """The rules of the first 500 KiB (RFC 9309, 2.5), cut at a line's end; bytes that are not UTF-8 are replaced."""
    if len(body) > READ_BYTES:
        body = body[:READ_BYTES].rpartition(b"\n")[0]
    return Protego.parse(body.decode("utf-8-sig", "replace"))


class RobotsMiddleware:
    """Refuses what robots.txt disallows and hands its Crawl-delay to the pace."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._state = state_of(crawler)
        self._settings = self._state.settings
        self._known: OrderedDict[str, Rules] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Rules]] = {}
        self._state.rules_of = self.rules_of

    def rules_of(self, origin: str) -> Protego | None:
        """The rules of an origin, as far as they are known and forbid anything."""
        known = self._known.get(origin)
        return known.parser if known else None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        visit = visit_of(request)
        if not self._settings.obey_robots or visit.robots:
            return
        parts = urlparse_cached(request)
        origin = f"{parts.scheme}://{parts.netloc}"
        rules = self._known.get(origin)
        if rules is None or rules.expires <= time.monotonic():
            rules = await self._shared(origin, request.meta.get("proxy"))
        visit.settled = rules.trouble is not None
        rules.check(request.url)

    async def _shared(self, origin: str, proxy: str | None) -> Rules:
        """One fetch for all who wait; a waiter that is cancelled does not take it from the others."""
        task = self._asking.get(origin)
        if task is None:
            task = self._asking[origin] = asyncio.ensure_future(self._ask(origin, proxy))
            self._state.background.add(task)
            task.add_done_callback(lambda done: self._asked(origin, done))
        return await asyncio.shield(task)

    def _asked(self, origin: str, task: asyncio.Task[Rules]) -> None:
        self._asking.pop(origin, None)
        self._state.background.discard(task)
        if not task.cancelled():
            task.exception()  # each waiter was told; where all were cancelled, as at the end, nobody needs to be

    async def _ask(self, origin: str, proxy: str | None) -> Rules:
        old = self._known.get(origin)
        rules = await self._attempt(origin, proxy)
        for attempt in range(self._settings.retries):
            if rules.trouble is None or rules.trouble.reason not in RETRIED:
                break
            await asyncio.sleep(self._settings.retry_backoff * 2**attempt)
            rules = await self._attempt(origin, proxy)
        if rules.trouble is not None and old is not None and old.trouble is None:
            rules = Rules(
                old.parser, rules.expires
            )  # RFC 9309, 2.4: a cached copy serves while the file cannot be reached
        self._keep(origin, rules)
        return rules

    async def _attempt(self, origin: str, proxy: str | None) -> Rules:
        request = Request(
            f"{origin}/robots.txt",
            callback=NO_CALLBACK,
            dont_filter=True,
            meta={
                KEY: Visit(robots=True, accept="text/plain,*/*;q=0.8"),
                "download_timeout": self._settings.timeout,
                "download_maxsize": _MOST_BYTES,
            },
        )
        if proxy:
            request.meta["proxy"] = proxy
        try:
            return await self._rules(await self._crawler.engine.download_async(request))
        except EngineStopped:
            raise
        except Exception as exc:  # noqa: BLE001  # whatever keeps us from the rules keeps us from the page
            return self._without(exc)

    async def _rules(self, response: Response) -> Rules:
        expires = time.monotonic() + min(self._settings.robots_ttl, 86400.0)
        if 200 <= response.status < 300:
            body = response.body
            parser = read(body) if len(body) < _THREAD_FROM_BYTES else await asyncio.to_thread(read, body)
            return Rules(parser, expires)
        if 300 <= response.status < 500 and response.status != 429:
            return Rules(None, expires)
        return self._closed(f"robots.txt answered {response.status}: nothing is fetched until it can be read")

    def _without(self, exc: Exception) -> Rules:
        """No answer at all: the page fails for the very reason that its robots.txt did, and it is asked again soon."""
        reason, detail = reason_of(exc)
        if reason is Reason.REDIRECT_LOOP:
            return Rules(None, time.monotonic() + self._settings.robots_error_ttl)  # RFC 9309, 2.3.1.2
        if reason in {Reason.TOO_LARGE, Reason.BOMB, Reason.UNREADABLE}:
            return self._closed(f"robots.txt could not be read: {detail}")
        retry_at = exc.retry_at if isinstance(exc, Refusal) else None
        trouble = Refusal(reason, detail, retry_at=retry_at)
        return Rules(None, time.monotonic() + _CONNECTION_TROUBLE_SECONDS, trouble)

    def _closed(self, detail: str) -> Rules:
        seconds = self._settings.robots_error_ttl
        trouble = Refusal(Reason.ROBOTS, detail, retry_at=utc_now() + timedelta(seconds=seconds))
        return Rules(None, time.monotonic() + seconds, trouble)

    def _keep(self, origin: str, rules: Rules) -> None:
        delay = rules.parser.crawl_delay(ROBOTS_AGENT) if rules.parser else None
        self._state.book.crawl_delay(host_of(origin), delay)
        self._known[origin] = rules
        self._known.move_to_end(origin)
        while len(self._known) > _HOSTS_KEPT:
            self._known.popitem(last=False)
