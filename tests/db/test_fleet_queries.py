"""What the workers and schedulers of a fleet settle by rows: turns of hosts, ticks of the timer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db.engine import open_engine, reading, writing
from db.queries import fleet, hosts, jobs, pages, sources
from db.writer import Writer

pytestmark = [pytest.mark.xdist_group("postgres"), pytest.mark.needs("postgres")]

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)


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


@pytest.mark.parametrize("known", [False, True])
def test_two_processes_that_note_several_works_each_in_its_order_never_wait_for_each_other(
    engine: Engine, known: bool
) -> None:
    orders = (["seal", "summary"], ["summary", "seal"])
    meet = threading.Barrier(2, timeout=1)
    failed: list[Exception] = []
    if known:
        with writing(engine) as session:
            for name in orders[0]:
                jobs.record(session, name, result="before")

    def note(names: list[str]) -> None:
        try:
            with writing(engine) as session:
                jobs.claim(session, names[0], 60)
                jobs.record(session, names[0], result="first")
                with suppress(threading.BrokenBarrierError):
                    meet.wait()  # each holds its first row, as in a batch of a writer
                jobs.record(session, names[1], result="second")
        except DBAPIError as error:
            failed.append(error)

    threads = [threading.Thread(target=note, args=(names,)) for names in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with reading(engine) as session:
        assert [job.name for job in jobs.every(session)] == ["seal", "summary"]


def test_two_writers_that_make_the_same_page_make_one(engine: Engine) -> None:
    first, second = Writer(engine), Writer(engine)
    meet = threading.Barrier(2, timeout=2)

    def make(session: Session) -> int:
        source = sources.ensure(session, "Harbour Post", NOW)
        if page := pages.find(session, ["https://a.example/1"]):
            return page.id
        with suppress(threading.BrokenBarrierError):
            meet.wait()  # neither has seen the other's
        return pages.add(session, source.id, "https://a.example/1", "a.example", NOW).id

    with writing(engine) as session:
        sources.ensure(session, "Harbour Post", NOW)
    futures = first.submit(make), second.submit(make)
    assert futures[0].result(10) == futures[1].result(10)
    first.close(), second.close()


def test_a_visit_of_a_page_that_another_worker_visited_is_stale(engine: Engine) -> None:
    with writing(engine) as session:
        source = sources.ensure(session, "Harbour Post", NOW)
        loaded = pages.add(session, source.id, "https://a.example/1", "a.example", NOW)
        assert not fleet.stale(session, loaded)
        pages.record(session, loaded.id, last_check_at=NOW)
        assert fleet.stale(session, loaded)


def test_hosts_with_work_are_named_longest_waiting_first(engine: Engine) -> None:
    with writing(engine) as session:
        source = sources.ensure(session, "Harbour Post", NOW)
        for number, host in enumerate(("b.example", "a.example", "held.example", "busy.example", "later.example")):
            due = NOW + timedelta(minutes=number) if host != "later.example" else NOW + timedelta(days=1)
            pages.add(session, source.id, f"https://{host}/1", host, NOW, next_check_at=due)
        pages.add(session, source.id, "https://a.example/2", "a.example", NOW, next_check_at=NOW)
        hosts.record(session, "held.example", not_before=NOW + timedelta(days=2))
    with reading(engine) as session:
        at = NOW + timedelta(hours=1)
        assert sorted(fleet.due_hosts(session, at, ["busy.example"])) == ["a.example", "b.example"]
        assert [page.url for page in fleet.pages_on(session, "a.example", at)] == [
            "https://a.example/2",
            "https://a.example/1",
        ]
