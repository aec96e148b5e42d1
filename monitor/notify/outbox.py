"""The outbox: changes waiting to be told, once a channel; what was cut off half-way is told again, marked as such.

Each channel has a lane of its own, so that one that hangs or is dead holds neither the others nor the engine's loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Protocol

import structlog
from sqlalchemy import Engine

from db.engine import reading
from db.queries import channels, deliveries
from db.records import AskRecord
from db.writer import Writer
from monitor.notify.channel import Route
from monitor.notify.lane import Lane
from monitor.report.message import sample

log = structlog.get_logger("newswatch.notify")


class Pause(Protocol):
    """A place where a test may end the process."""

    def __call__(self, name: str) -> None: ...


class Outbox:
    """Tells what is due on the routes it has; deliveries of other channels wait for whoever has them."""

    def __init__(
        self,
        engine: Engine,
        writer: Writer,
        routes: Iterable[Route],
        *,
        point: Pause = lambda name: None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._engine, self._writer = engine, writer
        self.lanes = {
            route.name: Lane(engine, writer, route, point=point, say=say)
            for route in routes
            if route.channel is not None
        }
        self._tasks: dict[str, asyncio.Task[int]] = {}
        self._tests: dict[int, asyncio.Task[None]] = {}

    async def recover(self) -> int:
        """At start: say which channels there are, and make deliveries whose end is unknown due again. Gives how many."""
        await self.declare()
        return await asyncio.wrap_future(self._writer.submit(deliveries.recover))

    async def declare(self) -> None:
        """Say which channels there are."""
        declared = [
            (lane.route.name, lane.route.kind, lane.route.target, lane.route.about()) for lane in self.lanes.values()
        ]
        if declared:
            await asyncio.wrap_future(self._writer.submit(lambda session: channels.declare(session, declared)))

    async def turn(self, channel: str, now: datetime) -> None:
        """Tell what is due on one channel and wait for its end, where processes take turns: what is under way was left so."""
        await asyncio.wrap_future(self._writer.submit(lambda session: deliveries.recover(session, channel)))
        await self.lanes[channel].run(now)
        for ask in await asyncio.to_thread(self._asked):
            if ask.channel == channel:
                await self._test(ask)

    async def tick(self, now: datetime) -> str:
        """Set every idle lane going, and the tests that were asked for; wait for none. Gives what is under way."""
        self._begin(now)
        await self._begin_tests()
        busy = [name for name, task in self._tasks.items() if not task.done()]
        return ", ".join(busy)

    async def deliver(self, now: datetime) -> int:
        """Tell what is due and wait for its end. Gives how many changes were told."""
        self._begin(now)
        return sum(await asyncio.gather(*self._tasks.values()))

    def _begin(self, now: datetime) -> None:
        for name, lane in self.lanes.items():
            task = self._tasks.get(name)
            if task is None or task.done():
                task = self._tasks[name] = asyncio.create_task(lane.run(now), name=f"channel {name}")
                task.add_done_callback(_log_fault)

    async def _begin_tests(self) -> None:
        for ask in await asyncio.to_thread(self._asked):
            if ask.id not in self._tests and ask.channel in self.lanes:
                task = self._tests[ask.id] = asyncio.create_task(self._test(ask))
                task.add_done_callback(lambda _, number=ask.id: self._tests.pop(number, None))  # type: ignore[misc]

    def _asked(self) -> list[AskRecord]:
        with reading(self._engine) as session:
            return channels.asked(session)

    async def _test(self, ask: AskRecord) -> None:
        error = await self.lanes[ask.channel].send(sample(datetime.now(UTC)))
        at, words = datetime.now(UTC), str(error) if error else None
        await asyncio.wrap_future(self._writer.submit(lambda session: channels.answer(session, ask.id, at, words)))

    async def stop(self, grace_s: float) -> None:
        """Begin no message more; one whose end does not come in time is told again at the next start, marked."""
        for lane in self.lanes.values():
            lane.closing = True
        running = {task for task in (*self._tasks.values(), *self._tests.values()) if not task.done()}
        if running:
            _, late = await asyncio.wait(running, timeout=grace_s)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=1.0)


def _log_fault(task: asyncio.Task[int]) -> None:
    """A lane that broke begins anew at the next tick; its rows stand as they were."""
    if not task.cancelled() and (error := task.exception()):
        log.error("lane failed", lane=task.get_name(), exc_info=error)
