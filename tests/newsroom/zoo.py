"""The zoo: one route a misbehaviour, under /zoo/ on every host.

`ANIMALS` names them all. A test asks for `newsroom.zoo("gzip-bomb")`, or lets one answer for a story with
`newsroom.break_page(story, "http-503")`.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tests.newsroom import zoo_wires
from tests.newsroom.certificate import self_signed
from tests.newsroom.outlets import Robots
from tests.newsroom.wire import Listener, Raw, Reply, Request, head_bytes, http_date
from tests.newsroom.zoo_feeds import FEEDS
from tests.newsroom.zoo_pages import ARTICLE, PAGES, page
from tests.newsroom.zoo_scripts import script_page

if TYPE_CHECKING:
    from tests.newsroom.newsroom import Newsroom

Animal = Callable[[Request], "Reply | Raw"]
CHUNK = 64 * 1024
BOMB_MEGABYTES = 64
TLS: dict[str, dict[str, Any]] = {
    "zoo-tls": {},
    "zoo-tls-expired": {"days": -3},
    "zoo-tls-other": {"named": "other.example"},
    "zoo-tls-old": {"old": True},
}
HTML = ("Content-Type", "text/html; charset=utf-8")
ROBOTS = "User-agent: *\nDisallow: /zoo/disallowed\n"


def keepers(room: Newsroom) -> list[Listener]:
    """The zoo's own listeners: plain, and with a self-signed certificate."""

    def answer(request: Request) -> Reply | Raw:
        if request.path == "/robots.txt":
            return zoo_robots(room.zoo_robots)
        return animal(room, request.path.removeprefix("/zoo/"), request)

    return [
        Listener("zoo", answer, "127.0.0.9"),
        *(Listener(name, answer, "127.0.0.9", tls=self_signed("127.0.0.9", **form)) for name, form in TLS.items()),
    ]


def zoo_robots(robots: Robots) -> Reply:
    if robots.status != 200:
        return Reply(robots.status, b"no robots today", content_type="text/plain")
    delay = f"Crawl-delay: {robots.crawl_delay:g}\n" if robots.crawl_delay is not None else ""
    return Reply(200, (robots.text or ROBOTS + delay).encode(), content_type="text/plain")


def animal(room: Newsroom, name: str, request: Request) -> Reply | Raw:
    """The answer of a misbehaviour; an unknown name is a 404 that says so."""
    base = f"http://{request.headers.get('host', room.zoo_netloc)}/zoo"
    for made in (
        _status(name),
        _redirect(name, base),
        FEEDS.get(name, lambda _: None)(base),
        script_page(name, request),
    ):
        if made is not None:
            return made
    if name in PAGES:
        return PAGES[name]
    kept = ANIMALS.get(name)
    return kept(request) if kept else Reply(404, f"no such animal: {name}".encode(), content_type="text/plain")


def names() -> list[str]:
    """Every misbehaviour that has a fixed name."""
    return sorted({*ANIMALS, *PAGES, *FEEDS, *REDIRECTS, *RETRY})


# Status codes and redirects

RETRY = {
    "429-seconds": (429, "7"),
    "429-date": (429, ""),
    "429-nonsense": (429, "soon, please"),
    "429-negative": (429, "-5"),
    "429-huge": (429, "99999999999"),
    "429": (429, None),
    "503-retry": (503, "3"),
    "503-year-9999": (503, "Fri, 31 Dec 9999 23:59:59 GMT"),
    "503-past": (503, "Thu, 01 Jan 1970 00:00:00 GMT"),
    "503-nonsense": (503, "soon, please"),
}
LONG_CHAIN = 40
REDIRECTS = {
    "redirect-loop": "{base}/redirect-loop",
    "redirect-ping": "{base}/redirect-pong",
    "redirect-pong": "{base}/redirect-ping",
    "redirect-chain": "{base}/redirect-chain-1",
    "redirect-private": "http://10.1.2.3/admin",
    "redirect-link-local": "http://169.254.169.254/latest/meta-data/",
    "redirect-localhost": "http://localhost:1/",
    "redirect-ipv6": "http://[::1]:1/",
    "redirect-file": "file:///etc/passwd",
    "redirect-empty": "",
    "redirect-garbage": "http://[not an address/",
    "redirect-article": "{base}/article",
    "redirect-home": "/",
}


def _status(name: str) -> Reply | None:
    if name in RETRY:
        status, after = RETRY[name]
        if name == "429-date":
            after = http_date(datetime.now(UTC) + timedelta(seconds=9))
        headers = () if after is None else (("Retry-After", after),)
        return Reply(status, page("Slow down", ["Too many requests."]), headers)
    if name.startswith("http-") and name[5:].isdigit():
        status = int(name[5:])
        return Reply(status, b"" if status in {204, 304} else page(f"Error {status}", ["Something is not right here."]))
    return None


def _redirect(name: str, base: str) -> Reply | None:
    if name.startswith("redirect-chain-"):
        step = int(name.rsplit("-", 1)[1])
        target = f"{base}/article" if step >= LONG_CHAIN else f"{base}/redirect-chain-{step + 1}"
        return Reply(302, b"", (("Location", target),))
    if name in REDIRECTS:
        return Reply(302, b"", (("Location", REDIRECTS[name].format(base=base)),))
    return None


# Answers that break HTTP, or the client's patience


