"""Which versions can be read again and compared anew, and the changes to set beside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from db.models import ChangeRow, Page, Revision
from db.queries import changes
from db.records import ChangeRecord
from db.types import Nature


def pairs(
    session: Session, *, source_id: int | None = None, page_id: int | None = None, since: datetime | None = None
) -> list[tuple[int, int, int]]:
    """Each version with the one before it, by page and time: `(page, before, after)`, the last two ids of revisions."""
    before, after = aliased(Revision), aliased(Revision)
    query = (
        select(after.page_id, before.id, after.id)
        .join(before, (before.page_id == after.page_id) & (before.seq == after.seq - 1))
        .where(after.compared)
        .order_by(after.page_id, after.seq)
    )
    if source_id is not None:
        query = query.join(Page, Page.id == after.page_id).where(Page.source_id == source_id)
    if page_id is not None:
        query = query.where(after.page_id == page_id)
    if since is not None:
        query = query.where(after.not_after >= since)
    return [(page, old, new) for page, old, new in session.execute(query)]


def flapping_of(session: Session, page_id: int) -> Sequence[ChangeRecord]:
    """A page's flapping changes, which stand for versions that brought no row of their own."""
    query = select(ChangeRow.id).where(ChangeRow.page_id == page_id, ChangeRow.natures.like(f"%,{Nature.FLAPPING},%"))
    found = [changes.get(session, change_id) for change_id in session.scalars(query)]
    return [record for record in found if record]
