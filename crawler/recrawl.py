"""When a page is looked at next. Pure: states and the instant go in, states and instants come out.

The interval is that of `crawler.agecurve`: until a look is worth its price. The price is set by the budget: once an hour it is
raised where more was fetched than the budget allows and lowered where less was (`steered`); a host whose queue is longer than
its pace can serve has a price of its own (`host_price`).
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate

from crawler import agecurve

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

# (age below, seconds between checks): used where no budget is kept, and as the most where the clock runs faster than life
BY_AGE: tuple[tuple[float, float], ...] = (
    (1 * HOUR, 5 * MINUTE),
    (6 * HOUR, 15 * MINUTE),
    (1 * DAY, 45 * MINUTE),
    (3 * DAY, 3 * HOUR),
    (7 * DAY, 8 * HOUR),
    (30 * DAY, 1 * DAY),
    (90 * DAY, 7 * DAY),
)
OLD_S = 30 * DAY
FAILURE_BASE_S = 5 * MINUTE
FAILURE_MOST_S = 1 * DAY
SOON_S = 3 * MINUTE
REMOVED_S = 1 * DAY
JITTER = 0.05

PROMPTNESS = 0.01  # where a person sets none: a fifth off the longest waits at a thousandth of the edits caught
SHORTEST_MIN = 2.0
LONGEST_MIN, RETIRED_MIN = 7 * 1440.0, 30 * 1440.0
RETIRED_AFTER_MIN = 60 * 1440.0
EDITS_A_STORY = 1.3  # before anything is learnt; published: 2.56 versions an article
ALL_SOURCES_WEIGHT, SOURCE_WEIGHT = 50.0, 20.0
HINTS_WEIGHT, UNHINTED_LEAST = 4.0, 0.1
FRESH_MIN = 180.0
HOUR_TOLD_MIN = 180.0
ALL_HOURS_WEIGHT, HOURS_WEIGHT, DAY_WEIGHT = 20.0, 100.0, 10.0
FORGET_AT, FORGET_HOUR_AT = 2000.0, 1000.0

FIRST_PRICE, LEAST_PRICE, MOST_PRICE = 0.05, 1e-4, 0.95
STEER = 0.06
HOST_QUEUE_MIN = 15.0
HOST_UP, HOST_DOWN = 1.05, 0.97


@dataclass(frozen=True, slots=True)
class Pace:
    """`speed` divides every interval (2 checks twice as often); none falls below `shortest_s` seconds."""

    speed: float = 1.0
    shortest_s: float = 60.0

    def stretch(self, seconds: float) -> float:
        return max(seconds / self.speed, self.shortest_s)


@dataclass(frozen=True, slots=True)
class History:
    """What was seen of a page: edits, exposure along both curves of age, and how much its edits lean to the slow one."""

    edits: int = 0
    fast: float = 0.0
    slow: float = 0.0
    lean: float = 0.0


@dataclass(frozen=True, slots=True)
class Habits:
    """What was seen of a source: edits, exposure, and how many of the edits a feed or sitemap had told of."""

    edits: float = 0.0
    exposure: float = 0.0
    hinted: float = 0.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What a look costs and what is expected: the price, the source's mean of edits a story, the share of its edits that
    nothing tells of. `promptness` is what an edit that waited an hour is worth beside one lost, `fresh` how much more a look
    at a story of the last hours is worth, `day` how busy the source's hours are (`crawler.agecurve.so_far`)."""

    price: float = FIRST_PRICE
    mean: float = EDITS_A_STORY
    unhinted: float = 1.0
    promptness: float = 0.0
    fresh: float = 0.0
    day: tuple[float, ...] = agecurve.EVEN_DAY


@dataclass(frozen=True, slots=True)
class Hours:
    """What was seen of a source in each hour of the day (UTC): edits found, and edits expected by age alone."""

    edits: tuple[float, ...] = (0.0,) * 24
    expected: tuple[float, ...] = (0.0,) * 24


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a look taught: the page's history; the exposure it adds to the source's, and the same were all hours alike; the hour
    of the day (UTC) it tells of, None where the time since the look before is too long to tell."""

    history: History
    exposure: float
    plain: float
    hour: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the next check depends on. `born_at` is the publication or, where unknown, the first sight. `pin` is how many
    seconds apart a person wants it looked at, until `pinned_until`."""

    url: str
    born_at: datetime
    state: str
    failures: int = 0
    gone_count: int = 0
    history: History = History()
    pin: float | None = None
    pinned_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A page of a sample, which stands for `pages` pages. `least_price` is its host's own."""

    standing: Standing
    terms: Terms
    pages: float = 1.0
    least_price: float = 0.0


