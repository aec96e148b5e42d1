"""Changes as they come, by server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from db.queries import inbox
from monitor.web.api import values
from monitor.web.api.changes import Filters, private, shown, wanted
from monitor.web.api.guard import guarded
from monitor.web.api.paging import LIMIT_MOST
from monitor.web.api.streams import EVENT_STREAM, HEARTBEAT_S, alive, event, last_event, shared_of, stream
from monitor.web.desk import Desk, desk_of

router = APIRouter(tags=["changes"])
# two processes that store at once may end in another order than that of their ids
LATE_IDS = 100


@router.get("/changes/events", response_class=Response, responses=EVENT_STREAM, **guarded("read"))
def change_events(request: Request, asked: Annotated[Filters, Query()]) -> Response:
    """New edits that fit, as server-sent events named `change`, from now on.

    With `Last-Event-ID` or `later_than`, those after that id first.
    """
    private(request, asked)
    desk = desk_of(request)
    with desk.session() as session:
        wanted(session, asked)  # a view that is not there is told at once
        start = last_event(request)
        start = start if start is not None else asked.later_than
        start = start if start is not None else inbox.newest_id(session)
    arrivals = _Arrivals(request, asked, start)

    async def events() -> AsyncIterator[bytes]:
        async for newest in shared_of(request).listen("changes", _newest(desk), HEARTBEAT_S):
            if newest is None:
                yield alive()
                continue
            while portion := await run_in_threadpool(arrivals.look):
                for change in portion:
                    yield event("change", change, str(change.id))

    return stream(request, events)


def _newest(desk: Desk) -> Callable[[], int]:
    def ask() -> int:
        with desk.session() as session:
            return inbox.newest_id(session)

    return ask


class _Arrivals:
    """The changes after an id that fit, each once."""

    def __init__(self, request: Request, asked: Filters, start: int) -> None:
        self._request, self._asked = request, asked
        self._start = self._reached = start
        self._told: set[int] = set()

    def look(self) -> list[values.Change]:
        """Changes that were not told yet, oldest first; empty where there are none."""
        found: list[values.Change] = []
        after: int | None = max(self._start, self._reached - LATE_IDS)
        with desk_of(self._request).session() as session:
            fit = wanted(session, self._asked)
            while after is not None and not found:
                part = replace(fit, oldest_first=True, filter=replace(fit.filter, after_id=after))
                page = inbox.find(session, part, LIMIT_MOST)
                fresh = [record for record in page.records if record.id not in self._told]
                found, after = shown(self._request, session, fresh), page.older
        self._told |= {change.id for change in found}
        self._reached = max([self._reached, *self._told])
        self._told = {number for number in self._told if number > self._reached - LATE_IDS}
        return found
