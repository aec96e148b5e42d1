"""Fixtures to import into a conftest: `from tests.newsroom.fixtures import *` or by name.

`newsroom` is noisy as real pages are, `quiet_newsroom` gives the same bytes for the same version, and `make_newsroom`
builds one with the given arguments. All run until the test ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.newsroom.newsroom import Newsroom
from tests.newsroom.noise import Noise

__all__ = ["make_newsroom", "newsroom", "quiet_newsroom"]


@pytest.fixture
def make_newsroom() -> Iterator[Callable[..., Newsroom]]:
    """A function that starts a newsroom with `Newsroom`'s arguments."""
    with ExitStack() as stack:
        yield lambda **arguments: stack.enter_context(Newsroom(**arguments))


@pytest.fixture
def newsroom(make_newsroom: Callable[..., Newsroom]) -> Newsroom:
    return make_newsroom(stories=3)


@pytest.fixture
def quiet_newsroom(make_newsroom: Callable[..., Any]) -> Newsroom:
    room: Newsroom = make_newsroom(stories=3, noise=Noise.quiet())
    return room
