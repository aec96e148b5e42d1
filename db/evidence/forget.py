"""Forgetting: what a leaf stood for goes, and its salt with it; the log still adds up, and nobody can tell what it was.

Whoever forgets content calls these in the transaction that removes the rows, and then removes the records from the archive.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from db.evidence import facts, seal
from db.models import ChangeRow, Revision
from db.models_evidence import LeafRow, SegmentRow


def forget_leaf(session: Session, index: int) -> bool:
    """Take a leaf's salt and address away. False where it has none any more, or there is no such leaf."""
    gone = {"salt": None, "url": None}
    found = session.execute(update(LeafRow).where(LeafRow.idx == index, LeafRow.salt.is_not(None)).values(**gone))
    return bool(found.rowcount)  # type: ignore[attr-defined]


def forget_revisions(session: Session, ids: Iterable[int]) -> list[tuple[str, int, int]]:
    """Forget versions, their readings and the changes that speak of them: rows and leaves. Gives where their records lie in the
    archive, as `(segment, offset, bytes)`, for the caller to remove."""
    places = []
    for number in ids:
        for row in session.scalars(select(Revision).where(Revision.id == number)):
            if row.segment is not None and row.offset is not None:
                around = row.around or 0
                places.append((row.segment, row.offset - around, around + (row.length or 0)))
        touched = (ChangeRow.revision_before == number) | (ChangeRow.revision_after == number)
        changes = list(session.scalars(select(ChangeRow.id).where(touched)))
        for leaf in _leaves(session, number, changes):
            forget_leaf(session, leaf)
        session.execute(delete(ChangeRow).where(ChangeRow.id.in_(changes)))
        session.execute(delete(Revision).where(Revision.id == number))
    return places


def _leaves(session: Session, revision: int, changes: list[int]) -> list[int]:
    of_version = LeafRow.kind.in_((facts.REVISION, facts.READING)) & (LeafRow.ref == revision)
    of_changes = (LeafRow.kind == facts.CHANGE) & LeafRow.ref.in_(changes)
    return list(session.scalars(select(LeafRow.idx).where(of_version | of_changes)))


def reopen_segment(session: Session, name: str) -> None:
    """An archive file was rewritten to forget a part of it: its digest is sealed anew, and what was sealed of it is forgotten."""
    seal.forget(session, facts.SEGMENT, part=name)
    session.execute(delete(SegmentRow).where(SegmentRow.name == name))
