"""What the workers and schedulers of a fleet settle by rows: turns of hosts, ticks of the timer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from db.engine import open_engine, writing
from db.queries import hosts, jobs

pytestmark = [pytest.mark.xdist_group("postgres"), pytest.mark.needs("postgres")]


@pytest.fixture
def engine(upgraded_postgres: str) -> Iterator[Engine]:
    engine = open_engine(upgraded_postgres)
    yield engine
    engine.dispose()


def turn(engine: Engine, delay: float = 10.0, crawl_delay: float | None = 0.0, host: str = "a.example") -> hosts.Turn:
    with writing(engine) as session:
        return hosts.take_turn(session, host, delay, crawl_delay)


def test_turns_of_a_host_are_its_delay_apart_and_those_of_others_free(engine: Engine) -> None:
    waits = [turn(engine).wait_s for _ in range(3)]
    assert waits[0] == 0
    assert waits[1] == pytest.approx(10, abs=0.9)
    assert waits[2] == pytest.approx(20, abs=0.9)
    assert turn(engine, host="b.example").wait_s == 0


def test_turns_asked_for_at_once_are_all_different(engine: Engine) -> None:
    found: list[float] = []
    threads = [threading.Thread(target=lambda: found.append(turn(engine).wait_s)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    steps = [after - before for before, after in zip(sorted(found), sorted(found)[1:], strict=False)]
    assert min(steps) > 9


def test_a_crawl_delay_that_one_worker_read_holds_for_one_that_has_not_yet(engine: Engine) -> None:
    turn(engine, 1.0, 30.0)
    assert turn(engine, 1.0, None).wait_s == pytest.approx(30, abs=0.9)
    assert turn(engine, 1.0, 0.0).wait_s == pytest.approx(31, abs=0.9)  # robots.txt takes it back


def test_a_host_that_asked_us_to_wait_gives_no_turn(engine: Engine) -> None:
    until = datetime.now(UTC) + timedelta(minutes=5)
    with writing(engine) as session:
        hosts.record(session, "a.example", not_before=until)
    assert turn(engine).held_until == until
    with writing(engine) as session:
        hosts.record(session, "a.example", not_before=until - timedelta(minutes=6))
    assert turn(engine).held_until is None


def test_a_tick_is_taken_by_one(engine: Engine) -> None:
    def claim(every_s: float) -> bool:
        with writing(engine) as session:
            return jobs.claim(session, "check", every_s)

    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.append(claim(60))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False] * 5 + [True]
    time.sleep(0.01)
    assert claim(0.01)
