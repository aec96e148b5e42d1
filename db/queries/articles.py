"""Articles as lists: found by source, state and words, newest first, within a time budget however many are watched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import Page, Revision, Source
from db.queries import pages
from db.queries.windows import BUDGET_S, look
from db.records import PageRecord


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Which articles: each part narrows. `before_id` is the keyset cursor; `match` looks in headline and address."""

    sources: tuple[str, ...] = ()
    state: str | None = None
    active: bool | None = None
    match: str | None = None
    before_id: int | None = None


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """A watched article with the headline it has now."""

    page: PageRecord
    source: str
    headline: str | None


def find(
    session: Session, wanted: ArticleFilter, limit: int, budget_s: float = BUDGET_S
) -> tuple[list[ArticleRecord], int | None]:
    """A page of articles, newest first, and the cursor to go on from, None at the end."""
    conditions = _conditions(session, wanted)
    word = (wanted.match or "").casefold()

    def ids(low: int, high: int, most: int, _later: bool) -> list[int]:
        texts = (Page.url, Revision.headline) if word else ()
        query = select(Page.id, *texts).where(Page.id >= low, Page.id < high, *conditions).order_by(Page.id.desc())
        if not word:
            return list(session.scalars(query.limit(most)))
        rows = session.execute(
            query.outerjoin(Revision, Revision.id == Page.latest_revision_id).execution_options(yield_per=200)
        )
        fit = (row[0] for row in rows if word in row[1].casefold() or word in (row[2] or "").casefold())
        return list(islice(fit, most))

    top = wanted.before_id or (session.scalar(select(func.max(Page.id))) or 0) + 1
    seen = look(ids, 1, top, limit + 1, budget_s)
    kept = by_ids(session, seen.ids[:limit])
    return kept, kept[-1].page.id if len(seen.ids) > limit else seen.edge


def _conditions(session: Session, wanted: ArticleFilter) -> list[Any]:
    found: list[Any] = []
    if wanted.sources:
        names = select(Source.id).where(Source.name.in_(wanted.sources))
        found.append(Page.source_id.in_(list(session.scalars(names)) or [0]))
    if wanted.state:
        found.append(Page.state == wanted.state)
    if wanted.active is not None:
        found.append(Page.active if wanted.active else ~Page.active)
    return found


def by_ids(session: Session, page_ids: Sequence[int]) -> list[ArticleRecord]:
    """These articles in the order given; those that do not exist are left out."""
    found = pages.by_ids(session, page_ids)
    names = dict(session.execute(select(Source.id, Source.name)).all())
    latest = [page.latest_revision_id for page in found.values() if page.latest_revision_id]
    query = select(Revision.page_id, Revision.headline).where(Revision.id.in_(latest))
    headlines = dict(session.execute(query).all())
    return [
        ArticleRecord(page, names.get(page.source_id, ""), headlines.get(key))
        for key in page_ids
        if (page := found.get(key)) is not None
    ]
