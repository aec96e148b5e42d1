"""What can be shared: a change as a picture and as a quotation, a list of changes as feed and file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import Response

from db.queries import changes
from db.queries.views import View
from db.records import ChangeRecord, RevisionRecord
from monitor.report import atom, card, fonts, json_feed
from monitor.report.quotation import memento, public_archives, quotation
from monitor.web import conditional, filters
from monitor.web.archived import Answer
from monitor.web.desk import NUMBER_MOST, desk_of
from monitor.web.feeds import METHODS, about_of

router = APIRouter()

KEPT_S = 600.0
FILES = (
    ("HTML report", "html"),
    ("CSV", "csv"),
    ("Markdown", "md"),
    ("JSON Lines", "jsonl"),
    ("Parquet", "parquet"),
    ("Text", "txt"),
)


@router.api_route("/changes/{change_id}/card.png", methods=METHODS)
def picture(request: Request, change_id: int) -> Response:
    """The change as a picture of 1200 × 630 points, the same for each who asks."""
    desk = desk_of(request)
    with desk.session() as session:
        record = changes.get(session, change_id) if 0 < change_id <= NUMBER_MOST else None
    if record is None:
        raise HTTPException(404, f"There is no change {change_id}.")
    shown = card.card_of(record, about_of(request, "").zone)
    faces = fonts.system()
    etag = conditional.etag_of(
        card.VERSION.encode(), repr(shown).encode("utf-8", "replace"), repr(len(faces.regular)).encode()
    )
    headers = {"ETag": etag, "Cache-Control": "private, max-age=300"}
    if conditional.fresh(request, etag):
        return Response(status_code=304, headers=headers)
    png = desk.kept.get(("card", etag), KEPT_S, lambda: card.draw(shown, faces))
    return Response(png, media_type="image/png", headers=headers)


@dataclass(frozen=True, slots=True)
class Offered:
    """Where a list can be had elsewhere: `(media type, address)` of its feeds, `(name, address)` of its files."""

    feeds: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...] = ()


def offered(chosen: Mapping[str, str], view: View | None = None) -> Offered:
    """The feeds and files of the inbox with these filters; a saved view's feeds follow it as it is altered."""
    query = filters.address(chosen).removeprefix("/")
    named, tail = (f"/feeds/views/{view.id}", "") if view else ("/feeds/changes", query)
    return Offered(feeds_at(named, tail), tuple((name, f"/export.{ending}{query}") for name, ending in FILES))


def feeds_at(address: str, query: str = "") -> tuple[tuple[str, str], ...]:
    """The same list as Atom and as JSON Feed."""
    return (atom.MEDIA, f"{address}.atom{query}"), (json_feed.MEDIA, f"{address}.json{query}")


def share(
    request: Request, record: ChangeRecord, versions: list[RevisionRecord], answers: Mapping[int, Answer]
) -> dict[str, Any]:
    """What the change's page offers to share; of a version read from a public archive's copy, that copy as well."""
    about = about_of(request, "")
    read = [(version, answers[version.id].archived) for version in versions if version.id in answers]
    copies = [(version.seq, memento(found.url, found.headers)) for version, found in read if found]
    return {
        "permalink": about.change_url(record.id),
        "card": f"{about.change_url(record.id)}/card.png",
        "feeds": feeds_at(f"/feeds/articles/{record.page_id}"),
        "quotation": quotation(record, versions, about),
        "copies": [(seq, address) for seq, address in copies if address],
        "archives": public_archives(record.url),
    }
