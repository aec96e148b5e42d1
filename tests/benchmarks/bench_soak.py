"""Weeks of the service in minutes: memory, descriptors, database and archive over a simulated time.

    python -m tests.benchmarks.bench_soak --days 21 --articles 5000

The service's own works run hour by hour on a clock that is moved on (extra `bench`: time-machine): looks by the budget,
comparing, sealing, housekeeping. Articles are published all the while and edited as they age, on a real server on loopback. A
line a day; the last line sets the end beside the middle. Every version after a page's first must have been told once.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import io
import json
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import psutil
from sqlalchemy import text

from tests.benchmarks.serve import Plan, Served, serving

BEGIN = datetime(2026, 5, 4, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVERY_HOUR = (
    "budget",
    "seal",
    "fingerprints",
    "compare leftovers",
    "deliver",
    "summary",
    "old answers",
    "housekeeping",
)
KEPT_DAYS = 5  # of checks and raw answers, so that what is dropped shows within weeks
EDITED_AT_H = (0.5, 2.0, 9.0, 60.0)  # hours after publication
EDITED = 0.4  # of articles at each of these


class Outlet:
    """Articles that are published evenly over the time, and edited as they age."""

    def __init__(self, server: Served, articles: int, hours: int) -> None:
        self.urls, self.server = server.urls(), server
        self.articles, self.hours, self.rng = articles, hours, Random(5)
        self.edits: dict[int, list[int]] = {}
        self.made = 0

    def published(self, hour: int) -> list[str]:
        """The addresses of the articles of this hour; their edits are drawn."""
        first, end = (self.articles * (hour + n) // self.hours for n in (0, 1))
        for number in range(first, end):
            for after in EDITED_AT_H:
                if self.rng.random() < EDITED:
                    self.edits.setdefault(hour + max(1, round(after * self.rng.uniform(0.5, 2.0))), []).append(number)
        return self.urls[first:end]

    def edit(self, hour: int) -> None:
        """Make the edits of this hour."""
        for number in self.edits.pop(hour, []):
            self.server.edit(number)
            self.made += 1


class Weeks:
    """The service's works, run by the hour."""

    def __init__(self, folder: Path, a_day: int) -> None:
        from rich.console import Console

        from crawler.budget import BudgetSettings
        from crawler.fetch.limits import FetchSettings, Pace
        from db.home import home_at
        from monitor.service.local import Service, ServiceSettings
        from monitor.service.logs import log_to
        from monitor.service.works import WorksSettings

        fetch = FetchSettings(allow_addresses=("127.0.0.0/8",), pace=Pace(0.0, 8), concurrency=16)
        works = WorksSettings(fetch=fetch, readers=1, budget=BudgetSettings(a_day))
        settings = ServiceSettings(works, web=False, spool_days=KEPT_DAYS, check_days=KEPT_DAYS)
        log_to(home_at(folder))
        self.folder = folder
        self.service = Service(home_at(folder), settings, Console(file=io.StringIO()))
        self.works = self.service.works
        self.runs: dict[str, Callable[[datetime], Awaitable[Any]]] = self.service._runs()

    async def publish(self, urls: list[str], now: datetime) -> None:
        from crawler.fetch.pace import host_of
        from db.queries import pages, sources

        def add(session: Any) -> None:
            source = sources.ensure(session, "soak", now)
            for url in urls:
                pages.add(session, source.id, url, host_of(url), now)

        await asyncio.wrap_future(self.works.writer.submit(add))

    async def hour(self, now: datetime) -> None:
        """All looks that are due, then what the timer does beside."""
        rounds = self.works.rounds
        while await rounds.check(now) or rounds.running:
            await asyncio.wait(rounds.running or [asyncio.ensure_future(asyncio.sleep(0))], timeout=0.25)
        for name in EVERY_HOUR:
            await self.runs[name](now)

    def marks(self) -> dict[str, float]:
        """Memory of all processes in MiB without the maps of files, open descriptors, tasks; files in MB; rows."""
        me = psutil.Process()
        memory = [process.memory_info() for process in (me, *me.children(recursive=True))]
        count = {name: self._count(name) for name in ("page", "page_check", "revision", "change")}
        sizes = {name: sum(f.stat().st_size for f in self.folder.rglob(name)) / 1e6 for name in ("*.db*", "*.warc.gz")}
        return {
            "mib": round(sum(part.rss - part.shared for part in memory) / (1 << 20), 1),
            "descriptors": sum(process.num_fds() for process in (me, *me.children(recursive=True))),
            "tasks": len(asyncio.all_tasks()),
            "database_mb": round(sizes["*.db*"], 1),
            "archive_mb": round(sizes["*.warc.gz"], 1),
            **count,
        }

    def _count(self, table: str) -> int:
        with self.works.engine.connect() as connection:
            return int(connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one())


async def soak(outlet: Outlet, weeks: Weeks) -> list[dict[str, float]]:
    """Run the weeks. Gives the marks of each day."""
    import time_machine

    days: list[dict[str, float]] = []
    with time_machine.travel(BEGIN, tick=False) as clock:
        await weeks.works.start()
        for hour in range(outlet.hours):
            outlet.edit(hour)
            await weeks.publish(outlet.published(hour), now := datetime.now(UTC))
            await weeks.hour(now)
            clock.shift(HOUR)
            if hour % 24 == 23:
                days.append({"day": hour // 24 + 1, "edits": outlet.made, **weeks.marks()})
                print(json.dumps(days[-1]), flush=True)
        await weeks.works.stop()
    return days


def growth(days: list[dict[str, float]]) -> dict[str, float]:
    """The end beside the middle: 1 is flat."""
    middle, end = days[len(days) // 2 - 1], days[-1]
    return {name: round(end[name] / middle[name], 3) for name in end if name != "day" and middle[name]}


def main() -> int:
    """Run the soak; 0 also where what it needs is missing."""
    made = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_soak", description=__doc__.partition("\n")[0])
    made.add_argument("--days", type=int, default=21)
    made.add_argument("--articles", type=int, default=5000)
    made.add_argument("--a-day", type=int, default=6000, help="the budget of looks a day")
    made.add_argument("--kb", type=int, default=30)
    asked = made.parse_args()
    if importlib.util.find_spec("time_machine") is None:
        print("Nothing measured: time-machine is missing (pip install newswatch[bench]).")
        return 0
    plan = Plan(pages=asked.articles, kb=asked.kb, etag=True, nonce=True, texts=200)
    with serving(plan) as server, tempfile.TemporaryDirectory() as folder:
        outlet = Outlet(server, asked.articles, 24 * asked.days)
        days = asyncio.run(soak(outlet, Weeks(Path(folder), asked.a_day)))
    end = days[-1]
    assert end["change"] == end["revision"] - end["page"], f"each version after the first is told once: {end}"
    print(json.dumps({"growth, the end to the middle": growth(days)}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
