"""Sources: how well each answers, what is read of it over time, and a switch; the timer's jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from db.queries import checks, feeds, hosts, jobs, pages, sources, stats
from db.records import FeedRecord, SourceRecord
from db.types import Outcome
from monitor.report import plots
from monitor.web.access import needs
from monitor.web.desk import NUMBER_MOST, Desk, desk_of
from monitor.web.forms import go, own_form

router = APIRouter()
HEALTH_S = 60.0
COMING = 10  # next checks shown


@router.get("/sources", response_class=HTMLResponse)
def listed(request: Request) -> HTMLResponse:
    desk = desk_of(request)
    now = datetime.now(UTC)
    with desk.session() as session:
        known = sources.every(session)
        lists = feeds.every(session)
        values: dict[str, Any] = {
            "counts": desk.kept.get("pages", HEALTH_S, lambda: pages.counts_by_source(session)),
            "failures": desk.kept.get("failures", HEALTH_S, lambda: checks.failures_since(session, day_before(now))),
            "jobs": jobs.every(session),
            "due": pages.count_due(session, now),
        }
    active = {source.id: [feed for feed in lists if feed.source_id == source.id and feed.active] for source in known}
    health = {source.id: health_of(source, active[source.id]) for source in known}
    last = {key: max((f.last_success_at for f in of if f.last_success_at), default=None) for key, of in active.items()}
    return desk.page(request, "sources.html", **values, sources=known, feeds=active, health=health, last=last)


def day_before(now: datetime) -> datetime:
    return now - timedelta(days=1)


def health_of(source: SourceRecord, lists: list[FeedRecord]) -> tuple[str, str]:
    """How a source's lists answer: `(class, words)`."""
    failing = [feed for feed in lists if feed.failures]
    if not source.enabled:
        return "off", "off"
    if failing:
        return "trouble", f"{len(failing)} of {len(lists)} lists fail"
    waiting = any(feed.last_success_at is None for feed in lists)
    return ("waiting", "not read yet") if waiting else ("good", "answers")


@router.get("/sources/{source_id}", response_class=HTMLResponse)
def one(request: Request, source_id: int) -> HTMLResponse:
    desk = desk_of(request)
    now = datetime.now(UTC)
    source = _source(desk, source_id)
    with desk.session() as session:
        visits, fill = visits_of(desk, session, source_id, now), fill_of(desk, session, source_id)
        lists = [feed for feed in feeds.of_source(session, source_id) if feed.active]
        coming = pages.coming(session, source_id, COMING)
        paces = [found for host in pages.hosts_of(session, source_id) if (found := hosts.get(session, host))]
    outcomes, reasons = by_outcome(visits)
    return desk.page(
        request,
        "source.html",
        source=source,
        feeds=lists,
        health=health_of(source, lists),
        outcomes=outcomes,
        reasons=reasons,
        fill=fill,
        lines=plots.sparklines({name: [week.share[name] for week in fill] for name in stats.FIELDS}),
        coming=coming,
        hosts=paces,
    )


def visits_of(desk: Desk, session: Session, source_id: int, now: datetime) -> dict[tuple[str, str], int]:
    """The last day's visits to a source's articles by `(outcome, reason)`, reckoned once a minute."""
    key = ("visits", source_id)
    return desk.kept.get(key, HEALTH_S, lambda: stats.checks_of_source(session, source_id, day_before(now)))


def fill_of(desk: Desk, session: Session, source_id: int) -> list[stats.Fill]:
    """How often each field was read, week by week, reckoned once a minute."""
    return desk.kept.get(("fill", source_id), HEALTH_S, lambda: stats.fill_rates(session, source_id))


def by_outcome(visits: Mapping[tuple[str, str], int]) -> tuple[Counter[str], dict[str, int]]:
    """Visits counted by outcome, and those that failed by reason."""
    outcomes = Counter[str]()
    for (outcome, _), count in visits.items():
        outcomes[outcome] += count
    failed = {reason or outcome: count for (outcome, reason), count in visits.items() if outcome == Outcome.FAILED}
    return outcomes, failed


def _source(desk: Desk, source_id: int) -> SourceRecord:
    with desk.session() as session:
        found = sources.get(session, source_id) if 0 < source_id <= NUMBER_MOST else None
    if found is None:
        raise HTTPException(404, f"There is no source {source_id}.")
    return found


@router.post("/sources/{source_id}/switch", dependencies=[Depends(needs("crawl")), Depends(own_form)])
def switch(
    request: Request, source_id: int, on: Annotated[str, Form()] = "", back: Annotated[str, Form()] = "/sources"
) -> Response:
    """Switch a source on or off."""
    desk = desk_of(request)
    source = _source(desk, source_id)
    with desk.writing() as session:
        sources.set_enabled(session, source.name, on == "true")
    return go(back)
