"""One host for a while, where many machines share the work: what is due there, by the same visits that the one engine makes."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from crawler.discover.address import AddressError, canonical
from crawler.fetch.limits import Pace as HostPace
from crawler.fetch.pace import host_of
from crawler.oneoff import OneOffs
from crawler.schedule import Rounds
from db.engine import reading
from db.queries import fleet
from db.records import CrawlItem

JOB_S = 15.0  # of beginning visits; with the last of them a job stays under half a minute
LOOK_S = 2.0  # between two looks for one-off crawls that came meanwhile
SLOW_S = 2.0  # a pace at which one visit is done before the next may begin
AHEAD = 2

Task = asyncio.Task[Any]


class HostRounds:
    """Visits hosts one at a time each. `go` says whether this process may still fetch; `pace_on` gives a host's pace."""

    def __init__(
        self,
        engine: Engine,
        rounds: Rounds,
        oneoffs: OneOffs,
        *,
        go: Callable[[], bool],
        pace_on: Callable[[str, int | None], HostPace],
    ) -> None:
        self._engine, self._rounds, self._oneoffs = engine, rounds, oneoffs
        self._go, self._pace_on = go, pace_on

    async def run(self, host: str, seconds: float = JOB_S) -> bool:
        """Visit what is due on a host, at its pace, for so long. Gives whether more is due."""
        visit = _HostRound(host, self._engine, self._rounds, self._oneoffs, self._pace_on)
        end = time.monotonic() + seconds
        try:
            while self._go() and await visit.step(begin=time.monotonic() < end):
                pass
        finally:
            await visit.cut()
        return self._go() and await asyncio.to_thread(visit.more)


class _HostRound:
    """One run: what waits, what is under way, and what was begun already."""

    def __init__(
        self,
        host: str,
        engine: Engine,
        rounds: Rounds,
        oneoffs: OneOffs,
        pace_on: Callable[[str, int | None], HostPace],
    ) -> None:
        self._host, self._engine, self._rounds, self._oneoffs = host, engine, rounds, oneoffs
        self._pace_on = pace_on
        self._waiting: deque[tuple[str, Any]] = deque()
        self._begun: set[tuple[str, int]] = set()
        self._running: set[Task] = set()
        self._looked = 0.0
        self._yields = False
        self._source: int | None = None

    async def step(self, *, begin: bool) -> bool:
        """Begin what there is room for and wait a moment. Gives whether anything is under way."""
        if begin:
            await self._look()
            while not self._yields and self._waiting and len(self._running) < self._most():
                self._running.add(self._start(*self._waiting.popleft()))
        if not self._running:
            return False
        done, self._running = await asyncio.wait(self._running, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if not task.cancelled():
                task.exception()  # rounds told of it; one-offs keep theirs as the item's end
        return True

    async def cut(self) -> None:
        """End what is under way: the host is another worker's from now on."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=3.0)

    def more(self) -> bool:
        return bool(self._items() or self._due())

    def _most(self) -> int:
        """Visits under way at once: the host's own number, and a few more whose turn comes while the first are being stored."""
        pace = self._pace_on(self._host, self._source)
        return pace.concurrency + (AHEAD if pace.delay < SLOW_S else 0)

    def _start(self, kind: str, row: Any) -> Task:
        if kind == "item":
            return asyncio.ensure_future(self._oneoffs.one(row))
        return self._rounds.visit_feed(row) if kind == "feed" else self._rounds.visit(row)

    async def _look(self) -> None:
        """One-off crawls go first and are looked for now and then; what else is due when nothing waits any more."""
        if time.monotonic() - self._looked >= LOOK_S:
            self._looked = time.monotonic()
            self._yields = await asyncio.to_thread(self._wanted)
            self._waiting.extendleft(reversed(self._fresh("item", await asyncio.to_thread(self._items))))
        if not self._waiting:
            for kind, rows in await asyncio.to_thread(self._due):
                self._waiting.extend(self._fresh(kind, rows))
                self._source = rows[0].source_id

    def _fresh(self, kind: str, rows: list[Any]) -> list[tuple[str, Any]]:
        fresh = [(kind, row) for row in rows if (kind, row.id) not in self._begun]
        self._begun.update((kind, row.id) for _, row in fresh)
        return fresh

    def _wanted(self) -> bool:
        """Whether a one-off crawl waits to be begun with the lists of this host: then the host is given up for it."""
        with reading(self._engine) as session:
            lists = (fleet.first_list(session, targets) for targets in fleet.queued_crawls(session))
            return any(host_of(url) == self._host for url in lists if url)

    def _items(self) -> list[CrawlItem]:
        with reading(self._engine) as session:
            return [item for item in fleet.items_on(session, self._host) if host_of_item(item.url) == self._host]

    def _due(self) -> list[tuple[str, list[Any]]]:
        now = datetime.now(UTC)
        with reading(self._engine) as session:
            feeds = [feed for feed in fleet.feeds_on(session, self._host, now) if host_of(feed.url) == self._host]
            return list(_some(("feed", feeds), ("page", fleet.pages_on(session, self._host, now))))


def _some(*found: tuple[str, list[Any]]) -> Iterator[tuple[str, list[Any]]]:
    return ((kind, rows) for kind, rows in found if rows)


def host_of_item(url: str) -> str:
    """The host that an address of a crawl is visited on; that of a wrong address is empty."""
    try:
        return host_of(canonical(url))
    except AddressError:
        return ""
