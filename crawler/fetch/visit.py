"""What one visit gathers on its way: carried in the request's meta, shared by all hops of its redirects."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from db.types import Hop, Wire

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http.cookies import CookieJar

KEY = "newswatch_visit"


@dataclass(slots=True)
class Visit:
    """`validators` are `(header, value)` sent to `validated_url` alone; `conditional` says that they were sent on the last
    hop. `raw` is the last body before decompression, `wire` the heads that it came with. `robots` marks the fetch of a
    robots.txt, which asks no robots.txt.
    `left_at` is when the request was written, in monotonic seconds. `settled` says that trying again at once is of no use.
    `transfer` is the download under way, which Scrapy would finish even when nobody waits for it."""

    validators: tuple[tuple[bytes, str], ...] = ()
    validated_url: str = ""
    conditional: bool = False
    robots: bool = False
    settled: bool = False
    accept: str | None = None
    hops: list[Hop] = field(default_factory=list)
    cookies: CookieJar | None = None
    started_at: datetime | None = None
    left_at: float | None = None
    retry_at: datetime | None = None
    raw: bytes = b""
    wire: Wire | None = None
    transfer: asyncio.Task[Any] | None = None


def visit_of(request: Request) -> Visit:
    """The request's visit, begun where there is none (a plain spider's request)."""
    found: Visit | None = request.meta.get(KEY)
    if found is None:
        found = request.meta[KEY] = Visit()
    return found


def utc_now() -> datetime:
    return datetime.now(UTC)
