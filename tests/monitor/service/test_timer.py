"""The timer's jobs, whatever the clock does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from db.engine import open_engine, reading, upgrade, writing
from db.queries import checks, pages, sources
from db.types import Outcome
from db.writer import Writer
from monitor.service import timer
from monitor.service.timer import Timer, Work
from tests.conftest import LoopThread
from tests.databases import database_at

AHEAD = timedelta(days=400)


def test_a_clock_that_is_set_back_stops_no_job(
    reactor_loop: LoopThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timer, "CLOCK_S", 0.01)
    engine = open_engine(database_at(tmp_path / "newswatch.db"))
    upgrade(engine)
    writer = Writer(engine)
    now = datetime.now(UTC)
    with writing(engine) as session:
        source = sources.ensure(session, "Quay News", now)
        page = pages.add(session, source.id, "https://quay.example/1", "quay.example", now)
        pages.record(session, page.id, last_check_at=now + AHEAD, next_check_at=now + AHEAD)
        checks.add(session, [checks.row(page.id, now + AHEAD, Outcome.SAME)])
    ran: list[datetime] = []

    async def note(at: datetime) -> None:
        ran.append(at)

    def due() -> bool:
        with reading(engine) as session:
            return len(pages.due(session, datetime.now(UTC))) == 1

    async def live() -> None:
        made = Timer(writer, [Work("hourly", 3600.0, note)])
        made.start()
        try:
            await _until(lambda: len(ran) == 1)
            real = time.time
            monkeypatch.setattr(time, "time", lambda: real() - AHEAD.total_seconds())
            await _until(lambda: len(ran) == 2)
            await _until(due)
        finally:
            made.stop()

    try:
        reactor_loop.run(live())
    finally:
        writer.close()
        engine.dispose()


async def _until(met: Callable[[], bool]) -> None:
    while not met():  # noqa: ASYNC110 - the tables tell of no event
        await asyncio.sleep(0.02)
