"""The inbox: changes grouped by event, newest first, with filters; and one change in full."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from db.queries import changes, pages, revisions, sources
from db.queries.changes import ChangeFilter
from db.records import ChangeRecord
from db.types import SIGNIFICANCE_ORDER, Kind, Nature, Significance
from monitor.web.desk import desk_of

router = APIRouter()

PAGE = 100  # changes a page
PERIODS = {"1h": 1, "24h": 24, "7d": 168, "30d": 720}
DATELINE = (Kind.DATELINE, Kind.PUBLISHED, Kind.MODIFIED)


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


def grouped(records: Iterable[ChangeRecord]) -> list[EventView]:
    """Events in the order of their newest change; in an event the loudest change first, then as stored."""
    groups: dict[object, list[ChangeRecord]] = {}
    for record in records:
        groups.setdefault(record.event_id or ("change", record.id), []).append(record)
    return [EventView(tuple(sorted(group, key=_loudness))) for group in groups.values()]


def _loudness(record: ChangeRecord) -> tuple[int, int, int]:
    return (
        -SIGNIFICANCE_ORDER[record.change.significance],
        0 if record.change.kind == Kind.HEADLINE else 1,
        record.id,
    )


def filter_of(
    *,
    source: str = "",
    kind: str = "",
    nature: str = "",
    significance: str = "",
    period: str = "",
    match: str = "",
    hidden: bool = False,
    before: int | None = None,
    now: datetime,
) -> ChangeFilter:
    """The filter that the form's words ask for; a word that means nothing narrows nothing."""
    hours = PERIODS.get(period)
    kinds: Sequence[str] = DATELINE if kind == Kind.DATELINE else (kind,) if kind in set(Kind) else ()
    least = significance if significance in set(Significance) else None
    return ChangeFilter(
        since=now - timedelta(hours=hours) if hours else None,
        before_id=before,
        sources=(source,) if source else (),
        kinds=tuple(kinds),
        natures=(nature,) if nature in set(Nature) else (),
        min_significance=least or (None if hidden else Significance.MINOR),
        match=match.strip() or None,
        suppressed=hidden,
        limit=PAGE,
    )


@router.get("/", response_class=HTMLResponse)
def inbox(
    request: Request,
    source: str = "",
    kind: str = "",
    nature: str = "",
    significance: str = "",
    period: str = "",
    match: Annotated[str, Query(max_length=200)] = "",
    hidden: bool = False,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> HTMLResponse:
    desk = desk_of(request)
    now = datetime.now(UTC)
    chosen = {
        "source": source,
        "kind": kind,
        "nature": nature,
        "significance": significance,
        "period": period,
        "match": match,
        "hidden": hidden,
    }
    wanted = filter_of(**chosen, before=before, now=now)  # type: ignore[arg-type]
    with desk.session() as session:
        found = changes.find(session, wanted)
        known = sources.every(session)
        counts = changes.count_by_significance(session, now - timedelta(days=1))
        watched = sum(pages.counts_by_source(session).values())
    older = found[-1].id if len(found) == PAGE else None
    narrowed = any(chosen.values()) or before is not None
    return desk.page(
        request,
        "inbox.html",
        events=grouped(found),
        sources=known,
        kinds=list(Kind),
        natures=list(Nature),
        levels=list(Significance),
        periods=list(PERIODS),
        chosen=chosen,
        counts=counts,
        watched=watched,
        older=str(request.url.include_query_params(before=older)) if older else None,
        narrowed=narrowed,
    )


@router.get("/changes/{change_id}", response_class=HTMLResponse)
def change(request: Request, change_id: int) -> HTMLResponse:
    desk = desk_of(request)
    with desk.session() as session:
        record = changes.get(session, change_id) if 0 < change_id < 2**62 else None
        if record is None:
            raise HTTPException(404, f"There is no change {change_id}.")
        ids = [i for i in (record.revision_before, record.revision_after) if i]
        versions = [revision for i in ids if (revision := revisions.get(session, i))]
        event = changes.of_revision(session, record.revision_after) if record.revision_after else []
    others = [other for other in event if other.id != record.id and other.change.suppressed_by is None]
    return desk.page(request, "change.html", record=record, versions=versions, others=others)
