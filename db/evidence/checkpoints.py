"""Checkpoints: the log's head, signed, at most one a day unless one is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.evidence import merkle, seal, tree
from db.evidence.note import Head, Signer
from db.models_evidence import CheckpointRow


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed head. `text` is the note that others check; `stamp` a time-stamp token over it, where one was asked for."""

    id: int
    size: int
    root: bytes
    at: datetime
    text: str
    stamp: bytes | None = None
    leaf: int | None = None


def _record(row: CheckpointRow) -> Checkpoint:
    return Checkpoint(row.id, row.size, row.root, row.at, row.text, row.stamp, row.leaf)


def latest(session: Session) -> Checkpoint | None:
    row = session.scalar(select(CheckpointRow).order_by(CheckpointRow.id.desc()).limit(1))
    return _record(row) if row else None


def get(session: Session, number: int) -> Checkpoint | None:
    row = session.get(CheckpointRow, number)
    return _record(row) if row else None


def every(session: Session) -> list[Checkpoint]:
    """All, oldest first."""
    return [_record(row) for row in session.scalars(select(CheckpointRow).order_by(CheckpointRow.id))]


def over(session: Session, leaf: int) -> Checkpoint | None:
    """The first checkpoint that holds a leaf."""
    query = select(CheckpointRow).where(CheckpointRow.size > leaf).order_by(CheckpointRow.id).limit(1)
    row = session.scalar(query)
    return _record(row) if row else None


def make(
    session: Session, signer: Callable[[], Signer | None], now: datetime, *, daily: bool = True
) -> Checkpoint | None:
    """Sign the log's head in the caller's transaction. None where nothing was sealed since the last one, or, `daily`, where
    that one is of the same day (UTC), or where by `signer` another home signs. Raises `NoteError` where the key is none."""
    seal.lock(session)
    last, size = latest(session), tree.size(session)
    if size == (last.size if last else 0):
        return None
    if daily and last and last.at.astimezone(UTC).date() >= now.astimezone(UTC).date():
        return None
    key = signer()
    if key is None:
        return None
    number = last.id + 1 if last else 1
    head = Head(key.name, size, merkle.root(size, tree.Nodes(session)), number, now.replace(microsecond=0))
    row = CheckpointRow(id=number, size=size, root=head.root, at=head.at, text=key.sign(head.text))
    session.add(row)
    session.flush()
    return _record(row)
