"""The timer's jobs, as `newswatch status` shows them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.models import Job
from db.records import JobRecord


def record(session: Session, name: str, **values: Any) -> None:
    """Store columns of a job, made where there is none."""
    if session.get(Job, name) is None:
        session.add(Job(name=name))
        session.flush()
    session.execute(update(Job).where(Job.name == name).values(**values))


def every(session: Session) -> list[JobRecord]:
    rows = session.scalars(select(Job).order_by(Job.name))
    return [JobRecord(row.name, row.last_run_at, row.next_run_at, row.result) for row in rows]
