"""Articles, their versions and visits; any two versions compared; the story as read at a time; pins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from db.queries import articles as lists
from db.queries import budget, checks, hosts, pages, revisions, sources
from db.queries.articles import ArticleFilter
from db.records import RevisionRecord
from monitor.changes import compare
from monitor.report.json_lines import iso
from monitor.web.api import values
from monitor.web.api.changes import evidence
from monitor.web.api.guard import guarded
from monitor.web.api.paging import Given, Id, Listed, Moment, Paging, PathId, Words, answer, cursor, cut, place
from monitor.web.articles import between, may_be_newer, page_of, version_at, version_of
from monitor.web.desk import Desk, desk_of

router = APIRouter(tags=["articles"])
StateName = Literal["unseen", "live", "removed", "moved", "blocked", "paywalled"]
PIN_MOST = timedelta(days=366)


class ArticlesAsked(Paging):
    """Which articles; each part narrows."""

    source: list[Words] = Field(default=[], max_length=50, description="Names of sources.")
    state: StateName | None = None
    active: bool | None = Field(default=None, description="Whether they are still looked at.")
    match: Words | None = Field(default=None, description="Words in headline or address, whatever their case.")
    url: Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")] | None = Field(
        default=None, description="The article of this address, its own or another that leads there, as it is stored."
    )


class TwoVersions(Given):
    old: Id = Field(description="A version's id.")
    new: Id


class AtTime(Given):
    when: Moment = Field(description="An instant with its offset.")


class Pin(Given):
    """Look at an article every so often for a while; the pace of its host is kept."""

    every_s: int = Field(ge=60, le=7 * 86400)
    until: Moment


@router.get("/articles", response_model=Listed[values.Article], **guarded("read"))
def list_articles(request: Request, asked: Annotated[ArticlesAsked, Query()]) -> Response:
    """Watched articles, those found last first."""
    before = place(asked.after, int)
    with desk_of(request).session() as session:
        if asked.url is not None:
            page = pages.find(session, [asked.url])
            found, edge = lists.by_ids(session, [page.id] if page else []), None
        else:
            wanted = ArticleFilter(tuple(asked.source), asked.state, asked.active, asked.match, before)
            found, edge = lists.find(session, wanted, asked.limit)
    items = [values.Article(**values.article_values(record)) for record in found]
    return answer(request, Listed[values.Article](items=items, next=cursor(edge) if edge is not None else None))


@router.get("/articles/{article_id}", response_model=values.ArticleInFull, **guarded("read"))
def get_article(request: Request, article_id: PathId) -> Response:
    """One article, and when and why it is looked at next."""
    return answer(request, _in_full(desk_of(request), article_id))


def _in_full(desk: Desk, article_id: int) -> values.ArticleInFull:
    with desk.session() as session:
        page = page_of(session, article_id)
        (record,) = lists.by_ids(session, [article_id])
        source, host = sources.get(session, page.source_id), hosts.get(session, page.host)
        aliases = pages.aliases(session, article_id)
    return values.ArticleInFull(
        **values.article_values(record),
        aliases=list(aliases),
        host_not_before=iso(host.not_before) if host else None,
        source_enabled=bool(source and source.enabled),
    )


@router.put("/articles/{article_id}/pin", response_model=values.ArticleInFull, **guarded("crawl", "write"))
def pin_article(request: Request, article_id: PathId, asked: Pin) -> Response:
    """Pin an article: look at it now and then every so often."""
    now = datetime.now(UTC)
    if not now < asked.until <= now + PIN_MOST:
        raise HTTPException(422, "`until` lies between now and a year from now.")
    return _pinned(request, article_id, asked.every_s, asked.until)


@router.delete("/articles/{article_id}/pin", response_model=values.ArticleInFull, **guarded("crawl", "write"))
def unpin_article(request: Request, article_id: PathId) -> Response:
    """End a pin."""
    return _pinned(request, article_id, None, None)


def _pinned(request: Request, article_id: int, every_s: int | None, until: datetime | None) -> Response:
    desk = desk_of(request)
    with desk.writing() as session:
        page_of(session, article_id)
        budget.pin(session, article_id, every_s, until, datetime.now(UTC))
    return answer(request, _in_full(desk, article_id))


@router.get("/articles/{article_id}/versions", response_model=Listed[values.Version], **guarded("read"))
def list_versions(request: Request, article_id: PathId, asked: Annotated[Paging, Query()]) -> Response:
    """An article's versions, newest first."""
    before = place(asked.after, int)
    with desk_of(request).session() as session:
        page_of(session, article_id)
        found = revisions.newest_of_page(session, article_id, asked.limit + 1, before_seq=before)
    kept, after = cut(found, asked.limit, lambda record: record.seq)
    items = [values.Version(**values.version_values(record)) for record in kept]
    return answer(request, Listed[values.Version](items=items, next=after))


