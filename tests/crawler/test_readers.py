"""A page that hangs a reader, kills it or eats its memory is that page's failure; the next page is read all the same."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import psutil
import pytest

from crawler.readers import PageBytes, PageReading, Readers
from db.types import Reason
from tests.conftest import LoopThread

pytestmark = pytest.mark.slow

PAGE = (
    b"<html><head><title>Rain floods the market hall</title></head><body><article><h1>Rain floods the market hall</h1>"
    + b"<p>Traders carried their goods to the upper floor while the water rose in the hall below them.</p>" * 6
    + b"</article></body></html>"
)


def echo(word: str) -> str:
    return word


def hang(_given: object) -> str:
    time.sleep(60)
    return "never"


def die(_given: object) -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


def gorge(_given: object) -> str:
    held = [bytearray(64 << 20) for _ in range(1000)]
    return str(len(held))


def fail(_given: object) -> str:
    raise ValueError("no such thing")


def process(_given: object) -> str:
    return str(os.getpid())


def interrupted(_given: object) -> str:
    os.kill(os.getpid(), signal.SIGINT)
    return "went on"


def named(reason: Reason, detail: str) -> str:
    return f"{reason}: {detail}"


@pytest.fixture(scope="module")
def pool() -> Iterator[Readers]:
    made = Readers(1, timeout_s=60.0, memory_mb=1000, tasks_of_a_reader=50)
    yield made
    made.close()


def read(loop: LoopThread, pool: Readers) -> PageReading:
    given = PageBytes("https://a.example/rain", PAGE, (("Content-Type", "text/html"),), datetime.now(UTC), 200, None)
    return loop.run(pool.page(given))


def test_a_page_is_read_with_its_digest(reactor_loop: LoopThread, pool: Readers) -> None:
    first, second = read(reactor_loop, pool), read(reactor_loop, pool)
    assert first.article is not None
    assert first.article.headline == "Rain floods the market hall"
    assert first.digest == second.digest
    assert first.reader_version == second.reader_version != ""


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (die, Reason.READER_CRASH),
        (gorge, Reason.READER_CRASH),
        (fail, Reason.READER_CRASH),
    ],
)
def test_what_befalls_a_reader_is_named_and_the_pool_goes_on(
    reactor_loop: LoopThread, pool: Readers, function: object, reason: Reason
) -> None:
    told = reactor_loop.run(pool.run(function, None, named))  # type: ignore[arg-type]
    assert told.startswith(f"{reason}: ")
    assert read(reactor_loop, pool).article is not None


def test_a_reader_that_hangs_is_ended_and_the_pool_goes_on(reactor_loop: LoopThread) -> None:
    pool = Readers(1, timeout_s=5.0, memory_mb=1000, tasks_of_a_reader=50)
    try:
        told = reactor_loop.run(pool.run(hang, None, named))
        assert told.startswith(f"{Reason.READER_TIMEOUT}: ")
        assert reactor_loop.run(pool.run(echo, "here", named)) == "here"
    finally:
        pool.close()


def test_ctrl_c_is_not_a_readers_business(reactor_loop: LoopThread, pool: Readers) -> None:
    assert reactor_loop.run(pool.run(interrupted, None, named)) == "went on"


def test_reading_is_done_in_another_process(reactor_loop: LoopThread, pool: Readers) -> None:
    assert reactor_loop.run(pool.run(process, None, named)) != str(os.getpid())


def readers_of_this_process() -> list[psutil.Process]:
    return [
        one for one in psutil.Process().children(recursive=True) if any("spawn_main" in word for word in one.cmdline())
    ]


def test_a_reader_killed_from_outside_before_it_has_a_task_costs_nothing(reactor_loop: LoopThread) -> None:
    others = readers_of_this_process()
    pool = Readers(1)
    try:
        waiting = asyncio.run_coroutine_threadsafe(pool.run(echo, "kept", named), reactor_loop._loop)
        while not (own := [one for one in readers_of_this_process() if one not in others]):
            time.sleep(0.01)
        own[0].kill()  # while it loads its libraries
        assert waiting.result(60) == "kept"
        (idle,) = [one for one in readers_of_this_process() if one not in others]
        idle.kill()
        assert reactor_loop.run(pool.run(echo, "read", named)) == "read"
    finally:
        pool.close()
    with pytest.raises(RuntimeError):
        reactor_loop.run(pool.run(echo, "late", named))


def test_where_no_reader_can_be_started_it_is_said(reactor_loop: LoopThread) -> None:
    pool = Readers(1, memory_mb=1)
    try:
        told = reactor_loop.run(pool.run(echo, "never", named))
    finally:
        pool.close()
    assert told == f"{Reason.READER_CRASH}: no reader could be started"
