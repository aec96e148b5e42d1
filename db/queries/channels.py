"""Channels as the engine last declared them, how they fare, and the tests asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from db.models_notify import ChannelAsk, ChannelRow
from db.records import AskRecord, ChannelRecord

KEPT = 20  # tests of a channel that are remembered


def declare(session: Session, declared: Sequence[tuple[str, str, str, Sequence[str]]]) -> None:
    """Make the table say what the configuration says: `(name, kind, target, about)` each, in its order."""
    session.execute(update(ChannelRow).values(declared=False))
    for position, (name, kind, target, about) in enumerate(declared):
        row = session.get(ChannelRow, name) or ChannelRow(name=name, failures=0)
        row.kind, row.target, row.about, row.position, row.declared = kind, target, list(about), position, True
        session.add(row)
    session.flush()


def every(session: Session) -> list[ChannelRecord]:
    """All channels, those that the configuration no longer has last."""
    query = select(ChannelRow).order_by(ChannelRow.declared.desc(), ChannelRow.position, ChannelRow.name)
    return [_record(row) for row in session.scalars(query)]


def get(session: Session, name: str) -> ChannelRecord | None:
    row = session.get(ChannelRow, name)
    return _record(row) if row else None


def record(session: Session, name: str, **values: Any) -> None:
    session.execute(update(ChannelRow).where(ChannelRow.name == name).values(**values))


def ask(session: Session, channel: str, by: str, now: datetime) -> int:
    """Ask for a test message. Gives the id; one that waits already is not doubled."""
    waiting = select(ChannelAsk.id).where(ChannelAsk.channel == channel, ChannelAsk.done_at.is_(None))
    standing = session.scalar(waiting.limit(1))
    if standing is not None:
        return standing
    row = ChannelAsk(channel=channel, asked_at=now, asked_by=by)
    session.add(row)
    session.flush()
    return row.id


def asked(session: Session) -> list[AskRecord]:
    """Tests that wait to be sent, oldest first."""
    query = select(ChannelAsk).where(ChannelAsk.done_at.is_(None)).order_by(ChannelAsk.id)
    return [_ask(row) for row in session.scalars(query)]


def answer(session: Session, ask_id: int, at: datetime, error: str | None) -> None:
    """Write what came of a test, and forget old ones of its channel."""
    row = session.get(ChannelAsk, ask_id)
    if row is None:
        return
    row.done_at, row.error = at, error
    old = select(ChannelAsk.id).where(ChannelAsk.channel == row.channel).order_by(ChannelAsk.id.desc()).offset(KEPT)
    session.execute(delete(ChannelAsk).where(ChannelAsk.id.in_(list(session.scalars(old)))))


def last_ask(session: Session, channel: str) -> AskRecord | None:
    query = select(ChannelAsk).where(ChannelAsk.channel == channel).order_by(ChannelAsk.id.desc()).limit(1)
    row = session.scalar(query)
    return _ask(row) if row else None


def _ask(row: ChannelAsk) -> AskRecord:
    return AskRecord(row.id, row.channel, row.asked_at, row.asked_by, row.done_at, row.error)


def _record(row: ChannelRow) -> ChannelRecord:
    return ChannelRecord(
        row.name,
        row.kind,
        row.target,
        tuple(str(line) for line in row.about),
        declared=row.declared,
        failures=row.failures,
        last_success_at=row.last_success_at,
        last_failure_at=row.last_failure_at,
        last_error=row.last_error,
        open_until=row.open_until,
    )
