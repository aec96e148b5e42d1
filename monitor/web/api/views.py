"""Saved views and hiding rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Self

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, Field, StringConstraints, model_validator
from starlette.requests import Request
from starlette.responses import Response

from db.queries import hiding, pages, sources, views
from db.queries.hiding import Rule
from db.queries.views import View
from db.types import Kind
from monitor.report.json_lines import iso
from monitor.web import filters
from monitor.web.api.guard import guarded
from monitor.web.api.paging import Given, Id, Listed, Paging, PathId, answer, sliced, unaltered
from monitor.web.api.values import Instant
from monitor.web.desk import Desk, desk_of, person

router = APIRouter(tags=["desk"])
Name = Annotated[str, StringConstraints(min_length=1, max_length=views.LONGEST, pattern=r"^[^\x00]*\S[^\x00]*$")]
Value = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]


class SavedView(BaseModel):
    """A named set of the inbox's filters."""

    id: int
    name: str
    filters: dict[str, str] = Field(description="As in the inbox's address: `kind`, `match`, `state` …")


class ViewAsked(Given):
    name: Name
    filters: dict[str, Value] = Field(max_length=20, description=f"Any of {', '.join(filters.NAMES)}.")

    @model_validator(mode="after")
    def _known(self) -> Self:
        strange = sorted(set(self.filters) - set(filters.NAMES))
        if strange:
            raise ValueError(f"{', '.join(strange)}: no such filter")
        return self


class HidingRule(BaseModel):
    """Changes of this kind and surface are not shown for one article, or else for one source. Nothing stored is altered."""

    id: int
    kind: str
    surface: str | None
    article: int | None
    source: str | None = Field(description="The source's name.")
    place: str = Field(description="The article's address or the source's name.")
    enabled: bool
    created_at: Instant
    created_by: str | None
    hides: int = Field(description=f"How many changes it hides, counted to {hiding.COUNTED_MOST}.")


class RuleAsked(Given):
    kind: Kind
    surface: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$", max_length=20)] | None = None
    article: Id | None = None
    source: Value | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.article is None) == (self.source is None):
            raise ValueError("name one `article` or one `source`")
        return self


class Switch(Given):
    enabled: bool


@router.get("/views", response_model=Listed[SavedView], **guarded("read", desk=True))
def list_views(request: Request, asked: Annotated[Paging, Query()]) -> Response:
    """Saved views, by name."""
    with desk_of(request).session() as session:
        found, after = sliced(views.every(session), lambda view: view.name, asked)
    return answer(request, Listed[SavedView](items=[_view(view) for view in found], next=after))


@router.post("/views", status_code=201, response_model=SavedView, **guarded("triage", "write"))
def create_view(request: Request, asked: ViewAsked) -> Response:
    """Save a view. A name that is taken is refused: alter that view instead."""
    name, kept = _tidied(asked)
    with desk_of(request).writing() as session:
        if views.named(session, name) is not None:
            raise HTTPException(409, f"There is a view {name!r} already.")
        made = views.save(session, name, kept, datetime.now(UTC))
    return answer(request, _view(made), status=201, Location=_address(request, "views", made.id))


@router.get("/views/{view_id}", response_model=SavedView, **guarded("read", desk=True))
def get_view(request: Request, view_id: PathId) -> Response:
    """One view."""
    return answer(request, _view(_found(desk_of(request), view_id)))


@router.put("/views/{view_id}", response_model=SavedView, **guarded("triage", "write"))
def put_view(request: Request, view_id: PathId, asked: ViewAsked) -> Response:
    """Give a view another name and filters. With `If-Match` only where it stands as you read it."""
    unaltered(request, lambda: _view(_found(desk_of(request), view_id)))
    name, kept = _tidied(asked)
    try:
        with desk_of(request).writing() as session:
            made = views.alter(session, view_id, name, kept)
    except LookupError as error:
        raise HTTPException(404, f"There is no view {view_id}.") from error
    except ValueError as error:
        raise HTTPException(409, f"There is a view {name!r} already.") from error
    return answer(request, _view(made))


