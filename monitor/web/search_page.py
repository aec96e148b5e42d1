"""The search in texts: which articles have or had the words, since which version and until which."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from db.queries import sources
from db.queries.texts import Wanted
from db.words import QueryError, parse
from monitor import searching
from monitor.searching import Found
from monitor.web.desk import NUMBER_MOST, Desk, desk_of
from monitor.web.filters import PERIODS

router = APIRouter()
LIMIT = 20
Chosen = Annotated[str, Query(max_length=200)]


@router.get("/search", response_class=HTMLResponse)
def page(
    request: Request,
    q: Chosen = "",
    within: Chosen = "",
    source: Chosen = "",
    period: Chosen = "",
    before: Annotated[int | None, Query(ge=1, le=NUMBER_MOST)] = None,
) -> HTMLResponse:
    """The search box, and what it finds; a word that narrows nothing known is left out."""
    desk = desk_of(request)
    chosen = {
        name: value
        for name, value in (("q", q.strip()), ("within", within), ("source", source), ("period", period))
        if value
    }
    found, wrong = _found(desk, chosen, before) if "q" in chosen else (None, None)
    with desk.session() as session:
        names = [one.name for one in sources.every(session)]
    more = "/search?" + urlencode({**chosen, "before": found.more}) if found and found.more else None
    return desk.page(
        request,
        "search.html",
        chosen=chosen,
        found=found,
        wrong=wrong,
        more=more,
        first_page=before is None,
        sources=names,
        places=searching.WITHIN,
        periods=PERIODS,
    )


def _found(desk: Desk, chosen: dict[str, str], before: int | None) -> tuple[Found | None, str | None]:
    """What was found, or else what is wrong with the question."""
    hours = PERIODS.get(chosen.get("period", ""))
    try:
        wanted = Wanted(
            parse(chosen["q"]),
            next((place for place in searching.WITHIN if place == chosen.get("within")), None),
            (chosen["source"],) if chosen.get("source") else (),
            datetime.now(UTC) - timedelta(hours=hours) if hours else None,
            before,
        )
    except QueryError as error:
        return None, str(error)
    with desk.session() as session:
        return searching.search(session, wanted, LIMIT), None
