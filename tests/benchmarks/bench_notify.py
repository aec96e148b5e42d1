"""Deliveries a second through the outbox to a webhook on this machine, alone and beside a channel that hangs; the loop's lag.

`python -m tests.benchmarks.bench_notify [--changes 200]`
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from db.engine import open_engine, upgrade, writing
from db.queries import changes, deliveries, pages, sources
from db.types import Change
from db.writer import Writer
from monitor.notify.channel import Route
from monitor.notify.outbox import Outbox
from monitor.notify.timing import Timing
from monitor.notify.webhook import Webhook, key_of
from tests.receivers import Hook, hook

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
NOW = datetime.now(UTC)


def store(engine: Engine, count: int, names: list[str]) -> None:
    """So many changes, each to be told on each channel."""
    upgrade(engine)
    with writing(engine) as session:
        source = sources.ensure(session, "Bench", NOW)
        page = pages.add(session, source.id, "https://bench.example/", "bench.example", NOW)
        for number in range(count):
            change = Change("headline", ("number",), "substantive", f"{number} aboard", f"{number + 1} aboard")
            when = {"headline": "x", "not_before": NOW, "not_after": NOW, "now": NOW}
            found = changes.add(session, page.id, source.id, change, key=f"b{number}", **when)  # type: ignore[arg-type]
            assert found
            for name in names:
                deliveries.add(session, found, name, NOW)


def route(name: str, receiver: Hook) -> Route:
    channel = Webhook(name, receiver.url, key_of(SECRET), judge=lambda _: None, timeout_s=20)
    return Route(name, "webhook", "bench", channel, timing=Timing(events=False))


async def measure(
    engine: Engine, writer: Writer, routes: list[Route], well: Hook, count: int
) -> tuple[float, list[float]]:
    """Seconds until the well channel has told all, and the loop's lags meanwhile."""
    outbox = Outbox(engine, writer, routes)
    await outbox.recover()
    lags, started = [], time.perf_counter()
    while len(well.posts) < count:
        await outbox.tick(NOW)
        before = time.perf_counter()
        await asyncio.sleep(0.02)
        lags.append(time.perf_counter() - before - 0.02)
    spent = time.perf_counter() - started
    await outbox.stop(0.2)
    return spent, lags


def run(count: int, *, hanging: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, hook() as well, hook() as bad:
        bad.hang = True
        engine = open_engine(f"sqlite:///{Path(folder) / 'bench.db'}")
        store(engine, count, ["well", "bad"])
        writer = Writer(engine)
        routes = [route("well", well), *([route("bad", bad)] if hanging else [])]
        spent, lags = asyncio.run(measure(engine, writer, routes, well, count))
        bad.released.set()
        writer.close()
        engine.dispose()
    beside = "beside one that hangs" if hanging else "alone"
    worst = statistics.quantiles(lags, n=100)[98] * 1000 if len(lags) > 1 else 0.0
    print(f"{beside}: {count / spent:.1f} messages a second; the loop's lag p99 {worst:.1f} ms")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=200)
    count = parser.parse_args().changes
    run(count, hanging=False)
    run(count, hanging=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
