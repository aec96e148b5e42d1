"""The budget between the tables: what visits teach is kept, prices follow the budget, a crowded host pays its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from crawler.agecurve import EVEN_DAY, busy
from crawler.budget import Budget, BudgetSettings, standing_of
from crawler.discover.feed import Entry
from crawler.discovery import take_entries
from crawler.recrawl import FIRST_PRICE, LEAST_PRICE, History, Lesson, Pace
from crawler.schedule import QUEUE_OF_A_HOST, Rounds
from crawler.store import Facts, Store
from db.engine import open_engine, reading, upgrade, writing
from db.queries import budget, checks, pages, sources
from db.records import PageRecord
from db.types import Outcome
from tests.databases import database_at

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(database_at(tmp_path / "newswatch.db"))
    upgrade(engine)
    yield engine
    engine.dispose()


def add(engine: Engine, path: str = "/a", host: str = "harbour.example", **values: Any) -> PageRecord:
    with writing(engine) as session:
        source = sources.ensure(session, "Harbour Post", NOW)
        page = pages.add(session, source.id, f"https://{host}{path}", host, NOW - HOUR)
        pages.record(session, page.id, **{"state": "live", **values})
        found = pages.get(session, page.id)
    assert found
    return found


def lesson(exposure: float, hour: int | None = None) -> Lesson:
    return Lesson(History(), exposure, exposure, hour)


def again(engine: Engine, page: PageRecord) -> PageRecord:
    with reading(engine) as session:
        found = pages.get(session, page.id)
    assert found
    return found


def seen(engine: Engine, known: Budget, page: PageRecord, at: datetime) -> PageRecord:
    store = Store(lambda ref, _: ref, pace=Pace(), budget=known)
    with writing(engine) as session:
        store.not_modified(session, page, Facts(at, 304))
    return again(engine, page)


def test_a_look_teaches_the_page_and_its_source(engine: Engine) -> None:
    known = Budget()
    page = add(engine, state="live", last_success_at=NOW - HOUR, last_check_at=NOW - HOUR, hinted=True)
    page = seen(engine, known, page, NOW)
    assert 0 < page.exposure_slow < page.exposure < 1
    assert not page.hinted
    assert page.n_changes == 0
    before = page.exposure
    assert seen(engine, known, page, NOW + HOUR).exposure > before
    with writing(engine) as session:
        known.settle(session, NOW + HOUR)
        edits, exposure, _ = budget.habits(session)[page.source_id]
    assert edits == 0
    assert exposure > 0


def test_what_was_learnt_outlives_the_process(engine: Engine) -> None:
    known = Budget()
    page = add(engine)
    for _ in range(30):
        known.note(page.source_id, lesson(0.2), edited=True, hinted=True)
    with writing(engine) as session:
        known.settle(session, NOW)
    fresh = Budget()
    with reading(engine) as session:
        fresh.load(session)
    assert fresh.terms(page.source_id, page.host) == known.terms(page.source_id, page.host)
    assert fresh.terms(page.source_id, page.host).mean > 1.3
    assert fresh.terms(page.source_id, page.host).unhinted < 0.2


def test_processes_that_share_a_database_add_to_what_the_others_learnt(engine: Engine) -> None:
    page = add(engine)
    one, other = Budget(), Budget()
    for known, edits in ((one, 3), (other, 4), (one, 5)):
        for _ in range(edits):
            known.note(page.source_id, lesson(0.5), edited=True, hinted=False)
        with writing(engine) as session:
            known.share(session)
    with writing(engine) as session:
        assert budget.habits(session)[page.source_id] == (12.0, 6.0, 0.0)
        other.note(page.source_id, lesson(0.5), edited=True, hinted=False)
        one.share(session)
        other.share(session)
        one.share(session)
    assert one.terms(page.source_id, page.host) == other.terms(page.source_id, page.host)


def test_the_hours_of_a_source_are_learnt_by_all_processes(engine: Engine) -> None:
    page = add(engine)
    one, other = Budget(), Budget()
    assert one.day(page.source_id) == EVEN_DAY
    for hour, edited in ((3, False), (9, True)):
        for known in (one, other):
            for _ in range(200):
                known.note(page.source_id, lesson(0.5, hour), edited=edited, hinted=False)
            with writing(engine) as session:
                known.share(session)
    with writing(engine) as session:
        one.share(session)
        hours = budget.hours(session)[page.source_id]
    assert hours[3][0] == 0.0
    assert hours[9][0] == 400.0
    assert one.day(page.source_id) == other.day(page.source_id)
    assert busy(one.day(page.source_id), 180.0, 60.0) < 0.7
    assert busy(one.day(page.source_id), 540.0, 60.0) > 1.3
    assert one.day(page.source_id + 1) == other.day(page.source_id + 1) != EVEN_DAY


def test_half_of_what_was_long_ago_is_forgotten(engine: Engine) -> None:
    page = add(engine)
    with writing(engine) as session:
        budget.add_habits(session, {page.source_id: (100.0, 40.0, 10.0)}, forget_at=30.0)
        budget.add_habits(session, {page.source_id: (1.0, 2.0, 0.0)}, forget_at=30.0)
        assert budget.habits(session)[page.source_id] == (51.0, 22.0, 5.0)
        budget.add_hours(session, {page.source_id: {7: (8.0, 40.0)}}, forget_at=30.0)
        budget.add_hours(session, {page.source_id: {7: (1.0, 2.0), 8: (0.0, 1.0)}}, forget_at=30.0)
        assert budget.hours(session)[page.source_id] == {7: (5.0, 22.0), 8: (0.0, 1.0)}


def test_a_new_home_with_few_pages_looks_often_from_the_start(engine: Engine) -> None:
    known = Budget(BudgetSettings(a_day=20_000))
    add(engine)
    with writing(engine) as session:
        known.settle(session, NOW)
    assert LEAST_PRICE <= known.price < FIRST_PRICE / 10


def test_what_the_budget_will_come_to_is_told(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.budget.NEWEST_PAGES", 5)
    monkeypatch.setattr("crawler.budget.OLDER_PAGES", 7)
    for number in range(40):
        add(engine, f"/{number}")
    known = Budget(BudgetSettings(a_day=500))
    with writing(engine) as session:
        known.settle(session, NOW)
        told = budget.outlook(session)
        assert told
        assert (told.a_day, told.price, told.at) == (500, known.price, NOW)
        assert told.forecast == pytest.approx(known.forecast(session, NOW))
        monkeypatch.setattr("crawler.budget.NEWEST_PAGES", 1000)
        assert told.forecast == pytest.approx(known.forecast(session, NOW), rel=0.05), (
            "pages alike: a sample tells as much"
        )
        assert budget.outlook(session) == told


def test_after_a_day_the_price_follows_what_was_fetched(engine: Engine) -> None:
    known = Budget(BudgetSettings(a_day=10))
    page = add(engine)
    with writing(engine) as session:
        rows = [checks.row(page.id, NOW - n * HOUR, Outcome.SAME) for n in range(1, 48)]
        checks.add(session, rows)
        budget.keep_price(session, 0.01)
        known.load(session)
        known.settle(session, NOW)
        assert known.price == 0.01  # a restart does not steer again
        known.settle(session, NOW + HOUR)
    assert known.price > 0.01


def test_a_crowded_host_pays_more_and_others_do_not(engine: Engine) -> None:
    known = Budget(a_minute_of=lambda _: 1.0)
    page = add(engine)
    for n in range(30):
        add(engine, f"/crowd/{n}", host="crowded.example")
    with writing(engine) as session:
        known.settle(session, NOW)
    assert known.terms(page.source_id, "crowded.example").price > known.price
    assert known.terms(page.source_id, page.host).price == known.price


def test_one_slow_host_cannot_fill_the_batch(engine: Engine) -> None:
    for n in range(300):
        add(engine, f"/{n}", host="slow.example", next_check_at=NOW - HOUR)
    for n in range(20):
        add(engine, f"/{n}", host=f"quick{n}.example", next_check_at=NOW)
    asked: list[str] = []

    async def never(job: Any) -> Any:
        asked.append(job.url)
        await asyncio.Event().wait()

    async def round_() -> None:
        rounds = Rounds(engine, never, None, None, pace_of=lambda _: None, visits_most=40)  # type: ignore[arg-type]
        await rounds.check(NOW + HOUR)
        await asyncio.sleep(0)
        for task in rounds.running:
            task.cancel()
        await asyncio.gather(*rounds.running, return_exceptions=True)

    asyncio.run(round_())
    assert sum("slow" in url for url in asked) == QUEUE_OF_A_HOST
    assert sum("quick" in url for url in asked) == 20


def test_a_list_that_gives_another_title_or_a_later_time_is_a_hint(engine: Engine) -> None:
    page = add(engine, last_check_at=NOW - HOUR, next_check_at=NOW + HOUR)

    def listed(title: str, feed_id: int, updated: datetime | None = None) -> int:
        entry = Entry(page.url, title, None, updated.isoformat() if updated else None)
        with writing(engine) as session:
            return take_entries(session, page.source_id, [(entry, None)], NOW, feed_id=feed_id)[1]

    assert listed("Ferry sinks", 1) == 0
    assert listed("Ferry sinks", 1) == 0
    assert listed("A ferry sank, briefly told", 2) == 0  # another list words it otherwise
    assert listed("Ferry sinks", 1, updated=NOW - 2 * HOUR) == 0
    assert listed("Ferry with 20 aboard sinks", 1) == 1
    told = again(engine, page)
    assert told.hinted
    assert told.next_check_at == NOW
    assert listed("Ferry with 20 aboard sinks", 1, updated=NOW - HOUR / 2) == 1


def test_a_removed_page_that_a_list_names_is_looked_at_again_with_a_rest_between(engine: Engine) -> None:
    def hinted(minutes: int, path: str) -> int:
        at = NOW - timedelta(minutes=minutes)
        page = add(engine, f"/{path}", last_check_at=at, next_check_at=NOW + HOUR, state="removed")
        with writing(engine) as session:
            return take_entries(session, page.source_id, [(Entry(page.url, "Ferry sinks"), None)], NOW, feed_id=1)[1]

    assert hinted(5, "rested") == 0
    assert hinted(20, "due") == 1


def test_a_standing_carries_the_pin() -> None:
    page = PageRecord(1, 1, "https://a.example/1", "a.example", NOW, True)
    standing = standing_of(replace(page, pin_s=300, pinned_until=NOW + HOUR, n_changes=3))
    assert (standing.pin, standing.history.edits, standing.born_at) == (300, 3, NOW)
