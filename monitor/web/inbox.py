"""The inbox: changes grouped by article and event, newest first, with filters, saved views and live arrival."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse

from db.queries import changes, inbox, pages, sources, triage, views
from db.records import ChangeRecord
from db.types import SIGNIFICANCE_ORDER, Kind, Nature, Significance
from monitor.web import filters, sharing
from monitor.web.access import identify, shown
from monitor.web.desk import NUMBER_MOST, Desk, desk_of, person
from monitor.web.filters import Chosen

router = APIRouter()

PAGE = 50  # changes a page
COUNTS_S = 20.0
MORE = ("source", "kind", "nature", "significance", "tag", "hidden")  # filters that stand folded until one is used
Number = Annotated[int | None, Query(ge=1, le=NUMBER_MOST)]


@dataclass(frozen=True, slots=True)
class EventView:
    """Changes that belong together, loudest first."""

    changes: tuple[ChangeRecord, ...]

    @property
    def first(self) -> ChangeRecord:
        return self.changes[0]

    @property
    def significance(self) -> str:
        return str(self.first.change.significance)

    @property
    def ids(self) -> str:
        """The ids as the forms send them."""
        return ",".join(str(record.id) for record in self.changes)


@dataclass(frozen=True, slots=True)
class ArticleView:
    """The events of one article, newest first."""

    events: tuple[EventView, ...]

    @property
    def first(self) -> ChangeRecord:
        return self.events[0].first


def grouped(records: Iterable[ChangeRecord]) -> list[ArticleView]:
    """Articles and their events, each in the order of its newest change; in an event the loudest change first."""
    articles: dict[int, dict[object, list[ChangeRecord]]] = {}
    for record in records:
        events = articles.setdefault(record.page_id, {})
        events.setdefault(record.event_id or ("change", record.id), []).append(record)
    return [
        ArticleView(tuple(EventView(tuple(sorted(event, key=_loudness))) for event in events.values()))
        for events in articles.values()
    ]


def _loudness(record: ChangeRecord) -> tuple[int, int, int]:
    return (
        -SIGNIFICANCE_ORDER[record.change.significance],
        0 if record.change.kind == Kind.HEADLINE else 1,
        record.id,
    )


@router.get("/", response_class=HTMLResponse)
def listed(
    request: Request, chosen: Annotated[Chosen, Depends(shown.chosen)], before: Number = None, view: Number = None
) -> HTMLResponse:
    desk = desk_of(request)
    now, known = datetime.now(UTC), identify(request).known
    with desk.session() as session:
        found = inbox.find(session, filters.wanted(chosen, now=now, before=before), PAGE)
        ids = [record.id for record in found.records]
        values: dict[str, Any] = {
            "judged": shown.judgements(request, session, ids),
            "tagged": shown.tags_of(request, session, ids),
            "newest": inbox.newest_id(session),
            "sources": sources.names(session),
            "views": views.every(session) if known else [],
            "view": views.get(session, view) if view and known else None,
            "all_tags": shown.all_tags(request, session),
            "watched": pages.any_active(session),
            "counts": _counts(desk, session, now),
            "undo": triage.last(session, person(request)) if known else None,
        }
    reached = found.records[-1].not_after if found.records else None
    return desk.page(
        request,
        "inbox.html",
        **values,
        articles=grouped(found.records),
        found=found,
        reached=reached,
        kinds=list(Kind),
        natures=list(Nature),
        levels=list(Significance),
        periods=list(filters.PERIODS),
        states=filters.STATES,
        chosen=chosen,
        more=any(chosen.get(name) for name in MORE),
        address=filters.address,
        older=filters.address(chosen, before=found.older) if found.older else None,
        narrowed=bool(chosen) or before is not None,
        first_page=before is None,
        offered=sharing.offered(chosen, values["view"]),
    )


def _counts(desk: Desk, session: Session, now: datetime) -> dict[str, int]:
    """The last day's changes by significance."""
    since = now - timedelta(days=1)
    return desk.kept.get("day", COUNTS_S, lambda: changes.count_by_significance(session, since))


@router.get("/live")
def arrived(
    request: Request,
    chosen: Annotated[Chosen, Depends(shown.chosen)],
    after: Annotated[int, Query(ge=0, le=NUMBER_MOST)] = 0,
) -> JSONResponse:
    """How many changes that fit came since the page was made, to 99."""
    wanted = filters.wanted(chosen, now=datetime.now(UTC))
    with desk_of(request).session() as session:
        return JSONResponse({"arrived": inbox.arrived(session, wanted, after)})
