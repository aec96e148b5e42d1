"""HTTP/1.1 on asyncio, small enough that an answer may break every rule it likes.

A handler takes a `Request` and returns a `Reply` (written properly, keep-alive) or a `Raw`
(a coroutine that writes bytes itself; the connection is closed after it).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gzip
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from tests.newsroom.log import RequestLog, RequestRecord

IDLE_SECONDS = 75.0
GZIP_FLOOR = 512


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came; header names are lower case."""

    method: str
    target: str
    path: str
    query: str
    headers: dict[str, str]
    client: tuple[str, int]


@dataclass(frozen=True, slots=True)
class Reply:
    """A well-formed answer. `gzip` allows compression where the client accepts it."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "text/html; charset=utf-8"
    gzip: bool = False


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer that writes itself; `status` is only what the log says."""

    status: int
    write: Callable[[asyncio.StreamWriter, Request], Awaitable[None]]


class NotHttpError(Exception):
    """A request line that is none."""


Handler = Callable[[Request], Reply | Raw]


@dataclass(slots=True)
class Listener:
    """One bound address: its handler, and the name the log gives it."""

    name: str
    handler: Handler
    host: str
    port: int = 0
    tls: ssl.SSLContext | None = None
    server: asyncio.Server | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def netloc(self) -> str:
        return f"{self.host}:{self.port}"


async def open_listener(listener: Listener, log: RequestLog) -> None:
    """Bind and serve. Where the loopback address is not configured (macOS), 127.0.0.1 is used."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _connection(listener, log, reader, writer)

    try:
        server = await asyncio.start_server(connected, listener.host, listener.port, ssl=listener.tls)
    except OSError as error:
        if error.errno != errno.EADDRNOTAVAIL:
            raise
        listener.host = "127.0.0.1"
        server = await asyncio.start_server(connected, listener.host, 0, ssl=listener.tls)
    listener.server = server
    listener.port = server.sockets[0].getsockname()[1]


async def close_listener(listener: Listener) -> None:
    if listener.server is not None:
        listener.server.close()
    for task in list(listener.tasks):
        task.cancel()
    await asyncio.gather(*listener.tasks, return_exceptions=True)


async def _connection(
    listener: Listener, log: RequestLog, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    task = asyncio.current_task()
    assert task is not None
    listener.tasks.add(task)
    try:
        while await _exchange(listener, log, reader, writer):
            pass
    except (ConnectionError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ssl.SSLError):
        pass  # the client went away, which is its right
    except NotHttpError:
        writer.write(head_bytes(400, [("Content-Length", "0"), ("Connection", "close")]))
    except asyncio.CancelledError:
        pass  # the newsroom closes; the task ends here so that no stream callback sees a cancellation
    finally:
        listener.tasks.discard(task)
        writer.close()
        with contextlib.suppress(Exception, asyncio.CancelledError):
            await asyncio.wait_for(writer.wait_closed(), 1)


async def _exchange(
    listener: Listener, log: RequestLog, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """One request and its answer; False when the connection must close."""
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), IDLE_SECONDS)
    started, at = time.monotonic(), datetime.now(UTC)
    request = _parse(head, writer)
    if length := int(request.headers.get("content-length", "0")):
        await reader.readexactly(length)
    answer = listener.handler(request)
    record = RequestRecord(
        at=started,
        time=at,
        outlet=listener.name,
        netloc=listener.netloc,
        method=request.method,
        path=request.path,
        query=request.query,
        headers=request.headers,
        status=answer.status,
        client=request.client,
    )
    log.add(record)
    try:
        return await _answer(answer, request, writer)
    finally:
        log.finish(record)


async def _answer(answer: Reply | Raw, request: Request, writer: asyncio.StreamWriter) -> bool:
    if isinstance(answer, Raw):
        await answer.write(writer, request)
        await writer.drain()
        return False
    writer.write(encode(answer, request))
    await writer.drain()
    return request.headers.get("connection", "").lower() != "close"


def _parse(head: bytes, writer: asyncio.StreamWriter) -> Request:
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3:
        raise NotHttpError(first)
    method, target, _ = words
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    parts = urlsplit(target)
    peer = writer.get_extra_info("peername") or ("", 0)
    return Request(method, target, unquote(parts.path), parts.query, headers, (peer[0], peer[1]))


def encode(reply: Reply, request: Request) -> bytes:
    """The bytes of a proper answer: length, type, date, compression where both sides want it."""
    body = reply.body
    headers = [("Date", http_date(datetime.now(UTC))), ("Server", "newsroom"), *reply.headers]
    if reply.status not in {204, 304}:
        headers.append(("Content-Type", reply.content_type))
    if reply.gzip:
        headers.append(("Vary", "Accept-Encoding"))
        if len(body) >= GZIP_FLOOR and "gzip" in request.headers.get("accept-encoding", ""):
            body = gzip.compress(body, 1, mtime=0)
            headers.append(("Content-Encoding", "gzip"))
    if reply.status not in {204, 304}:
        headers.append(("Content-Length", str(len(body))))
    head = head_bytes(reply.status, headers)
    return head if request.method == "HEAD" or reply.status in {204, 304} else head + body


def head_bytes(status: int, headers: list[tuple[str, str]]) -> bytes:
    """Status line and headers, ended by the empty line."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def http_date(moment: datetime) -> str:
    """RFC 9110 IMF-fixdate of an aware instant."""
    return moment.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
