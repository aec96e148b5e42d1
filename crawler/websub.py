"""WebSub (W3C Recommendation, 2018), the subscriber's side: asks hubs to tell of a feed's news, and renews in time.

The hub's questions and pushes come to the web process. A push is a hint that makes the feed due now; its content is never read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
from urllib.parse import urlencode, urljoin

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from crawler.fetch.limits import FetchJob
from crawler.fetch.limits import Pace as HostPace
from db.engine import reading
from db.queries import websub
from db.records import WebSubRecord
from db.types import Fetched, FetchFailed
from db.writer import Writer

PATH = "websub/"
LEASE = timedelta(days=10)
VERIFY_MOST = timedelta(minutes=10)  # until the hub has asked whether it was us
FIRST_RETRY, LAST_RETRY = timedelta(minutes=10), timedelta(days=1)

T = TypeVar("T")
Fetch = Callable[[FetchJob], Awaitable[Fetched | FetchFailed]]


class Rules(Protocol):
    """What subscribing asks of a source."""

    @property
    def websub(self) -> bool: ...
    @property
    def host_pace(self) -> HostPace | None: ...
    @property
    def proxy(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Ask:
    """A subscription request: the hub's address and the form it is sent."""

    hub: str
    form: bytes


def ask(record: WebSubRecord, callback: str) -> Ask:
    """The request for a subscription (5.1). `callback` is the public address that the web process is reached by."""
    fields = {
        "hub.callback": urljoin(callback.rstrip("/") + "/", PATH + record.token),
        "hub.mode": "subscribe",
        "hub.topic": record.topic,
        "hub.lease_seconds": str(int(LEASE.total_seconds())),
        "hub.secret": record.secret,
    }
    return Ask(record.hub, urlencode(fields).encode())


def again_after(failures: int) -> timedelta:
    """How long a hub that failed so many times in a row is left alone."""
    return min(FIRST_RETRY * float(2 ** min(max(failures - 1, 0), 10)), LAST_RETRY)


class Subscriptions:
    """Asks for what is due. `rules_of` gives the rules of a source by its id; without a `callback` nothing is asked."""

    def __init__(
        self, engine: Engine, writer: Writer, fetch: Fetch, *, rules_of: Callable[[int], Rules], callback: str | None
    ) -> None:
        self._engine, self._writer, self._fetch = engine, writer, fetch
        self._rules_of, self._callback = rules_of, callback

    async def tick(self, now: datetime) -> str:
        """Ask for and renew subscriptions whose time has come. Gives how many, in words."""
        if self._callback is None:
            return ""
        due = await asyncio.to_thread(self._due, now)
        await asyncio.gather(*(self._one(record, source_id, now, self._callback) for record, source_id in due))
        return f"{len(due)} subscriptions asked for" if due else ""

    def _due(self, now: datetime) -> list[tuple[WebSubRecord, int]]:
        with reading(self._engine) as session:
            return websub.due(session, now)

    async def _one(self, record: WebSubRecord, source_id: int, now: datetime, callback: str) -> None:
        rules = self._rules_of(source_id)
        if not rules.websub:
            await self._submit(lambda session: websub.end(session, record.feed_id))
            return
        unanswered = record.state == "asked"
        failures = record.failures + unanswered
        # before the hub is asked: its question may come before its answer
        state = "active" if record.state == "active" else "asked"
        waits = {"state": state, "asked_at": now, "renew_at": now + max(VERIFY_MOST, again_after(failures))}
        reason = "the hub never asked back" if unanswered else record.reason
        await self._submit(
            lambda session: websub.record(session, record.feed_id, failures=failures, reason=reason, **waits)
        )
        wanted = ask(record, callback)
        answer = await self._fetch(FetchJob(wanted.hub, form=wanted.form, pace=rules.host_pace, proxy=rules.proxy))
        if isinstance(answer, FetchFailed):
            await self._submit(lambda session: _refused(session, record, answer, failures + 1, now))

    async def _submit(self, closure: Callable[[Session], T]) -> T:
        return await asyncio.wrap_future(self._writer.submit(closure))


def _refused(session: Session, record: WebSubRecord, answer: FetchFailed, failures: int, now: datetime) -> None:
    current = websub.get(session, record.feed_id)
    if current is None or current.token != record.token:
        return
    values = {
        "failures": failures,
        "renew_at": now + again_after(failures),
        "reason": f"{answer.reason}: {answer.detail}"[:200],
    }
    if current.state == "asked":
        values["state"] = "failed"
    websub.record(session, record.feed_id, **values)
