"""The outbox: one row a change and channel, so that a change is told at most once a channel and never forgotten."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.models import Delivery
from db.records import DeliveryRecord


def delivery_key(change_id: int, channel: str) -> str:
    """The idempotency key a receiver can tell repeats by: the same for every attempt."""
    return hashlib.sha256(f"{change_id}\x00{channel}".encode()).hexdigest()[:32]


def add(session: Session, change_id: int, channel: str, now: datetime) -> None:
    """Ask for a delivery; one that stands already is left."""
    key = delivery_key(change_id, channel)
    if session.scalar(select(Delivery.id).where(Delivery.key == key)) is None:
        session.add(Delivery(change_id=change_id, channel=channel, state="waiting", key=key, attempts=0, next_at=now))
        session.flush()


def due(session: Session, now: datetime, limit: int = 100, *, channels: Sequence[str] = ()) -> list[DeliveryRecord]:
    """Deliveries whose time has come, oldest first; of some channels only, where named."""
    query = (
        select(Delivery).where(Delivery.state == "waiting", Delivery.next_at <= now).order_by(Delivery.id).limit(limit)
    )
    if channels:
        query = query.where(Delivery.channel.in_(channels))
    return [_record(row) for row in session.scalars(query)]


def record(session: Session, delivery_id: int, **values: Any) -> None:
    session.execute(update(Delivery).where(Delivery.id == delivery_id).values(**values))


def recover(session: Session) -> int:
    """At start: a delivery whose end is unknown is sent again, marked as a possible repeat. Gives how many."""
    found = session.execute(
        update(Delivery).where(Delivery.state == "sending").values(state="waiting", maybe_repeat=True)
    )
    return int(found.rowcount)  # type: ignore[attr-defined]


def _record(row: Delivery) -> DeliveryRecord:
    return DeliveryRecord(
        row.id, row.change_id, row.channel, row.state, row.key, row.attempts, row.next_at, row.maybe_repeat
    )
