"""Drive the recrawl policy's own functions over the benchmark's simulated articles, with other policies beside it.

    python -m tests.benchmarks.bench_recrawl [--articles N] [--seeds 3,4,5,6] [--budgets 5,10,20] [--mixes base] [--quick]

The articles, the other policies and the oracle are those of `policy/simulate.py` in the folder that `NEWSWATCH_BENCH` names
(default ../shared/bench). It needs numpy and numba (`pip install newswatch[bench]`). Where the folder or a library is missing
the benchmark says so and ends with 0. `crawler.agecurve` and the arithmetic of `crawler.recrawl` are compiled as they are.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import random
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from crawler import agecurve, recrawl

ROOT = Path(__file__).resolve().parents[2]
BENCH = Path(os.environ.get("NEWSWATCH_BENCH") or ROOT.parent / "shared" / "bench") / "policy" / "simulate.py"
ARITHMETIC = {
    agecurve: "shares blend learnt_mean spreads weights two_or_more hourly so_far busy gain _off interval",
    recrawl: "price_at lean_of kept_of unhinted steered host_price day_ratio",
}
MIXES = {"base": 1.2, "quiet": 0.45, "stormy": 3.0}
DAY = 1440.0
FETCHES = 3  # where a run's result tells them


def compiled(numba: ModuleType) -> dict[str, Any]:
    """The policy's functions, compiled in the order in which they call each other."""
    found: dict[str, Any] = {}
    for module, names in ARITHMETIC.items():
        for name in names.split():
            made = numba.njit(getattr(module, name))
            setattr(module, name, made)
            found[name] = made
    return found


