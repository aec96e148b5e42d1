"""Hosts: what outlives a process of their pace."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.models import Host
from db.records import HostRecord


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


def _record(row: Host) -> HostRecord:
    return HostRecord(row.name, row.crawl_delay_s, row.not_before, row.failures, row.reason, row.last_success_at)
