"""Sources with their health, and the switch; what noise rules hid; statistics."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from db.queries import feeds, hosts, pages, sources, stats, suppressions
from db.records import FeedRecord, SourceRecord
from monitor.report import plots
from monitor.report.json_lines import iso
from monitor.web.api.guard import guarded
from monitor.web.api.paging import Given, Id, Listed, Paging, PathId, Words, answer, cut, place, sliced
from monitor.web.api.values import Instant
from monitor.web.desk import Desk, desk_of
from monitor.web.source_page import HEALTH_S, by_outcome, fill_of, health_of, visits_of
from monitor.web.stats_page import reckoned

router = APIRouter(tags=["sources"])


class Source(BaseModel):
    """A watched outlet."""

    id: int
    name: str
    home: str | None
    enabled: bool
    declared: bool = Field(description="Whether the configuration file names it.")
    health: Literal["off", "trouble", "waiting", "good"]
    health_words: str
    lists: int = Field(description="Feeds, sitemaps and sections that are read.")
    articles: int = Field(description="Articles that are still looked at.")
    last_success: Instant | None = Field(description="When one of its lists last answered.")


class ListRead(BaseModel):
    """A feed, sitemap or section."""

    id: int
    url: str
    kind: str
    failures: int
    reason: str | None
    last_check: Instant | None
    last_success: Instant | None
    next_check: Instant | None


class Pace(BaseModel):
    """What is known of a host."""

    host: str
    crawl_delay_s: float | None
    not_before: Instant | None
    failures: int
    reason: str | None
    last_success: Instant | None


class Week(BaseModel):
    """How often each field was read, 0 … 1, among the articles first seen in one week."""

    week: Instant
    articles: int
    share: dict[str, float]


class SourceInFull(Source):
    lists_read: list[ListRead]
    hosts: list[Pace]
    visits: dict[str, int] = Field(description="The last day's visits to its articles, by outcome.")
    failures: dict[str, int] = Field(description="Those of them that failed, by reason.")
    fill: list[Week]


class Switch(Given):
    enabled: bool


class Suppressed(BaseModel):
    """How often a noise rule hid something on one page."""

    id: int
    rule: str
    source: str
    article: int
    url: str
    count: int
    first_at: Instant
    last_at: Instant


class SuppressedAsked(Paging):
    rule: Words | None = None
    source: Words | None = None
    article: Id | None = None


class Sums(BaseModel):
    """Changes of a period, hidden ones left out."""

    total: int
    text_edits: int = Field(description="Edits of headline and body above cosmetic.")
    stealth: int = Field(description="Those of them with no new time and no notice.")
    stealth_rate: float | None
    natures: dict[str, int]
    kinds: dict[str, int]
    significance: dict[str, int]


class Statistics(BaseModel):
    """What was edited, where, how and how long after publication."""

    period: str
    as_of: Instant
    all: Sums
    sources: dict[str, Sums]
    delays: dict[str, int] = Field(description="Edits by time after publication.")


class StatisticsAsked(Given):
    period: Literal["1d", "7d", "30d", "90d"] = "7d"


@router.get("/sources", response_model=Listed[Source], **guarded("read"))
def list_sources(request: Request, asked: Annotated[Paging, Query()]) -> Response:
    """Sources by name, and how they answer."""
    desk = desk_of(request)
    with desk.session() as session:
        found, after = sliced(sources.every(session), lambda source: source.name, asked)
        lists, counts = feeds.every(session), _counts(desk, session)
    items = [_source(source, [feed for feed in lists if feed.source_id == source.id], counts) for source in found]
    return answer(request, Listed[Source](items=items, next=after))


def _counts(desk: Desk, session: Session) -> dict[int, int]:
    return desk.kept.get("pages", HEALTH_S, lambda: pages.counts_by_source(session))


def _source(source: SourceRecord, lists: list[FeedRecord], counts: dict[int, int]) -> Source:
    active = [feed for feed in lists if feed.active]
    health, words = health_of(source, active)
    return Source.model_validate(
        {
            "id": source.id,
            "name": source.name,
            "home": source.home,
            "enabled": source.enabled,
            "declared": source.declared,
            "health": health,
            "health_words": words,
            "lists": len(active),
            "articles": counts.get(source.id, 0),
            "last_success": iso(max((f.last_success_at for f in active if f.last_success_at), default=None)),
        }
    )


@router.get("/sources/{source_id}", response_model=SourceInFull, **guarded("read"))
def get_source(request: Request, source_id: PathId) -> Response:
    """One source: its lists, its hosts' pace, its failures by reason, and what is read of it week by week."""
    return answer(request, _in_full(desk_of(request), source_id))


