"""Hosts: what outlives a process of their pace, and what the workers of a fleet share of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db.models import Host
from db.records import HostRecord

_PLAIN = {"synchronize_session": False}


def every(session: Session) -> list[HostRecord]:
    return [_record(row) for row in session.scalars(select(Host).order_by(Host.name))]


def get(session: Session, name: str) -> HostRecord | None:
    row = session.get(Host, name)
    return _record(row) if row else None


def record(session: Session, name: str, **values: Any) -> None:
    """Store columns of a host, made where there is none."""
    if session.get(Host, name) is None:
        session.add(Host(name=name, failures=0))
        session.flush()
    session.execute(update(Host).where(Host.name == name).values(**values))


def say_late(session: Session, name: str) -> None:
    """A turn that was taken is used only now: the next one comes after this."""
    now = func.greatest(Host.asked_at, func.clock_timestamp())
    session.execute(update(Host).where(Host.name == name).values(asked_at=now), execution_options=_PLAIN)


def _record(row: Host) -> HostRecord:
    return HostRecord(row.name, row.crawl_delay_s, row.not_before, row.failures, row.reason, row.last_success_at)


@dataclass(frozen=True, slots=True)
class Turn:
    """Seconds until a host may be asked, and, where it asked us to wait, until when."""

    wait_s: float
    held_until: datetime | None = None


def take_turn(session: Session, name: str, delay: float, crawl_delay: float | None) -> Turn:
    """Take the host's next turn for a request, on PostgreSQL: its clock gives the time, its row the order of all workers.

    `delay` is seconds between two requests. `crawl_delay` is what robots.txt asks, 0 for nothing, None where this worker has not
    read it yet: what another read counts then. A host that asked us to wait gives no turn.
    """
    session.execute(insert(Host).values(name=name, failures=0).on_conflict_do_nothing())
    now = func.clock_timestamp()
    known = func.coalesce(Host.crawl_delay_s, 0.0) if crawl_delay is None else literal(crawl_delay)
    gap = func.make_interval(0, 0, 0, 0, 0, 0, func.greatest(literal(delay), known))
    turn = func.greatest(now, func.coalesce(Host.asked_at + gap, now))
    free = or_(Host.not_before.is_(None), Host.not_before <= now)
    values: dict[str, Any] = {"asked_at": turn}
    if crawl_delay is not None:
        values["crawl_delay_s"] = crawl_delay or None
    wait = func.extract("epoch", Host.asked_at - now)
    taken = session.scalar(
        update(Host).where(Host.name == name, free).values(**values).returning(wait), execution_options=_PLAIN
    )
    if taken is None:
        return Turn(0.0, session.scalar(select(Host.not_before).where(Host.name == name)))
    return Turn(max(float(taken), 0.0))