@router.delete("/views/{view_id}", status_code=204, **guarded("triage", "write"))
def delete_view(request: Request, view_id: PathId) -> Response:
    """Remove a view; its changes stay."""
    unaltered(request, lambda: _view(_found(desk_of(request), view_id)))
    with desk_of(request).writing() as session:
        if views.get(session, view_id) is None:
            raise HTTPException(404, f"There is no view {view_id}.")
        views.remove(session, view_id)
    return Response(status_code=204)


def _found(desk: Desk, view_id: int) -> View:
    with desk.session() as session:
        found = views.get(session, view_id)
    if found is None:
        raise HTTPException(404, f"There is no view {view_id}.")
    return found


def _view(view: View) -> SavedView:
    return SavedView(id=view.id, name=view.name, filters=dict(view.query))


def _tidied(asked: ViewAsked) -> tuple[str, Mapping[str, str]]:
    return " ".join(asked.name.split()), filters.known(asked.filters)


def _address(request: Request, what: str, number: int) -> str:
    return f"{request.scope['root_path']}/{what}/{number}"


@router.get("/hiding-rules", response_model=Listed[HidingRule], **guarded("read", desk=True))
def list_hiding_rules(request: Request, asked: Annotated[Paging, Query()]) -> Response:
    """Hiding rules in the order made, those switched off too."""
    with desk_of(request).session() as session:
        found, after = sliced(hiding.every(session), lambda rule: f"{rule.id:020}", asked)
        items = [_rule(rule, hiding.count(session, rule)) for rule in found]
    return answer(request, Listed[HidingRule](items=items, next=after))


@router.post("/hiding-rules", status_code=201, response_model=HidingRule, **guarded("triage", "write"))
def create_hiding_rule(request: Request, asked: RuleAsked) -> Response:
    """Hide a kind of change for an article or a source. A rule that says the same is switched on instead."""
    with desk_of(request).writing() as session:
        place: dict[str, int] = {}
        if asked.article is not None and pages.get(session, asked.article) is not None:
            place = {"page_id": asked.article}
        source = sources.by_name(session, asked.source) if asked.source is not None else None
        if source is not None:
            place = {"source_id": source.id}
        if not place:
            raise HTTPException(404, "There is no such article or source.")
        now, who = datetime.now(UTC), person(request)
        made = hiding.add(session, asked.kind, asked.surface, now=now, by=who, **place)
    return answer(request, _one_rule(request, made), status=201, Location=_address(request, "hiding-rules", made))


@router.get("/hiding-rules/{rule_id}", response_model=HidingRule, **guarded("read", desk=True))
def get_hiding_rule(request: Request, rule_id: PathId) -> Response:
    """One rule."""
    return answer(request, _one_rule(request, rule_id))


@router.patch("/hiding-rules/{rule_id}", response_model=HidingRule, **guarded("triage", "write"))
def switch_hiding_rule(request: Request, rule_id: PathId, asked: Switch) -> Response:
    """Switch a rule on or off. With `If-Match` only where it stands as you read it."""
    unaltered(request, lambda: _one_rule(request, rule_id))
    try:
        with desk_of(request).writing() as session:
            hiding.switch(session, rule_id, asked.enabled)
    except LookupError as error:
        raise HTTPException(404, f"There is no rule {rule_id}.") from error
    return answer(request, _one_rule(request, rule_id))


def _one_rule(request: Request, rule_id: int) -> HidingRule:
    with desk_of(request).session() as session:
        rule = hiding.get(session, rule_id)
        if rule is None:
            raise HTTPException(404, f"There is no rule {rule_id}.")
        return _rule(rule, hiding.count(session, rule))


def _rule(rule: Rule, hides: int) -> HidingRule:
    return HidingRule(
        id=rule.id,
        kind=rule.kind,
        surface=rule.surface,
        article=rule.page_id,
        source=rule.place if rule.source_id is not None else None,
        place=rule.place,
        enabled=rule.enabled,
        created_at=iso(rule.created_at) or "",
        created_by=rule.created_by,
        hides=hides,
    )
