"""Statistics: what was edited, where, how and how long after publication. Sums only; hidden changes are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from db.blobs import unpack
from db.models import ChangeRow, Check, Page, Reading, Revision, Source
from db.queries import checks
from db.queries.search import on_sqlite
from db.types import SIGNIFICANCE_ORDER, Kind, Nature, Significance

HOURS = (1, 2, 3, 6, 12, 24, 48, 72, 168)
"""Upper bounds, in hours after publication, of the bins of `by_delay`; one more bin holds the rest."""

FIELDS = ("headline", "deck", "byline", "dateline", "published", "modified", "section", "tags", "body", "images")


@dataclass(slots=True)
class Tally:
    """Changes of a period. `text` counts edits of headline and body above cosmetic, surfaces left out."""

    total: int = 0
    text: int = 0
    stealth: int = 0
    natures: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    significance: Counter[str] = field(default_factory=Counter)

    @property
    def stealth_rate(self) -> float | None:
        return self.stealth / self.text if self.text else None


_RANKS = {number: str(name) for name, number in SIGNIFICANCE_ORDER.items()}


def tallies(session: Session, since: datetime) -> dict[str, Tally]:
    """For each source that has any: its changes seen since then."""
    columns = (ChangeRow.source_id, ChangeRow.significance, ChangeRow.kind, ChangeRow.surface, ChangeRow.natures)
    shown = (ChangeRow.not_after >= since, ChangeRow.suppressed_by.is_(None))
    names = dict(session.execute(select(Source.id, Source.name)).all())
    found: dict[str, Tally] = {}
    for source, rank, kind, surface, natures, count in session.execute(
        select(*columns, func.count()).where(*shown).group_by(*columns)
    ):
        tally = found.setdefault(names.get(source, "?"), Tally())
        _count(tally, rank, kind, surface, natures.strip(",").split(","), count)
    return found


def _count(tally: Tally, rank: int, kind: str, surface: str | None, natures: list[str], count: int) -> None:  # noqa: PLR0917
    tally.total += count
    tally.kinds[kind] += count
    tally.significance[_RANKS[rank]] += count
    for nature in natures:
        if nature:
            tally.natures[nature] += count
    if kind in {Kind.HEADLINE, Kind.BODY} and not surface and rank > SIGNIFICANCE_ORDER[Significance.COSMETIC]:
        tally.text += count
        tally.stealth += count if Nature.STEALTH in natures else 0


def overall(found: Mapping[str, Tally]) -> Tally:
    """All sources in one."""
    whole = Tally()
    for tally in found.values():
        whole.total += tally.total
        whole.text += tally.text
        whole.stealth += tally.stealth
        whole.natures += tally.natures
        whole.kinds += tally.kinds
        whole.significance += tally.significance
    return whole


def by_delay(session: Session, since: datetime) -> list[int]:
    """Edits of articles whose publication is known, by hours between publication and the visit that saw them (`HOURS`)."""
    if on_sqlite(session):
        hours: Any = (func.julianday(ChangeRow.not_after) - func.julianday(Page.published_at)) * 24
    else:
        hours = func.extract("epoch", ChangeRow.not_after - Page.published_at) / 3600
    binned = case(*((hours < bound, number) for number, bound in enumerate(HOURS)), else_=len(HOURS))
    query = (
        select(binned, func.count())
        .select_from(ChangeRow)
        .join(Page, Page.id == ChangeRow.page_id)
        .where(
            ChangeRow.not_after >= since,
            ChangeRow.suppressed_by.is_(None),
            ChangeRow.significance > SIGNIFICANCE_ORDER[Significance.COSMETIC],
            Page.published_at.is_not(None),
            hours >= 0,
        )
        .group_by(binned)
    )
    counted = {int(number): int(count) for number, count in session.execute(query)}
    return [counted.get(number, 0) for number in range(len(HOURS) + 1)]


@dataclass(frozen=True, slots=True)
class Fill:
    """How often each field was read, among the articles first seen in one week. `share` maps a field to 0 … 1."""

    week: datetime
    articles: int
    share: Mapping[str, float]


def fill_rates(session: Session, source_id: int, *, articles: int = 300) -> list[Fill]:
    """Fill rates by week, oldest first, of the latest readings of a source's newest articles."""
    newest = (
        select(Page.id, Page.first_seen_at, Page.latest_revision_id)
        .where(Page.source_id == source_id, Page.latest_revision_id.is_not(None))
        .order_by(Page.id.desc())
        .limit(articles)
        .subquery()
    )
    query = (
        select(newest.c.first_seen_at, Reading.article)
        .join(Revision, Revision.id == newest.c.latest_revision_id)
        .join(Reading, (Reading.revision_id == Revision.id) & (Reading.reader_version == Revision.reader_version))
    )
    weeks: dict[datetime, list[Mapping[str, Any]]] = {}
    for seen, blob in session.execute(query):
        weeks.setdefault(_week(seen), []).append(unpack(blob))
    return [Fill(week, len(read), _shares(read)) for week, read in sorted(weeks.items())]


def _week(at: datetime) -> datetime:
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def _shares(read: list[Mapping[str, Any]]) -> dict[str, float]:
    return {name: sum(bool(article.get(name)) for article in read) / len(read) for name in FIELDS}


def checks_of_source(session: Session, source_id: int, since: datetime) -> dict[tuple[str, str], int]:
    """A source's visits to articles since then, counted by `(outcome, reason)`; the reason is empty where none was needed.

    Those that were dropped meanwhile are among them, by whole days.
    """
    query = (
        select(Check.outcome, Check.reason, func.count())
        .join(Page, Page.id == Check.page_id)
        .where(Check.at >= since, Page.source_id == source_id)
        .group_by(Check.outcome, Check.reason)
    )
    found = Counter({(outcome, reason or ""): count for outcome, reason, count in session.execute(query)})
    found.update(checks.dropped_since(session, source_id, since))
    return dict(found)
