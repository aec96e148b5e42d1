"""One-off crawls: running, queued and past, with their progress, and a form to ask for one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from db.queries import crawls, sources
from db.records import CrawlRecord
from monitor.web.access import needs
from monitor.web.desk import NUMBER_MOST, Desk, desk_of, person
from monitor.web.forms import go, own_form

router = APIRouter(dependencies=[Depends(needs("crawl"))])
TARGETS_MOST = 500
TARGETS_LENGTH = 100_000
ITEMS_SHOWN = 200


@router.get("/crawls", response_class=HTMLResponse)
def listed(request: Request) -> HTMLResponse:
    desk = desk_of(request)
    with desk.session() as session:
        recent = crawls.recent(session, 50)
        known = sources.every(session)
    return desk.page(request, "crawls.html", crawls=recent, sources=known, most=TARGETS_LENGTH)


@router.post("/crawls", dependencies=[Depends(own_form)])
def ask(
    request: Request,
    targets: Annotated[str, Form(max_length=TARGETS_LENGTH)] = "",
    source: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    due: Annotated[bool, Form()] = False,
    watch: Annotated[bool, Form()] = False,
    dry_run: Annotated[bool, Form()] = False,
) -> Response:
    """Ask for a crawl; the engine that holds the home takes it up within a second."""
    desk = desk_of(request)
    with desk.writing() as session:
        names = {known.name for known in sources.every(session)}
        wanted = list(dict.fromkeys([*targets.split(), *(name for name in source if name in names)]))
        problem = problem_of(wanted, due=due)
        if problem:
            raise HTTPException(400, problem)
        options = {"due": due, "dry_run": dry_run, "watch": watch}
        crawl_id = crawls.add(session, wanted, options, person(request) or "web", datetime.now(UTC))
    return go(f"/crawls/{crawl_id}")


def problem_of(wanted: Sequence[str], *, due: bool) -> str | None:
    """What is wrong with the targets of a crawl, in words; None where nothing is."""
    if not wanted and not due:
        return "Name at least one address or source, or choose what is due."
    if len(wanted) > TARGETS_MOST:
        return f"One crawl takes up to {TARGETS_MOST} addresses; these are {len(wanted)}."
    bad = next((word for word in wanted if "://" in word and not word.startswith(("http://", "https://"))), None)
    return f"{bad} is not an address of the web." if bad else None


def _crawl(desk: Desk, crawl_id: int) -> CrawlRecord:
    with desk.session() as session:
        found = crawls.get(session, crawl_id) if 0 < crawl_id <= NUMBER_MOST else None
    if found is None:
        raise HTTPException(404, f"There is no crawl {crawl_id}.")
    return found


@router.get("/crawls/{crawl_id}", response_class=HTMLResponse)
def one(request: Request, crawl_id: int, after: Annotated[int, "the last item of the page before"] = 0) -> HTMLResponse:
    desk = desk_of(request)
    crawl = _crawl(desk, crawl_id)
    with desk.session() as session:
        items = crawls.items(session, crawl_id, after_id=max(0, min(after, NUMBER_MOST)))
    more = items[ITEMS_SHOWN - 1].id if len(items) > ITEMS_SHOWN else None
    return desk.page(request, "crawl.html", crawl=crawl, items=items[:ITEMS_SHOWN], more=more)


@router.get("/crawls/{crawl_id}/progress")
def progress(request: Request, crawl_id: int) -> JSONResponse:
    """Where a crawl stands, for the pages' script."""
    crawl = _crawl(desk_of(request), crawl_id)
    numbers = {"total": crawl.total, "done": crawl.done, "failed": crawl.failed}
    return JSONResponse({"state": crawl.state, **numbers})
