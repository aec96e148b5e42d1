"""When a feed, sitemap or section is looked at next. Pure: its own rhythm of new stories sets the interval.

A visit costs one fetch, and a story found late costs the minutes it waited. With `rate` new stories a second and visits `t`
seconds apart the cost a second is c/t + rate·t/2, least at t = sqrt(2c/rate): four times the stories, twice the visits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

DAY = 86400.0
VISIT_COST = 75.0  # story-seconds: six stories an hour make it five minutes
FORGET_S = 3 * DAY
PRIOR_S = 2 * 3600.0
PRIOR_RATE = 1.5 / 3600.0  # makes the first interval ten minutes
SHORTEST_S, LONGEST_S = 120.0, 3600.0
TOLD_REST = 6.0
FIRST_RETRY_S = 60.0  # most failures are a moment's
FAILING_MOST_S = DAY / 4


@dataclass(frozen=True, slots=True)
class Rhythm:
    """New stories seen in `seconds` of watching, old ones weighing less."""

    stories: float = 0.0
    seconds: float = 0.0


def heard(rhythm: Rhythm, new: int, elapsed_s: float) -> Rhythm:
    """The rhythm after one more visit, `elapsed_s` seconds after the one before it."""
    kept = math.exp(-max(elapsed_s, 0.0) / FORGET_S)
    return Rhythm(rhythm.stories * kept + new, rhythm.seconds * kept + max(elapsed_s, 0.0))


def rate(rhythm: Rhythm) -> float:
    """New stories a second, beside a prior of two hours' watching."""
    return (rhythm.stories + PRIOR_RATE * PRIOR_S) / (rhythm.seconds + PRIOR_S)


def interval(rhythm: Rhythm, *, speed: float = 1.0, shortest_s: float = SHORTEST_S) -> float:
    """Seconds to the next visit, between two minutes and an hour before `speed` divides them."""
    best = math.sqrt(2 * VISIT_COST / rate(rhythm))
    return max(min(max(best, SHORTEST_S), LONGEST_S) / speed, min(shortest_s, SHORTEST_S))


def told(base_s: float, *, speed: float = 1.0) -> float:
    """Seconds to the next visit of a list whose hub tells of news: the visits left are for what the hub forgets."""
    return max(base_s, min(base_s * TOLD_REST, LONGEST_S / speed))


def backed_off(base_s: float, failures: int) -> float:
    """Seconds to the next visit of a list that failed so many times in a row: the first retry soon, then each twice as late."""
    if failures < 1:
        return base_s
    return min(min(base_s, FIRST_RETRY_S) * 2.0 ** min(failures - 1, 20), max(FAILING_MOST_S, base_s))
