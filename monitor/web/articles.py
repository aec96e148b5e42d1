"""An article's timeline, any two versions side by side, and a version as it was read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from db.evidence import proofs
from db.queries import changes, checks, pages, revisions, triage
from db.queries.changes import ChangeFilter
from db.records import PageRecord, RevisionRecord
from monitor.changes import compare
from monitor.web.desk import NUMBER_MOST, desk_of
from monitor.web.sharing import feeds_at

router = APIRouter()
VERSIONS = 50  # versions a page of a timeline
Number = Annotated[int | None, Query(ge=1, le=NUMBER_MOST)]


def page_of(session: Session, page_id: int) -> PageRecord:
    """An article. Raises `HTTPException` 404 for none."""
    page = pages.get(session, page_id) if 0 < page_id <= NUMBER_MOST else None
    if page is None:
        raise HTTPException(404, f"There is no article {page_id}.")
    return page


def version_of(session: Session, revision_id: int) -> RevisionRecord:
    """A version with its article. Raises `HTTPException` 404 for none."""
    found = revisions.get(session, revision_id, with_article=True) if 0 < revision_id <= NUMBER_MOST else None
    if found is None or found.article is None:
        raise HTTPException(404, f"There is no version {revision_id}.")
    return found


@router.get("/articles/{page_id}", response_class=HTMLResponse)
def timeline(request: Request, page_id: int, before: Number = None) -> HTMLResponse:
    """An article's versions, newest first; `before` is the number of the version to go on from."""
    desk = desk_of(request)
    with desk.session() as session:
        page = page_of(session, page_id)
        every = list(reversed(revisions.of_page(session, page_id)))
        older = [version for version in every if before is None or version.seq < before]
        versions = older[:VERSIONS]
        brought = {version.id: changes.of_revision(session, version.id) for version in versions}
        found = [record.id for records in brought.values() for record in records]
        values: dict[str, Any] = {
            "states": changes.find(session, ChangeFilter(page_id=page_id, kinds=("availability", "address"), limit=50)),
            "visits": checks.of_page(session, page_id, limit=20),
            "aliases": pages.aliases(session, page_id),
            "judged": triage.of(session, found),
        }
    more = versions[-1].seq if len(older) > VERSIONS else None
    return desk.page(
        request,
        "article.html",
        **values,
        page=page,
        every=every,
        versions=versions,
        brought=brought,
        more=more,
        feeds=feeds_at(f"/feeds/articles/{page_id}"),
    )


@router.get("/articles/{page_id}/at")
def as_read_at(request: Request, page_id: int, when: str = "") -> RedirectResponse:
    """The version that a reader saw at a time, given as `YYYY-MM-DDTHH:MM` in the visitor's zone, or with an offset."""
    desk = desk_of(request)
    try:
        instant = datetime.fromisoformat(when)
    except ValueError as error:
        raise HTTPException(400, "Give the time as 2026-05-04T08:30.") from error
    at = instant if instant.tzinfo else instant.replace(tzinfo=desk.zone(request))
    with desk.session() as session:
        page_of(session, page_id)
        versions = revisions.of_page(session, page_id)
    standing = version_at(versions, at)
    query = urlencode({"at": at.astimezone(UTC).isoformat(timespec="minutes")})
    return RedirectResponse(f"/versions/{standing.id}?{query}", status_code=303)


def version_at(versions: Sequence[RevisionRecord], at: datetime) -> RevisionRecord:
    """The version that a reader saw then, of an article's, oldest first. Raises `HTTPException` 404 for a time before them."""
    seen = [version for version in versions if version.not_after <= at]
    if not versions or (not seen and (versions[0].not_before is None or at < versions[0].not_before)):
        raise HTTPException(404, "The article was not known at that time.")
    return seen[-1] if seen else versions[0]


def between(
    versions: Sequence[RevisionRecord], revision_id: int
) -> tuple[RevisionRecord | None, RevisionRecord | None]:
    """The version before and the one after, of an article's, oldest first."""
    place = next(number for number, other in enumerate(versions) if other.id == revision_id)
    return (versions[place - 1] if place else None), (versions[place + 1] if place + 1 < len(versions) else None)


def may_be_newer(newer: RevisionRecord | None, at: datetime | None) -> bool:
    """Whether the next version may have stood there already."""
    return bool(at and newer and newer.not_before and newer.not_before < at)


@router.get("/articles/{page_id}/compare", response_class=HTMLResponse)
def side_by_side(request: Request, page_id: int, old: Number = None, new: Number = None) -> HTMLResponse:
    desk = desk_of(request)
    with desk.session() as session:
        page = page_of(session, page_id)
        versions = revisions.of_page(session, page_id)
        if old is None or new is None:
            raise HTTPException(400, "Choose two versions to compare.")
        before, after = version_of(session, old), version_of(session, new)
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
def version(request: Request, revision_id: int, at: str = "") -> HTMLResponse:
    """A version as it was read; with `at` it says how sure it is that a reader saw this one then."""
    desk = desk_of(request)
    with desk.session() as session:
        found = version_of(session, revision_id)
        page = page_of(session, found.page_id)
        neighbours = revisions.of_page(session, found.page_id)
        sealed = proofs.state_of_revision(session, found.id)
    older, newer = between(neighbours, found.id)
    asked = _instant(at)
    doubtful = may_be_newer(newer, asked)
    return desk.page(
        request,
        "version.html",
        page=page,
        version=found,
        article=found.article,
        sealed=sealed,
        older=older,
        newer=newer,
        asked=asked,
        doubtful=doubtful,
    )


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
