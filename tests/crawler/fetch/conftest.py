"""A running fetch engine against loopback servers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from crawler.fetch.engine import FetchEngine, FetchJob, FetchSettings, Pace
from crawler.fetch.policy import Lookup, system_lookup
from db.types import Fetched, FetchFailed
from tests.conftest import LoopThread
from tests.newsroom.fixtures import make_newsroom, newsroom, quiet_newsroom
from tests.newsroom.newsroom import Newsroom

__all__ = ["make_newsroom", "newsroom", "quiet_newsroom"]

LOOPBACK = ("127.0.0.0/8",)
QUICK = {
    "allow_addresses": LOOPBACK,
    "pace": Pace(0.0, 4),
    "timeout": 5.0,
    "max_body_bytes": 1 << 20,
    "max_decoded_bytes": 4 << 20,
    "retry_backoff": 0.02,
}


class Fetching:
    """An engine driven from the test's thread."""

    def __init__(self, loop: LoopThread, settings: FetchSettings, lookup: Lookup) -> None:
        self.loop = loop
        self.engine = FetchEngine(settings, lookup)
        loop.run(self.engine.start())

    def fetch(self, url: str, **job: Any) -> Fetched | FetchFailed:
        return self.loop.run(self.engine.fetch(FetchJob(url, **job)))

    def got(self, url: str, **job: Any) -> Fetched:
        """The answer, which must be one."""
        result = self.fetch(url, **job)
        assert isinstance(result, Fetched), result
        return result

    def failed(self, url: str, **job: Any) -> FetchFailed:
        """The failure, which must be one."""
        result = self.fetch(url, **job)
        assert isinstance(result, FetchFailed), result
        return result

    def many(self, urls: list[str], **job: Any) -> list[Fetched | FetchFailed]:
        """All at once."""

        async def work() -> list[Fetched | FetchFailed]:
            return await asyncio.gather(*(self.engine.fetch(FetchJob(url, **job)) for url in urls))

        return self.loop.run(work())

    def stop(self) -> None:
        self.loop.run(self.engine.stop())


@pytest.fixture
def make_fetch_engine(reactor_loop: LoopThread) -> Iterator[Callable[..., Fetching]]:
    """A function that starts an engine with `FetchSettings`' arguments over the quick ones; one at a time."""
    made: list[Fetching] = []

    def make(lookup: Lookup = system_lookup, **settings: Any) -> Fetching:
        made.append(Fetching(reactor_loop, FetchSettings(**{**QUICK, **settings}), lookup))
        return made[-1]

    yield make
    for engine in made:
        engine.stop()


@pytest.fixture
def fetch_engine(make_fetch_engine: Callable[..., Fetching]) -> Fetching:
    return make_fetch_engine()


@pytest.fixture(scope="module")
def zoo() -> Iterator[Newsroom]:
    """The misbehaving server alone."""
    with Newsroom(outlets=()) as room:
        yield room
