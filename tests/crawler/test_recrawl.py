"""The next check: by age, sooner in doubt, later in failure, never before the server allows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crawler.recrawl import Pace, Standing, by_age, feed_interval, next_check

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


def test_a_failing_feed_is_visited_less_often() -> None:
    assert feed_interval(0, 300, pace=PACE) == 300
    assert feed_interval(3, 300, pace=PACE) == 2400
    assert feed_interval(30, 300, pace=PACE) == 6 * 3600


@given(st.integers(0, 10**8), st.integers(0, 1000), st.integers(0, 50), st.booleans())
def test_the_next_check_is_always_ahead(age: int, failures: int, gone: int, soon: bool) -> None:
    standing = Standing("https://a.example/1", NOW - timedelta(seconds=age), "live", failures, gone)
    assert next_check(standing, NOW, pace=PACE, soon=soon) > NOW
