"""Where bytes come in: transfers that can be cut, bodies kept as received, then decoded."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from scrapy.core.downloader.contextfactory import _ScrapyClientContextFactory
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from scrapy.responsetypes import responsetypes
from twisted.internet.interfaces import IAddress
from twisted.web._newclient import HEADER, STATUS, HTTP11ClientProtocol

from crawler.fetch.decode import decode, layers
from crawler.fetch.reasons import Refusal
from crawler.fetch.redirect import REDIRECTS
from crawler.fetch.state import state_of
from crawler.fetch.visit import utc_now, visit_of
from db.types import Reason

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

_IDLE_CONNECTION_SECONDS = 30
_THREAD_FROM_BYTES = 1 << 16
_MOST_HEAD_BYTES = 1 << 20


class SharedContextPolicy(_ScrapyClientContextFactory):
    """One TLS context for all connections: Scrapy makes one for each, and loading the authorities' certificates takes
    8 ms of CPU, ten times as much as the rest of a visit. The host's name is verified on the connection, not here."""

    _shared: Any = None

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:  # noqa: N802  # Twisted's name
        creator: Any = super().creatorForNetloc(hostname, port)
        if self._shared is None:
            self._shared = creator._createConnection  # noqa: SLF001  # Twisted offers no other way to share a context
        creator._createConnection = self._shared  # noqa: SLF001
        return creator


class _BoundedHead(_LenientHTTP11ClientProtocol):
    """Twisted reads headers without end: a hostile server could fill the memory within the time limit."""

    _head = 0

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  # Twisted's name
        super().dataReceived(data)  # type: ignore[no-untyped-call]
        if getattr(self._parser, "state", None) not in {STATUS, HEADER}:
            self._head = 0
            return
        self._head += len(data)
        if self._head > _MOST_HEAD_BYTES and self.transport is not None:
            self._head = 0
            self.transport.abortConnection()


class _BoundedHeadFactory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:  # noqa: N802  # Twisted's name
        return _BoundedHead(self._quiescentCallback)  # type: ignore[no-untyped-call]


class CapturingHandler(HTTP11DownloadHandler):
    """Scrapy's HTTP handler, which also notes when a request left and lets the engine cut what is under way."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._contextFactory = cast("Any", SharedContextPolicy.from_crawler(crawler))
        self._transfers = state_of(crawler).transfers
        self._pool.cachedConnectionTimeout = _IDLE_CONNECTION_SECONDS
        self._pool._factory = _BoundedHeadFactory  # noqa: SLF001  # as Scrapy does itself: Twisted has no other way

    async def download_request(self, request: Request) -> Response:
        visit = visit_of(request)
        visit.started_at = utc_now()
        task = visit.transfer = asyncio.current_task()
        assert task is not None
        self._transfers.add(task)
        try:
            return await super().download_request(request)
        except asyncio.CancelledError:
            # Scrapy's downloader lets a cancellation pass and then waits for ever: hand it an ordinary error.
            raise Refusal(Reason.CONNECTION, "cut, because nobody waits for it any more") from None
        finally:
            visit.transfer = None
            self._transfers.discard(task)


class CaptureMiddleware:
    """Stands nearest to the downloader: keeps the body as received on the visit, hands the decoded one inwards."""

    def __init__(self, crawler: Crawler) -> None:
        self._limit = state_of(crawler).settings.max_decoded_bytes

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CaptureMiddleware:
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response:
        raw = visit_of(request).raw = response.body
        encodings = layers(value.decode("latin-1") for value in response.headers.getlist(b"Content-Encoding"))
        if not encodings or not raw or response.status in REDIRECTS:
            return response
        try:
            body = await self._decode(raw, encodings)
        except Refusal:
            if response.status < 300:
                raise
            return response  # an error page's status is its answer, whatever its body
        kind = responsetypes.from_args(headers=response.headers, url=response.url, body=body)
        return response.replace(body=body, cls=kind)

    async def _decode(self, raw: bytes, encodings: list[str]) -> bytes:
        if len(raw) < _THREAD_FROM_BYTES:
            return decode(raw, encodings, self._limit)
        return await asyncio.to_thread(decode, raw, encodings, self._limit)