def driver(numba: ModuleType, np: ModuleType) -> Any:  # noqa: C901 - one compiled loop
    """The simulated service: a minute a turn, what is due is fetched, the longest waiting of each host first."""
    does = compiled(numba)
    shares, blend, mean_of, interval = does["shares"], does["blend"], does["learnt_mean"], does["interval"]
    lean_of, price_at, kept_of, unhinted = does["lean_of"], does["price_at"], does["kept_of"], does["unhinted"]
    steered, host_price = does["steered"], does["host_price"]
    busy, hourly, day_ratio = does["busy"], does["hourly"], does["day_ratio"]
    all_hours, own_hours, told_min = recrawl.ALL_HOURS_WEIGHT, recrawl.HOURS_WEIGHT, recrawl.HOUR_TOLD_MIN
    first_price, least, edits_a_story = recrawl.FIRST_PRICE, recrawl.LEAST_PRICE, recrawl.EDITS_A_STORY
    all_weight, own_weight = recrawl.ALL_SOURCES_WEIGHT, recrawl.SOURCE_WEIGHT
    shortest, longest, jitter = recrawl.SHORTEST_MIN, recrawl.LONGEST_MIN, recrawl.JITTER

    def drive(  # type: ignore[no-untyped-def]  # noqa: C901, PLR0912, PLR0917 - compiled, numbers by position
        budget, host_limit, seed, hosts, days, host, pub, disc, ptr, edit_at, is_head, flips_until, hint_of, hint_at, hints,
        promptness, fresh,
    ):  # fmt: skip
        np.random.seed(seed)
        count, minutes = len(pub), int(days * DAY)
        a_minute = budget * count / minutes
        last, due, edited = np.full(count, -1.0), disc.copy(), np.zeros(count)
        fast, slow, lean = np.zeros(count), np.zeros(count), np.zeros(count)
        told, both, variant = np.zeros(count, np.bool_), np.zeros(count, np.bool_), np.zeros(count, np.int64)
        at_edit = ptr[:-1].copy()
        caught, heads = np.zeros(len(edit_at), np.bool_), np.zeros(len(edit_at), np.bool_)
        delay = np.full(len(edit_at), -1.0)
        seen, exposure, hinted = np.zeros(hosts), np.zeros(hosts), np.zeros(hosts)
        prices, queue, room = np.full(hosts, least), np.zeros(hosts), np.zeros(hosts)
        price, rate, fetches, firsts, inside = first_price, 0.0, 0, 0, 0
        found, due_then = np.zeros((hosts, 24)), np.zeros((hosts, 24))  # edits in each hour, and those expected
        day = np.zeros((hosts, 25))
        day[:] = np.arange(25) * 60.0
        order, known, next_hint = np.argsort(disc), 0, 0
        waiting, since = np.zeros(count, np.int64), np.zeros(count)
        for minute in range(minutes):
            t = minute + 1.0
            while known < count and disc[order[known]] <= t:
                known += 1
            while next_hint < len(hint_at) and hint_at[next_hint] <= t:
                i = hint_of[next_hint]
                next_hint += 1
                if hints and last[i] >= 0:
                    told[i] = True
                    due[i] = min(due[i], t)
            room = np.minimum(room + host_limit, max(host_limit, 1.0))
            n_due = 0
            for q in range(known):
                i = order[q]
                if due[i] <= t:
                    waiting[n_due], since[n_due] = i, due[i]
                    n_due += 1
            queue[:] = 0
            got = 0
            for z in np.argsort(since[:n_due]):
                i = waiting[z]
                h = host[i]
                if room[h] < 1 or got >= int(6 * a_minute) + 5:
                    queue[h] += 1
                    continue
                room[h] -= 1
                got += 1
                fetches += 1
                inside += DAY < t < (days - 1) * DAY
                first, e0, e1 = last[i] < 0, at_edit[i], at_edit[i]
                while e1 < ptr[i + 1] and edit_at[e1] <= t:
                    e1 += 1
                at_edit[i] = e1
                changed = not first and e1 > e0
                for e in range(e0, e1):
                    delay[e] = t - edit_at[e] if not first else -2.0
                if changed:
                    caught[e1 - 1] = True
                    for e in range(e1 - 1, e0 - 1, -1):
                        if is_head[e]:
                            heads[e] = True
                            break
                if flips_until[i] > t:  # one of two headlines, by chance; a version seen before is no edit
                    now_variant = 1 if np.random.random() < 0.5 else 0
                    if not first and now_variant != variant[i] and not both[i]:
                        changed = both[i] = True
                    variant[i] = now_variant
                age = max(0.0, t - pub[i])
                if first:
                    firsts += 1
                else:
                    early, late = shares(max(0.0, last[i] - pub[i])), shares(age)
                    counts = busy(day[h], last[i] % DAY, t - last[i])
                    x, y = (late[0] - early[0]) * counts, (late[1] - early[1]) * counts
                    if t - last[i] < told_min:
                        hour = int((last[i] + t) / 2 % DAY / 60.0)
                        usual = mean_of(seen.sum(), exposure.sum(), edits_a_story, all_weight)
                        mean = mean_of(seen[h], exposure[h], usual, own_weight)
                        due_then[h, hour] += blend(late[0] - early[0], late[1] - early[1]) * mean
                        found[h, hour] += changed
                    fast[i] += x
                    slow[i] += y
                    kept = kept_of(exposure[h])
                    exposure[h] = exposure[h] * kept + blend(x, y)
                    seen[h] = seen[h] * kept + changed
                    hinted[h] = hinted[h] * kept + (changed and told[i])
                    if changed:
                        edited[i] += 1
                        lean[i] += lean_of(x, y)
                last[i], told[i] = t, False
                usual = mean_of(seen.sum(), exposure.sum(), edits_a_story, all_weight)
                wait = interval(
                    age, edited[i], fast[i], slow[i], lean[i], mean_of(seen[h], exposure[h], usual, own_weight),
                    price_at(max(price, prices[h]), fresh, age), unhinted(seen[h], hinted[h]), promptness, shortest, longest,
                    day[h], t % DAY,
                )  # fmt: skip
                due[i] = t + wait * (1.0 - jitter + 2 * jitter * np.random.random())
            rate += (got - rate) / DAY
            if minute % 10 == 9:
                for h in range(hosts):
                    if queue[h] > 0 or prices[h] > least:
                        prices[h] = host_price(prices[h], price, queue[h], host_limit)
            if minute % 60 == 59:
                ratio = day_ratio(found.sum(), due_then.sum())
                for h in range(hosts):
                    own = day_ratio(found[h].sum(), due_then[h].sum())
                    for z in range(24):
                        usual = hourly(found[:, z].sum(), due_then[:, z].sum(), ratio, 1.0, all_hours)
                        day[h, z + 1] = hourly(found[h, z], due_then[h, z], own, usual, own_hours)
                    day[h] = np.cumsum(day[h]) * (DAY / day[h].sum())
                price = steered(price, rate / (1 - math.exp(-(minute + 1) / DAY)), a_minute)
        return caught, heads, delay, fetches, 0, inside, firsts, price

    return numba.njit(drive)


def run_policy(drive: Any, g: dict[str, Any], budget: float, host_limit: float, seed: int, **more: Any) -> Any:
    """A run of the policy at this many fetches an article, to half a per cent, as simulate.py compares policies: since a home's
    first price is not yet the settled one, a run uses more or less than the budget, and the next is asked for less or more."""
    asked = budget
    while True:
        result = drive(
            asked, host_limit, seed, g["H"], g["days"], g["host"], g["pub"], g["disc"], g["ptr"], g["et"], g["eh"], g["abend"],
            g["hi"], g["ht"], more.get("hints", False), more.get("promptness", recrawl.PROMPTNESS), more.get("fresh", 0.0),
        )  # fmt: skip
        used = result[FETCHES] / g["N"]
        if abs(used / budget - 1.0) < 0.005 or not budget / 1.3 < asked < budget * 1.3:
            return result
        asked *= budget / used


