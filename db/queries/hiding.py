"""Hiding rules: "always hide this kind here". They filter what is shown and change nothing that is stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from db.models import ChangeRow, HideRule, Page, Source

COUNTED_MOST = 1000


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. It holds for an article (`page_id`), or else for a source; `place` names either for a person."""

    id: int
    kind: str
    surface: str | None
    source_id: int | None
    page_id: int | None
    enabled: bool
    created_at: datetime
    created_by: str | None = None
    place: str = ""


def every(session: Session) -> list[Rule]:
    """All rules, newest first, those switched off too."""
    query = (
        select(HideRule, Source.name, Page.url)
        .outerjoin(Source, Source.id == HideRule.source_id)
        .outerjoin(Page, Page.id == HideRule.page_id)
        .order_by(HideRule.id.desc())
    )
    return [_record(row, url or source or "everywhere") for row, source, url in session.execute(query)]


def get(session: Session, rule_id: int) -> Rule | None:
    return next((rule for rule in every(session) if rule.id == rule_id), None)


def enabled(session: Session) -> list[Rule]:
    return [_record(row, "") for row in session.scalars(select(HideRule).where(HideRule.enabled))]


def _record(row: HideRule, place: str) -> Rule:
    return Rule(
        row.id, row.kind, row.surface, row.source_id, row.page_id, row.enabled, row.created_at, row.created_by, place
    )


def add(
    session: Session,
    kind: str,
    surface: str | None,
    *,
    now: datetime,
    source_id: int | None = None,
    page_id: int | None = None,
    by: str | None = None,
) -> int:
    """Make a rule, or switch the one that says the same on. Raises `ValueError` where it names no place."""
    if (source_id is None) == (page_id is None):
        raise ValueError("a hiding rule is for one source or one article")
    query = select(HideRule).where(
        HideRule.kind == kind,
        _same(HideRule.surface, surface),
        _same(HideRule.source_id, source_id),
        _same(HideRule.page_id, page_id),
    )
    row = session.scalar(query)
    if row is None:
        row = HideRule(kind=kind, surface=surface, source_id=source_id, page_id=page_id, created_at=now, created_by=by)
        session.add(row)
    row.enabled = True
    session.flush()
    return row.id


def _same(column: Any, value: object) -> Any:
    return column.is_(None) if value is None else column == value


def switch(session: Session, rule_id: int, on: bool) -> None:
    """Switch a rule on or off. Raises `LookupError` for no such rule."""
    row = session.get(HideRule, rule_id)
    if row is None:
        raise LookupError(rule_id)
    row.enabled = on


def condition(rules: Iterable[Rule]) -> Any | None:
    """What holds for a change that no rule hides; None where there are no rules."""
    hidden = [_hides(rule) for rule in rules]
    return ~or_(*hidden) if hidden else None


def _hides(rule: Rule) -> Any:
    place = ChangeRow.page_id == rule.page_id if rule.page_id else ChangeRow.source_id == rule.source_id
    return and_(ChangeRow.kind == rule.kind, func.coalesce(ChangeRow.surface, "") == (rule.surface or ""), place)


def count(session: Session, rule: Rule) -> int:
    """How many changes a rule hides, counted to `COUNTED_MOST`."""
    some = select(ChangeRow.id).where(_hides(rule)).limit(COUNTED_MOST).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def that_hide(rules: Sequence[Rule], page_id: int, source_id: int, kind: str, surface: str | None) -> list[Rule]:
    """The rules that hide such a change."""
    return [
        rule
        for rule in rules
        if (rule.kind, rule.surface or "") == (kind, surface or "")
        and (rule.page_id == page_id if rule.page_id else rule.source_id == source_id)
    ]
