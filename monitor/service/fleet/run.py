"""The processes of a fleet, from their settings to their end."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Sequence

import structlog
from sqlalchemy.exc import OperationalError

from crawler.fetch.engine import install
from db.engine import open_engine
from db.home import Home
from monitor.service.alive import alive
from monitor.service.figures import Figures
from monitor.service.fleet.scheduler import Scheduler
from monitor.service.fleet.worker import FleetWorker, slot_of
from monitor.service.local import ServiceSettings, plain_console, stop_on_signals
from monitor.service.logs import log_to
from monitor.service.voice import Voice

PATIENCE_S = 60.0
RETRY_S = 1.0


class NoDatabaseError(Exception):
    """The database did not answer for a minute."""


def await_database(home: Home, settings: ServiceSettings) -> None:
    """Wait for the database, before or beside which a machine may start. Raises `NoDatabaseError` after a minute."""
    engine = open_engine(home.database_url(settings.works.database))
    until = time.monotonic() + PATIENCE_S
    try:
        while True:
            try:
                engine.connect().close()
            except OperationalError as error:
                if time.monotonic() > until:
                    why = str(error.orig).splitlines()[0]
                    raise NoDatabaseError(f"the database does not answer: {why}") from error
                time.sleep(RETRY_S)
            else:
                return
    finally:
        engine.dispose()


def run_scheduler(home: Home, settings: ServiceSettings) -> int:
    """Run a scheduler with the review page until it is told to end. Gives the exit code."""
    await_database(home, settings)
    log_to(home, settings.log)

    async def serve() -> None:
        stop = stop_on_signals()
        scheduler, figures = Scheduler(home, settings, plain_console(settings)), Figures()
        async with alive(f"scheduler-{socket.gethostname()}", scheduler.writer, figures):
            await scheduler.run(stop)

    asyncio.run(serve())
    return 0


def run_worker(home: Home, settings: ServiceSettings, *, queues: Sequence[str], concurrency: int) -> int:
    """Run a worker until it is told to end. Gives the exit code."""
    await_database(home, settings)
    log_to(home, settings.log)
    voice = Voice(plain_console(settings))

    async def serve(slot: str) -> None:
        stop = stop_on_signals()
        install()
        worker = FleetWorker(home, settings, queues=queues, concurrency=concurrency, slot=slot, voice=voice)
        voice.say(f"worker {slot} takes {', '.join(queues)}, {concurrency} at once; Ctrl-C ends it")
        works = worker.works
        async with alive(slot, works.writer, works.figures, in_flight=works.in_flight):
            await worker.run(stop)
        voice.say(f"worker {slot} ended")

    with slot_of(home) as slot:
        structlog.contextvars.bind_contextvars(worker=slot)
        asyncio.run(serve(slot))
    return 0
