"""The outbox: changes waiting to be told, once a channel; what was cut off half-way is told again, marked as such."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Engine

from db.engine import reading
from db.queries import changes, deliveries
from db.records import ChangeRecord, DeliveryRecord
from db.writer import Writer

TERMINAL = "terminal"
ATTEMPTS_MOST = 12
BACKOFF_S = 15.0
BACKOFF_MOST_S = 3600.0
BATCH = 100


class Channel(Protocol):
    """A way to tell a person. `send` returns once told and raises where it failed; it may block (it runs on a thread)."""

    def send(self, change: ChangeRecord, delivery: DeliveryRecord) -> None: ...


class Pause(Protocol):
    """A place where a test may end the process."""

    def __call__(self, name: str) -> None: ...


def backoff(attempts: int) -> timedelta:
    """How long after the n-th failed attempt the next is made."""
    return timedelta(seconds=min(BACKOFF_S * 2.0 ** min(attempts - 1, 20), BACKOFF_MOST_S))


class Outbox:
    """Tells what is due on the channels it has; deliveries of other channels wait for whoever has them."""

    def __init__(
        self, engine: Engine, writer: Writer, channels: Mapping[str, Channel], *, point: Pause = lambda _: None
    ) -> None:
        self._engine, self._writer, self._channels, self._point = engine, writer, channels, point

    async def recover(self) -> int:
        """At start: deliveries whose end is unknown are due again. Gives how many."""
        return await asyncio.wrap_future(self._writer.submit(deliveries.recover))

    async def deliver(self, now: datetime) -> int:
        """Tell what is due, oldest first. Gives how many were told."""
        told = 0
        for delivery in await asyncio.to_thread(self._due, now):
            told += await self._one(delivery, now)
        return told

    def _due(self, now: datetime) -> list[DeliveryRecord]:
        with reading(self._engine) as session:
            return deliveries.due(session, now, BATCH, channels=tuple(self._channels))

    async def _one(self, delivery: DeliveryRecord, now: datetime) -> bool:
        change = await asyncio.to_thread(self._change, delivery.change_id)
        if change is None:
            await self._record(delivery, state="dead")
            return False
        attempts = delivery.attempts + 1
        await self._record(delivery, state="sending", attempts=attempts)
        self._point("sending")
        try:
            await asyncio.to_thread(self._channels[delivery.channel].send, change, delivery)
        except Exception:  # noqa: BLE001 - whatever a channel raises is a failed attempt, made again later
            dead = attempts >= ATTEMPTS_MOST
            await self._record(delivery, state="dead" if dead else "waiting", next_at=now + backoff(attempts))
            return False
        self._point("told")
        await self._record(delivery, state="sent")
        self._point("sent")
        return True

    def _change(self, change_id: int) -> ChangeRecord | None:
        with reading(self._engine) as session:
            return changes.get(session, change_id)

    async def _record(self, delivery: DeliveryRecord, **values: object) -> None:
        await asyncio.wrap_future(
            self._writer.submit(lambda session: deliveries.record(session, delivery.id, **values))
        )
