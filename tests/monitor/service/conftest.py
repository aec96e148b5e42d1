"""Works against a newsroom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.readers import Readers
from tests.conftest import LoopThread
from tests.newsroom.fixtures import make_newsroom, newsroom, quiet_newsroom
from tests.watching import Watching, quick

__all__ = ["make_newsroom", "newsroom", "quiet_newsroom"]


@pytest.fixture(scope="session")
def readers() -> Iterator[Readers]:
    """One reader process for all tests: it takes a second to start."""
    pool = Readers(1)
    yield pool
    pool.close()


@pytest.fixture
def watch(reactor_loop: LoopThread, readers: Readers, tmp_path: Path) -> Iterator[Callable[..., Watching]]:
    """A function that starts works for a newsroom; one at a time, ended with the test."""
    made: list[Watching] = []

    def start(room: Any = None, **settings: Any) -> Watching:
        while made:
            made.pop().stop()
        made.append(Watching(reactor_loop, tmp_path / "home", quick(room, **settings), readers))
        return made[-1]

    yield start
    while made:
        made.pop().stop()
