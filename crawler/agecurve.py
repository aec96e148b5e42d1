"""How long a look can wait: a Bayesian estimate of a story's edits over its age, in plain arithmetic. Minutes throughout.

A story's edits come at a rate of its own along one of two curves of age: `fast` (news of the day) or `slow` (stories that are
kept up for days). Each curve is the share of a story's edits done by an age, a mixture of an hour, a working day and days,
fitted to published figures (about 29 % of edits within an hour of publication, 51 % within three, 86 % within a day). A story's
number of edits is a mixture of exponentials about three levels of its source's mean: most stories are hardly edited, some are
edited all day. What was seen of a page (`n` edits, `fast` and `slow` exposure, `lean`) gives the posterior in closed form.

A look is worth what it saves: the chance that two edits or more fell into the interval, for then one of them can no longer be
told from the other. The next look is due where that chance reaches the price of a fetch, which the budget sets
(`crawler.recrawl.steered`). With rates known this is the best spacing: the sum of caught edits under a number of fetches.
News rests at night: each hour of the day (UTC) counts by how much is edited in it (`busy`), learnt of each source from its looks.
The functions take and return floats and tuples of floats, so the benchmark can compile these very functions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

HOUR_LIKE, DAY_LIKE, WEEK_LIKE = 60.0, 480.0, 5760.0
FAST = (0.48, 0.33, 0.19)
SLOW = (0.15, 0.40, 0.45)
FAST_STORIES = 0.8
PRIOR = (0.36, 0.28, 0.16, 0.09, 0.07, 0.04)  # share of stories: quiet, usual, busy; first the fast ones, then the slow
LEVELS = (0.1, 0.8, 3.4)  # times the source's mean
EVEN_DAY = tuple(60.0 * hour for hour in range(25))  # minutes that count, from midnight to each full hour
TOLERANCE = 0.1  # in the logarithm of the chance: 5 % of the interval
ROUNDS = 12


def shares(age: float) -> tuple[float, float]:
    """The shares of a fast and of a slow story's edits that are done by this age."""
    hour, day, week = math.exp(-age / HOUR_LIKE), math.exp(-age / DAY_LIKE), math.exp(-age / WEEK_LIKE)
    fast = 1.0 - FAST[0] * hour - FAST[1] * day - FAST[2] * week
    return fast, 1.0 - SLOW[0] * hour - SLOW[1] * day - SLOW[2] * week


def blend(fast: float, slow: float) -> float:
    """Exposure of a story of which nothing else is known."""
    return FAST_STORIES * fast + (1.0 - FAST_STORIES) * slow


def learnt_mean(sum_n: float, sum_g: float, prior: float, weight: float) -> float:
    """Expected edits a story: `sum_n` were seen in `sum_g` exposure, beside `weight` exposure of the prior."""
    return (sum_n + weight * prior) / (sum_g + weight)


def spreads(fast: float, slow: float, mean: float) -> tuple[float, float, float, float, float, float]:
    """The second parameter of the posterior gamma of each class; the first is 1 + n for all."""
    low, usual, high = 1.0 / (LEVELS[0] * mean), 1.0 / (LEVELS[1] * mean), 1.0 / (LEVELS[2] * mean)
    return low + fast, usual + fast, high + fast, low + slow, usual + slow, high + slow


def weights(
    n: float, lean: float, mean: float, spread: tuple[float, float, float, float, float, float]
) -> tuple[float, float, float, float, float, float]:
    """The posterior share of each class. What is the same for all classes is left out of the likelihood."""
    a = 1.0 + n
    w0 = math.log(PRIOR[0] / LEVELS[0]) - a * math.log(spread[0])
    w1 = math.log(PRIOR[1] / LEVELS[1]) - a * math.log(spread[1])
    w2 = math.log(PRIOR[2] / LEVELS[2]) - a * math.log(spread[2])
    w3 = math.log(PRIOR[3] / LEVELS[0]) - a * math.log(spread[3]) + lean
    w4 = math.log(PRIOR[4] / LEVELS[1]) - a * math.log(spread[4]) + lean
    w5 = math.log(PRIOR[5] / LEVELS[2]) - a * math.log(spread[5]) + lean
    top = max(w0, w1, w2, w3, w4, w5)
    w0, w1, w2 = math.exp(w0 - top), math.exp(w1 - top), math.exp(w2 - top)
    w3, w4, w5 = math.exp(w3 - top), math.exp(w4 - top), math.exp(w5 - top)
    total = w0 + w1 + w2 + w3 + w4 + w5
    return w0 / total, w1 / total, w2 / total, w3 / total, w4 / total, w5 / total


