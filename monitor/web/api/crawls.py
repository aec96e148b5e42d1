"""One-off crawls: asked for, listed, followed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Query
from pydantic import Field, StringConstraints
from sqlalchemy.exc import IntegrityError
from starlette.requests import Request
from starlette.responses import Response

from db.queries import crawls
from db.records import CrawlItem, CrawlRecord
from monitor.web.access import identify
from monitor.web.api import values
from monitor.web.api.guard import guarded
from monitor.web.api.paging import Given, Listed, Paging, PathId, answer, cut, place
from monitor.web.api.streams import EVENT_STREAM, HEARTBEAT_S, alive, event, last_event, shared_of, stream
from monitor.web.crawl_page import TARGETS_MOST, problem_of
from monitor.web.desk import Desk, desk_of, person

router = APIRouter(tags=["crawls"])
# a visit that ended a little earlier may be stored a little later
LATE = timedelta(seconds=10)
Target = Annotated[
    str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00-\x20](?:[^\x00]*[^\x00-\x20])?$")
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Any word of yours: a request sent again under it asks for no second crawl.",
    ),
]


class CrawlAsked(Given):
    """What to look at now."""

    targets: list[Target] = Field(
        default=[], max_length=TARGETS_MOST, description="Addresses of articles, names of sources, addresses of feeds."
    )
    due: bool = Field(default=False, description="And everything that is due.")
    watch: bool = Field(default=False, description="Keep watching the addresses.")
    dry_run: bool = Field(default=False, description="Say what would be stored, and store nothing.")


@router.get("/crawls", response_model=Listed[values.Crawl], **guarded("read", desk=True))
def list_crawls(request: Request, asked: Annotated[Paging, Query()]) -> Response:
    """Crawls, newest first."""
    before = place(asked.after, int)
    with desk_of(request).session() as session:
        found = crawls.recent(session, asked.limit + 1, before_id=before)
    kept, after = cut(found, asked.limit, lambda record: record.id)
    return answer(request, Listed[values.Crawl](items=[values.crawl(record) for record in kept], next=after))


@router.post("/crawls", status_code=201, response_model=values.Crawl, **guarded("crawl", "crawl"))
def create_crawl(request: Request, asked: CrawlAsked, key: IdempotencyKey = None) -> Response:
    """Ask for a crawl; the engine that holds the home takes it up within a second. `Location` is where to follow it."""
    targets = list(dict.fromkeys(asked.targets))
    problem = problem_of(targets, due=asked.due)
    if problem or (asked.watch and asked.dry_run):
        raise HTTPException(422, problem or "`watch` stores and `dry_run` does not: choose one.")
    options = {"due": asked.due, "dry_run": asked.dry_run, "watch": asked.watch}
    who = identify(request)
    digests = None
    if key is not None:
        digests = _digest(f"{who.via}:{who.name}:{key}"), _digest(asked.model_dump_json())
    desk = desk_of(request)
    try:
        crawl_id, again = _asked_once(desk, targets, options, person(request) or "api", digests)
    except IntegrityError:  # the same key came at the same moment, and that one was stored
        crawl_id, again = _asked_once(desk, targets, options, person(request) or "api", digests)
    headers = {"Location": f"{request.scope['root_path']}/crawls/{crawl_id}"}
    if again:
        headers["Idempotency-Replayed"] = "true"
    return answer(request, values.crawl(_found(desk, crawl_id)), status=201, **headers)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _asked_once(
    desk: Desk, targets: list[str], options: dict[str, bool], by: str, digests: tuple[str, str] | None
) -> tuple[int, bool]:
    """The crawl's id, and whether it stood already under this key. Raises `HTTPException` 422 for a key of another request."""
    with desk.writing() as session:
        known = crawls.asked(session, digests[0]) if digests else None
        if known and digests:
            if known[1] != digests[1]:
                raise HTTPException(422, "This `Idempotency-Key` was sent with another request; take a new one.")
            return known[0], True
        return crawls.add(session, targets, options, by, datetime.now(UTC), request=digests), False


def _found(desk: Desk, crawl_id: int) -> CrawlRecord:
    with desk.session() as session:
        found = crawls.get(session, crawl_id)
    if found is None:
        raise HTTPException(404, f"There is no crawl {crawl_id}.")
    return found


@router.get("/crawls/{crawl_id}", response_model=values.Crawl, **guarded("read", desk=True))
def get_crawl(request: Request, crawl_id: PathId) -> Response:
    """Where a crawl stands."""
    return answer(request, values.crawl(_found(desk_of(request), crawl_id)))


@router.get("/crawls/{crawl_id}/pages", response_model=Listed[values.CrawlPage], **guarded("read", desk=True))
def list_crawl_pages(request: Request, crawl_id: PathId, asked: Annotated[Paging, Query()]) -> Response:
    """A crawl's addresses in the order asked, and what came of each."""
    after_id = place(asked.after, int) or 0
    desk = desk_of(request)
    _found(desk, crawl_id)
    with desk.session() as session:
        found = crawls.items(session, crawl_id, after_id=after_id, limit=asked.limit + 1)
    kept, after = cut(found, asked.limit, lambda item: item.id)
    return answer(request, Listed[values.CrawlPage](items=[values.crawl_page(item) for item in kept], next=after))


@router.get("/crawls/{crawl_id}/events", response_class=Response, responses=EVENT_STREAM, **guarded("read", desk=True))
def crawl_events(request: Request, crawl_id: PathId) -> Response:
    """A crawl's progress as server-sent events, until it is done.

    `page` for each address that was answered or failed, `progress` where the numbers moved, `done` at the end. After a
    reconnection with `Last-Event-ID` some pages may come twice: know them by their `id`.
    """
    desk = desk_of(request)
    _found(desk, crawl_id)
    last = last_event(request)
    since = datetime.fromtimestamp(min(last, 2**42) / 1000, UTC) - LATE if last else None
    progress = _Progress(desk, crawl_id)

    async def events() -> AsyncIterator[bytes]:
        told: set[int] = set()
        async for seen in shared_of(request).listen(("crawl", crawl_id), progress.look, HEARTBEAT_S):
            if seen is None:
                yield alive()
                continue
            crawl, ended = seen
            for item in ended:
                if item.id not in told and (since is None or item.done_at is None or item.done_at >= since):
                    yield event("page", values.crawl_page(item), _stamp(item))
                told.add(item.id)
            yield event("done" if crawl.state == "done" else "progress", values.crawl(crawl))
            if crawl.state == "done":
                return

    return stream(request, events)


def _stamp(item: CrawlItem) -> str | None:
    return str(int(item.done_at.timestamp() * 1000)) if item.done_at else None


class _Progress:
    """What is known of a crawl, brought up to date by each look: only what ended since the last is read."""

    def __init__(self, desk: Desk, crawl_id: int) -> None:
        self._desk, self._crawl_id = desk, crawl_id
        self._ended: dict[int, CrawlItem] = {}

    def look(self) -> tuple[CrawlRecord, tuple[CrawlItem, ...]]:
        """The crawl, and its addresses that ended, in the order they were seen to."""
        newest = max((item.done_at for item in self._ended.values() if item.done_at), default=None)
        with self._desk.session() as session:
            crawl = crawls.get(session, self._crawl_id)
            ended = crawls.finished(session, self._crawl_id, newest - LATE if newest else None)
        assert crawl is not None
        self._ended |= {item.id: item for item in ended if item.id not in self._ended}
        return crawl, tuple(self._ended.values())
