"""Small facts of a home that outlive a process."""

from __future__ import annotations

from sqlalchemy.orm import Session

from db.models import Note


def get(session: Session, name: str) -> str | None:
    row = session.get(Note, name)
    return row.value if row else None


def put(session: Session, name: str, value: str) -> None:
    session.merge(Note(name=name, value=value))
