"""Statistics: edits by hour after publication, by outlet and by nature, and how many were made in silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from db.queries import stats
from monitor.report import plots
from monitor.web.desk import Desk, desk_of

router = APIRouter()
PERIODS = {"1d": 1, "7d": 7, "30d": 30, "90d": 90}
KEPT_S = 300.0
OUTLETS = 20


@router.get("/statistics", response_class=HTMLResponse)
def statistics(request: Request, period: str = "7d") -> HTMLResponse:
    desk = desk_of(request)
    period = period if period in PERIODS else "7d"
    as_of, by_source, delays = reckoned(desk, period)
    whole = stats.overall(by_source)
    outlets = sorted(by_source.items(), key=lambda item: -item[1].total)
    labels = plots.delay_labels(stats.HOURS)
    return desk.page(
        request,
        "statistics.html",
        period=period,
        periods=list(PERIODS),
        as_of=as_of,
        whole=whole,
        outlets=outlets,
        delays=list(zip(labels, delays, strict=True)),
        delay_plot=plots.columns(list(zip(labels, delays, strict=True))),
        outlet_plot=plots.bars([(name, tally.total) for name, tally in outlets[:OUTLETS]]),
        nature_plot=plots.bars(whole.natures.most_common()),
        stealth_plot=plots.bars(_rates(outlets[:OUTLETS]), percent=True),
    )


def _rates(outlets: list[tuple[str, stats.Tally]]) -> list[tuple[str, float]]:
    found = [(name, rate) for name, tally in outlets if (rate := tally.stealth_rate) is not None]
    return sorted(found, key=lambda item: -item[1])


def reckoned(desk: Desk, period: str) -> tuple[datetime, dict[str, stats.Tally], list[int]]:
    """A period's sums by source and its edits by hours after publication, as of when; reckoned every few minutes."""
    return desk.kept.get(("statistics", period), KEPT_S, lambda: _reckon(desk, PERIODS[period]))


def _reckon(desk: Desk, days: int) -> tuple[datetime, dict[str, stats.Tally], list[int]]:
    now = datetime.now(UTC)
    since = now - timedelta(days=days)
    with desk.session() as session:
        return now, stats.tallies(session, since), stats.by_delay(session, since)
