"""Atom and JSON Feed of every view: the inbox with any filter, a saved view, an article."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Query
from starlette.requests import Request
from starlette.responses import Response

from db.identity import identity
from db.queries import changes, inbox, pages, views
from db.queries.changes import ChangeFilter
from db.records import ChangeRecord
from monitor.report import atom, feed, json_feed
from monitor.report.about import About
from monitor.web import conditional, filters
from monitor.web.access import identify, shown
from monitor.web.desk import NUMBER_MOST, Desk, desk_of, zone_names
from monitor.web.filters import Chosen

router = APIRouter()

ENTRIES = 50
BUDGET_S = 0.2  # for filters that no index serves; what was not reached stands on the next page
TOKEN = "token"  # noqa: S105 - the name of a parameter
KEPT_S = 1e9
METHODS = ["GET", "HEAD"]
Number = Annotated[int | None, Query(ge=1, le=NUMBER_MOST)]
Token = Annotated[str, Query(alias=TOKEN, max_length=200)]


class Written(StrEnum):
    """How a feed is written: the ending of its address."""

    ATOM = "atom"
    JSON = "json"


def about_of(request: Request, title: str, told: tuple[str, ...] = (), since: datetime | None = None) -> About:
    """What an export or feed of this desk says of itself. Its times stand in the desk's zone: it is read elsewhere, too."""
    desk = desk_of(request)
    name = desk.kept.get("identity", KEPT_S, lambda: identity(desk.engine))
    zone = ZoneInfo(desk.display_zone) if desk.display_zone in zone_names() else ZoneInfo("UTC")
    return About(title, datetime.now(UTC), zone, str(request.base_url), name, since, told)


def title_of(told: tuple[str, ...]) -> str:
    """A title from the filters in words."""
    return ", ".join(("What was edited", *told))


@router.api_route("/feeds/changes.{written}", methods=METHODS)
def of_filters(
    request: Request,
    written: Written,
    chosen: Annotated[Chosen, Depends(shown.chosen)],
    before: Number = None,
    token: Token = "",
) -> Response:
    """The inbox's changes. With no state all are listed: one that was judged before a reader came is no less an edit."""
    told = filters.sentences(chosen)
    return _listed(request, written, chosen, before, token, title=title_of(told), page=filters.address(chosen))


@router.api_route("/feeds/views/{view_id}.{written}", methods=METHODS)
def of_view(request: Request, view_id: int, written: Written, before: Number = None, token: Token = "") -> Response:
    """A saved view as it stands now."""
    with desk_of(request).session() as session:
        view = views.get(session, view_id) if 0 < view_id <= NUMBER_MOST and identify(request).known else None
    if view is None:
        raise HTTPException(404, f"There is no saved view {view_id}.")
    page = filters.address(view.query, view=view.id)
    return _listed(request, written, filters.known(view.query), before, token, title=view.name, page=page)


@router.api_route("/feeds/articles/{page_id}.{written}", methods=METHODS)
def of_article(request: Request, page_id: int, written: Written, before: Number = None, token: Token = "") -> Response:
    """An article's changes above cosmetic that are not hidden as noise."""
    with desk_of(request).session() as session:
        page = pages.get(session, page_id) if 0 < page_id <= NUMBER_MOST else None
        if page is None:
            raise HTTPException(404, f"There is no article {page_id}.")
        wanted = ChangeFilter(page_id=page_id, min_significance="minor", before_id=before, limit=ENTRIES + 1)
        found = changes.find(session, wanted)
    listed = found[:ENTRIES]
    title = f"Edits of {found[0].headline or page.url}" if found else f"Edits of {page.url}"
    older = listed[-1].id if len(found) > ENTRIES else None
    return _answer(request, written, listed, older, token, title=title, page=f"/articles/{page_id}")


def _listed(
    request: Request, written: str, chosen: Mapping[str, str], before: int | None, token: str, *, title: str, page: str
) -> Response:
    wanted = filters.wanted({"state": filters.ALL, **chosen}, now=datetime.now(UTC), before=before)
    with desk_of(request).session() as session:
        found = inbox.find(session, wanted, ENTRIES, BUDGET_S)
    return _answer(request, written, found.records, found.older, token, title=title, page=page)


def _answer(
    request: Request,
    written: str,
    records: list[ChangeRecord],
    older: int | None,
    token: str,
    *,
    title: str,
    page: str,
) -> Response:
    about = about_of(request, f"{desk_of(request).title}: {title}")
    base = about.base.rstrip("/")
    first = _address(request, {"before": None, TOKEN: token})
    head = feed.Feed(
        id=about.feed_id(f"{request.url.path.rpartition('.')[0]}?{_query(request)}"),
        title=about.title,
        page=base + page,
        address=base + _address(request, {TOKEN: None}),
        first=base + first,
        next=base + _address(request, {"before": str(older), TOKEN: token}) if older else None,
    )
    shown = feed.entries(records, about)
    pieces = (
        atom.render(head, shown, feed.updated(records)) if written == Written.ATOM else json_feed.render(head, shown)
    )
    media = atom.MEDIA if written == Written.ATOM else json_feed.MEDIA
    return conditional.answer(
        request, b"".join(pieces), media, stamps=_stamps(desk_of(request)), key=head.address or ""
    )


def _stamps(desk: Desk) -> conditional.Stamps:
    return desk.kept.get("feed stamps", KEPT_S, conditional.Stamps)


def _query(request: Request, **other: str | None) -> str:
    """The address's filters, parameters of ours aside, in an order that does not depend on how it was typed."""
    given = {name: value for name, value in request.query_params.items() if name in filters.NAMES and value}
    return urlencode(sorted({**given, **{name: value for name, value in other.items() if value}}.items()))


def _address(request: Request, other: Mapping[str, str | None]) -> str:
    before = request.query_params.get("before")
    query = _query(request, **{"before": before, **other})
    return f"{request.url.path}?{query}" if query else request.url.path
