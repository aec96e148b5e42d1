"""While an engine process runs: its signs of life to systemd, its loop's lag, and its figures as a row that the web reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from crawler.readers import spare_collector
from db.queries import figures
from db.writer import Writer, WriterClosedError
from monitor.service import systemd
from monitor.service.figures import Figures

LAG_EVERY_S = 0.1
STORE_EVERY_S = 5.0
FORGOTTEN = timedelta(days=1)

log = structlog.get_logger("newswatch.alive")


@asynccontextmanager
async def alive(
    process: str, writer: Writer, found: Figures, *, in_flight: Callable[[], int] = lambda: 0
) -> AsyncIterator[None]:
    """Tell systemd and the tables that this process lives, until the block ends. `process` names it among the home's."""
    found.waiting.set_function(lambda: writer.waiting)
    found.in_flight.set_function(in_flight)
    tasks = [asyncio.create_task(_lag(found)), asyncio.create_task(_store(process, writer, found))]
    if (every := systemd.watchdog_s()) is not None:
        tasks.append(asyncio.create_task(_watchdog(every)))
    spare_collector()
    systemd.tell(systemd.READY)
    try:
        yield
    finally:
        systemd.tell(systemd.ENDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watchdog(every: float) -> None:
    """On the event loop on purpose: where it hangs, systemd begins the service anew."""
    while True:
        systemd.tell(systemd.LIVES)
        await asyncio.sleep(every)


async def _lag(found: Figures) -> None:
    loop = asyncio.get_running_loop()
    while True:
        meant = loop.time() + LAG_EVERY_S
        await asyncio.sleep(LAG_EVERY_S)
        found.lag.observe(max(loop.time() - meant, 0.0))


async def _store(process: str, writer: Writer, found: Figures) -> None:
    while True:
        write = partial(_put, process=process, at=datetime.now(UTC), families=found.families())
        try:
            await asyncio.wrap_future(writer.submit(write))
        except WriterClosedError:
            return
        except SQLAlchemyError as error:  # a database that is away for a while: told again in five seconds
            log.warning("the figures could not be stored", error=str(error))
        await asyncio.sleep(STORE_EVERY_S)


def _put(session: Session, *, process: str, at: datetime, families: list[dict[str, Any]]) -> None:
    figures.put(session, process, at, families)
    figures.forget_before(session, at - FORGOTTEN)
