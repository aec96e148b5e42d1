"""The timer's jobs, as `newswatch status` shows them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db.models import Job
from db.records import JobRecord


def record(session: Session, name: str, **values: Any) -> None:
    """Store columns of a job, made where there is none."""
    if session.get(Job, name) is None:
        session.add(Job(name=name))
        session.flush()
    session.execute(update(Job).where(Job.name == name).values(**values))


def claim(session: Session, name: str, every_s: float) -> bool:
    """Take a job's tick, on PostgreSQL: of all who ask within its interval one is told yes, by the database's clock."""
    session.execute(insert(Job).values(name=name).on_conflict_do_nothing())
    now = func.clock_timestamp()
    free = or_(Job.claimed_at.is_(None), Job.claimed_at <= now - timedelta(seconds=0.9 * every_s))
    query = update(Job).where(Job.name == name, free).values(claimed_at=now).returning(Job.name)
    return session.scalar(query, execution_options={"synchronize_session": False}) is not None


def every(session: Session) -> list[JobRecord]:
    rows = session.scalars(select(Job).order_by(Job.name))
    return [JobRecord(row.name, row.last_run_at, row.next_run_at, row.result) for row in rows]
