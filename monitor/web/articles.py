"""An article's timeline, any two versions side by side, and a version as it was read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse

from db.queries import changes, checks, pages, revisions
from db.records import PageRecord, RevisionRecord
from monitor.changes import compare
from monitor.web.desk import desk_of

router = APIRouter()
Number = Annotated[int | None, Query(ge=1, le=2**62)]


def _page(session: Session, page_id: int) -> PageRecord:
    page = pages.get(session, page_id) if 0 < page_id < 2**62 else None
    if page is None:
        raise HTTPException(404, f"There is no article {page_id}.")
    return page


def _version(session: Session, revision_id: int) -> RevisionRecord:
    found = revisions.get(session, revision_id, with_article=True) if 0 < revision_id < 2**62 else None
    if found is None or found.article is None:
        raise HTTPException(404, f"There is no version {revision_id}.")
    return found


@router.get("/articles/{page_id}", response_class=HTMLResponse)
def timeline(request: Request, page_id: int) -> HTMLResponse:
    desk = desk_of(request)
    with desk.session() as session:
        page = _page(session, page_id)
        versions = revisions.of_page(session, page_id)
        brought = {version.id: changes.of_revision(session, version.id) for version in versions}
        states = changes.find(
            session, changes.ChangeFilter(page_id=page_id, kinds=("availability", "address"), limit=50)
        )
        visits = checks.of_page(session, page_id, limit=20)
        aliases = pages.aliases(session, page_id)
    return desk.page(
        request,
        "article.html",
        page=page,
        versions=list(reversed(versions)),
        brought=brought,
        states=states,
        visits=visits,
        aliases=aliases,
    )


@router.get("/articles/{page_id}/compare", response_class=HTMLResponse)
def side_by_side(request: Request, page_id: int, old: Number = None, new: Number = None) -> HTMLResponse:
    desk = desk_of(request)
    with desk.session() as session:
        page = _page(session, page_id)
        versions = revisions.of_page(session, page_id)
        if old is None or new is None:
            raise HTTPException(400, "Choose two versions to compare.")
        before, after = _version(session, old), _version(session, new)
    if before.page_id != page_id or after.page_id != page_id:
        raise HTTPException(404, "These versions are not of this article.")
    same_reader = before.reader_version == after.reader_version
    assert before.article is not None
    assert after.article is not None
    found = compare(before.article, after.article) if same_reader else ()
    return desk.page(
        request,
        "compare.html",
        page=page,
        versions=versions,
        before=before,
        after=after,
        found=found,
        same_reader=same_reader,
    )


@router.get("/versions/{revision_id}", response_class=HTMLResponse)
def version(request: Request, revision_id: int) -> HTMLResponse:
    desk = desk_of(request)
    with desk.session() as session:
        found = _version(session, revision_id)
        page = _page(session, found.page_id)
    return desk.page(request, "version.html", page=page, version=found, article=found.article)
