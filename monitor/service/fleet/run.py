"""The processes of a fleet, from their settings to their end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from rich.console import Console

from crawler.fetch.engine import install
from db.home import Home
from monitor.service.fleet.scheduler import Scheduler
from monitor.service.fleet.worker import FleetWorker, slot_of
from monitor.service.local import ServiceSettings, Voice, log_to, stop_on_signals


def run_scheduler(home: Home, settings: ServiceSettings) -> int:
    """Run a scheduler with the review page until it is told to end. Gives the exit code."""
    log_to(home)

    async def serve() -> None:
        stop = stop_on_signals()
        await Scheduler(home, settings, Console(highlight=False)).run(stop)

    asyncio.run(serve())
    return 0


def run_worker(home: Home, settings: ServiceSettings, *, queues: Sequence[str], concurrency: int) -> int:
    """Run a worker until it is told to end. Gives the exit code."""
    log_to(home)
    voice = Voice(Console(highlight=False))

    async def serve(slot: str) -> None:
        stop = stop_on_signals()
        install()
        worker = FleetWorker(
            home,
            settings.works,
            queues=queues,
            concurrency=concurrency,
            routes=settings.routes,
            slot=slot,
            spool_days=settings.spool_days,
            say=voice.say,
        )
        voice.say(f"worker {slot} takes {', '.join(queues)}, {concurrency} at once; Ctrl-C ends it")
        await worker.run(stop)
        voice.say(f"worker {slot} ended")

    with slot_of(home) as slot:
        structlog.contextvars.bind_contextvars(worker=slot)
        asyncio.run(serve(slot))
    return 0
