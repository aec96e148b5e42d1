"""Sources and how well each answers; the timer's jobs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from db.queries import checks, feeds, jobs, pages, sources
from monitor.report.when import ago
from monitor.web.desk import desk_of

router = APIRouter()


@router.get("/sources", response_class=HTMLResponse)
def listed(request: Request) -> HTMLResponse:
    desk = desk_of(request)
    now = datetime.now(UTC)
    with desk.session() as session:
        known = sources.every(session)
        lists = feeds.every(session)
        counts = pages.counts_by_source(session)
        failures = checks.failures_since(session, now - timedelta(days=1))
        timers = jobs.every(session)
        due = pages.count_due(session, now)
    of = {source.id: [feed for feed in lists if feed.source_id == source.id and feed.active] for source in known}
    return desk.page(
        request,
        "sources.html",
        sources=known,
        feeds=of,
        counts=counts,
        failures=failures,
        jobs=timers,
        due=due,
        ago=ago,
    )
