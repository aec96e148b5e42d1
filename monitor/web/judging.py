"""Triage: judgements, notes, tags, hiding rules and saved views, each a form that works without script."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Form, HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from db.queries import changes, hiding, pages, tags, triage, views
from db.queries.triage import State
from monitor.web import filters
from monitor.web.access import needs
from monitor.web.desk import NUMBER_MOST, desk_of, person
from monitor.web.forms import go, own_form

router = APIRouter(dependencies=[Depends(needs("triage")), Depends(own_form)])

IDS_MOST = 5000
NOTE_MOST = 4000
Text = Annotated[str, Form()]


def ids_of(values: list[str]) -> list[int]:
    """The change ids in a form: each value one or several, parted by commas. Raises `HTTPException` 400 for anything else."""
    parts = [part for value in values for part in value.split(",") if part]
    if len(parts) > IDS_MOST or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise HTTPException(400, "The form names changes that cannot be.")
    return list(dict.fromkeys(int(part) for part in parts))


def _answer(request: Request, back: str, **values: object) -> Response:
    """For the pages' script JSON, for a form the page it came from."""
    return JSONResponse(values) if request.headers.get("accept") == "application/json" else go(back)


@router.post("/triage")
def judge(
    request: Request,
    state: Text = "",
    only: Text = "",
    tag: Text = "",
    back: Text = "/",
    change: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Judge the changes ticked, or with `only` (`state:ids`) those of one event alone; `state` `tag` puts tags on them."""
    chosen = change
    if only:
        state, _, ids = only.partition(":")
        chosen = [ids]
    found = ids_of(chosen)
    now, who = datetime.now(UTC), person(request)
    if state == "tag":
        with desk_of(request).writing() as session:
            tags.add(session, [record.id for record in changes.by_ids(session, found)], tags.tidy(tag))
        return _answer(request, back, batch=None, state=state, count=len(found))
    if state not in set(State):
        raise HTTPException(400, f"A change can be {', '.join(State)}.")
    with desk_of(request).writing() as session:
        batch = triage.put(session, found, state, at=now, by=who)
    return _answer(request, back, batch=batch, state=state, count=len(found))


@router.post("/triage/undo")
def undo(request: Request, batch: Text = "", back: Text = "/") -> Response:
    """Take an action back: the one named, else the person's last."""
    with desk_of(request).writing() as session:
        name = batch or triage.last(session, person(request))
        found = triage.undo(session, name, at=datetime.now(UTC)) if name else []
        states = {change_id: judged.state for change_id, judged in triage.of(session, found).items()}
    return _answer(request, back, changes=states, count=len(found))


@router.post("/changes/{change_id}/notes")
def annotate(
    request: Request,
    change_id: int,
    note: Annotated[str, Form(max_length=NOTE_MOST)] = "",
    tag: Text = "",
    back: Text = "/",
) -> Response:
    """A change's note and tags, as the form holds them."""
    with desk_of(request).writing() as session:
        if not 0 < change_id <= NUMBER_MOST or changes.get(session, change_id) is None:
            raise HTTPException(404, f"There is no change {change_id}.")
        triage.annotate(session, change_id, note.strip(), at=datetime.now(UTC), by=person(request))
        tags.put(session, change_id, tags.tidy(tag))
    return go(back)


@router.post("/changes/{change_id}/hide")
def hide(request: Request, change_id: int, where: Text = "article", back: Text = "/noise") -> Response:
    """Always hide this kind in this article, or at this source."""
    with desk_of(request).writing() as session:
        record = changes.get(session, change_id) if 0 < change_id <= NUMBER_MOST else None
        page = pages.get(session, record.page_id) if record else None
        if record is None or page is None:
            raise HTTPException(404, f"There is no change {change_id}.")
        place = {"source_id": page.source_id} if where == "source" else {"page_id": page.id}
        made, who = datetime.now(UTC), person(request)
        hiding.add(session, record.change.kind, record.change.surface, now=made, by=who, **place)
    return go(back)


@router.post("/hiding/{rule_id}")
def switch(request: Request, rule_id: int, on: Text = "", back: Text = "/noise") -> Response:
    try:
        with desk_of(request).writing() as session:
            hiding.switch(session, min(rule_id, NUMBER_MOST), on == "true")
    except LookupError as error:
        raise HTTPException(404, f"There is no rule {rule_id}.") from error
    return go(back)


@router.post("/views")
def save_view(request: Request, name: Text = "", query: Text = "") -> Response:
    """Keep the filters of an address under a name."""
    title = " ".join(name.split())[: views.LONGEST]
    if not title:
        raise HTTPException(400, "A saved view needs a name.")
    kept = filters.known(dict(parse_qsl(query.lstrip("/?"))))
    with desk_of(request).writing() as session:
        made = views.save(session, title, kept, datetime.now(UTC))
    return go(filters.address(made.query, view=made.id))


@router.post("/views/{view_id}/remove")
def remove_view(request: Request, view_id: int) -> Response:
    with desk_of(request).writing() as session:
        views.remove(session, min(view_id, NUMBER_MOST))
    return go("/")
