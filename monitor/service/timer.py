"""The timer: APScheduler's jobs, made at start from the configuration, each with its last and next run in the job table.

Jobs ask the database what is due and hold no state of their own: a job lost or doubled changes nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from db.queries import clock, jobs
from db.writer import Writer, WriterClosedError

RECORD_S = 5.0
CLOCK_S = 1.0  # between two looks at the clock, LOOK_S at what the tables hold of it
LOOK_S = 60.0
SET_BACK_S = 1.0

log = structlog.get_logger("newswatch.timer")


@dataclass(frozen=True, slots=True)
class Work:
    """A job: its name, the seconds between runs, and what it does. What `run` gives is shown as its result. `own` is what each
    process does for itself, whoever else did it."""

    name: str
    every_s: float
    run: Callable[[datetime], Awaitable[Any]]
    own: bool = False


class Timer:
    """Runs works on the running loop until `stop`. Where several timers share a database, `claims` has each tick run by one."""

    def __init__(self, writer: Writer, works: list[Work], *, claims: bool = False) -> None:
        self._writer, self._claims = writer, claims
        self._works = {work.name: work for work in works}
        self._state: dict[str, tuple[datetime, str]] = {}
        self._clock: asyncio.Task[None] | None = None
        self._scheduler: Any = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )

    def start(self) -> None:
        now = datetime.now(UTC)
        for work in self._works.values():
            trigger = IntervalTrigger(seconds=work.every_s, timezone=UTC)
            self._scheduler.add_job(self._run, trigger, id=work.name, args=[work], next_run_time=now)
        self._scheduler.add_job(self.record, IntervalTrigger(seconds=RECORD_S, timezone=UTC), id="record")
        self._scheduler.start()
        self._clock = asyncio.create_task(self._mind_the_clock())

    def stop(self) -> None:
        if self._clock:
            self._clock.cancel()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def _mind_the_clock(self) -> None:
        """A clock that was set back: the jobs, whose times are the clock's, would all wait until it stands there again, and so
        would what they ask the tables for."""
        loop = asyncio.get_running_loop()
        ahead, looked = time.time() - loop.time(), 0.0
        while True:
            found = time.time() - loop.time()
            if found < ahead - SET_BACK_S:
                log.warning("the clock was set back", seconds=round(ahead - found))
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))
                looked = 0.0
            ahead = found
            if not looked or loop.time() - looked > LOOK_S:
                looked = loop.time()
                await self._set_right()
            await asyncio.sleep(CLOCK_S)

    async def _set_right(self) -> None:
        now = datetime.now(UTC)
        try:
            count = await asyncio.wrap_future(self._writer.submit(lambda session: clock.set_right(session, now)))
        except WriterClosedError:
            return
        except SQLAlchemyError as error:
            log.warning("not set right after the clock", error=str(error))
            return
        if count:
            log.warning("looks were noted in the future; the next ones are set right", count=count)

    async def _run(self, work: Work) -> None:
        at = datetime.now(UTC)
        try:
            if self._claims and not work.own and not await self._claim(work):
                return
            result = await work.run(at)
            self._state[work.name] = (at, "" if result is None else str(result))
        except (WriterClosedError, asyncio.CancelledError):  # the end, by `stop`
            return
        except Exception as error:
            log.exception("job failed", job=work.name)
            self._state[work.name] = (at, f"failed: {type(error).__name__}: {error}"[:300])

    async def _claim(self, work: Work) -> bool:
        every_s = work.every_s
        return await asyncio.wrap_future(self._writer.submit(lambda session: jobs.claim(session, work.name, every_s)))

    async def record(self) -> None:
        """Write each job's last and next run to the table, of those that ran here."""
        ran = self._state if self._claims else self._works
        rows = {name: self._columns(name) for name in ran}

        def closure(session: Session) -> None:
            for name, values in rows.items():
                jobs.record(session, name, **values)

        try:
            await asyncio.wrap_future(self._writer.submit(closure))
        except (WriterClosedError, asyncio.CancelledError):  # the end, by `stop`
            return
        except SQLAlchemyError as error:  # a database that is away for a while: stored again in five seconds
            log.warning("the jobs' times could not be stored", error=str(error))

    def _columns(self, name: str) -> dict[str, Any]:
        job = self._scheduler.get_job(name)
        at, result = self._state.get(name, (None, None))
        return {"last_run_at": at, "next_run_at": job.next_run_time if job else None, "result": result}