def next_check(
    standing: Standing,
    now: datetime,
    *,
    pace: Pace,
    soon: bool = False,
    retry_at: datetime | None = None,
    terms: Terms | None = None,
) -> datetime:
    """The instant of the next check, never before `retry_at` (the server's own Retry-After). Without `terms`, by age."""
    seconds = _seconds(standing, now, soon, pace, terms)
    due = now + timedelta(seconds=seconds * _jitter(standing.url, now))
    return max(due, retry_at) if retry_at else due


def _seconds(standing: Standing, now: datetime, soon: bool, pace: Pace, terms: Terms | None) -> float:
    if soon:
        return pace.stretch(SOON_S * 2.0 ** min(max(standing.gone_count - 1, 0), 6))
    if standing.failures:
        return pace.stretch(min(FAILURE_BASE_S * 2.0 ** min(standing.failures - 1, 20), FAILURE_MOST_S))
    if pinned(standing, now):
        return standing.pin or pace.shortest_s
    usual = by_age(standing.born_at, now) if terms is None else worthwhile(standing, now, terms)
    if pace.speed > 1:
        usual = min(usual, by_age(standing.born_at, now))
    if standing.state in {"removed", "blocked"}:
        usual = max(REMOVED_S, usual)
    return pace.stretch(usual)


def pinned(standing: Standing, now: datetime) -> bool:
    """Whether a person's wish for this page stands."""
    return standing.pin is not None and standing.pinned_until is not None and now < standing.pinned_until


def by_age(born_at: datetime, now: datetime) -> float:
    """Seconds between checks of an article of that age."""
    age = (now - born_at).total_seconds()
    return next((interval for below, interval in BY_AGE if age < below), OLD_S)


def worthwhile(standing: Standing, now: datetime, terms: Terms) -> float:
    """Seconds until a look is worth its price; a retired article still gets a look a month."""
    age, seen = minutes_between(standing.born_at, now), standing.history
    return MINUTE * agecurve.interval(
        age,
        float(seen.edits),
        seen.fast,
        seen.slow,
        seen.lean,
        terms.mean,
        price_at(terms.price, terms.fresh, age),
        terms.unhinted,
        terms.promptness,
        SHORTEST_MIN,
        LONGEST_MIN if age < RETIRED_AFTER_MIN else RETIRED_MIN,
        terms.day,
        clock(now),
    )


def price_at(price: float, fresh: float, age: float) -> float:
    """The price for a story of that age in minutes: lower while it is fresh, where a person weighs fresh stories."""
    return price / (1.0 + fresh * math.exp(-age / FRESH_MIN))


def clock(now: datetime) -> float:
    """Minutes after midnight, UTC."""
    return now.timestamp() / MINUTE % 1440.0


def minutes_between(early: datetime, late: datetime) -> float:
    """Minutes, not below 0."""
    return max(0.0, (late - early).total_seconds() / MINUTE)


def learn(
    seen: History,
    born_at: datetime,
    before: datetime,
    now: datetime,
    *,
    edited: bool,
    day: tuple[float, ...] = agecurve.EVEN_DAY,
) -> Lesson:
    """What one more look teaches, `before` being the look before it and `day` how busy the source's hours are."""
    before = min(before, now)  # a clock that was set back since, or another machine's: no time has passed
    early = agecurve.shares(minutes_between(born_at, before))
    late = agecurve.shares(minutes_between(born_at, now))
    minutes = minutes_between(before, now)
    counts = agecurve.busy(day, clock(before), minutes)
    fast, slow = (late[0] - early[0]) * counts, (late[1] - early[1]) * counts
    lean = lean_of(fast, slow) if edited else 0.0
    grown = History(seen.edits + edited, seen.fast + fast, seen.slow + slow, seen.lean + lean)
    hour = int(clock(before + (now - before) / 2) / 60.0) if minutes < HOUR_TOLD_MIN else None
    return Lesson(grown, agecurve.blend(fast, slow), agecurve.blend(late[0] - early[0], late[1] - early[1]), hour)


def lean_of(fast: float, slow: float) -> float:
    """What an edit in this exposure says for the slow curve: a logarithm of odds."""
    return math.log((slow + 1e-9) / (fast + 1e-9))


