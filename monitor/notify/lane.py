"""One channel's own way out: its circuit, its thread, its messages in order. Nothing of it can hold another."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.engine import reading
from db.queries import changes, channels, deliveries
from db.records import ChangeRecord, DeliveryRecord
from db.writer import Writer
from monitor.notify.channel import Channel, Route, SendError, scrub
from monitor.notify.timing import DIGEST_MOST, HOUR, Plan, plan
from monitor.report.message import Message

ATTEMPTS_MOST = 12
BACKOFF_S = 15.0
BACKOFF_MOST_S = 3600.0
CIRCUIT_AFTER = 3  # failures in a row
CIRCUIT_MOST_S = 600.0
MARGIN_S = 5.0  # beyond the channel's own limit, before its thread is given up
STUCK_MOST = 3  # threads that were given up and still run

log = structlog.get_logger("newswatch.notify")
Group = tuple[DeliveryRecord, ...]
Values = dict[str, Any]


def backoff(attempts: int) -> timedelta:
    """How long after the n-th failed attempt the next is made."""
    return timedelta(seconds=min(BACKOFF_S * 2.0 ** min(attempts - 1, 20), BACKOFF_MOST_S))


def circuit(failures: int) -> timedelta:
    """How long a channel is left alone after so many failures in a row."""
    if failures < CIRCUIT_AFTER:
        return timedelta(0)
    return timedelta(seconds=min(BACKOFF_S * 2.0 ** min(failures - CIRCUIT_AFTER, 20), CIRCUIT_MOST_S))


@dataclass(frozen=True, slots=True)
class _End:
    """What came of a message: columns of its deliveries and of its channel."""

    ids: tuple[int, ...]
    values: Values
    channel: Values


class Lane:
    """Sends what is due on one route. `run` is never called twice at once; `say` tells a person of a failing channel."""

    def __init__(
        self,
        engine: Engine,
        writer: Writer,
        route: Route,
        *,
        point: Callable[[str], None] = lambda _: None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        assert route.channel is not None
        self.route, self._channel = route, route.channel
        self._engine, self._writer, self._point, self._say = engine, writer, point, say
        self._failures = 0
        self._open_until: datetime | None = None
        self._stuck: list[threading.Thread] = []
        self._broke = False
        self.closing = False

    async def run(self, now: datetime) -> int:
        """Tell what is due, oldest first, hold what is to wait. Gives how many changes were told."""
        if self._rests(now):
            return 0
        if self._broke:  # what was under way then has no end that is known
            await self._write(lambda session: deliveries.recover(session, channel=self.route.name))
            self._broke = False
        try:
            return await self._run(now)
        except Exception:
            self._broke = True
            raise

    async def _run(self, now: datetime) -> int:
        due, records, sent = await asyncio.to_thread(self._load, now)
        if not due:
            return 0
        wanted = [one for one in due if _to_tell(records.get(one.change_id))]
        if len(wanted) < len(due):
            gone = {one.id for one in due} - {one.id for one in wanted}
            await self._write(lambda session: deliveries.drop(session, list(gone)))
        event_of = {number: record.event_id for number, record in records.items()}
        planned = plan(wanted, self.route.timing, now, sent=sent, event_of=event_of)
        await self._hold(planned)
        return await self._messages(planned.messages, records, now)

    def _rests(self, now: datetime) -> bool:
        self._stuck = [thread for thread in self._stuck if thread.is_alive()]
        # no rest is longer than an hour: the clock was set back since
        shut = self._open_until is not None and now < self._open_until <= now + HOUR
        return shut or len(self._stuck) >= STUCK_MOST

    def _load(self, now: datetime) -> tuple[list[DeliveryRecord], dict[int, ChangeRecord], list[datetime]]:
        with reading(self._engine) as session:
            due = deliveries.due(session, now, DIGEST_MOST, channel=self.route.name)
            if not due:
                return [], {}, []
            found = changes.by_ids(session, [one.change_id for one in due])
            counted = self.route.timing.most_per_hour is not None
            sent = deliveries.sent_since(session, self.route.name, now - HOUR) if counted else []
        return due, {record.id: record for record in found}, sent

    async def _hold(self, planned: Plan) -> None:
        def closure(session: Session) -> None:
            for held in planned.held:
                deliveries.record_all(session, held.ids, next_at=held.until, held=held.why)

        if planned.held:
            await self._write(closure)

    async def _messages(self, messages: Sequence[Group], records: dict[int, ChangeRecord], now: datetime) -> int:
        """Send in order. The end of one message and the beginning of the next are one transaction."""
        started, told = time.monotonic(), 0
        end: _End | None = None
        for group in messages:
            at = now + timedelta(seconds=time.monotonic() - started)
            if self.closing or self._rests(at):
                break
            key = group[0].batch or deliveries.batch_key(one.key for one in group)
            await self._turn(end, group, key)
            self._point("sending")
            held = tuple(dict.fromkeys(one.held for one in group if one.held))
            shown = tuple(records[one.change_id] for one in group)
            repeat = any(one.maybe_repeat for one in group)
            error = await self.send(Message(key, shown, at, held, repeat))
            at = now + timedelta(seconds=time.monotonic() - started)
            if error is None:
                self._point("told")
                told += len(group)
            end = self._taken(group, at) if error is None else self._failed(group, error, at)
        if end is not None:
            await self._turn(end, (), "")
        return told

    async def _turn(self, end: _End | None, group: Group, key: str) -> None:
        """Write what came of the message before, and that the next one is under way."""
        attempts = max((one.attempts for one in group), default=0) + 1

        def closure(session: Session) -> None:
            if end is not None:
                deliveries.record_all(session, end.ids, **end.values)
                channels.record(session, self.route.name, **end.channel)
            if group:
                ids = [one.id for one in group]
                deliveries.record_all(session, ids, state="sending", attempts=attempts, batch=key)

        await self._write(closure)
        if end is not None and end.values["state"] == "sent":
            self._point("sent")

    async def send(self, message: Message) -> SendError | None:
        """Have a message sent on a thread of its own, for as long as the channel may take. Gives why it was not taken."""
        try:
            thread, future = _start(self._channel, message)
        except RuntimeError as error:  # the system gives no thread
            return SendError(str(error))
        try:
            await asyncio.wait_for(asyncio.shield(future), self.route.timeout_s + MARGIN_S)
        except TimeoutError:
            self._stuck.append(thread)
            return SendError(f"no end after {self.route.timeout_s + MARGIN_S:.0f} s", unknown=True)
        except SendError as error:
            return error
        except Exception as error:  # noqa: BLE001 - whatever a channel raises is a failed attempt; its words may hold a secret
            log.warning("channel failed", channel=self.route.name, error=type(error).__name__)
            return SendError(f"unexpected {type(error).__name__}", unknown=True)
        return None

    def _taken(self, group: Group, at: datetime) -> _End:
        if self._failures >= CIRCUIT_AFTER:
            self._say(f"the channel {self.route.name} takes messages again")
        self._failures, self._open_until = 0, None
        values: Values = {"state": "sent", "sent_at": at, "last_error": None}
        return _End(_ids(group), values, {"last_success_at": at, "failures": 0, "open_until": None})

    def _failed(self, group: Group, error: SendError, at: datetime) -> _End:
        words = scrub(str(error), ())
        self._failures += 1
        asked = timedelta(seconds=error.after_s or 0.0)
        rest = max(circuit(self._failures), asked)
        self._open_until = at + rest if rest else None
        if self._failures == CIRCUIT_AFTER:
            self._say(f"the channel {self.route.name} takes no messages ({words}); they wait, the others go on")
        log.warning("delivery failed", channel=self.route.name, error=words, failures=self._failures)
        attempts = max(one.attempts for one in group) + 1
        state = "dead" if attempts >= ATTEMPTS_MOST else "waiting"
        repeat = error.unknown or any(one.maybe_repeat for one in group)
        values: Values = {"state": state, "next_at": at + max(backoff(attempts), asked), "last_error": words}
        channel = {
            "last_failure_at": at,
            "last_error": words,
            "failures": self._failures,
            "open_until": self._open_until,
        }
        return _End(_ids(group), {**values, "maybe_repeat": repeat}, channel)

    async def _write(self, closure: Callable[[Session], Any]) -> None:
        await asyncio.wrap_future(self._writer.submit(closure))


def _to_tell(record: ChangeRecord | None) -> bool:
    return record is not None and record.change.suppressed_by is None


def _ids(group: Group) -> tuple[int, ...]:
    return tuple(one.id for one in group)


def _start(channel: Channel, message: Message) -> tuple[threading.Thread, asyncio.Future[None]]:
    """Send on a thread that ends with the program: one that hangs must keep neither a pool nor the end from others."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()

    def settle(error: Exception | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
            future.exception()  # looked at: nobody may be waiting any more

    def work() -> None:
        error: Exception | None = None
        try:
            channel.send(message)
        except Exception as raised:  # noqa: BLE001 - it is judged on the loop
            error = raised
        with suppress(RuntimeError):  # the loop has closed meanwhile
            loop.call_soon_threadsafe(settle, error)

    thread = threading.Thread(target=work, name="channel", daemon=True)
    thread.start()
    return thread, future
