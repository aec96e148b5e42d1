"""The one way out of the browser: a proxy on loopback that judges every address and connects to the one it judged.

Chromium resolves nothing itself. Each connection it wants (page, script, redirect, worker, web socket) is asked for here by
name; the name is resolved once, judged by `crawler.fetch.policy`, and the connection goes to that very address, so that a
name which changes its mind between two lookups gains nothing. Loopback and literal addresses are asked for here as well.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from crawler.fetch.policy import Lookup, Network, judged, system_lookup

HEAD_BYTES = 256 * 1024
HEAD_SECONDS = 20.0
CONNECT_SECONDS = 10.0
CHUNK = 1 << 16
_OURS = frozenset({"proxy-authorization", "proxy-connection", "connection", "keep-alive"})

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class RefusedError(Exception):
    """The address may not be contacted."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a request or answer: its first line and its other lines."""

    first: str
    lines: tuple[str, ...]

    @classmethod
    def of(cls, data: bytes) -> Head:
        first, *lines = data.decode("latin-1").rstrip("\r\n").split("\r\n")
        return cls(first, tuple(lines))

    def value(self, name: str) -> str | None:
        return next((line.partition(":")[2].strip() for line in self.lines if _name(line) == name), None)

    def closing(self, first: str | None = None) -> bytes:
        """The head for one exchange a connection, so that the next request cannot follow the first to its address."""
        lines = [first or self.first, *(line for line in self.lines if _name(line) not in _OURS), "Connection: close"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _name(line: str) -> str:
    return line.partition(":")[0].strip().lower()


@dataclass(slots=True)
class FilterProxy:
    """Serves one page. `upstream` is the source's own proxy, host and port, through which what was judged then goes.

    `allow` None refuses everything. `refused` says of each host that was refused why; `received` counts bytes, of which more
    than `most_bytes` end every connection.
    """

    allow: tuple[Network, ...] | None
    lookup: Lookup = system_lookup
    upstream: tuple[str, int] | None = None
    most_bytes: int = 1 << 30
    refused: dict[str, str] = field(default_factory=dict)
    requests: int = 0
    received: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> str:
        """Listen on a free port of loopback. Gives the proxy's address."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=HEAD_BYTES)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """End every connection."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def spent(self) -> bool:
        return self.received > self.most_bytes

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._exchange(reader, writer)
        except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # one side went away or spoke no HTTP: the connection ends, the page goes on without it
        except asyncio.CancelledError:
            pass  # closed with the page
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = Head.of(await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_SECONDS))
        method, target, _ = head.first.split(" ", 2)
        self.requests += 1
        tunnel = method == "CONNECT"
        host, port = _target(target, tunnel=tunnel)
        try:
            there = await self._connect(host, port, target if tunnel else None)
        except RefusedError as why:
            self.refused[host] = str(why)
            return await _answer(writer, "403 Forbidden")
        except (OSError, TimeoutError):
            return await _answer(writer, "502 Bad Gateway")
        try:
            if tunnel:
                await self._tunnel((reader, writer), there)
            else:
                await self._plain(head, (reader, writer), there)
        finally:
            there[1].close()

    async def _connect(self, host: str, port: int, tunnel: str | None) -> Streams:
        """A connection to an address that was judged. Raises `RefusedError`, `OSError`."""
        if self.allow is None or self.spent:
            raise RefusedError("nothing more may be loaded")
        if self.upstream is None:
            return await _open(await self._judged(host), port)
        await self._judge_literal(host)
        reader, writer = await _open(await self._judged(self.upstream[0]), self.upstream[1])
        if tunnel:
            writer.write(f"CONNECT {tunnel} HTTP/1.1\r\nHost: {tunnel}\r\n\r\n".encode("latin-1"))
            said = Head.of(await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_SECONDS))
            if said.first.split(" ", 2)[1:2] != ["200"]:
                writer.close()
                raise ConnectionRefusedError(said.first)
        return reader, writer

    async def _judged(self, host: str) -> tuple[str, ...]:
        passed, why = await judged(host, self.allow or (), self.lookup)
        if not passed and why:
            raise RefusedError(why)
        return passed

    async def _judge_literal(self, host: str) -> None:
        """Behind another proxy names are that proxy's to resolve and judge, as in the engine: literals are judged here."""

        async def nobody(_name: str) -> tuple[str, ...]:
            return ()

        _, why = await judged(host, self.allow or (), nobody)
        if why:
            raise RefusedError(why)

    async def _plain(self, head: Head, here: Streams, there: Streams) -> None:
        """One request and its answer; then the connection ends on both sides."""
        method, target, version = head.first.split(" ", 2)
        parts = urlsplit(target)
        path = target if self.upstream else (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        there[1].write(head.closing(f"{method} {path} {version}"))
        left = int(head.value("content-length") or 0)
        while left > 0 and (data := await here[0].read(min(left, CHUNK))):
            there[1].write(data)
            await there[1].drain()
            left -= len(data)
        await self._head_back(here, there)
        await self._copy(there[0], here[1])

    async def _head_back(self, here: Streams, there: Streams) -> None:
        while True:
            head = Head.of(await there[0].readuntil(b"\r\n\r\n"))
            here[1].write(head.closing())
            if not head.first.split(" ", 2)[1].startswith("1"):
                return

    async def _tunnel(self, here: Streams, there: Streams) -> None:
        here[1].write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        out = asyncio.ensure_future(_pour(here[0], there[1]))
        try:
            await self._copy(there[0], here[1])
        finally:
            out.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await out

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not self.spent and (data := await reader.read(CHUNK)):
            self.received += len(data)
            writer.write(data)
            await writer.drain()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


async def _open(ips: tuple[str, ...], port: int) -> Streams:
    """A connection to the first of the addresses that answers."""
    last: Exception = ConnectionRefusedError("no address")
    for ip in ips:
        try:
            return await asyncio.wait_for(asyncio.open_connection(ip, port, limit=HEAD_BYTES), CONNECT_SECONDS)
        except (OSError, TimeoutError) as error:
            last = error
    raise last


async def _answer(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()


def _target(target: str, *, tunnel: bool) -> tuple[str, int]:
    """Host and port that a request is for. Raises `ValueError` where it names none."""
    parts = urlsplit(f"//{target}" if tunnel else target)
    port = parts.port or (443 if tunnel else 80)
    if not parts.hostname or (not tunnel and parts.scheme != "http"):
        raise ValueError(f"not a target: {target[:100]!r}")
    return parts.hostname, port