def decision_cost(states: int = 20_000) -> float:
    """Microseconds of CPU a decision, uncompiled, as the service takes it (the best of three)."""
    draw = random.Random(1)
    asked = [(draw.uniform(1, 20_000), draw.randrange(6), 10 ** draw.uniform(-4, -0.5)) for _ in range(states)]
    best = math.inf
    for _ in range(3):
        start = time.process_time()
        for age, n, price in asked:
            agecurve.interval(
                age, float(n), 0.5, 0.3, 0.2 * n, 1.3, price, 1.0, 0.0, 3.0, 10080.0, agecurve.EVEN_DAY, 480.0
            )
        best = min(best, time.process_time() - start)
    return best / states * 1e6


class Table:
    """Runs over all seeds, and their means printed a line each."""

    def __init__(self, simulate: ModuleType, drive: Any, articles: int, seeds: list[int]) -> None:
        self.simulate, self.drive, self.articles, self.seeds = simulate, drive, articles, seeds
        self.made: dict[tuple[str, int], Any] = {}

    def stories(self, mix: str, seed: int) -> Any:
        if (mix, seed) not in self.made:
            self.made[mix, seed] = self.simulate.gen(N=self.articles, seed=seed, mean_scale=MIXES[mix], ph=0.14)
        return self.made[mix, seed]

    def line(self, name: str, mix: str, budget: float, run: Any) -> None:
        """`run(stories, seed)` gives what simulate's `metrics` takes."""
        rows = []
        for seed in self.seeds:
            stories = self.stories(mix, seed)
            rows.append(self.simulate.metrics(stories, run(stories, seed)))
        mean = {key: sum(float(row[key]) for row in rows) / len(rows) for key in ("caught", "head", "p90", "used")}
        print(
            f"{mix:7} {budget:4g}  {name:30} caught {mean['caught']:.3f}  headlines {mean['head']:.3f}  "
            f"p90 {mean['p90']:6.0f} min  used {mean['used']:5.2f}",
            flush=True,
        )

    def ours(self, name: str, mix: str, budget: float, host_limit: float, **more: Any) -> None:
        self.line(name, mix, budget, lambda g, seed: run_policy(self.drive, g, budget, host_limit, seed, **more))

    def other(self, name: str, mix: str, budget: float, host_limit: float) -> None:
        """A policy of simulate.py at the same steady rate of fetches."""
        table = self.simulate.age_table(mean_scale=MIXES[mix], ph=0.14, N=2000)
        self.line(name, mix, budget, lambda g, seed: self.simulate.go(g, name, budget, host_limit, seed, table))

    def formula(self, mix: str, budget: float, host_limit: float) -> None:
        """The given Bayesian age curve with its own controller."""
        table = self.simulate.age_table(mean_scale=MIXES[mix], ph=0.14, N=2000)
        go = self.simulate.go
        self.line(
            "given formula", mix, budget,
            lambda g, seed: go(g, "prop_due", budget, host_limit, seed, table, a0=20.0, thr=-2.0),
        )  # fmt: skip


def report(table: Table, budgets: list[float], mixes: list[str], *, quick: bool) -> None:
    """All comparisons, with the curve of what promptness costs."""
    for mix in mixes:
        for budget in budgets:
            table.ours("newswatch", mix, budget, 12.0)
            table.ours("newswatch, hints on half", mix, budget, 12.0, hints=True)
            table.ours("newswatch, 1 a minute a host", mix, budget, 1.0)
            table.formula(mix, budget, 12.0)
            for name in () if quick else ("newsdiffs", "diffengine", "sniffer", "uniform", "oracle"):
                table.other(name, mix, budget, 12.0)
            if not quick:
                table.other("newsdiffs", mix, budget, 1.0)
    for promptness in (0.0, 0.01, 0.03, 0.05, 0.08, 0.12, 0.2):
        table.ours(f"newswatch, promptness {promptness}", mixes[0], budgets[-1], 12.0, promptness=promptness)


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; 0 also where what it needs is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--articles", type=int, default=20_000, help="articles in 14 days (default 20000)")
    parser.add_argument("--seeds", default="3,4,5,6")
    parser.add_argument("--budgets", default="5,10,20", help="fetches an article")
    parser.add_argument("--mixes", default="base", help=f"any of {', '.join(MIXES)}")
    parser.add_argument("--quick", action="store_true", help="without the policies of others")
    asked = parser.parse_args(arguments)
    missing = [name for name in ("numpy", "numba") if importlib.util.find_spec(name) is None]
    if missing or not BENCH.is_file():
        print(
            f"Nothing measured: {' and '.join(missing) or BENCH} is missing (pip install newswatch[bench]; NEWSWATCH_BENCH)."
        )
        return 0
    print(f"a decision costs {decision_cost():.1f} µs", flush=True)
    import numba
    import numpy as np

    table = Table(_load(), driver(numba, np), asked.articles, [int(seed) for seed in asked.seeds.split(",")])
    report(table, [float(b) for b in asked.budgets.split(",")], asked.mixes.split(","), quick=asked.quick)
    return 0


def _load() -> ModuleType:
    os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(os.environ.get("TMPDIR", "/tmp")) / "newswatch-numba"))
    spec = importlib.util.spec_from_file_location("newswatch_simulate", BENCH)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(BENCH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    raise SystemExit(main())
