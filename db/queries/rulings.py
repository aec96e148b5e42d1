"""Rulings: what became of a stored change later (hidden as a template's, altered by a replay, shown again), each reversible."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from db.blobs import pack, unpack
from db.change_json import change_from_json, change_to_json
from db.models import ChangeRow, Delivery, Page
from db.models_derived import ChangeStep
from db.types import SIGNIFICANCE_ORDER, Change

TEMPLATE = "template"
REPLAY = "replay"
UNDO = "undo"


def stored(session: Session, change_id: int) -> Change | None:
    """A change as it stands."""
    detail = session.scalar(select(ChangeRow.detail).where(ChangeRow.id == change_id))
    return change_from_json(unpack(detail)) if detail is not None else None


def restate(
    session: Session, change_id: int, change: Change, *, action: str, rule: str | None, batch: str, at: datetime
) -> bool:
    """Put `change` in a stored change's place, keeping what stood there. False where nothing differs or none stands."""
    was = stored(session, change_id)
    if was is None or was == change:
        return False
    _step(session, change_id, action=action, rule=rule, batch=batch, at=at, before=pack(change_to_json(was)))
    _put(session, change_id, change)
    if change.suppressed_by:
        # what nobody was told yet need not be told any more
        session.execute(delete(Delivery).where(Delivery.change_id == change_id, Delivery.state == "waiting"))
    return True


def record_made(session: Session, change_id: int, *, action: str, batch: str, at: datetime) -> None:
    """Remember that an action made a change, so that taking it back hides it."""
    _step(session, change_id, action=action, rule=None, batch=batch, at=at, before=None)


def show(session: Session, change_id: int, *, batch: str, at: datetime) -> bool:
    """Show a hidden change again. False where it is not hidden, or there is none."""
    was = stored(session, change_id)
    if was is None or was.suppressed_by is None:
        return False
    shown = replace(was, suppressed_by=None)
    return restate(session, change_id, shown, action=UNDO, rule=was.suppressed_by, batch=batch, at=at)


def take_back(session: Session, batch: str, at: datetime) -> int:
    """Put everything that a batch restated back as it was; what it made is hidden. Gives how many changes."""
    query = select(ChangeStep).where(ChangeStep.batch == batch).order_by(ChangeStep.id.desc())
    count = 0
    for step in session.scalars(query).all():
        was = change_from_json(unpack(step.before)) if step.before else _hidden(session, step.change_id, step.action)
        again = f"{UNDO}-{batch}"[:32]
        count += was is not None and restate(
            session, step.change_id, was, action=UNDO, rule=step.rule, batch=again, at=at
        )
    return count


def latest_batch(session: Session, action: str) -> str | None:
    """The last batch of an action that was not taken back."""
    undone = select(ChangeStep.batch).where(ChangeStep.action == UNDO)
    taken = {batch.removeprefix(f"{UNDO}-") for batch in session.scalars(undone.distinct())}
    query = select(ChangeStep.batch, func.max(ChangeStep.id)).where(ChangeStep.action == action)
    rows = session.execute(query.group_by(ChangeStep.batch).order_by(func.max(ChangeStep.id).desc()))
    return next((batch for batch, _ in rows if batch[: 32 - len(UNDO) - 1] not in taken), None)


def undone_by_rule(session: Session) -> dict[str, int]:
    """For each rule: how many of the changes it hid were shown again."""
    query = select(ChangeStep.rule, func.count(ChangeStep.change_id.distinct())).where(
        ChangeStep.action == UNDO, ChangeStep.rule.is_not(None)
    )
    return {str(rule): count for rule, count in session.execute(query.group_by(ChangeStep.rule))}


def hidden_ids(
    session: Session, *, rule: str | None = None, source_id: int | None = None, page_id: int | None = None
) -> list[int]:
    """Ids of hidden changes, newest first; of one rule, source or page where named."""
    query = select(ChangeRow.id).where(ChangeRow.suppressed_by.is_not(None)).order_by(ChangeRow.id.desc())
    if rule is not None:
        query = query.where(ChangeRow.suppressed_by == rule)
    if source_id is not None:
        query = query.join(Page, Page.id == ChangeRow.page_id).where(Page.source_id == source_id)
    if page_id is not None:
        query = query.where(ChangeRow.page_id == page_id)
    return list(session.scalars(query))


def _hidden(session: Session, change_id: int, rule: str) -> Change | None:
    was = stored(session, change_id)
    return replace(was, suppressed_by=rule) if was else None


def _step(
    session: Session, change_id: int, *, action: str, rule: str | None, batch: str, at: datetime, before: bytes | None
) -> None:
    session.add(ChangeStep(batch=batch, change_id=change_id, action=action, rule=rule, before=before, at=at))
    session.flush()


def _put(session: Session, change_id: int, change: Change) -> None:
    values = {
        "natures": f",{','.join(change.natures)}," if change.natures else ",",
        "significance": SIGNIFICANCE_ORDER[change.significance],
        "before": change.before,
        "after": change.after,
        "suppressed_by": change.suppressed_by,
        "detail": pack(change_to_json(change)),
        "leaf": None,  # it is sealed anew
        "rules_version": None,  # and no more what the rules of its day alone made
    }
    session.execute(update(ChangeRow).where(ChangeRow.id == change_id).values(**values))