def _in_full(desk: Desk, source_id: int) -> SourceInFull:
    now = datetime.now(UTC)
    with desk.session() as session:
        source = sources.get(session, source_id)
        if source is None:
            raise HTTPException(404, f"There is no source {source_id}.")
        lists = [feed for feed in feeds.of_source(session, source_id) if feed.active]
        outcomes, failed = by_outcome(visits_of(desk, session, source_id, now))
        fill = fill_of(desk, session, source_id)
        paces = [found for host in pages.hosts_of(session, source_id) if (found := hosts.get(session, host))]
        short = _source(source, lists, _counts(desk, session))
    return SourceInFull(
        **dict(short),
        lists_read=[_list(feed) for feed in lists],
        hosts=[
            Pace(
                host=pace.name,
                crawl_delay_s=pace.crawl_delay_s,
                not_before=iso(pace.not_before),
                failures=pace.failures,
                reason=pace.reason,
                last_success=iso(pace.last_success_at),
            )
            for pace in paces
        ],
        visits=dict(outcomes),
        failures=failed,
        fill=[Week(week=iso(week.week) or "", articles=week.articles, share=dict(week.share)) for week in fill],
    )


def _list(feed: FeedRecord) -> ListRead:
    return ListRead(
        id=feed.id,
        url=feed.url,
        kind=feed.kind,
        failures=feed.failures,
        reason=feed.reason,
        last_check=iso(feed.last_check_at),
        last_success=iso(feed.last_success_at),
        next_check=iso(feed.next_check_at),
    )


@router.patch("/sources/{source_id}", response_model=SourceInFull, **guarded("crawl", "write"))
def switch_source(request: Request, source_id: PathId, asked: Switch) -> Response:
    """Switch a source on or off."""
    desk = desk_of(request)
    with desk.writing() as session:
        source = sources.get(session, source_id)
        if source is None:
            raise HTTPException(404, f"There is no source {source_id}.")
        sources.set_enabled(session, source.name, asked.enabled)
    return answer(request, _in_full(desk, source_id))


@router.get("/suppressions", response_model=Listed[Suppressed], **guarded("read"))
def list_suppressions(request: Request, asked: Annotated[SuppressedAsked, Query()]) -> Response:
    """What noise rules hid, page by page, those that began last first. Nothing hidden is lost: `/changes?hidden=only`."""
    before = place(asked.after, int)
    with desk_of(request).session() as session:
        found = suppressions.find(
            session, asked.limit + 1, before_id=before, rule=asked.rule, source=asked.source, page_id=asked.article
        )
    kept, after = cut(found, asked.limit, lambda record: record.id)
    items = [
        Suppressed(
            id=record.id,
            rule=record.rule,
            source=record.source,
            article=record.page_id,
            url=record.url,
            count=record.count,
            first_at=iso(record.first_at) or "",
            last_at=iso(record.last_at) or "",
        )
        for record in kept
    ]
    return answer(request, Listed[Suppressed](items=items, next=after))


@router.get("/statistics", response_model=Statistics, **guarded("read"))
def get_statistics(request: Request, asked: Annotated[StatisticsAsked, Query()]) -> Response:
    """Sums of a period, by source; reckoned every few minutes."""
    as_of, by_source, delays = reckoned(desk_of(request), asked.period)
    labels = plots.delay_labels(stats.HOURS)
    found = Statistics(
        period=asked.period,
        as_of=iso(as_of) or "",
        all=_sums(stats.overall(by_source)),
        sources={name: _sums(tally) for name, tally in sorted(by_source.items())},
        delays=dict(zip(labels, delays, strict=True)),
    )
    return answer(request, found)


def _sums(tally: stats.Tally) -> Sums:
    return Sums(
        total=tally.total,
        text_edits=tally.text,
        stealth=tally.stealth,
        stealth_rate=tally.stealth_rate,
        natures=dict(tally.natures),
        kinds=dict(tally.kinds),
        significance=dict(tally.significance),
    )