@router.get("/articles/{article_id}/visits", response_model=Listed[values.Visit], **guarded("read"))
def list_visits(request: Request, article_id: PathId, asked: Annotated[Paging, Query()]) -> Response:
    """The looks at an article, newest first: what each came to, and why one failed."""
    before = place(asked.after, int)
    with desk_of(request).session() as session:
        page_of(session, article_id)
        found = checks.of_page(session, article_id, limit=asked.limit + 1, before_id=before)
    kept, after = cut(found, asked.limit, lambda record: record.id)
    return answer(request, Listed[values.Visit](items=[values.visit(record) for record in kept], next=after))


@router.get("/articles/{article_id}/at", response_model=values.VersionThen, **guarded("read"))
def article_at(request: Request, article_id: PathId, asked: Annotated[AtTime, Query()]) -> Response:
    """The story as a reader saw it at a time."""
    desk = desk_of(request)
    with desk.session() as session:
        page_of(session, article_id)
        every = revisions.of_page(session, article_id)
        found = version_of(session, version_at(every, asked.when).id)
    _, newer = between(every, found.id)
    full = _version(desk, found, every)
    return answer(request, values.VersionThen(**dict(full), certain=not may_be_newer(newer, asked.when)))


@router.get("/articles/{article_id}/diff", response_model=values.Comparison, **guarded("read"))
def compare_versions(request: Request, article_id: PathId, asked: Annotated[TwoVersions, Query()]) -> Response:
    """Any two versions of an article compared: what a stored change would say."""
    with desk_of(request).session() as session:
        page_of(session, article_id)
        before, after = _of_article(session, article_id, asked.old), _of_article(session, article_id, asked.new)
    assert before.article is not None
    assert after.article is not None
    same_reader = before.reader_version == after.reader_version
    found = compare(before.article, after.article) if same_reader else ()
    made = values.Comparison(
        before=values.Version(**values.version_values(before)),
        after=values.Version(**values.version_values(after)),
        comparable=same_reader,
        changes=[values.difference(edit) for edit in found],
    )
    return answer(request, made)


def _of_article(session: Session, article_id: int, version_id: int) -> RevisionRecord:
    found = version_of(session, version_id)
    if found.page_id != article_id:
        raise HTTPException(404, f"Version {version_id} is not of article {article_id}.")
    return found


@router.get("/versions/{version_id}", response_model=values.VersionInFull, **guarded("read"))
def get_version(request: Request, version_id: PathId) -> Response:
    """A version as it was read, and the answer it was read from."""
    desk = desk_of(request)
    with desk.session() as session:
        found = version_of(session, version_id)
        every = revisions.of_page(session, found.page_id)
    return answer(request, _version(desk, found, every))


def _version(desk: Desk, found: RevisionRecord, every: list[RevisionRecord]) -> values.VersionInFull:
    older, newer = between(every, found.id)
    return values.VersionInFull(
        **values.version_values(found),
        reading=values.reading_of(found),
        older=older.id if older else None,
        newer=newer.id if newer else None,
        evidence=evidence(desk, found),
    )
