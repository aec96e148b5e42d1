"""How often a list is visited: its own rhythm, within bounds, further apart while it fails."""

from __future__ import annotations

from crawler.cadence import Rhythm, backed_off, heard, interval


def after(visits: int, new: int, apart_s: float) -> float:
    rhythm = Rhythm()
    for _ in range(visits):
        rhythm = heard(rhythm, new, apart_s)
    return interval(rhythm)


def test_an_unknown_list_is_visited_every_ten_minutes() -> None:
    assert 599 < interval(Rhythm()) < 601


def test_a_busy_list_is_visited_often_and_a_quiet_one_seldom() -> None:
    assert after(50, 5, 600) < after(50, 1, 600) < after(50, 0, 600)
    assert after(500, 50, 600) == 120
    assert after(500, 0, 3600) == 3600


def test_four_times_the_stories_make_twice_the_visits() -> None:
    few, many = after(2000, 1, 600), after(2000, 4, 600)
    assert 1.9 < few / many < 2.1


def test_a_list_that_wakes_up_is_noticed_within_an_hour() -> None:
    rhythm = Rhythm(0.0, 3 * 86400.0)
    for _ in range(6):
        rhythm = heard(rhythm, 6, 600)
    assert interval(rhythm) < interval(Rhythm(0.0, 3 * 86400.0)) / 2


def test_a_faster_clock_goes_below_two_minutes() -> None:
    assert interval(Rhythm(), speed=1000, shortest_s=2) == 2


def test_a_failing_list_is_visited_less_often() -> None:
    assert backed_off(300, 0) == 300
    assert backed_off(300, 1) == 60
    assert backed_off(300, 3) == 240
    assert backed_off(10, 1) == 10
    assert backed_off(300, 30) == 6 * 3600
