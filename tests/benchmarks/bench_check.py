"""CPU per checked page, the whole way to the database, against a bare Scrapy spider with a null callback.

`python -m tests.benchmarks.bench_check` measures three kinds of visit in one run on one machine, CPU of all processes each: the
304 (`304`), the page sent anew with the very same bytes (`identical`: no validators), and the page sent anew with other bytes
and the same reading (`200`: a nonce in each answer; against bare + one reading). Each client runs in a process of its own; they
take turns, and medians with their ratios are printed as one JSON line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import urlopen

import psutil
from sqlalchemy import text

from tests.benchmarks.serve import Plan, serving

ROOT = Path(__file__).resolve().parents[2]
WARM_UP = 100


def cpu() -> float:
    """CPU seconds used so far by this process and those it began."""
    me = psutil.Process()
    times = [one.cpu_times() for one in (me, *me.children(recursive=True))]
    return float(sum(used.user + used.system for used in times))


async def works(urls: list[str], outcome: str) -> float:
    """CPU seconds a visit of the works: pages known and read once, then checked again, which comes to `outcome`."""
    from crawler.fetch.limits import FetchSettings, Pace
    from crawler.fetch.pace import host_of
    from crawler.readers import spare_collector
    from db.engine import writing
    from db.home import home_at
    from db.queries import pages, sources
    from monitor.service.works import Works, WorksSettings

    fetch = FetchSettings(allow_addresses=("127.0.0.0/8",), pace=Pace(0.0, 8), concurrency=16)
    with tempfile.TemporaryDirectory() as folder:
        made = Works(home_at(folder), WorksSettings(fetch=fetch, readers=1))
        await made.start()
        now = datetime.now(UTC)
        with writing(made.engine) as session:
            source = sources.ensure(session, "bench", now)
            for url in urls:
                pages.add(session, source.id, url, host_of(url), now)
        await _checked(made)
        spare_collector()  # as the service does when it has begun
        began = cpu()
        await _checked(made)
        spent = cpu() - began
        _expect(made, outcome, len(urls))
        await made.stop()
    return spent / len(urls)


def _expect(made: Any, outcome: str, count: int) -> None:
    """Every page came to that outcome once, and nothing else was measured."""
    query = text("SELECT outcome, coalesce(reason, ''), count(*) FROM page_check GROUP BY 1, 2")
    with made.engine.connect() as connection:
        rows = {(row[0], row[1]): row[2] for row in connection.execute(query)}
    assert rows == {("new", ""): count, (outcome, ""): count}, rows


async def _checked(made: Any) -> None:
    """Check every page once."""
    from db.engine import writing

    with writing(made.engine) as session:
        session.execute(text("UPDATE page SET next_check_at = '2020-01-01 00:00:00.000000'"))
    at = datetime(2020, 1, 2, tzinfo=UTC)
    while await made.rounds.check(at) or made.rounds.running:
        await asyncio.wait(made.rounds.running or [asyncio.ensure_future(asyncio.sleep(0))], timeout=0.25)


def bare(urls: list[str], *, conditional: bool) -> float:
    """CPU seconds a visit of a spider that does nothing with its answers."""
    from scrapy import Request, Spider
    from scrapy.crawler import AsyncCrawlerProcess

    marks: list[float] = []
    seen: list[int] = []

    class Bare(Spider):
        name = "bare"
        handle_httpstatus_list = (304,)

        async def start(self) -> AsyncIterator[Any]:
            for url in urls:
                headers = {"If-None-Match": f'"{int(url[-7:])}-0"'} if conditional else {}
                yield Request(url, headers=headers)

        def parse(self, response: Any) -> None:
            seen.append(response.status)
            if len(seen) in {WARM_UP, len(urls)}:
                marks.append(time.process_time())

    process = AsyncCrawlerProcess(
        {"LOG_ENABLED": False, "TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False}
    )
    process.crawl(Bare)
    process.start()
    assert set(seen) == {304 if conditional else 200}, set(seen)
    return (marks[1] - marks[0]) / (len(urls) - WARM_UP)


def reading(urls: list[str]) -> float:
    """CPU seconds of one reading, in one process and nothing else."""
    from crawler.readers import PageBytes, read_page

    bodies = []
    for url in urls[:200]:
        with urlopen(url, timeout=10) as answer:
            headers = (("Content-Type", "text/html; charset=utf-8"),)
            bodies.append(PageBytes(url, answer.read(), headers, datetime.now(UTC), 200, None))
    for given in bodies[:50]:
        read_page(given)
    began = time.process_time()
    for given in bodies[50:]:
        assert read_page(given).article is not None
    return (time.process_time() - began) / (len(bodies) - 50)


CLIENTS = {
    "works_304": lambda urls: asyncio.run(works(urls, "not_modified")),
    "works_identical": lambda urls: asyncio.run(works(urls, "same")),
    "works_200": lambda urls: asyncio.run(works(urls, "same")),
    "bare_304": lambda urls: bare(urls, conditional=True),
    "bare_identical": lambda urls: bare(urls, conditional=False),
    "bare_200": lambda urls: bare(urls, conditional=False),
    "reading": reading,
}


def _child(kind: str, urls: list[str]) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.bench_check", "--client", kind]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(urls), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return float(done.stdout) * 1000


KINDS = {
    "304": (("works_304", "bare_304"), {"etag": True, "nonce": False}),
    "identical": (("works_identical", "bare_identical"), {"etag": False, "nonce": False}),
    "200": (("works_200", "bare_200", "reading"), {"etag": False, "nonce": True}),
}


def measure(pages: int, kb: int, rounds: int, kinds: list[str]) -> dict[str, Any]:
    """Let the clients take turns, and tell what a visit cost each, in CPU milliseconds."""
    costs: dict[str, list[float]] = {}
    for _ in range(rounds):
        for clients, answers in (KINDS[kind] for kind in kinds):
            with serving(Plan(pages=pages, kb=kb, texts=50, bases=2, **answers)) as served:
                for client in clients:
                    costs.setdefault(client, []).append(_child(client, served.urls()))
    found = {client: round(median(values), 3) for client, values in costs.items()}
    ratios = {kind: round(found[f"works_{kind}"] / found[f"bare_{kind}"], 2) for kind in kinds}
    told: dict[str, Any] = {"pages": pages, "kb": kb, "ms": found, "over_bare": ratios}
    if "200" in kinds:
        told["same_over_bare_in_readings"] = round((found["works_200"] - found["bare_200"]) / found["reading"], 2)
    return told


def main() -> None:
    made = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.bench_check", description=__doc__.partition("\n")[0]
    )
    made.add_argument("--pages", type=int, default=1500)
    made.add_argument("--kb", type=int, default=120)
    made.add_argument("--rounds", type=int, default=3)
    made.add_argument("--only", choices=tuple(KINDS), action="append", help="this kind of visit alone")
    made.add_argument("--client", choices=tuple(CLIENTS), help=argparse.SUPPRESS)
    options = made.parse_args()
    if options.client:
        print(CLIENTS[options.client](json.load(sys.stdin)))
    else:
        print(json.dumps(measure(options.pages, options.kb, options.rounds, options.only or list(KINDS))))


if __name__ == "__main__":
    main()
