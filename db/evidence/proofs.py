"""What proves that a version, a reading or a change is in the log: its leaf, its facts, the audit path to a checkpoint."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.evidence import checkpoints, facts, merkle, tree
from db.evidence.checkpoints import Checkpoint
from db.models import ChangeRow, Reading, Revision
from db.models_evidence import LeafRow


@dataclass(frozen=True, slots=True)
class State:
    """How a row stands in the log. `leaf` is None where it is not sealed yet, `checkpoint` where no checkpoint holds it yet."""

    leaf: int | None
    checkpoint: Checkpoint | None


def state_of_change(session: Session, change_id: int) -> State:
    return _state(session, session.scalar(select(ChangeRow.leaf).where(ChangeRow.id == change_id)))


def state_of_revision(session: Session, revision_id: int) -> State:
    return _state(session, session.scalar(select(Revision.leaf).where(Revision.id == revision_id)))


def _state(session: Session, leaf: int | None) -> State:
    return State(leaf, checkpoints.over(session, leaf) if leaf is not None else None)


def proofs(
    session: Session, checkpoint: Checkpoint, *, revisions: Iterable[int] = (), changes: Iterable[int] = ()
) -> list[dict[str, Any]]:
    """The proofs that a checkpoint holds these versions, all their readings, and these changes, as JSON:
    `{"index", "ref", "part", "salt", "facts", "path"}`, bytes in base64. What is not sealed under it is left out."""
    node = tree.Nodes(session)
    found = []
    for number in revisions:
        found += _of_revision(session, number)
    for number in changes:
        found += _of_change(session, number)
    return [
        {
            "index": leaf.idx,
            "ref": leaf.ref,
            "part": leaf.part,
            "salt": base64.b64encode(leaf.salt).decode(),
            "facts": said,
            "path": [base64.b64encode(part).decode() for part in merkle.inclusion(leaf.idx, checkpoint.size, node)],
        }
        for leaf, said in found
        if leaf.salt is not None and leaf.idx < checkpoint.size
    ]


def _of_revision(session: Session, number: int) -> list[tuple[LeafRow, facts.Facts]]:
    row = session.get(Revision, number)
    leaf = session.get(LeafRow, row.leaf) if row and row.leaf is not None else None
    if row is None or leaf is None:
        return []
    first = session.get(Reading, (number, row.reader_version))
    out = [(leaf, facts.of_revision(row, first, leaf.url, leaf.sealed_at))]
    for reading in session.scalars(select(Reading).where(Reading.revision_id == number)):
        other = session.get(LeafRow, reading.leaf) if reading.leaf is not None else None
        if other is not None and other.kind == facts.READING:
            out.append((other, facts.of_reading(reading, other.sealed_at)))
    return out


def _of_change(session: Session, number: int) -> list[tuple[LeafRow, facts.Facts]]:
    row = session.get(ChangeRow, number)
    leaf = session.get(LeafRow, row.leaf) if row and row.leaf is not None else None
    if row is None or leaf is None:
        return []
    return [(leaf, facts.of_change(row, leaf.url, leaf.sealed_at))]
