"""From Scrapy's response or error to the value that the rest of the project knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scrapy.http import Headers

from crawler.fetch.reasons import Refusal, reason_of
from crawler.fetch.redirect import REDIRECTS
from crawler.fetch.visit import Visit, utc_now
from db.types import Fetched, FetchFailed, Reason

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response


_RANGE = re.compile(r"bytes\s+(\d{1,18})-(\d{1,18})/(\d{1,18})", re.IGNORECASE | re.ASCII)


def answer(url: str, response: Response, visit: Visit) -> Fetched | FetchFailed:
    """A 2xx or an asked-for 304 is an answer; anything else fails, with the answer kept beside it for the archive."""
    fetched = _fetched(url, response, visit)
    verdict = _verdict(response, visit)
    if verdict is None:
        return fetched
    reason, detail = verdict
    return FetchFailed(
        url=url,
        reason=reason,
        detail=detail,
        at=fetched.at,
        status=response.status,
        final_url=response.url,
        retry_at=visit.retry_at,
        hops=fetched.hops,
        answer=fetched,
    )


def failure(url: str, exc: BaseException, visit: Visit) -> FetchFailed:
    """A visit that ended without a usable answer."""
    reason, detail = reason_of(exc)
    retry_at = exc.retry_at if isinstance(exc, Refusal) else None
    last = visit.hops[-1].location if visit.hops else None
    return FetchFailed(url, reason, detail, utc_now(), final_url=last, retry_at=retry_at, hops=tuple(visit.hops))


def _verdict(response: Response, visit: Visit) -> tuple[Reason, str] | None:
    status = response.status
    if status == 304:
        return None if visit.conditional else (Reason.EMPTY, "304, though nothing conditional was asked")
    if status == 206 or (200 <= status < 300 and _is_part(response)):
        return Reason.TRUNCATED, "a part of the page, though the whole was asked for"
    if 200 <= status < 300:
        return None
    if status in {404, 410}:
        return Reason.GONE, f"the server answered {status}"
    if status == 429 or (status == 503 and visit.retry_at):
        return Reason.RATE_LIMITED, f"the server answered {status} and asks us to wait"
    if 400 <= status < 500:
        return Reason.HTTP_CLIENT, f"the server answered {status}"
    if status >= 500:
        return Reason.HTTP_SERVER, f"the server answered {status}"
    return _astray(response)


def _is_part(response: Response) -> bool:
    """Whether a Content-Range names less than the whole. Beside 200 it means nothing (RFC 9110, 14.4); half stays half."""
    named = _RANGE.fullmatch((response.headers.get(b"Content-Range") or b"").decode("latin-1").strip())
    return named is not None and (int(named[1]) > 0 or int(named[2]) + 1 < int(named[3]))


def _astray(response: Response) -> tuple[Reason, str]:
    location = response.headers.get(b"Location")
    if response.status in REDIRECTS and location:
        return Reason.BAD_ADDRESS, f"redirects to an address that cannot be asked: {location[:200].decode('latin-1')}"
    return Reason.HTTP_CLIENT, f"the server answered {response.status} without an address to go to"


def _fetched(url: str, response: Response, visit: Visit) -> Fetched:
    now = utc_now()
    sent = response.request.headers if response.request else Headers()
    return Fetched(
        url=url,
        final_url=response.url,
        status=response.status,
        headers=_pairs(response.headers),
        raw=visit.raw,
        body=b"" if response.status == 304 else response.body,
        started_at=visit.started_at or now,
        at=now,
        hops=tuple(visit.hops),
        request_headers=_sent(response.request, sent),
        ip=str(response.ip_address) if response.ip_address else None,
        wire=visit.wire,
    )


def _pairs(headers: Headers) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, values in headers.items() for value in values
    )


def _sent(request: Request | None, headers: Headers) -> tuple[tuple[str, str], ...]:
    host = request.url.split("/", 3)[2] if request else ""
    return (("Host", host), *_pairs(headers))