def adopt(habits: Habits, exposure: float, *, edited: bool, hinted: bool) -> Habits:
    """A source's habits after one more look. What is long ago weighs less, so that a source's ways may change."""
    kept = kept_of(habits.exposure)
    return Habits(
        habits.edits * kept + edited,
        habits.exposure * kept + exposure,
        habits.hinted * kept + (edited and hinted),
    )


def kept_of(exposure: float) -> float:
    """The part of a source's habits that is kept."""
    return 0.5 if exposure > FORGET_AT else 1.0


def expected(
    habits: Habits,
    everywhere: Habits,
    price: float,
    *,
    promptness: float = 0.0,
    fresh: float = 0.0,
    day: tuple[float, ...] = agecurve.EVEN_DAY,
) -> Terms:
    """The terms of a source's pages, `everywhere` being the sum of all sources' habits."""
    usual = agecurve.learnt_mean(everywhere.edits, everywhere.exposure, EDITS_A_STORY, ALL_SOURCES_WEIGHT)
    mean = agecurve.learnt_mean(habits.edits, habits.exposure, usual, SOURCE_WEIGHT)
    return Terms(price, mean, unhinted(habits.edits, habits.hinted), promptness, fresh, day)


def learnt_day(own: Hours, everywhere: Hours) -> tuple[float, ...]:
    """How busy a source's hours are: its own looks beside those at all sources, for `Terms.day`. The day's mean is 1."""
    usual = _busyness(everywhere, (1.0,) * 24, ALL_HOURS_WEIGHT)
    found = _busyness(own, usual, HOURS_WEIGHT)
    minutes = [1440.0 * hour / sum(found) for hour in found]
    return tuple(accumulate(minutes, initial=0.0))


def _busyness(seen: Hours, usual: tuple[float, ...], weight: float) -> tuple[float, ...]:
    ratio = day_ratio(sum(seen.edits), sum(seen.expected))
    return tuple(
        agecurve.hourly(edits, expected, ratio, before, weight)
        for edits, expected, before in zip(seen.edits, seen.expected, usual, strict=True)
    )


def day_ratio(edits: float, expected: float) -> float:
    """Edits found of those expected over the whole day."""
    return (edits + DAY_WEIGHT) / (expected + DAY_WEIGHT)


def unhinted(edits: float, hinted: float) -> float:
    """The share of a source's edits that no hint comes for."""
    return max(1.0 - hinted / (edits + HINTS_WEIGHT), UNHINTED_LEAST)


def steered(price: float, rate: float, budget: float) -> float:
    """The price for the next hour. `rate` and `budget` are fetches over the last day: their ratio counts.

    Steering more often than the counted day forgets makes the price swing.
    """
    return min(max(price * math.exp(STEER * (rate / budget - 1.0)), LEAST_PRICE), MOST_PRICE)


def host_price(own: float, price: float, queued: float, a_minute: float) -> float:
    """A host's price for the next ten minutes: up while more than a quarter of an hour of its pace is waiting, else down."""
    if queued > HOST_QUEUE_MIN * a_minute:
        return min(max(own, price) * HOST_UP, MOST_PRICE)
    return max(own * HOST_DOWN, LEAST_PRICE)


def price_for(sample: Sequence[Share], now: datetime, a_day: float) -> float:
    """The price at which these pages would be looked at `a_day` times a day, were they to stay as they are: the first price of
    a home that has no day to count."""
    low, high = math.log(LEAST_PRICE), math.log(FIRST_PRICE)
    for _ in range(6):
        middle = (low + high) / 2
        if forecast(sample, now, math.exp(middle)) > a_day:
            low = middle
        else:
            high = middle
    return math.exp(high)


def forecast(sample: Sequence[Share], now: datetime, price: float) -> float:
    """Looks a day at the pages of a sample at this price, as things stand now."""
    return sum(
        part.pages * DAY / worthwhile(part.standing, now, replace(part.terms, price=max(price, part.least_price)))
        for part in sample
    )


def _jitter(url: str, now: datetime) -> float:
    """A factor near 1, steady for a page within a minute: pages found together are not all due together for ever."""
    spread = zlib.crc32(f"{url} {int(now.timestamp()) // 60}".encode()) / 0xFFFFFFFF
    return 1.0 - JITTER + 2 * JITTER * spread
