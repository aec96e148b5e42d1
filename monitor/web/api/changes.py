"""Changes and events: lists, one in full, and their arrival as it happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from db.queries import changes, events, hiding, inbox, pages, tags, triage, views
from db.queries.inbox import Wanted
from db.records import ChangeRecord, RevisionRecord
from db.types import Kind, Nature, Significance
from monitor.report.json_lines import iso
from monitor.web import filters
from monitor.web.access import identify
from monitor.web.api import values
from monitor.web.api.guard import guarded
from monitor.web.api.paging import Given, Id, Listed, Moment, Paging, PathId, Words, answer, cursor, cut, place
from monitor.web.archived import answer_of
from monitor.web.change_page import other_changes, versions_of
from monitor.web.desk import Desk, desk_of

router = APIRouter(tags=["changes"])


class Filters(Given):
    """Which changes: the inbox's filters. Each narrows; several values of one are alternatives."""

    source: list[Words] = Field(default=[], max_length=50, description="Names of sources.")
    kind: list[Kind] = Field(default=[], max_length=20, description="`dateline` takes `published` and `modified` in.")
    nature: list[Nature] = Field(default=[], max_length=30)
    significance: Significance | None = Field(
        default=None, description="This and above; without it `minor`, or everything where hidden ones are asked for."
    )
    period: Literal["1h", "24h", "7d", "30d"] | None = Field(
        default=None, description="Seen in the last hours or days."
    )
    since: Moment | None = Field(default=None, description="Seen at that instant or later.")
    until: Moment | None = Field(default=None, description="Seen before that instant.")
    match: Words | None = Field(default=None, description="Words in headline, old or new text, whatever their case.")
    tag: Words | None = None
    state: Literal["open", "new", "confirmed", "dismissed", "flagged", "all"] | None = Field(
        default=None, description="What people made of it; `open`, new and flagged, where not given."
    )
    hidden: Literal["without", "with", "only"] | None = Field(default=None, description="Changes that a rule hides.")
    view: Id | None = Field(default=None, description="A saved view's filters, under those given here.")
    article: Id | None = None
    later_than: int | None = Field(default=None, ge=0, le=2**62, description="Changes with a greater id.")


class ChangesAsked(Filters, Paging):
    sort: Literal["newest", "oldest"] = "newest"


class EventsAsked(Paging):
    article: Id | None = None


def wanted(session: Session, asked: Filters) -> Wanted:
    """What the filters mean, a saved view's beneath them. Raises `HTTPException` 404 for no such view."""
    kept: dict[str, str] = {}
    if asked.view is not None:
        view = views.get(session, asked.view)
        if view is None:
            raise HTTPException(404, f"There is no view {asked.view}.")
        kept = dict(view.query)
    words = {"significance": asked.significance, "period": asked.period, "match": asked.match, "tag": asked.tag}
    kept |= {name: str(value) for name, value in {**words, "state": asked.state}.items() if value}
    if asked.hidden:
        kept["hidden"] = {"without": "", "with": "true", "only": "only"}[asked.hidden]
    found = filters.wanted(kept, now=datetime.now(UTC))
    base = found.filter
    since = max((at for at in (base.since, asked.since) if at), default=None)
    several = replace(
        base,
        since=since,
        until=asked.until,
        sources=tuple(asked.source) or base.sources,
        kinds=tuple(dict.fromkeys(name for kind in asked.kind for name in filters.kinds(kind))) or base.kinds,
        natures=tuple(asked.nature) or base.natures,
        page_id=asked.article,
        after_id=asked.later_than,
    )
    return replace(found, filter=several)


def shown(request: Request, session: Session, records: Sequence[ChangeRecord]) -> list[values.Change]:
    """The changes with what people made of them, which is not for everybody's eyes."""
    ids = [record.id for record in records]
    known = identify(request).known
    judged = triage.of(session, ids) if known else {}
    tagged = tags.of(session, ids) if known else {}
    return [values.change(record, judged.get(record.id), tagged.get(record.id, [])) for record in records]


