"""CPU per unchanged page (304): our fetch engine against a bare Scrapy spider with a null callback.

`python -m tests.benchmarks.bench_fetch` serves pages from a process of its own, then lets each client ask for every page
with its ETag, in processes of their own that take turns, and prints CPU milliseconds a visit, medians and their ratio as
one JSON line. The engine obeys robots.txt and guards addresses meanwhile; the bare spider does neither and logs nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.serve import Plan, serving

ROOT = Path(__file__).resolve().parents[2]
WARM_UP = 200


def etag(url: str) -> str:
    """The validator that the benchmark's server gives a page that was never edited."""
    return f'"{int(url[-7:])}-0"'


async def engine(urls: list[str], ahead: int) -> float:
    """CPU seconds a visit of `FetchEngine`, with `ahead` visits asked for at a time."""
    from crawler.fetch.engine import FetchEngine, FetchJob, FetchSettings, Pace
    from db.types import Fetched

    settings = FetchSettings(allow_addresses=("127.0.0.0/8",), pace=Pace(0.0, 8), concurrency=16)
    made = FetchEngine(settings)
    await made.start()

    async def visits(part: list[str]) -> None:
        queue = iter(part)

        async def worker() -> None:
            for url in queue:
                result = await made.fetch(FetchJob(url, etag=etag(url)))
                assert isinstance(result, Fetched), result
                assert result.status == 304

        await asyncio.gather(*(worker() for _ in range(ahead)))

    await visits(urls[:WARM_UP])
    began = time.process_time()
    await visits(urls[WARM_UP:])
    spent = time.process_time() - began
    await made.stop()
    return spent / (len(urls) - WARM_UP)


def bare(urls: list[str]) -> float:
    """CPU seconds a visit of a spider that does nothing with its answers."""
    from scrapy import Request, Spider
    from scrapy.crawler import AsyncCrawlerProcess

    marks: list[float] = []
    statuses: list[int] = []

    class Bare(Spider):
        name = "bare"
        handle_httpstatus_list = (304,)

        async def start(self) -> AsyncIterator[Any]:
            for url in urls:
                yield Request(url, headers={"If-None-Match": etag(url)})

        def parse(self, response: Any) -> None:
            statuses.append(response.status)
            if len(statuses) in {WARM_UP, len(urls)}:
                marks.append(time.process_time())

    process = AsyncCrawlerProcess(
        {"LOG_ENABLED": False, "TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False}
    )
    process.crawl(Bare)
    process.start()
    assert set(statuses) == {304}, set(statuses)
    return (marks[1] - marks[0]) / (len(urls) - WARM_UP)


def _child(kind: str, urls: list[str], ahead: int) -> float:
    """Run one client in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_fetch", "--client", kind, "--ahead", str(ahead)]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(urls), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return float(done.stdout)


def compare(pages: int, rounds: int, ahead: int) -> dict[str, Any]:
    """Let the two take turns and tell what each visit cost."""
    with serving(Plan(pages=pages, kb=40, etag=True, texts=20, bases=2)) as served:
        urls = served.urls()
        costs = [(_child("engine", urls, ahead), _child("bare", urls, ahead)) for _ in range(rounds)]
    ours, theirs = (median(cost[side] * 1000 for cost in costs) for side in (0, 1))
    rounded = [[round(ms * 1000, 3) for ms in cost] for cost in costs]
    return {
        "visits": pages - WARM_UP,
        "engine_ms": round(ours, 3),
        "bare_ms": round(theirs, 3),
        "ratio": round(ours / theirs, 3),
        "rounds_ms": rounded,
    }


def main() -> None:
    made = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.bench_fetch", description=__doc__.partition("\n")[0]
    )
    made.add_argument("--pages", type=int, default=3000)
    made.add_argument("--rounds", type=int, default=3)
    made.add_argument("--ahead", type=int, default=64, help="visits that wait at the engine at a time")
    made.add_argument("--client", choices=("engine", "bare"), help=argparse.SUPPRESS)
    options = made.parse_args()
    if options.client == "engine":
        print(asyncio.run(engine(json.load(sys.stdin), options.ahead)))
    elif options.client == "bare":
        print(bare(json.load(sys.stdin)))
    else:
        print(json.dumps(compare(options.pages, options.rounds, options.ahead)))


if __name__ == "__main__":
    main()
