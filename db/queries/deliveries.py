"""The outbox: one row a change and channel, so that a change is told at most once a channel and never forgotten."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from db.models import Delivery
from db.records import DeliveryRecord


def delivery_key(change_id: int, channel: str) -> str:
    """The idempotency key a receiver can tell repeats by: the same for every attempt."""
    return hashlib.sha256(f"{change_id}\x00{channel}".encode()).hexdigest()[:32]


def batch_key(keys: Iterable[str]) -> str:
    """The idempotency key of deliveries told in one message; of one alone, its own."""
    found = sorted(keys)
    if len(found) == 1:
        return found[0]
    return hashlib.sha256("\x00".join(found).encode()).hexdigest()[:32]


def add(session: Session, change_id: int, channel: str, now: datetime) -> None:
    """Ask for a delivery; one that stands already is left."""
    key = delivery_key(change_id, channel)
    if session.scalar(select(Delivery.id).where(Delivery.key == key)) is None:
        session.add(Delivery(change_id=change_id, channel=channel, state="waiting", key=key, attempts=0, next_at=now))
        session.flush()


def due(session: Session, now: datetime, limit: int = 100, *, channel: str | None = None) -> list[DeliveryRecord]:
    """Deliveries whose time has come, oldest first; of one channel only, where named.

    Where one of them is part of a message that was begun before, its whole message is given.
    """
    query = (
        select(Delivery).where(Delivery.state == "waiting", Delivery.next_at <= now).order_by(Delivery.id).limit(limit)
    )
    if channel is not None:
        query = query.where(Delivery.channel == channel)
    rows = {row.id: row for row in session.scalars(query)}
    begun = {row.batch for row in rows.values() if row.batch}
    if len(rows) == limit and begun:
        rest = select(Delivery).where(Delivery.batch.in_(begun), Delivery.state == "waiting")
        rows |= {row.id: row for row in session.scalars(rest)}
    return [_record(rows[number]) for number in sorted(rows)]


def record(session: Session, delivery_id: int, **values: Any) -> None:
    session.execute(update(Delivery).where(Delivery.id == delivery_id).values(**values))


def record_all(session: Session, ids: Sequence[int], **values: Any) -> None:
    """The same for several deliveries."""
    session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(**values))


def drop(session: Session, ids: Sequence[int]) -> None:
    """Forget deliveries of changes that nobody need be told of any more."""
    for row in session.scalars(select(Delivery).where(Delivery.id.in_(ids))):
        session.delete(row)


def recover(session: Session, channel: str | None = None) -> int:
    """At start: a delivery whose end is unknown is sent again, marked as a possible repeat; of one channel only, where named.
    Gives how many."""
    query = update(Delivery).where(Delivery.state == "sending")
    if channel is not None:
        query = query.where(Delivery.channel == channel)
    found = session.execute(query.values(state="waiting", maybe_repeat=True))
    return int(found.rowcount)  # type: ignore[attr-defined]


def sent_since(session: Session, channel: str, since: datetime) -> list[datetime]:
    """When each message went out on a channel since then, oldest first. A digest is one message."""
    message = func.coalesce(Delivery.batch, Delivery.key)  # rows of an older program have no batch
    query = (
        select(func.max(Delivery.sent_at))
        .where(Delivery.channel == channel, Delivery.sent_at > since)
        .group_by(message)
        .order_by(func.max(Delivery.sent_at))
    )
    return [at for at in session.scalars(query) if at is not None]


def retry(session: Session, channel: str | None, now: datetime) -> int:
    """Make dead deliveries due again, of one channel or of all. Gives how many."""
    query = update(Delivery).where(Delivery.state == "dead")
    if channel is not None:
        query = query.where(Delivery.channel == channel)
    return int(session.execute(query.values(state="waiting", attempts=0, next_at=now)).rowcount)  # type: ignore[attr-defined]


def counts(session: Session) -> dict[str, dict[str, int]]:
    """By channel: how many deliveries wait (`waiting`), wait for a digest (`held`), are under way and are dead."""
    state = Delivery.state
    query = (
        select(Delivery.channel, state, Delivery.held.is_not(None), func.count())
        .where(state.in_(("waiting", "sending", "dead")))
        .group_by(Delivery.channel, state, Delivery.held.is_not(None))
    )
    found: dict[str, dict[str, int]] = {}
    for channel, name, held, count in session.execute(query):
        kind = "held" if held and name == "waiting" else name
        of_channel = found.setdefault(channel, {})
        of_channel[kind] = of_channel.get(kind, 0) + count
    return found


def recent(
    session: Session, *, channel: str | None = None, states: Sequence[str] = (), limit: int = 50
) -> list[DeliveryRecord]:
    """The last deliveries, newest first."""
    query = select(Delivery).order_by(Delivery.id.desc()).limit(limit)
    if channel is not None:
        query = query.where(Delivery.channel == channel)
    if states:
        query = query.where(Delivery.state.in_(states))
    return [_record(row) for row in session.scalars(query)]


def _record(row: Delivery) -> DeliveryRecord:
    return DeliveryRecord(
        row.id,
        row.change_id,
        row.channel,
        row.state,
        row.key,
        row.attempts,
        row.next_at,
        maybe_repeat=row.maybe_repeat,
        batch=row.batch,
        held=row.held,
        last_error=row.last_error,
        sent_at=row.sent_at,
    )