def two_or_more(a: float, b: float, x: float) -> float:
    """The chance of two edits or more in exposure `x` where the rate is gamma distributed (a, b): negative binomial."""
    rest = b / (b + x)
    return 1.0 - math.pow(rest, a) * (1.0 + a * (1.0 - rest))


def hourly(edits: float, expected: float, ratio: float, usual: float, weight: float) -> float:
    """How busy an hour is, 1 being as expected: `edits` were seen where `expected` were due, `ratio` times as many over the whole
    day, beside `weight` expected edits at the `usual` busyness."""
    return (edits / ratio + weight * usual) / (expected + weight)


def so_far(day: Sequence[float], minutes: float) -> float:
    """The minutes that count from a midnight on. `day` is cumulative by hour: 25 numbers from 0 to 1440."""
    whole = minutes // 1440.0
    rest = minutes - 1440.0 * whole
    hour = min(int(rest / 60.0), 23)
    return whole * day[24] + day[hour] + (rest / 60.0 - hour) * (day[hour + 1] - day[hour])


def busy(day: Sequence[float], clock: float, minutes: float) -> float:
    """How busy this stretch of time is on average; `clock` is minutes after midnight at its beginning."""
    return (so_far(day, clock + minutes) - so_far(day, clock)) / minutes if minutes > 0.0 else 1.0


def gain(
    n: float,
    fast: float,
    slow: float,
    minutes: float,
    promptness: float,
    weight: tuple[float, float, float, float, float, float],
    spread: tuple[float, float, float, float, float, float],
) -> float:
    """What a look after this exposure and time is worth. `promptness` is what an expected edit is worth that is found after an
    hour; it grows with the root of the wait, which shortens the longest waits at the least cost in edits caught."""
    a = 1.0 + n
    lost = weight[0] * two_or_more(a, spread[0], fast) + weight[1] * two_or_more(a, spread[1], fast)
    lost += weight[2] * two_or_more(a, spread[2], fast) + weight[3] * two_or_more(a, spread[3], slow)
    lost += weight[4] * two_or_more(a, spread[4], slow) + weight[5] * two_or_more(a, spread[5], slow)
    if promptness > 0.0:
        expected = fast * (weight[0] / spread[0] + weight[1] / spread[1] + weight[2] / spread[2])
        expected += slow * (weight[3] / spread[3] + weight[4] / spread[4] + weight[5] / spread[5])
        lost += promptness * a * expected * math.sqrt(minutes / 60.0)
    return lost


def _off(
    age: float,
    done_fast: float,
    done_slow: float,
    log_minutes: float,
    unhinted: float,
    n: float,
    promptness: float,
    weight: tuple[float, float, float, float, float, float],
    spread: tuple[float, float, float, float, float, float],
    day: Sequence[float],
    clock: float,
) -> float:
    minutes = math.exp(log_minutes)
    fast, slow = shares(age + minutes)
    counts = unhinted * busy(day, clock, minutes)
    fast, slow = (fast - done_fast) * counts, (slow - done_slow) * counts
    return math.log(gain(n, fast, slow, minutes, promptness, weight, spread) + 1e-300)


def interval(
    age: float,
    n: float,
    fast: float,
    slow: float,
    lean: float,
    mean: float,
    price: float,
    unhinted: float,
    promptness: float,
    shortest: float,
    longest: float,
    day: Sequence[float],
    clock: float,
) -> float:
    """Minutes until the look is worth its price, between `shortest` and `longest`.

    `unhinted` is the share of the source's edits that no feed or sitemap tells of: only those are waited for. `day` is how busy
    the source's hours are, `clock` the minutes after midnight (UTC) now.
    Found by false position (Illinois) between logarithms of time and gain, along which the gain is nearly straight.
    """
    spread = spreads(fast, slow, mean)
    weight = weights(n, lean, mean, spread)
    done_fast, done_slow = shares(age)
    low, high = math.log(shortest), math.log(longest)
    wanted = math.log(price)
    below = _off(age, done_fast, done_slow, low, unhinted, n, promptness, weight, spread, day, clock) - wanted
    if below >= 0.0:
        return shortest
    above = _off(age, done_fast, done_slow, high, unhinted, n, promptness, weight, spread, day, clock) - wanted
    if above <= 0.0:
        return longest
    side, middle = 0, high
    for _ in range(ROUNDS):
        middle = (low * above - high * below) / (above - below)
        off = _off(age, done_fast, done_slow, middle, unhinted, n, promptness, weight, spread, day, clock) - wanted
        if abs(off) < TOLERANCE:
            break
        if off < 0.0:
            above *= 0.5 if side < 0 else 1.0
            low, below, side = middle, off, -1
        else:
            below *= 0.5 if side > 0 else 1.0
            high, above, side = middle, off, 1
    return math.exp(middle)
