"""The archived answer of a version, shown so that nothing of it can run or reach out.

Three walls, each enough alone: the page is sanitised (nh3 keeps words, structure and nothing that acts), its frame is sandboxed
with no permission, and its policy allows no script and no address at all.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import nh3
import zstandard
from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from w3lib.encoding import html_to_unicode

from db.archive import segments
from db.archive.record import Archived, payload_digest
from db.queries import pages, revisions
from db.records import ArchiveRef, RevisionRecord
from monitor.web.desk import NUMBER_MOST, desk_of

router = APIRouter()

SIZE_MOST = 8 << 20  # bytes of a page that are shown, decoded
FRAME_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'"
PAGE_POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
PAGE_POLICY += "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_TAGS = nh3.ALLOWED_TAGS - {"img", "area", "map"} | {"section", "main", "time", "figure", "figcaption"}
_STYLE = "body{font:16px/1.5 Georgia,serif;max-width:46rem;margin:1rem auto;padding:0 1rem;color:#111;background:#fff}"


@dataclass(frozen=True, slots=True)
class Answer:
    """An archived answer, or why it cannot be shown. `intact` says whether the bytes still have the digest that was stored."""

    archived: Archived | None = None
    trouble: str | None = None
    intact: bool = False


def answer_of(folder: Path | None, ref: ArchiveRef | None) -> Answer:
    """Read an answer back from the archive."""
    if folder is None or ref is None:
        return Answer(trouble="The archive is not on this machine." if ref else "Its answer was not archived.")
    try:
        archived = segments.read(folder, ref)
    except OSError:
        return Answer(trouble="The archive file is gone: it has expired, or was removed.")
    except ValueError as error:
        return Answer(trouble=f"The archive record cannot be read: {error}")
    return Answer(archived, intact=payload_digest(archived.raw) == ref.digest)


def decoded(archived: Archived, most: int = SIZE_MOST) -> bytes:
    """The body without its content encodings, cut at `most` bytes. Raises `ValueError` for what cannot be decoded."""
    body = archived.raw
    names = ",".join(value for name, value in archived.headers if name.lower() == "content-encoding")
    for coding in reversed([part.strip().lower() for part in names.split(",") if part.strip()]):
        body = _without(coding, body, most)
    return body[:most]


def _without(coding: str, body: bytes, most: int) -> bytes:
    try:
        if coding in {"gzip", "x-gzip"}:
            return zlib.decompressobj(wbits=31).decompress(body, most)
        if coding == "deflate":
            bits = 15 if body[:1] == b"\x78" else -15  # many servers send it without the zlib head
            return zlib.decompressobj(wbits=bits).decompress(body, most)
        if coding == "br":
            return bytes(brotli.Decompressor().process(body, output_buffer_limit=most))
        if coding == "zstd":
            return zstandard.ZstdDecompressor().stream_reader(body).read(most)
    except (zlib.error, brotli.error, zstandard.ZstdError) as error:
        raise ValueError(f"the answer cannot be unpacked: {error}") from error
    if coding == "identity":
        return body
    raise ValueError(f"the answer is packed in a way that is not known: {coding}")


def sanitised(html: str) -> str:
    """The page's words and structure. Nothing that runs, loads or leads away is left."""
    clean_content = {"script", "style", "noscript", "template", "svg", "math", "title", "iframe", "object"}
    return nh3.clean(html, tags=_TAGS - {"a"}, clean_content_tags=clean_content, attributes={"*": {"lang", "dir"}})


def _version(request: Request, revision_id: int) -> RevisionRecord:
    with desk_of(request).session() as session:
        found = revisions.get(session, revision_id) if 0 < revision_id <= NUMBER_MOST else None
    if found is None:
        raise HTTPException(404, f"There is no version {revision_id}.")
    return found


@router.get("/versions/{revision_id}/archived", response_class=HTMLResponse)
def page(request: Request, revision_id: int) -> HTMLResponse:
    """The answer's status and headers, and its page in a frame."""
    desk = desk_of(request)
    version = _version(request, revision_id)
    with desk.session() as session:
        article = pages.get(session, version.page_id)
    answer = answer_of(desk.archive, version.ref)
    response = desk.page(request, "archived.html", version=version, page=article, answer=answer)
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    return response


@router.get("/versions/{revision_id}/archived/frame")
def frame(request: Request, revision_id: int) -> Response:
    """The sanitised page alone."""
    answer = answer_of(desk_of(request).archive, _version(request, revision_id).ref)
    if answer.archived is None:
        raise HTTPException(404, answer.trouble or "")
    kind = next((value for name, value in answer.archived.headers if name.lower() == "content-type"), None)
    try:
        _, html = html_to_unicode(kind, decoded(answer.archived))
    except ValueError as error:
        raise HTTPException(404, str(error)) from error
    text = f"<!doctype html><meta charset=utf-8><title>Archived copy</title><style>{_STYLE}</style>{sanitised(html)}"
    headers = {"Content-Security-Policy": FRAME_POLICY, "Cache-Control": "private, max-age=3600"}
    return HTMLResponse(text, headers=headers)
