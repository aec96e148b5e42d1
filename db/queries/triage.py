"""Triage: what people made of changes, and how each action can be taken back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.models import ChangeRow, Triage, TriageStep


class State(StrEnum):
    """What a person made of a change. One that nobody looked at is `new`."""

    NEW = "new"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    FLAGGED = "flagged"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The standing judgement of one change."""

    state: str
    note: str | None
    at: datetime
    by: str | None = None


def of(session: Session, change_ids: Iterable[int]) -> dict[int, Judgement]:
    """The judgements of these changes; those without one are left out."""
    rows = session.scalars(select(Triage).where(Triage.change_id.in_(list(change_ids))))
    return {row.change_id: Judgement(row.state, row.note, row.at, row.by) for row in rows}


def put(session: Session, change_ids: Sequence[int], state: str, *, at: datetime, by: str | None = None) -> str | None:
    """Give changes a state, as one action. Gives the action's name for `undo`, None where nothing differed."""
    known = set(session.scalars(select(ChangeRow.id).where(ChangeRow.id.in_(change_ids))))
    rows = {row.change_id: row for row in session.scalars(select(Triage).where(Triage.change_id.in_(known)))}
    batch = uuid.uuid4().hex
    changed = False
    for change_id in sorted(known):
        row = rows.get(change_id)
        before = row.state if row else State.NEW
        if before == state:
            continue
        changed = True
        session.add(TriageStep(batch=batch, change_id=change_id, before=before, at=at, by=by))
        _set(session, row, change_id, state=state, at=at, by=by)
    session.flush()
    return batch if changed else None


def _set(session: Session, row: Triage | None, change_id: int, *, state: str, at: datetime, by: str | None) -> None:
    if row is None:
        session.add(Triage(change_id=change_id, state=state, note=None, at=at, by=by))
    else:
        row.state, row.at, row.by = state, at, by


def undo(session: Session, batch: str, *, at: datetime) -> list[int]:
    """Take an action back: each change stands as before it. Gives the changes; empty where it was taken back already."""
    steps = list(session.scalars(select(TriageStep).where(TriageStep.batch == batch)))
    for step in steps:
        row = session.get(Triage, step.change_id)
        _set(session, row, step.change_id, state=step.before, at=at, by=step.by)
    session.execute(delete(TriageStep).where(TriageStep.batch == batch))
    session.flush()
    return [step.change_id for step in steps]


def last(session: Session, by: str | None = None) -> str | None:
    """The last action that this person can take back."""
    mine = TriageStep.by.is_(None) if by is None else TriageStep.by == by
    return session.scalar(select(TriageStep.batch).where(mine).order_by(TriageStep.id.desc()).limit(1))


def annotate(session: Session, change_id: int, note: str | None, *, at: datetime, by: str | None = None) -> None:
    """Write a note on a change; None or an empty one takes it off."""
    row = session.get(Triage, change_id)
    if row is None:
        session.add(Triage(change_id=change_id, state=State.NEW, note=note or None, at=at, by=by))
    else:
        row.note, row.at, row.by = note or None, at, by
    session.flush()


def forget_steps(session: Session, before: datetime) -> None:
    """Housekeeping: actions older than that can no longer be taken back."""
    session.execute(delete(TriageStep).where(TriageStep.at < before))
