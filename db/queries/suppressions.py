"""Suppressions: what a noise rule hid, counted per page and rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from db.models import ChangeRow, Page, Source, Suppression

Rows = Select[*tuple[Any, ...]]


def count(session: Session, page_id: int, rule: str, at: datetime) -> int:
    """Count one more suppression of a rule on a page. Gives how many there are now."""
    row = session.scalar(select(Suppression).where(Suppression.page_id == page_id, Suppression.rule == rule))
    if row is None:
        row = Suppression(page_id=page_id, rule=rule, count=0, first_at=at, last_at=at)
        session.add(row)
        session.flush()
    row.count = Suppression.count + 1
    row.last_at = at
    session.flush()
    return row.count


def by_rule(session: Session) -> dict[str, tuple[int, int]]:
    """For each rule: how many suppressions, on how many pages."""
    query = select(Suppression.rule, func.sum(Suppression.count), func.count()).group_by(Suppression.rule)
    return {rule: (int(total), int(pages)) for rule, total, pages in session.execute(query)}


def count_of_change(session: Session, change_id: int, rule: str, at: datetime) -> None:
    """Count one more suppression of a rule on the page of a stored change."""
    page_id = session.scalar(select(ChangeRow.page_id).where(ChangeRow.id == change_id))
    if page_id is not None:
        count(session, page_id, rule, at)


@dataclass(frozen=True, slots=True)
class Suppressed:
    """How often a rule hid something on one page."""

    rule: str
    source: str
    url: str
    count: int
    first_at: datetime
    last_at: datetime
    id: int = 0
    page_id: int = 0


def by_page(
    session: Session, *, rule: str | None = None, source: str | None = None, page_id: int | None = None
) -> list[Suppressed]:
    """Suppressions page by page, most first."""
    query = _narrowed(rule=rule, source=source, page_id=page_id)
    return _records(session, query.order_by(Suppression.count.desc(), Suppression.id))


def find(
    session: Session,
    limit: int,
    *,
    before_id: int | None = None,
    rule: str | None = None,
    source: str | None = None,
    page_id: int | None = None,
) -> list[Suppressed]:
    """Suppressions page by page, those that began last first."""
    query = _narrowed(rule=rule, source=source, page_id=page_id).order_by(Suppression.id.desc()).limit(limit)
    return _records(session, query if before_id is None else query.where(Suppression.id < before_id))


def _narrowed(*, rule: str | None, source: str | None, page_id: int | None) -> Rows:
    query: Rows = (
        select(Suppression, Source.name, Page.url)
        .join(Page, Page.id == Suppression.page_id)
        .join(Source, Source.id == Page.source_id)
    )
    if rule is not None:
        query = query.where(Suppression.rule == rule)
    if source is not None:
        query = query.where(Source.name == source)
    if page_id is not None:
        query = query.where(Suppression.page_id == page_id)
    return query


def _records(session: Session, query: Rows) -> list[Suppressed]:
    return [
        Suppressed(row.rule, name, url, row.count, row.first_at, row.last_at, row.id, row.page_id)
        for row, name, url in session.execute(query)
    ]
