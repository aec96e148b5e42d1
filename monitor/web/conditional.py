"""Conditional answers (RFC 9110, 13): a reader that has what we would send is told so, and sent nothing."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from starlette.requests import Request
from starlette.responses import Response

REMEMBERED = 2000  # addresses whose last answer is known


class Stamps:
    """Since when each address has given what it gives now, in whole seconds: the one Last-Modified that can be told truly.

    What is on a page also depends on judgements and rules, so no instant of a change serves. Two answers of an address never
    share an instant: where the second came in the same second, it has none. Kept by one process; after a start each is new.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, datetime | None]] = {}
        self._lock = threading.Lock()

    def since(self, address: str, etag: str, now: datetime) -> datetime | None:
        second = now.replace(microsecond=0)
        with self._lock:
            known = self._known.get(address)
            if known and known[0] == etag and known[1]:
                return known[1]
            if known and known[1] == second:
                return None
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[address] = (etag, second)
        return second


def etag_of(*parts: bytes) -> str:
    """A strong entity tag of these bytes."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return f'"{digest.hexdigest()[:32]}"'


def fresh(request: Request, etag: str, modified: datetime | None = None) -> bool:
    """Whether the reader has it already. If-None-Match decides; If-Modified-Since only where that is missing."""
    given = request.headers.get("if-none-match")
    if given is not None:
        tags = {tag.strip().removeprefix("W/") for tag in given.split(",")}
        return "*" in tags or etag in tags
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    aware = since if since.tzinfo else since.replace(tzinfo=UTC)
    return modified is not None and aware == modified


def answer(request: Request, body: bytes, media: str, *, stamps: Stamps, key: str) -> Response:
    """The body, or 304 where the reader has it. `key` names the address without what must not be remembered."""
    etag = etag_of(body)
    modified = stamps.since(key, etag, datetime.now(UTC))
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if modified:
        headers["Last-Modified"] = format_datetime(modified, usegmt=True)
    if fresh(request, etag, modified):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media, headers=headers)
