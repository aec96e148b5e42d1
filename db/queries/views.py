"""Saved views: named sets of the inbox's filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.models import SavedView

LONGEST = 80


@dataclass(frozen=True, slots=True)
class View:
    """A saved view; `query` holds the inbox's parameters by name."""

    id: int
    name: str
    query: Mapping[str, str]


def _record(row: SavedView) -> View:
    return View(row.id, row.name, {str(key): str(value) for key, value in row.query.items()})


def every(session: Session) -> list[View]:
    return [_record(row) for row in session.scalars(select(SavedView).order_by(SavedView.name))]


def get(session: Session, view_id: int) -> View | None:
    row = session.get(SavedView, view_id)
    return _record(row) if row else None


def save(session: Session, name: str, query: Mapping[str, str], now: datetime) -> View:
    """Keep a view; one of that name is replaced."""
    row = session.scalar(select(SavedView).where(SavedView.name == name))
    if row is None:
        row = SavedView(name=name, query=dict(query), created_at=now)
        session.add(row)
    row.query = dict(query)
    session.flush()
    return _record(row)


def alter(session: Session, view_id: int, name: str, query: Mapping[str, str]) -> View:
    """Give a view another name and filters. Raises `LookupError` for no such view, `ValueError` where another has the name."""
    row = session.get(SavedView, view_id)
    if row is None:
        raise LookupError(view_id)
    if session.scalar(select(SavedView.id).where(SavedView.name == name, SavedView.id != view_id)) is not None:
        raise ValueError(name)
    row.name, row.query = name, dict(query)
    session.flush()
    return _record(row)


def named(session: Session, name: str) -> View | None:
    row = session.scalar(select(SavedView).where(SavedView.name == name))
    return _record(row) if row else None


def remove(session: Session, view_id: int) -> None:
    session.execute(delete(SavedView).where(SavedView.id == view_id))
