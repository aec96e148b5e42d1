"""A fast server for benchmarks: many article pages at little CPU, so that what is measured is the client.

`python -m tests.benchmarks.serve --pages 2000 --kb 346 --etag` prints one JSON line, `{"bases": [...], "pid": …}`, and
serves until it is ended. Page i is at `/news/0000123` (seven digits) on base i modulo the number of bases. Also there:
`/robots.txt`, `/sitemap.xml` (all pages of that base), `/feed.xml` (its first 50), `/control/edit/0000123` (the page gets
another text), `/control/stats` (requests, 304s and CPU seconds as JSON). `serving(...)` runs it as a process for a test.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from urllib.request import urlopen

from tests.newsroom import Newsroom, Noise, pages
from tests.newsroom.noise import padding

PAGE = "0000000"
EDITS = "R0000R"
TEXTS = 400
FEED_LENGTH = 50
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is served. `kb` is the size of a page; `texts` how many different stories take turns."""

    pages: int = 1000
    kb: int = 40
    etag: bool = False
    nonce: bool = True
    bases: int = 1
    texts: int = TEXTS
    port: int = 0


@dataclass(slots=True)
class Shop:
    """Texts cut at their marks, the edits made so far, and the counts."""

    plan: Plan
    bases: list[str]
    texts: list[list[bytes]]
    pad: bytes
    edits: dict[int, int] = field(default_factory=dict)
    requests: int = 0
    not_modified: int = 0


