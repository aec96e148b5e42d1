"""The next check: by age, sooner in doubt, later in failure, never before the server allows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.agecurve import EVEN_DAY, busy
from crawler.recrawl import (
    FIRST_PRICE,
    LEAST_PRICE,
    Habits,
    History,
    Hours,
    Pace,
    Share,
    Standing,
    Terms,
    adopt,
    by_age,
    expected,
    forecast,
    host_price,
    learn,
    learnt_day,
    next_check,
    price_for,
    steered,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FRESH = Standing("https://a.example/1", NOW - timedelta(minutes=10), "live")
PACE = Pace()


def wait(standing: Standing, **more: object) -> float:
    return (next_check(standing, NOW, pace=PACE, **more) - NOW).total_seconds()  # type: ignore[arg-type]


def test_the_interval_grows_with_age() -> None:
    ages = [timedelta(minutes=1), timedelta(hours=2), timedelta(days=2), timedelta(days=20), timedelta(days=400)]
    intervals = [by_age(NOW - age, NOW) for age in ages]
    assert intervals == sorted(intervals)
    assert intervals[0] == 300


def test_failures_back_off() -> None:
    waits = [wait(replace(FRESH, failures=n)) for n in range(1, 12)]
    assert waits[3] > 4 * waits[0]
    assert max(waits) <= 1.1 * 86400


def test_a_doubt_is_looked_at_soon_even_on_an_old_page() -> None:
    old = replace(FRESH, born_at=NOW - timedelta(days=60))
    assert wait(old, soon=True) < 240 < wait(old)


def test_a_removed_page_is_looked_at_once_a_day() -> None:
    assert 0.9 * 86400 <= wait(replace(FRESH, state="removed")) <= 1.1 * 86400


def test_retry_after_is_kept() -> None:
    later = NOW + timedelta(hours=2)
    assert next_check(FRESH, NOW, pace=PACE, retry_at=later) == later


def test_speed_and_shortest() -> None:
    quick = next_check(FRESH, NOW, pace=Pace(speed=1000, shortest_s=2)) - NOW
    assert timedelta(seconds=1.7) < quick < timedelta(seconds=2.3)


@given(st.integers(0, 10**8), st.integers(0, 1000), st.integers(0, 50), st.booleans())
def test_the_next_check_is_always_ahead(age: int, failures: int, gone: int, soon: bool) -> None:
    standing = Standing("https://a.example/1", NOW - timedelta(seconds=age), "live", failures, gone)
    assert next_check(standing, NOW, pace=PACE, soon=soon) > NOW


def apart(standing: Standing, terms: Terms = Terms(), now: datetime = NOW) -> float:  # noqa: B008
    return (next_check(standing, now, pace=PACE, terms=terms) - now).total_seconds() / 60


def aged(minutes: float, **more: object) -> Standing:
    return replace(FRESH, born_at=NOW - timedelta(minutes=minutes), **more)  # type: ignore[arg-type]


def test_a_dearer_fetch_makes_looks_rarer() -> None:
    waits = [apart(aged(60), Terms(price=price)) for price in (1e-4, 0.003, 0.02, 0.1)]
    assert waits == sorted(waits)
    assert waits[3] > 10 * waits[0]


def test_an_edited_story_is_looked_at_sooner_than_one_left_alone() -> None:
    quiet = History(0, 0.5, 0.2)
    assert apart(aged(120, history=replace(quiet, edits=4))) < apart(aged(120, history=quiet)) / 3


def test_late_edits_tell_of_a_story_that_is_kept_up() -> None:
    born = NOW - timedelta(days=4)
    late, early = History(), History()
    late = learn(late, born, born + timedelta(days=3), born + timedelta(days=4), edited=True).history
    early = learn(early, born, born + timedelta(minutes=5), born + timedelta(minutes=15), edited=True).history
    assert late.lean > 0 > early.lean
    assert apart(aged(4 * 1440, history=replace(early, lean=late.lean))) < apart(aged(4 * 1440, history=early))


def test_looks_add_up_to_the_exposure_of_the_whole_time() -> None:
    born = NOW - timedelta(hours=9)
    lesson = learn(History(), born, born, NOW, edited=False)
    whole = lesson.history
    parts, total, before = History(), 0.0, born
    for hour in range(1, 10):
        part = learn(parts, born, before, born + timedelta(hours=hour), edited=False)
        parts, total, before = part.history, total + part.exposure, born + timedelta(hours=hour)
    assert abs(parts.fast - whole.fast) < 1e-9
    assert abs(parts.slow - whole.slow) < 1e-9
    assert abs(total - lesson.exposure) < 1e-9


def test_a_page_published_in_the_future_teaches_nothing_yet() -> None:
    lesson = learn(History(), NOW + timedelta(hours=1), NOW - timedelta(hours=1), NOW, edited=False)
    assert (lesson.history.fast, lesson.exposure) == (0.0, 0.0)


NIGHT = Hours(edits=(0.0,) * 6 + (60.0,) * 18, expected=(40.0,) * 6 + (50.0,) * 18)


def test_nights_are_learnt_and_looks_wait_for_the_morning() -> None:
    day = learnt_day(NIGHT, NIGHT)
    assert day[0] == 0.0
    assert day[24] == pytest.approx(1440.0)
    assert busy(day, 0.0, 300.0) < 0.5
    assert busy(day, 600.0, 300.0) > 1.0
    assert busy(day, 345.0, 1440.0) == pytest.approx(1.0)
    terms = Terms(day=day)
    night, noon = NOW.replace(hour=0, minute=30), NOW.replace(hour=12)
    by_night = apart(replace(FRESH, born_at=night - timedelta(hours=2)), terms, night)
    by_day = apart(replace(FRESH, born_at=noon - timedelta(hours=2)), terms, noon)
    assert by_night > 1.5 * by_day


def test_a_source_with_few_looks_has_the_hours_of_all_and_one_with_many_its_own() -> None:
    usual = learnt_day(Hours(), NIGHT)
    assert busy(usual, 0.0, 300.0) < 0.6
    turned = Hours(*(tuple(50.0 * seen for seen in reversed(column)) for column in (NIGHT.edits, NIGHT.expected)))
    assert busy(learnt_day(turned, NIGHT), 0.0, 300.0) > 0.9
    assert learnt_day(Hours(), Hours()) == pytest.approx(EVEN_DAY)


def test_a_short_wait_tells_of_its_hour_and_a_long_one_of_none() -> None:
    at = NOW.replace(hour=9, minute=30)
    assert learn(History(), at - timedelta(hours=5), at - timedelta(minutes=50), at, edited=True).hour == 9
    assert learn(History(), at - timedelta(hours=9), at - timedelta(hours=6), at, edited=True).hour is None


def test_quiet_hours_add_less_exposure() -> None:
    day, at = learnt_day(NIGHT, NIGHT), NOW.replace(hour=2)
    lesson = learn(History(), at - timedelta(hours=3), at - timedelta(hours=1), at, edited=False, day=day)
    assert 0.0 < lesson.exposure < 0.6 * lesson.plain


def test_a_retired_article_gets_a_rare_look() -> None:
    assert 0.9 * 43200 <= apart(aged(400 * 1440), Terms(price=0.5)) <= 1.1 * 43200


def test_a_source_that_edits_much_is_looked_at_more() -> None:
    everywhere = Habits(400, 300)
    busy, quiet = expected(Habits(300, 60), everywhere, 0.02), expected(Habits(10, 200), everywhere, 0.02)
    assert busy.mean > 2 * quiet.mean
    assert apart(aged(60), busy) < apart(aged(60), quiet) / 2


def test_a_source_whose_feed_tells_of_edits_is_left_to_it() -> None:
    habits = Habits()
    for _ in range(40):
        habits = adopt(habits, 1.0, edited=True, hinted=True)
    told = expected(habits, habits, 0.02)
    assert told.unhinted == 0.1
    assert apart(aged(60), told) > 3 * apart(aged(60), replace(told, unhinted=1.0))


def test_what_is_long_ago_weighs_less() -> None:
    habits = adopt(Habits(4000, 2001, 4000), 1.0, edited=True, hinted=False)
    assert (habits.edits, habits.exposure, habits.hinted) == (2001, 1001.5, 2000)


def test_fresh_stories_can_be_weighted() -> None:
    weighted = Terms(fresh=5.0)
    assert apart(aged(10), weighted) < 0.8 * apart(aged(10))
    assert (
        abs(
            apart(aged(5000, history=History(3, 0.8, 0.6)), weighted) / apart(aged(5000, history=History(3, 0.8, 0.6)))
            - 1
        )
        < 0.1
    )


def test_promptness_shortens_long_waits_most() -> None:
    prompt = Terms(promptness=0.03)
    assert apart(aged(1440), prompt) < 0.6 * apart(aged(1440))


def test_a_pin_holds_until_its_end() -> None:
    pin = replace(aged(50000), pin=300.0, pinned_until=NOW + timedelta(hours=1))
    assert 4.5 <= apart(pin) <= 5.5
    assert apart(replace(pin, pinned_until=NOW)) > 1000


def test_the_price_follows_the_budget() -> None:
    assert steered(0.02, 30_000, 20_000) > 0.02 > steered(0.02, 10_000, 20_000)
    assert steered(0.02, 20_000, 20_000) == 0.02
    assert steered(LEAST_PRICE, 0, 20_000) == LEAST_PRICE


def test_a_crowded_host_has_a_price_of_its_own() -> None:
    crowded = host_price(0.0, 0.02, queued=1000, a_minute=60)
    assert crowded > 0.02
    assert host_price(crowded, 0.02, queued=10, a_minute=60) < crowded


def test_few_pages_start_cheap_and_many_within_the_budget() -> None:
    stories = [Share(aged(10.0 * n), Terms()) for n in range(1, 300)]
    few = price_for(stories[:20], NOW, 20_000)
    many = price_for(stories, NOW, 5_000)
    assert few < many <= FIRST_PRICE
    assert forecast(stories, NOW, many) <= 5_100


def test_a_page_of_a_sample_stands_for_others_and_pays_its_host_price() -> None:
    page = Share(aged(500), Terms())
    one, hundred = forecast([page], NOW, 0.01), forecast([replace(page, pages=100.0)], NOW, 0.01)
    assert hundred == pytest.approx(100 * one)
    assert forecast([replace(page, least_price=0.1)], NOW, 0.01) == forecast([page], NOW, 0.1) < one


@given(
    st.floats(0, 10**6),
    st.integers(0, 500),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(-50, 50),
    st.floats(1e-4, 0.95),
    st.floats(0.01, 100),
    st.floats(0.1, 1),
    st.floats(0, 1),
)
def test_any_state_gives_an_interval_within_bounds(  # noqa: PLR0917
    age: float,
    edits: int,
    fast: float,
    slow: float,
    lean: float,
    price: float,
    mean: float,
    unhinted: float,
    prompt: float,
) -> None:
    standing = aged(age, history=History(edits, fast, slow, lean))
    assert 1.89 <= apart(standing, Terms(price, mean, unhinted, prompt)) <= 1.06 * 43200
