"""Figures for whoever watches over a home: what engine processes say of themselves, and what the tables say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, inspect, select, text
from sqlalchemy.orm import Session

from db.models import Crawl, Feed, Note, Revision
from db.queries import notes

PREFIX = "figures."


@dataclass(frozen=True, slots=True)
class ProcessFigures:
    """What a process said at an instant: families with `name`, `help`, `type` and samples `[name, labels, value]`."""

    process: str
    at: datetime
    families: Sequence[dict[str, Any]]


def put(session: Session, process: str, at: datetime, families: Sequence[dict[str, Any]]) -> None:
    """Store what a process says of itself, in place of what it said before."""
    value = json.dumps({"at": at.isoformat(), "families": families}, separators=(",", ":"))
    notes.put(session, (PREFIX + process)[:80], value)


def every(session: Session) -> list[ProcessFigures]:
    """What each process said last, by name; one that ended long ago is among them."""
    after = PREFIX[:-1] + chr(ord(PREFIX[-1]) + 1)
    query = select(Note.name, Note.value).where(Note.name >= PREFIX, Note.name < after).order_by(Note.name)
    found = []
    for name, value in session.execute(query):
        told = json.loads(value)
        found.append(ProcessFigures(name.removeprefix(PREFIX), datetime.fromisoformat(told["at"]), told["families"]))
    return found


def forget_before(session: Session, before: datetime) -> None:
    """Drop what processes said that have been silent since then: workers come and go under new names."""
    old = [PREFIX + told.process for told in every(session) if told.at < before]
    session.execute(delete(Note).where(Note.name.in_([name[:80] for name in old])))


def due_feeds(session: Session, now: datetime) -> int:
    return session.scalar(select(func.count()).select_from(Feed).where(Feed.active, Feed.next_check_at <= now)) or 0


def to_compare(session: Session) -> int:
    """Versions that wait to be compared."""
    return session.scalar(select(func.count(Revision.id)).where(~Revision.compared)) or 0


def open_crawls(session: Session) -> dict[str, int]:
    """One-off crawls that are not done, by state."""
    query = select(Crawl.state, func.count()).where(Crawl.state.in_(("queued", "running"))).group_by(Crawl.state)
    return dict(session.execute(query).all())


def queued_jobs(session: Session) -> dict[tuple[str, str], int]:
    """Jobs of a fleet by queue and state (`todo`, `doing`); nothing where there is no fleet."""
    if session.get_bind().dialect.name != "postgresql":
        return {}
    if not inspect(session.connection()).has_table("procrastinate_jobs"):
        return {}
    query = text(
        "SELECT queue_name, status::text, count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') GROUP BY 1, 2"
    )
    return {(queue, state): count for queue, state, count in session.execute(query)}


def database_bytes(session: Session) -> int:
    """What the database takes on disk, without SQLite's log of writes."""
    if session.get_bind().dialect.name == "postgresql":
        return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    pages = session.scalar(text("PRAGMA page_count")) or 0
    return int(pages) * int(session.scalar(text("PRAGMA page_size")) or 0)