def make_shop(plan: Plan, bases: list[str]) -> Shop:
    """Render the stories once, with marks where the page's number and its edits go."""
    room = Newsroom(seed=7, stories=min(plan.pages, plan.texts), noise=Noise.quiet(), outlets=["meridian"])
    outlet = room.outlet("meridian")
    outlet.netloc = bases[0].removeprefix("http://")
    texts = [_cut(_render(room, story_index)) for story_index in range(len(outlet.stories))]
    short = max(0, plan.kb * 1024 - sum(map(len, texts[0])))
    return Shop(plan, bases, texts, padding(short // 1024).encode() if short >= 1024 else b"")


def _render(room: Newsroom, index: int) -> bytes:
    outlet = room.outlet("meridian")
    story = outlet.stories[index]
    story.path = f"/news/{PAGE}"
    room.edit(story, bump=False, headline=f"{story.headline} (file {PAGE})")
    room.add_paragraph(story, f"This report is file {PAGE} in the archive, revision {EDITS}.", bump=False)
    return pages.article(room, outlet, story, story.now, Random(index)).encode()


def _cut(text: bytes) -> list[bytes]:
    """A page in three parts: the nonce stands between the first two, the padding between the last two."""
    head, rest = text.split(b"</head>", 1)
    middle, end = rest.rsplit(b"</body>", 1)
    return [head, b"</head>" + middle, b"</body>" + end]


def body(shop: Shop, number: int) -> bytes:
    """One visit's page: number and edits filled in, a fresh nonce, padding at the end of the body."""
    head, middle, end = shop.texts[number % len(shop.texts)]
    edits = f"R{shop.edits.get(number, 0):04}R".encode()
    mark = f"{number:07}".encode()
    nonce = secrets.token_hex(16).encode() if shop.plan.nonce else b"0" * 32
    return b"".join(
        (
            head.replace(PAGE.encode(), mark),
            b'<meta name="csrf-token" content="',
            nonce,
            b'">',
            middle.replace(PAGE.encode(), mark).replace(EDITS.encode(), edits),
            shop.pad,
            end,
        )
    )


class Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive for GET without a body; pipelined requests are answered in order."""

    def __init__(self, shop: Shop, base: int) -> None:
        self.shop = shop
        self.base = base
        self.buffer = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
            assert self.transport is not None
            self.transport.write(self.answer(head))

    def answer(self, head: bytes) -> bytes:
        self.shop.requests += 1
        path = head.split(b" ", 2)[1].split(b"?", 1)[0]
        if path.startswith(b"/news/") and path[6:].isdigit():
            return self.page(int(path[6:]), head)
        return self.other(path.decode("latin-1"))

    def page(self, number: int, head: bytes) -> bytes:
        shop = self.shop
        if number >= shop.plan.pages:
            return _http(404, b"not found")
        if not shop.plan.etag:
            return _http(200, body(shop, number))
        tag = f'"{number}-{shop.edits.get(number, 0)}"'.encode()
        if _header(head, b"if-none-match") in {tag, b"W/" + tag}:
            shop.not_modified += 1
            return b"HTTP/1.1 304 Not Modified\r\nETag: " + tag + b"\r\n\r\n"
        return _http(200, body(shop, number), extra=b"ETag: " + tag + b"\r\n")

    def other(self, path: str) -> bytes:
        if path == "/robots.txt":
            return _http(200, b"User-agent: *\nDisallow:\n", kind=b"text/plain")
        if path == "/sitemap.xml":
            return _http(200, self.sitemap(), kind=b"application/xml")
        if path == "/feed.xml":
            return _http(200, self.feed(), kind=b"application/rss+xml")
        if path.startswith("/control/edit/") and path[14:].isdigit():
            number = int(path[14:])
            self.shop.edits[number] = self.shop.edits.get(number, 0) + 1
            return _http(200, b"edited", kind=b"text/plain")
        if path == "/control/stats":
            stats = {"requests": self.shop.requests, "not_modified": self.shop.not_modified, "cpu": time.process_time()}
            return _http(200, json.dumps(stats).encode(), kind=b"application/json")
        return _http(404, b"not found")

    def sitemap(self) -> bytes:
        rows = "".join(
            f"<url><loc>{url}</loc></url>" for url in addresses(self.shop.bases, self.shop.plan.pages)[self.base]
        )
        return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'.encode()

    def feed(self) -> bytes:
        urls = addresses(self.shop.bases, self.shop.plan.pages)[self.base][:FEED_LENGTH]
        items = "".join(f"<item><title>File {url[-7:]}</title><link>{url}</link></item>" for url in urls)
        return f'<rss version="2.0"><channel><title>Benchmark</title>{items}</channel></rss>'.encode()


def addresses(bases: list[str], count: int) -> list[list[str]]:
    """The page addresses of every base."""
    return [[f"{base}/news/{i:07}" for i in range(k, count, len(bases))] for k, base in enumerate(bases)]


def _header(head: bytes, name: bytes) -> bytes:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip()
    return b""


def _http(status: int, content: bytes, *, kind: bytes = b"text/html; charset=utf-8", extra: bytes = b"") -> bytes:
    phrase = b"OK" if status == 200 else b"Not Found"
    head = b"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n" % (status, phrase, kind, len(content))
    return head + extra + b"\r\n" + content


def listen(plan: Plan) -> list[socket.socket]:
    """A socket a base: 127.0.1.1, 127.0.1.2 … on one port, or other ports where only 127.0.0.1 is configured."""
    sockets: list[socket.socket] = []
    port = plan.port
    for number in range(1, plan.bases + 1):
        try:
            made = socket.create_server((f"127.0.1.{number}", port))
        except OSError:
            made = socket.create_server(("127.0.0.1", 0))
        sockets.append(made)
        port = sockets[0].getsockname()[1]
    return sockets


async def serve(plan: Plan) -> None:
    sockets = listen(plan)
    bases = ["http://{}:{}".format(*made.getsockname()) for made in sockets]
    shop = make_shop(plan, bases)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    servers = [
        await loop.create_server(lambda base=base: Connection(shop, base), sock=made)  # type: ignore[misc]
        for base, made in enumerate(sockets)
    ]
    print(json.dumps({"bases": bases, "pid": os.getpid()}), flush=True)
    await ended.wait()
    for server in servers:
        server.close()


@dataclass(frozen=True, slots=True)
class Served:
    """A running server process."""

    bases: list[str]
    pid: int
    pages: int

    def urls(self) -> list[str]:
        """Every page's address, base by base in turn."""
        return [f"{self.bases[i % len(self.bases)]}/news/{i:07}" for i in range(self.pages)]

    def edit(self, number: int) -> None:
        with urlopen(f"{self.bases[0]}/control/edit/{number:07}", timeout=10) as answer:
            answer.read()

    def stats(self) -> dict[str, Any]:
        """requests, not_modified and cpu (seconds) so far."""
        with urlopen(f"{self.bases[0]}/control/stats", timeout=10) as answer:
            stats: dict[str, Any] = json.load(answer)
            return stats


@contextmanager
def serving(plan: Plan) -> Iterator[Served]:
    """Run the server in its own process, so that its CPU is not the caller's."""
    command = [sys.executable, "-m", "tests.benchmarks.serve", "--pages", str(plan.pages), "--kb", str(plan.kb)]
    command += ["--bases", str(plan.bases), "--texts", str(plan.texts), "--port", str(plan.port)]
    command += ["--etag"] * plan.etag + ["--no-nonce"] * (not plan.nonce)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            told = json.loads(process.stdout.readline())
            yield Served(told["bases"], told["pid"], plan.pages)
        finally:
            process.terminate()


def main() -> None:
    made = argparse.ArgumentParser(prog="python -m tests.benchmarks.serve", description=__doc__.partition("\n")[0])
    made.add_argument("--pages", type=int, default=1000)
    made.add_argument("--kb", type=int, default=40, help="size of a page")
    made.add_argument("--etag", action="store_true", help="send ETags and answer 304")
    made.add_argument("--no-nonce", action="store_true", help="the same bytes on every visit")
    made.add_argument("--bases", type=int, default=1, help="how many loopback addresses share the pages")
    made.add_argument("--texts", type=int, default=TEXTS, help="how many different stories take turns")
    made.add_argument("--port", type=int, default=0)
    options = made.parse_args()
    plan = Plan(
        options.pages, options.kb, options.etag, not options.no_nonce, options.bases, options.texts, options.port
    )
    asyncio.run(serve(plan))


if __name__ == "__main__":
    main()
