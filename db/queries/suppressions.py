"""Suppressions: what a noise rule hid, counted per page and rule."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import Suppression


def count(session: Session, page_id: int, rule: str, at: datetime) -> int:
    """Count one more suppression of a rule on a page. Gives how many there are now."""
    row = session.scalar(select(Suppression).where(Suppression.page_id == page_id, Suppression.rule == rule))
    if row is None:
        row = Suppression(page_id=page_id, rule=rule, count=0, first_at=at, last_at=at)
        session.add(row)
    row.count += 1
    row.last_at = at
    session.flush()
    return row.count


def by_rule(session: Session) -> dict[str, tuple[int, int]]:
    """For each rule: how many suppressions, on how many pages."""
    query = select(Suppression.rule, func.sum(Suppression.count), func.count()).group_by(Suppression.rule)
    return {rule: (int(total), int(pages)) for rule, total, pages in session.execute(query)}
