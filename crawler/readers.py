"""Reader processes: pages, feeds and sitemaps are parsed here, where a page that hangs or eats memory takes down one reader only.

The pool starts its processes afresh (`spawn`: a fork of a process with threads is not safe), kills one that is past its time and
starts another in its place. Readers ignore Ctrl-C, which is the engine's to handle, and end when the engine does. A reader that
is killed before it has a task (by the system, short of memory) breaks the library's whole pool, and what waited in it is never
answered: a pool that broke or fell silent is replaced, and what waited is read by the new one.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from db.types import ARTICLE_TYPES, Article, Failure, Reason

T = TypeVar("T")
Headers = Sequence[tuple[str, str]]

TIMEOUT_S = 20.0
MEMORY_MB = 2048
RENDERED = "-rendered"
"""Ends the reader version of a rendered page: a plain reading is never compared with it, the page is based anew instead."""
TASKS_OF_A_READER = 5000  # then it is replaced: what a library leaks goes with it
POOLS_OF_A_TASK = 4
LOOK_S = 1.0  # at the pool, while a task waits
START_MOST_S = 40.0  # of a reader; beyond a task's own time, a pool that ends no task is stuck


@dataclass(frozen=True, slots=True)
class PageReading:
    """What a reader made of one page: an article with its digest, or a failure.

    `same` says that the reading is the known one; the article then stays in the reader, for sending it costs as much as a
    tenth of a reading.
    """

    reader_version: str
    article: Article | None = None
    digest: str | None = None
    failure: Failure | None = None
    same: bool = False


@dataclass(frozen=True, slots=True)
class PageBytes:
    """What a reader is given: a decoded body and what came with it. `known` is the reader version and digest of the page's last
    reading, where the answer may be just "the same"; `rendered` says that a browser made the body."""

    url: str
    body: bytes
    headers: tuple[tuple[str, str], ...]
    fetched_at: datetime
    status: int
    zone: str | None
    known: tuple[str, str] | None = None
    rendered: bool = False


def read_page(given: PageBytes) -> PageReading:
    """Read a page. Runs in a reader; also usable in the process of the caller."""
    from crawler.digest import reading_digest  # noqa: PLC0415 - readers alone load the reading libraries
    from crawler.extract.reader import read, reader_version  # noqa: PLC0415

    version = reader_version(given.url, given.zone) + (RENDERED if given.rendered else "")
    made = read(
        given.body,
        given.url,
        headers=dict(given.headers),
        fetched_at=given.fetched_at,
        zone=given.zone,
        status=given.status,
    )
    if isinstance(made, Failure):
        return PageReading(version, failure=made)
    digest = reading_digest(made)
    if given.known == (version, digest) and made.page_type in ARTICLE_TYPES:
        return PageReading(version, digest=digest, same=True)
    return PageReading(version, made, digest)


def _begin(parent: int, memory_mb: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    limit = memory_mb * 1024 * 1024
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _warm()


def _warm() -> None:
    """Load the reading libraries before the first page."""
    import crawler.discover.feed  # noqa: PLC0415
    import crawler.extract.reader  # noqa: F401, PLC0415

    spare_collector()


def spare_collector() -> None:
    """Keep what is loaded by now out of every later garbage collection: one over all of an engine stops it for a tenth of a
    second. Call it once, when a process that lives long has begun."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def _end_with(parent: int) -> None:
    """A reader whose engine was killed would wait on its pipe for ever."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(0)


class Readers:
    """A pool of `count` reader processes; `timeout_s` is what one task may take once begun."""

    def __init__(
        self,
        count: int,
        *,
        timeout_s: float = TIMEOUT_S,
        memory_mb: int = MEMORY_MB,
        tasks_of_a_reader: int = TASKS_OF_A_READER,
    ) -> None:
        self._timeout_s = timeout_s
        self._make: Callable[[], ProcessPool] = lambda: ProcessPool(
            max_workers=count,
            max_tasks=tasks_of_a_reader,
            initializer=_begin,
            initargs=(os.getpid(), memory_mb),
            context=multiprocessing.get_context("spawn"),
        )
        self._pool = self._make()
        self._ended_at = 0.0  # of the last task
        self._closed = False

    async def page(self, given: PageBytes) -> PageReading:
        """Read a page; a reader that hung or died gives a failure."""
        return await self.run(read_page, given, lambda reason, detail: _failed(given.url, reason, detail))

    async def run(self, function: Callable[[Any], T], given: Any, failed: Callable[[Reason, str], T]) -> T:
        """Run a function of one picklable argument in a reader. `failed` makes the answer where the reader ended early.

        Raises `RuntimeError` after `close`.
        """
        for tried in range(POOLS_OF_A_TASK):
            try:
                return await self._answer(self._working(), function, given)
            except BrokenProcessPool:
                if self._closed:
                    raise
                await asyncio.sleep(0.2 * tried)
            except TimeoutError:
                return failed(Reason.READER_TIMEOUT, f"reading took more than {self._timeout_s:g} s")
            except ProcessExpired as error:
                return failed(Reason.READER_CRASH, f"the reader died with exit code {error.exitcode}")
            except MemoryError:
                return failed(Reason.READER_CRASH, "reading needed more memory than a reader may have")
            except Exception as error:  # noqa: BLE001 - whatever a page does to a reader is the page's failure, named
                return failed(Reason.READER_CRASH, f"{type(error).__name__}: {error}"[:200])
        return failed(Reason.READER_CRASH, "no reader could be started")

    async def _answer(self, pool: ProcessPool, function: Callable[[Any], T], given: Any) -> T:
        """What a pool answers. Raises `BrokenProcessPool` where it will not."""
        began = time.monotonic()
        answer = asyncio.wrap_future(_scheduled(pool, function, given, self._timeout_s))
        try:
            while not (await asyncio.wait({answer}, timeout=LOOK_S))[0]:
                self._look_at(pool, began)
            self._ended_at = time.monotonic()
            return await answer
        finally:
            answer.cancel()

    def _working(self) -> ProcessPool:
        """The pool, a new one where it broke."""
        if not self._closed and not self._pool.active:
            self._replace(self._pool)
        return self._pool

    def _look_at(self, pool: ProcessPool, began: float) -> None:
        """Raises `BrokenProcessPool` where a task that began to wait then waits in vain."""
        silent_s = time.monotonic() - max(began, self._ended_at)
        if pool is self._pool and silent_s > self._timeout_s + START_MOST_S:
            self._replace(pool)
        if pool is not self._pool or not pool.active:
            raise BrokenProcessPool

    def _replace(self, pool: ProcessPool) -> None:
        self._pool = self._make()
        threading.Thread(target=_end, args=(pool,), name="ends readers", daemon=True).start()

    def close(self) -> None:
        """End the readers; what they hold is dropped."""
        self._closed = True
        _end(self._pool)


def _scheduled(pool: ProcessPool, function: Callable[[Any], T], given: Any, timeout_s: float) -> Future[T]:
    """A task of the pool. Raises `BrokenProcessPool` where it takes none any more."""
    try:
        return pool.schedule(function, args=(given,), timeout=timeout_s)
    except RuntimeError as error:
        raise BrokenProcessPool(str(error)) from error


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _failed(url: str, reason: Reason, detail: str) -> PageReading:
    return PageReading("", failure=Failure(url, reason, detail))
