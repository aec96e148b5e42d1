"""Subscriptions to feeds' hubs: asked for by the engine, confirmed and pushed to by hubs through the web process."""

from __future__ import annotations

import secrets
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from db.models import Feed, Source
from db.models_websub import WebSub
from db.records import WebSubRecord

_FIELDS = tuple(field.name for field in fields(WebSubRecord))


def _record(row: WebSub) -> WebSubRecord:
    return WebSubRecord(*(getattr(row, name) for name in _FIELDS))


def get(session: Session, feed_id: int) -> WebSubRecord | None:
    row = session.get(WebSub, feed_id)
    return _record(row) if row else None


def by_token(session: Session, token: str) -> WebSubRecord | None:
    row = session.scalar(select(WebSub).where(WebSub.token == token))
    return _record(row) if row else None


def every(session: Session) -> list[WebSubRecord]:
    return [_record(row) for row in session.scalars(select(WebSub).order_by(WebSub.feed_id))]


def offer(session: Session, feed_id: int, hub: str, topic: str, now: datetime) -> None:
    """A feed names its hub: to be asked at once, where it is new or another; by a new address and with a new secret."""
    known = session.get(WebSub, feed_id)
    if known is not None and (known.hub, known.topic) == (hub, topic):
        return
    values = {
        "hub": hub,
        "topic": topic,
        "token": secrets.token_urlsafe(32),
        "secret": secrets.token_urlsafe(32),
        "state": "wanted",
        "renew_at": now,
        "lease_until": None,
        "asked_at": None,
        "pushed_at": None,
        "pushes": 0,
        "failures": 0,
        "reason": None,
    }
    if known is None:
        session.add(WebSub(feed_id=feed_id, **values))
        session.flush()
    else:
        record(session, feed_id, **values)


def due(session: Session, now: datetime, limit: int = 20) -> list[tuple[WebSubRecord, int]]:
    """Subscriptions to be asked for or renewed, of active feeds of enabled sources, each with its source's id."""
    query = (
        select(WebSub, Feed.source_id)
        .join(Feed, Feed.id == WebSub.feed_id)
        .join(Source, Source.id == Feed.source_id)
        .where(WebSub.renew_at <= now, Feed.active, Source.enabled)
        .order_by(WebSub.renew_at)
        .limit(limit)
    )
    return [(_record(row), source_id) for row, source_id in session.execute(query)]


def record(session: Session, feed_id: int, **values: Any) -> None:
    """Store any columns of a subscription by name."""
    session.execute(update(WebSub).where(WebSub.feed_id == feed_id).values(**values))


def end(session: Session, feed_id: int) -> None:
    """Forget a subscription: its callback's address answers no more."""
    session.execute(delete(WebSub).where(WebSub.feed_id == feed_id))


def pushed(session: Session, feed_id: int, now: datetime) -> None:
    """A hub told of news: the feed is due now. What the hub sent is not looked at."""
    session.execute(update(WebSub).where(WebSub.feed_id == feed_id).values(pushed_at=now, pushes=WebSub.pushes + 1))
    session.execute(update(Feed).where(Feed.id == feed_id, Feed.next_check_at > now).values(next_check_at=now))
