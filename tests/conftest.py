"""What several parts of the tests share: the one event loop that Twisted's reactor stands on."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import pytest
from hypothesis import settings

from tests.databases import ON_POSTGRESQL, databases_of_a_module, homes_on_postgresql

__all__ = ["LoopThread", "databases_of_a_module", "homes_on_postgresql", "reactor_loop"]

T = TypeVar("T")


class LoopThread:
    """A loop in a thread with Twisted's asyncio reactor: a process can install it once, so all tests share it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="reactor", daemon=True)
        self._thread.start()
        self.run(_install())

    def run(self, work: Coroutine[Any, Any, T], timeout: float = 60.0) -> T:
        """Await `work` on the loop, from the test's thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout)

    def close(self) -> None:
        self.run(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()


async def _install() -> None:
    from crawler.fetch.engine import install

    install()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test of SQLite's own file is left out where homes stand on PostgreSQL."""
    if ON_POSTGRESQL:
        others = [item for item in items if not item.get_closest_marker("sqlite")]
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("sqlite")])
        items[:] = others


@pytest.fixture(scope="session")
def reactor_loop() -> Iterator[LoopThread]:
    thread = LoopThread()
    yield thread
    thread.close()


# no deadline: a busy machine is no defect; in CI the same examples each time, so that a commit is not judged by luck
settings.register_profile("newswatch", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("newswatch")
