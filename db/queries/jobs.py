"""The timer's jobs, as `newswatch status` shows them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from db.models import Job
from db.records import JobRecord

_MAKING = 0x6A6F6273  # "jobs"


def record(session: Session, name: str, **values: Any) -> None:
    """Store columns of a job, made where there is none. A row that another process writes just now is left to it."""
    _make(session, name)
    session.execute(update(Job).where(_free(Job.name == name)).values(**values))


def claim(session: Session, name: str, every_s: float) -> bool:
    """Take a job's tick, on PostgreSQL: of all who ask within its interval one is told yes, by the database's clock."""
    _make(session, name)
    now = func.clock_timestamp()
    past = or_(Job.claimed_at.is_(None), Job.claimed_at <= now - timedelta(seconds=0.9 * every_s))
    query = update(Job).where(_free(Job.name == name), past).values(claimed_at=now).returning(Job.name)
    return session.scalar(query, execution_options={"synchronize_session": False}) is not None


def _make(session: Session, name: str) -> None:
    """Several processes may make rows at once, each in another order: on PostgreSQL they would wait for each other."""
    if session.scalar(select(Job.name).where(Job.name == name)) is not None:
        return
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_MAKING)))
        session.execute(postgresql.insert(Job).values(name=name).on_conflict_do_nothing())
    else:
        session.execute(sqlite.insert(Job).values(name=name).on_conflict_do_nothing())


def _free(wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    """Rows that nobody holds: two processes that wrote several rows in another order would wait for each other."""
    return Job.name.in_(select(Job.name).where(wanted).with_for_update(skip_locked=True))


def every(session: Session) -> list[JobRecord]:
    rows = session.scalars(select(Job).order_by(Job.name))
    return [JobRecord(row.name, row.last_run_at, row.next_run_at, row.result) for row in rows]