def raw(status: int, head: list[tuple[str, str]], *parts: bytes) -> Animal:
    """An answer sent as these bytes and no more; the connection closes after it."""

    async def write(writer: asyncio.StreamWriter, _: Request) -> None:
        writer.write(head_bytes(status, [*head, ("Connection", "close")]))
        for part in parts:
            writer.write(part)
            await writer.drain()

    return lambda _: Raw(status, write)


async def _hang(writer: asyncio.StreamWriter, _: Request) -> None:
    await asyncio.sleep(3600)


async def _hang_body(writer: asyncio.StreamWriter, _: Request) -> None:
    writer.write(head_bytes(200, [HTML, ("Content-Length", str(len(ARTICLE)))]) + ARTICLE[:200])
    await writer.drain()
    await asyncio.sleep(3600)


async def _drip(writer: asyncio.StreamWriter, _: Request) -> None:
    writer.write(head_bytes(200, [HTML, ("Content-Length", str(len(ARTICLE)))]))
    for byte in ARTICLE:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.5)


async def _endless(writer: asyncio.StreamWriter, _: Request) -> None:
    writer.write(head_bytes(200, [HTML, ("Connection", "close")]) + b"<html><body><h1>Endless</h1>")
    while not writer.is_closing():
        writer.write(b"<p>and so on and so on</p>\n" * (CHUNK // 27))
        await writer.drain()


def _abort(writer: asyncio.StreamWriter) -> None:
    """Close with a reset: without this option the kernel would say goodbye politely."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _reset(writer: asyncio.StreamWriter, _: Request) -> None:
    _abort(writer)


async def _reset_mid(writer: asyncio.StreamWriter, _: Request) -> None:
    writer.write(head_bytes(200, [HTML, ("Content-Length", str(len(ARTICLE)))]) + ARTICLE[: len(ARTICLE) // 2])
    await writer.drain()
    _abort(writer)


async def _close(_: asyncio.StreamWriter, _request: Request) -> None:
    """No byte at all."""


async def _slow(writer: asyncio.StreamWriter, _: Request) -> None:
    await asyncio.sleep(2)
    writer.write(head_bytes(200, [HTML, ("Content-Length", str(len(ARTICLE))), ("Connection", "close")]) + ARTICLE)


def _waiting(write: Callable[[asyncio.StreamWriter, Request], Awaitable[None]]) -> Animal:
    return lambda _: Raw(200, write)


@lru_cache(maxsize=2)
def bomb(layers: int) -> bytes:
    """64 MB of spaces in gzip, `layers` deep: 64 KB, or less than 1 KB."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    block = b" " * (1 << 20)
    body = b"".join(packer.compress(block) for _ in range(BOMB_MEGABYTES)) + packer.flush()
    for _ in range(layers - 1):
        body = gzip.compress(body, 9, mtime=0)
    return body


def _bomb(layers: int) -> Animal:
    coding = ", ".join(["gzip"] * layers)
    return lambda _: Reply(200, bomb(layers), (("Content-Encoding", coding),))


def _encoded(coding: str, body: bytes) -> Animal:
    return lambda _: Reply(200, body, (("Content-Encoding", coding),))


SHORT = [HTML, ("Content-Length", str(len(ARTICLE) // 3))]
LONG = [HTML, ("Content-Length", str(len(ARTICLE) + 5000))]
CHUNKED = [HTML, ("Transfer-Encoding", "chunked")]
FLOOD = [HTML, *((f"X-Flood-{i}", "y" * 900) for i in range(400)), ("Content-Length", str(len(ARTICLE)))]

ANIMALS: dict[str, Animal] = {
    "article": lambda _: Reply(200, ARTICLE),
    "disallowed": lambda _: Reply(200, ARTICLE),
    "hang": _waiting(_hang),
    "hang-body": _waiting(_hang_body),
    "drip": _waiting(_drip),
    "slow": _waiting(_slow),
    "endless": _waiting(_endless),
    "reset": _waiting(_reset),
    "reset-mid": _waiting(_reset_mid),
    "close": _waiting(_close),
    "length-short": raw(200, SHORT, ARTICLE),
    "length-long": raw(200, LONG, ARTICLE),
    "length-nonsense": raw(200, [HTML, ("Content-Length", "many")], ARTICLE),
    "chunked-cut": raw(200, CHUNKED, b"200\r\n" + ARTICLE[:0x200] + b"\r\n", b"400\r\n" + ARTICLE[0x200:0x300]),
    "chunked-bad": raw(200, CHUNKED, b"zz\r\n" + ARTICLE),
    "header-flood": raw(200, FLOOD, ARTICLE),
    "header-huge": raw(200, [HTML, ("X-Huge", "z" * 300_000)], ARTICLE),
    "not-http": lambda _: Raw(0, _not_http),
    "gzip-bomb": _bomb(1),
    "gzip-bomb-nested": _bomb(2),
    "gzip-cut": _encoded("gzip", gzip.compress(ARTICLE, mtime=0)[:-40]),
    "gzip-bad": _encoded("gzip", b"this was never gzip" * 40),
    "deflate-bad": _encoded("deflate", b"\x78\x9c nor was this deflate" * 40),
    "brotli-bad": _encoded("br", b"\xff\xfe\x00 nor this brotli" * 40),
    "zstd-bad": _encoded("zstd", b"\x28\xb5\x2f\xfd nor this zstandard" * 40),
    "encoding-unknown": _encoded("x-rot13", ARTICLE),
    **zoo_wires.ALL,
}


async def _not_http(writer: asyncio.StreamWriter, _: Request) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n" * 3)
