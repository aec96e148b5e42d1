"""Memory of the works after many checks: the sum of RSS of all processes must not grow.

`python -m tests.benchmarks.bench_memory` checks pages over and over (half of them answer 304, half are fetched and read anew each
time) and prints one JSON line: MiB after the first `--from` checks, after all of them, and the ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from datetime import UTC, datetime
from typing import Any

import psutil

from tests.benchmarks.bench_check import _checked
from tests.benchmarks.serve import Plan, serving


def mib() -> float:
    """RSS of this process and those it began, in MiB."""
    me = psutil.Process()
    return float(sum(process.memory_info().rss for process in (me, *me.children(recursive=True)))) / (1 << 20)


async def measure(urls: list[str], first: int, checks: int) -> dict[str, Any]:
    from crawler.fetch.limits import FetchSettings, Pace
    from crawler.fetch.pace import host_of
    from crawler.readers import spare_collector
    from db.engine import writing
    from db.home import home_at
    from db.queries import pages, sources
    from monitor.service.works import Works, WorksSettings

    fetch = FetchSettings(allow_addresses=("127.0.0.0/8",), pace=Pace(0.0, 8), concurrency=16)
    marks: list[tuple[int, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        made = Works(home_at(folder), WorksSettings(fetch=fetch, readers=1))
        await made.start()
        now = datetime.now(UTC)
        with writing(made.engine) as session:
            source = sources.ensure(session, "bench", now)
            for url in urls:
                pages.add(session, source.id, url, host_of(url), now)
        spare_collector()  # as the service does: what it never looks at again must not grow
        done = 0
        while done < checks:
            await _checked(made)
            done += len(urls)
            if done >= first:
                marks.append((done, mib()))
        await made.stop()
    (begin, before), (end, after) = marks[0], marks[-1]
    return {"checks": [begin, end], "mib": [round(before, 1), round(after, 1)], "ratio": round(after / before, 3)}


def main() -> None:
    made = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.bench_memory", description=__doc__.partition("\n")[0]
    )
    made.add_argument("--pages", type=int, default=400)
    made.add_argument("--kb", type=int, default=40)
    made.add_argument("--from", dest="first", type=int, default=2000)
    made.add_argument("--checks", type=int, default=20000)
    options = made.parse_args()
    half = options.pages // 2
    with (
        serving(Plan(pages=half, kb=options.kb, etag=True, nonce=False, texts=50)) as cached,
        serving(Plan(pages=half, kb=options.kb, etag=False, nonce=True, texts=50)) as fresh,
    ):
        urls = [*cached.urls(), *fresh.urls()]
        print(json.dumps(asyncio.run(measure(urls, options.first, options.checks))))


if __name__ == "__main__":
    main()
