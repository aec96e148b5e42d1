"""What one edit did on many pages: a template's edit with the changes it folded, and the same story on other outlets."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Depends, HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from db.queries import changes, revisions, templates
from monitor import siblings, sitewide
from monitor.web.access import needs
from monitor.web.articles import page_of
from monitor.web.desk import NUMBER_MOST, desk_of
from monitor.web.forms import go, own_form

router = APIRouter()
FOLDED = 200  # changes of an event shown


@router.get("/sitewide/{event_id}", response_class=HTMLResponse)
def event(request: Request, event_id: int) -> HTMLResponse:
    """One edit that a source made on many pages, and the changes that it folded, as far as their prints are kept."""
    desk = desk_of(request)
    with desk.session() as session:
        found = templates.get(session, event_id) if 0 < event_id <= NUMBER_MOST else None
        if found is None:
            raise HTTPException(404, f"There is no edit of a whole site {event_id}.")
        ids = templates.changes_of(session, found)
        records = changes.by_ids(session, ids[-FOLDED:])
    return desk.page(request, "sitewide.html", event=found, fact=sitewide.fact(found), records=records, folded=len(ids))


@router.post("/sitewide/{event_id}/undo", dependencies=[Depends(needs("triage")), Depends(own_form)])
def undo(request: Request, event_id: int) -> Response:
    """Show the folded changes again, and let this edit through from now on."""
    with desk_of(request).writing() as session:
        if not 0 < event_id <= NUMBER_MOST or sitewide.undo(session, event_id, datetime.now(UTC)) is None:
            raise HTTPException(404, f"There is no edit of a whole site {event_id}.")
    return go(f"/sitewide/{event_id}")


@router.get("/articles/{page_id}/elsewhere", response_class=HTMLResponse)
def elsewhere(request: Request, page_id: int) -> HTMLResponse:
    """The same story on other outlets, and which of the last edits each carries."""
    desk = desk_of(request)
    with desk.session() as session:
        page = page_of(session, page_id)
        edits = siblings.edits_of(session, page_id)
        found = siblings.siblings(session, page_id, edits)
        latest = revisions.get(session, page.latest_revision_id) if page.latest_revision_id else None
    return desk.page(
        request,
        "elsewhere.html",
        page=page,
        headline=(latest.headline if latest else None) or page.url,
        edits=edits,
        found=found,
    )
