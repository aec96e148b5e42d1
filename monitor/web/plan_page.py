"""What is looked at next and why, how the visits lie in time, and why an address was not looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse

from db.queries import budget, checks, hosts, pages, sources
from db.records import PageRecord
from monitor.report import plan, plots
from monitor.report.when import ago, coming
from monitor.web.desk import Desk, desk_of

router = APIRouter()
HOURS = 24
NEXT = 25
KEPT_S = 60.0


@router.get("/plan", response_class=HTMLResponse)
def planned(request: Request, url: Annotated[str, Query(max_length=2000)] = "") -> HTMLResponse:
    desk, now = desk_of(request), datetime.now(UTC)
    address = url.strip()
    with desk.session() as session:
        due_next = pages.next_due(session, NEXT)
        values: dict[str, Any] = {
            "due": pages.count_due(session, now),
            "outlook": budget.outlook(session),
            "names": {source.id: source.name for source in sources.every(session)},
            "answer": explained(session, address, now) if address else None,
        }
        past, ahead = by_hour(desk, session, now)
    zone = desk.zone(request)
    return desk.page(
        request,
        "plan.html",
        **values,
        asked=address,
        rows=[(page, plan.reason(page, now)) for page in due_next],
        used=sum(count for _, count in past),
        planned=sum(count for _, count in ahead),
        past=(rows := _labelled(past, zone)),
        past_plot=plots.columns(_thin(rows)),
        ahead=(following := _labelled(ahead, zone)),
        ahead_plot=plots.columns(_thin(following)),
    )


Hours = list[tuple[datetime, int]]


def by_hour(desk: Desk, session: Session, now: datetime) -> tuple[Hours, Hours]:
    """Visits made in each of the last hours, and first visits due in each of the next; by the hour's start."""
    return desk.kept.get("plan", KEPT_S, lambda: _by_hour(session, now))


def _by_hour(session: Session, now: datetime) -> tuple[Hours, Hours]:
    hour = timedelta(hours=1)
    counts = [checks.count_since(session, now - n * hour) for n in range(HOURS + 1)]
    past = [(now - n * hour, counts[n] - counts[n - 1]) for n in range(HOURS, 0, -1)]
    ahead = [(now + n * hour, budget.due_between(session, now + n * hour, now + (n + 1) * hour)) for n in range(HOURS)]
    return past, ahead


def _labelled(hours: Hours, zone: ZoneInfo) -> list[tuple[str, int]]:
    return [(f"{at.astimezone(zone):%H:%M}", count) for at, count in hours]


def _thin(rows: list[tuple[str, int]]) -> list[tuple[str, float]]:
    """Every third label: more do not fit under the columns."""
    return [(label if number % 3 == 0 else "", count) for number, (label, count) in enumerate(rows)]


def explained(session: Session, address: str, now: datetime) -> dict[str, Any]:
    """Why an address is, or is not, looked at."""
    page = pages.find(session, [address])
    if page is None:
        return {"page": None, "reasons": ["No feed, sitemap or crawl named this address. A one-off crawl takes it up."]}
    source, host = sources.get(session, page.source_id), hosts.get(session, page.host)
    ahead = sum(count for (name, _), count in budget.queues(session, now).items() if name == page.host)
    reasons = [*plan.obstacles(page, source, host, ahead, now), plan.reason(page, now), _times(page, now)]
    last = checks.of_page(session, page.id, limit=1)
    reasons += [f"last visit: {c.outcome}{f' ({c.reason})' if c.reason else ''}, {ago(c.at, now)}" for c in last]
    return {"page": page, "reasons": reasons}


def _times(page: PageRecord, now: datetime) -> str:
    if page.next_check_at is None:
        return "no next check is set"
    return f"next check: {coming(page.next_check_at, now)}"
