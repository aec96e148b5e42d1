"""How soon new stories are found, and at what cost: fixed intervals, learnt rhythms, and hubs that push.

`python -m tests.benchmarks.bench_discovery` drives the real `crawler.cadence` (no copy) on outlets with 0.1 to 12 stories an
hour, quiet at night and busy by day, and prints a line a policy: visits a day, the mean and 90 % delay in minutes from a story's
listing to the visit that finds it, over all and by outlet. A hub pushes within seconds for 95 % of stories. Sections are lists
like feeds: their delay is that of `learnt`.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Callable
from statistics import mean, quantiles

from crawler import cadence
from crawler.cadence import Rhythm

DAY = 86400.0
RATES = (0.1, 0.5, 2.0, 6.0, 12.0)
PUSHED, PUSH_S = 0.95, 10.0
Next = Callable[[Rhythm], float]


def stories(rate: float, days: float, dice: random.Random) -> list[float]:
    """When stories are listed, in seconds: a Poisson process, 1.6 times the mean by day and a fifth of it at the night's low."""
    found, at, top = [], 0.0, 1.7 * rate / 3600
    while at < days * DAY:
        at += dice.expovariate(top)
        weight = 0.95 + 0.75 * math.sin(2 * math.pi * (at / DAY - 0.375))
        if dice.random() < weight / 1.7:
            found.append(at)
    return found


def run(listed: list[float], days: float, then: Next, dice: random.Random, *, hub: bool) -> tuple[float, list[float]]:
    """Visits a day and each story's delay, in seconds."""
    pushes = sorted(at + dice.expovariate(1 / PUSH_S) for at in listed if hub and dice.random() < PUSHED)
    rhythm, at, last, visits, taken = Rhythm(), 0.0, 0.0, 0, 0
    delays: list[float] = []
    while at < days * DAY:
        visits += 1
        new = 0
        while taken < len(listed) and listed[taken] <= at:
            delays.append(at - listed[taken])
            taken, new = taken + 1, new + 1
        rhythm = cadence.heard(rhythm, new, at - last)
        last = at
        while pushes and pushes[0] <= at:
            pushes.pop(0)
        at = min(at + then(rhythm), pushes[0] if pushes else math.inf)
    return visits / days, delays


POLICIES: dict[str, tuple[Next, bool]] = {
    "every 5 min": (lambda _: 300.0, False),
    "every 15 min": (lambda _: 900.0, False),
    "learnt": (cadence.interval, False),
    "learnt, hub": (lambda rhythm: cadence.told(cadence.interval(rhythm)), True),
    "every 15 min, hub": (lambda _: 900.0, True),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--days", type=float, default=28.0)
    days = parser.parse_args().days
    for name, (then, hub) in POLICIES.items():
        spent, all_delays, outlets = 0.0, [], []
        for rate in RATES:
            dice = random.Random(f"{rate}")
            visits, delays = run(stories(rate, days, dice), days, then, dice, hub=hub)
            spent, all_delays = spent + visits, all_delays + delays
            outlets.append({"stories_h": rate, "visits_day": round(visits), "mean_min": round(mean(delays) / 60, 1)})
        tenths = quantiles(all_delays, n=10)
        whole = {
            "visits_day": round(spent),
            "mean_min": round(mean(all_delays) / 60, 1),
            "p90_min": round(tenths[-1] / 60, 1),
        }
        print(json.dumps({"policy": name, **whole, "outlets": outlets}))


if __name__ == "__main__":
    main()
