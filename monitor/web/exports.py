"""Exports of the inbox with any filter, sent piece by piece: memory stays that of a few changes, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from db.queries import inbox
from db.queries.inbox import Wanted
from db.records import ChangeRecord
from monitor.report import html
from monitor.report.formats import BY_EXTENSION
from monitor.report.parquet import MissingError
from monitor.web import filters
from monitor.web.access import shown
from monitor.web.api.guard import Limits, hold
from monitor.web.desk import Desk, desk_of
from monitor.web.feeds import about_of, title_of
from monitor.web.filters import Chosen

router = APIRouter()

BATCH = 200  # changes read at a time
BUDGET_S = 1.0
OFFERED = ("csv", "md", "jsonl", "parquet", "html", "txt")  # endings; feeds have addresses of their own


def every(desk: Desk, wanted: Wanted) -> Iterator[ChangeRecord]:
    """The changes that fit, newest first. No transaction outlives a batch: a slow reader must not hold the database back."""
    before = wanted.filter.before_id
    while True:
        with desk.session() as session:
            narrowed = replace(wanted, filter=replace(wanted.filter, before_id=before))
            found = inbox.find(session, narrowed, BATCH, BUDGET_S)
        yield from found.records
        if found.older is None:
            return
        before = found.older


def _often(request: Request) -> None:
    """An export reads the whole inbox: nobody asks for one after another without end."""
    if not hasattr(request.app.state, "limits"):
        request.app.state.limits = Limits()
    hold(request, "export")


@router.get("/export.{ending}", dependencies=[Depends(_often)])
def export(request: Request, ending: str, chosen: Annotated[Chosen, Depends(shown.chosen)]) -> Response:
    """The changes that the inbox shows with these filters, as a file."""
    written = BY_EXTENSION.get(ending) if ending in OFFERED else None
    if written is None:
        raise HTTPException(404, f"Exports end in {', '.join(OFFERED)}.")
    desk, now = desk_of(request), datetime.now(UTC)
    wanted = _pinned(desk, filters.wanted(chosen, now=now))
    told = filters.sentences({"state": "open", **chosen})
    about = about_of(request, title_of(filters.sentences(chosen)), told, wanted.filter.since)
    try:
        pieces = written.render(lambda: every(desk, wanted), about)
    except MissingError as error:
        raise HTTPException(501, f"{error}.") from error
    headers = {
        "Content-Disposition": f'attachment; filename="newswatch-{now:%Y-%m-%d-%H%M}.{ending}"',
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": html.policy() + "; sandbox",
    }
    return StreamingResponse(pieces, media_type=written.media, headers=headers)


def _pinned(desk: Desk, wanted: Wanted) -> Wanted:
    """Without what arrives while it is written, so that a report's counts and its list agree."""
    with desk.session() as session:
        return replace(wanted, filter=replace(wanted.filter, before_id=inbox.newest_id(session) + 1))
