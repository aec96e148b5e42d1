"""The headers of a request: who asks, what is understood, and the validators of the last answer (RFC 9110, 13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.fetch.decode import ACCEPT_ENCODING
from crawler.fetch.limits import FetchJob
from crawler.fetch.state import state_of
from crawler.fetch.visit import visit_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

_ETAG, _SINCE = b"If-None-Match", b"If-Modified-Since"


def validators(job: FetchJob) -> tuple[tuple[bytes, str], ...]:
    """The conditional headers of a job; none where the whole answer is wanted. Unsendable values are left out."""
    if job.force_full or job.render:
        return ()
    pairs = ((_ETAG, job.etag), (_SINCE, job.last_modified))
    return tuple((name, value) for name, value in pairs if value and value.isprintable())


class ConditionalMiddleware:
    """Sets the headers anew on every hop: validators go only to the address that gave them, or a redirect's new target
    could answer 304 for a page it has never shown us."""

    def __init__(self, crawler: Crawler) -> None:
        settings = state_of(crawler).settings
        self._agent = settings.user_agent.encode("latin-1", "replace")
        self._accept = settings.accept.encode("latin-1", "replace")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ConditionalMiddleware:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        visit = visit_of(request)
        headers = request.headers
        headers.setdefault(b"User-Agent", self._agent)
        headers.setdefault(b"Accept", (visit.accept or "").encode("latin-1", "replace") or self._accept)
        headers.setdefault(b"Accept-Encoding", ACCEPT_ENCODING)
        visit.conditional = bool(visit.validators) and visit.validated_url == request.url
        if visit.conditional:
            for name, value in visit.validators:
                headers[name] = value
        elif visit.hops:
            headers.pop(_ETAG, None)
            headers.pop(_SINCE, None)
