"""How late the engine's event loop is under load: the service with all its jobs, looking at articles as fast as it can.

`python -m tests.benchmarks.bench_lag --pages 600 --kb 346 --seconds 30` lets the service read `--pages` pages that are always due
again (a nonce in each answer, one edited a second), and asks the loop every 5 ms how late it is. A process that does nothing else
asks the same of the machine meanwhile (`machine`): where other work keeps the processors busy, that is no fault of the loop.
Prints milliseconds as one JSON line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from sqlalchemy import func, select, text

from crawler.fetch.limits import FetchSettings, Pace
from crawler.fetch.pace import host_of
from db.engine import reading, writing
from db.home import home_at
from db.models import Check
from db.queries import pages, sources
from monitor.service.local import Service, ServiceSettings
from monitor.service.works import WorksSettings
from tests.benchmarks import lateness
from tests.benchmarks.serve import Plan, Served, serving

WARM_UP_S = 10.0
ROOT = Path(__file__).resolve().parents[2]


async def edits(served: Served) -> None:
    """Edit a page a second."""
    number = 0
    while True:
        await asyncio.sleep(1.0)
        await asyncio.to_thread(served.edit, number % served.pages)
        number += 10


def due_again(service: Service) -> None:
    with writing(service.works.engine) as session:
        session.execute(text("UPDATE page SET next_check_at = '2020-01-01 00:00:00.000000'"))


def known(service: Service, urls: list[str]) -> None:
    now = datetime.now(UTC)
    with writing(service.works.engine) as session:
        source = sources.ensure(session, "bench", now)
        for url in urls:
            pages.add(session, source.id, url, host_of(url), now)


def looks(service: Service) -> int:
    with reading(service.works.engine) as session:
        return session.scalar(select(func.count(Check.id))) or 0


async def measure(served: Served, seconds: float, readers: int) -> dict[str, Any]:
    fetch = FetchSettings(allow_addresses=("127.0.0.0/8",), pace=Pace(0.0, 8), concurrency=16)
    with tempfile.TemporaryDirectory() as folder:
        settings = ServiceSettings(WorksSettings(fetch=fetch, readers=readers), web=False)
        service = Service(home_at(folder), settings, Console(quiet=True))
        known(service, served.urls())
        stop, late = asyncio.Event(), list[float]()
        tasks = [asyncio.create_task(service.run(once=False, stop=stop)), asyncio.create_task(edits(served))]
        await asyncio.sleep(WARM_UP_S)
        command = [sys.executable, "-m", "tests.benchmarks.lateness", str(seconds)]
        machine = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.PIPE)
        before, began = looks(service), time.monotonic()
        tasks.append(asyncio.create_task(lateness.of_loop(late)))
        while time.monotonic() - began < seconds:
            await asyncio.to_thread(due_again, service)
            await asyncio.sleep(1.0)
        made, took = looks(service) - before, time.monotonic() - began
        for task in tasks[1:]:
            task.cancel()
        stop.set()
        await tasks[0]
        found, _ = await machine.communicate()
    return {"looks": made, "a_second": round(made / took, 1), "loop": lateness.told(late), "machine": json.loads(found)}


def main() -> None:
    made = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_lag", description=__doc__.partition("\n")[0])
    made.add_argument("--pages", type=int, default=600)
    made.add_argument("--kb", type=int, default=346)
    made.add_argument("--seconds", type=float, default=30.0)
    made.add_argument("--readers", type=int, default=2)
    options = made.parse_args()
    with serving(Plan(pages=options.pages, kb=options.kb, etag=False, nonce=True, texts=50, bases=2)) as served:
        print(json.dumps(asyncio.run(measure(served, options.seconds, options.readers))))


if __name__ == "__main__":
    main()