@router.get("/changes", response_model=Listed[values.Change], **guarded("read"))
def list_changes(request: Request, asked: Annotated[ChangesAsked, Query()]) -> Response:
    """The edits that fit, newest first. A page ends with a whole event, so that it may hold fewer than `limit`."""
    private(request, asked)
    number = place(asked.after, int)
    with desk_of(request).session() as session:
        fit = wanted(session, asked)
        if asked.sort == "oldest":
            after = fit.filter.after_id if number is None else number
            fit = replace(fit, oldest_first=True, filter=replace(fit.filter, after_id=after))
        else:
            fit = replace(fit, filter=replace(fit.filter, before_id=number))
        found = inbox.find(session, fit, asked.limit)
        items = shown(request, session, found.records)
    return answer(
        request, Listed[values.Change](items=items, next=cursor(found.older) if found.older is not None else None)
    )


def private(request: Request, asked: Filters) -> None:
    """Raises `HTTPException` 401 where somebody not known asks for what people noted."""
    if (asked.tag or asked.view) and not identify(request).known:
        raise HTTPException(401, "Tags and views are for those who sign in.", headers={"WWW-Authenticate": "Bearer"})


@router.get("/changes/{change_id}", response_model=values.ChangeInFull, **guarded("read"))
def get_change(request: Request, change_id: PathId) -> Response:
    """One edit with its words marked, its window and its evidence."""
    return answer(request, in_full(request, change_id))


def in_full(request: Request, change_id: int) -> values.ChangeInFull:
    desk = desk_of(request)
    with desk.session() as session:
        record = changes.get(session, change_id)
        if record is None:
            raise HTTPException(404, f"There is no change {change_id}.")
        (short,) = shown(request, session, [record])
        newer, older = inbox.neighbours(session, change_id)
        page = pages.get(session, record.page_id)
        kind, surface = record.change.kind, record.change.surface
        rules = hiding.that_hide(hiding.enabled(session), record.page_id, page.source_id if page else 0, kind, surface)
        versions = versions_of(session, record)
        others = [other.id for other in other_changes(session, record)]
    return values.ChangeInFull(
        **dict(short),
        ops=list(record.change.ops),
        paragraphs=values.runs(record.change),
        evidence=[evidence(desk, version) for version in versions],
        others=others,
        hidden_by=[rule.id for rule in rules],
        newer=newer,
        older=older,
    )


def evidence(desk: Desk, version: RevisionRecord) -> values.Evidence:
    """What the archive holds of a version's answer."""
    found = answer_of(desk.archive, version.ref)
    archived, ref = found.archived, version.ref
    headers = [values.Header(name=name, value=value) for name, value in archived.headers] if archived else []
    return values.Evidence(
        version=version.id,
        fetched_at=iso(archived.at if archived else version.not_after) or "",
        digest=ref.digest if ref else None,
        segment=ref.segment if ref else None,
        offset=ref.offset if ref else None,
        length=ref.length if ref else None,
        url=archived.url if archived else None,
        status=archived.status if archived else None,
        headers=headers,
        intact=found.intact if archived else None,
        trouble=found.trouble,
    )


@router.get("/events", response_model=Listed[values.Event], **guarded("read"))
def list_events(request: Request, asked: Annotated[EventsAsked, Query()]) -> Response:
    """Events, newest first: what was edited together."""
    before = place(asked.after, int)
    with desk_of(request).session() as session:
        found = events.find(session, asked.limit + 1, before_id=before, page_id=asked.article)
        kept, after = cut(found, asked.limit, lambda record: record.id)
        told = iter(shown(request, session, [change for record in kept for change in record.changes]))
    items = [values.event(record, list(islice(told, len(record.changes)))) for record in kept]
    return answer(request, Listed[values.Event](items=items, next=after))


@router.get("/events/{event_id}", response_model=values.Event, **guarded("read"))
def get_event(request: Request, event_id: PathId) -> Response:
    """One event."""
    with desk_of(request).session() as session:
        record = events.get(session, event_id)
        if record is None:
            raise HTTPException(404, f"There is no event {event_id}.")
        made = values.event(record, shown(request, session, record.changes))
    return answer(request, made)
