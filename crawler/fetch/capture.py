"""Where bytes come in: transfers that can be cut, bodies kept as received, then decoded."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from cryptography.hazmat.primitives.hashes import SHA256
from scrapy.core.downloader.contextfactory import _ScrapyClientContextFactory
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _ScrapyAgent,
)
from scrapy.responsetypes import responsetypes
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.interfaces import IAddress
from twisted.web._newclient import HEADER, STATUS, BadHeaders, HTTP11ClientProtocol

from crawler.fetch.decode import decode, layers
from crawler.fetch.pace import host_of
from crawler.fetch.reasons import Refusal
from crawler.fetch.redirect import REDIRECTS
from crawler.fetch.state import state_of
from crawler.fetch.visit import utc_now, visit_of
from db.types import Reason, Wire

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


class _Witness(_LenientHTTP11ClientProtocol):
    """Notes both heads as they go over the wire and how the connection is secured; refuses a head without end, with which a
    hostile server could fill the memory within the time limit."""

    _head = b""
    _left_at = 0.0

    def request(self, request: Any) -> Any:
        self._head = b""
        self._leave()
        # what is written here leaves with the loop's next round: the second call after it is the first that comes later
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.call_soon, self._leave)
        asked = _sent_head(request)
        return super().request(request).addCallback(self._note, asked)

    def _leave(self) -> None:
        self._left_at = time.monotonic()

    def _note(self, response: Any, asked: str) -> Any:
        tls, cipher, certificate = _secured(self.transport)
        response.newswatch_wire = Wire(asked, last_head(self._head), tls, cipher, certificate)
        response.newswatch_left_at = self._left_at
        return response

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  # Twisted's name
        if getattr(self._parser, "state", None) in {STATUS, HEADER}:
            self._head += data[: _MOST_HEAD_BYTES + 1 - len(self._head)]
        super().dataReceived(data)  # type: ignore[no-untyped-call]
        reading = getattr(self._parser, "state", None) in {STATUS, HEADER}
        if reading and len(self._head) > _MOST_HEAD_BYTES and self.transport is not None:
            self._head = b""
            self.transport.abortConnection()


def _sent_head(request: Any) -> str:
    """The head that Twisted writes for a request without a body."""
    lines: list[bytes] = []
    with suppress(BadHeaders, ValueError):  # what cannot be sent fails there, with its reason
        request._writeHeaders(SimpleNamespace(writeSequence=lines.extend), None)  # noqa: SLF001  # the very bytes; no other way
    return b"".join(lines).decode("latin-1").rstrip("\r\n")


def last_head(data: bytes) -> str:
    """The status line and headers of the final answer in what was received: what stands before it are interim ones (1xx)."""
    rest = data
    while True:
        head, parted, rest = _head_end(rest)
        interim = head.split(b" ", 2)[1:2]
        if not (parted and interim and interim[0][:1] == b"1" and interim[0] != b"101"):
            return head.decode("latin-1")


def _head_end(data: bytes) -> tuple[bytes, bytes, bytes]:
    ends = [(at, mark) for mark in (b"\r\n\r\n", b"\n\n", b"\n\r\n") if (at := data.find(mark)) >= 0]
    at, mark = min(ends, default=(len(data), b""))
    return data[:at], mark, data[at + len(mark) :]


def _secured(transport: Any) -> tuple[str | None, str | None, str | None]:
    """The connection's TLS version, cipher suite and the SHA-256 of the server's certificate; None each where it is plain."""
    try:
        connection = transport.getHandle()
        certificate = connection.get_peer_certificate(as_cryptography=True)
        digest = certificate.fingerprint(SHA256()).hex() if certificate else None
        return connection.get_protocol_version_name(), connection.get_cipher_name(), digest
    except AttributeError:
        return None, None, None


class _WitnessFactory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:  # noqa: N802  # Twisted's name
        return _Witness(self._quiescentCallback)  # type: ignore[no-untyped-call]


class _Agent(_ScrapyAgent):
    """Hands what the connection noted to the visit."""

    def _cb_bodyready(self, txresponse: Any, request: Request) -> Any:
        visit = visit_of(request)
        visit.wire = getattr(txresponse, "newswatch_wire", None)
        visit.left_at = getattr(txresponse, "newswatch_left_at", None)
        return super()._cb_bodyready(txresponse, request)


class CapturingHandler(HTTP11DownloadHandler):
    """Scrapy's HTTP handler, which also notes what went over the wire and lets the engine cut what is under way."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._contextFactory = cast("Any", SharedContextPolicy.from_crawler(crawler))
        self._state = state_of(crawler)
        self._transfers = self._state.transfers
        self._pool.cachedConnectionTimeout = _IDLE_CONNECTION_SECONDS
        self._pool._factory = _WitnessFactory  # noqa: SLF001  # as Scrapy does itself: Twisted has no other way

    async def download_request(self, request: Request) -> Response:
        visit = visit_of(request)
        task = visit.transfer = asyncio.current_task()
        assert task is not None
        self._transfers.add(task)
        try:
            await self._take_turn(request, robots=visit.robots)
            visit.started_at, visit.wire, visit.left_at = utc_now(), None, None
            try:
                return await self._download(request)
            finally:  # where it is not known when it left, it was not later than now
                await self._state.turns.left(host_of(request.url), visit.left_at or time.monotonic())
        except asyncio.CancelledError:
            # Scrapy's downloader lets a cancellation pass and then waits for ever: hand it an ordinary error.
            raise Refusal(Reason.CONNECTION, "cut, because nobody waits for it any more") from None
        finally:
            visit.transfer = None
            self._transfers.discard(task)

    async def _take_turn(self, request: Request, *, robots: bool) -> None:
        host, book = host_of(request.url), self._state.book
        known = None if robots or not self._state.settings.obey_robots else book.crawl_delay_of(host) or 0.0
        await self._state.turns.take(host, book.pace(host).delay, known)

    async def _download(self, request: Request) -> Response:
        """As Scrapy's `download_request`, with an agent of our own."""
        agent = _Agent(
            contextFactory=self._contextFactory,
            bindAddress=self._bind_address,
            pool=self._pool,
            maxsize=self._default_maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
            tls_verbose_logging=self._tls_verbose_logging,
        )
        with wrap_twisted_exceptions():
            return await maybe_deferred_to_future(agent.download_request(request))


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
