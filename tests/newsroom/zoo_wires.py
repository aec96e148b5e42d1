"""Answers that bend HTTP: status lines, heads, framing, codings, byte order marks, and redirects that go on and on."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from functools import lru_cache

import brotli  # type: ignore[import-untyped]
from backports import zstd

from tests.newsroom.wire import Raw, Reply, Request
from tests.newsroom.zoo_pages import ARTICLE, META, TEXT_PAGE, page

Animal = Callable[[Request], "Reply | Raw"]
BOMB_BYTES = 32 << 20
PLAIN = TEXT_PAGE.replace('<meta charset="utf-8">', "")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(ARTICLE)
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
CHUNKS = b"%x\r\n%s\r\n0\r\n" % (len(ARTICLE), ARTICLE)
FUTURE = "Fri, 31 Dec 9999 23:59:59 GMT"
LINK = '<a href="/zoo/article">Go on</a>'


def exact(*parts: bytes) -> Animal:
    """These bytes and no more; the connection closes after them."""

    async def write(writer: asyncio.StreamWriter, _: Request) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()

    return lambda _: Raw(200, write)


def with_headers(*headers: tuple[str, str], body: bytes = ARTICLE, status: int = 200) -> Animal:
    return lambda _: Reply(status, body, headers)


def typed(content_type: str, body: bytes = ARTICLE) -> Animal:
    return lambda _: Reply(200, body, content_type=content_type)


async def _drip_head(writer: asyncio.StreamWriter, _: Request) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while not writer.is_closing():
        writer.write(b"X-Slow: yes\r\n")
        await writer.drain()
        await asyncio.sleep(0.1)


async def _interim_endless(writer: asyncio.StreamWriter, _: Request) -> None:
    while not writer.is_closing():
        writer.write(INTERIM * 5)  # slowly: a flood is cut by the limit of heads, before the time is over
        await writer.drain()
        await asyncio.sleep(0.02)


def _waiting(write: Callable[[asyncio.StreamWriter, Request], object]) -> Animal:
    return lambda _: Raw(200, write)  # type: ignore[arg-type]


WIRES: dict[str, Animal] = {
    "http-09": exact(ARTICLE),
    "status-bare": exact(HEAD.replace(b" OK", b""), LENGTH, b"\r\n", ARTICLE),
    "status-999": exact(HEAD.replace(b"200 OK", b"999 Request denied"), LENGTH, b"\r\n", ARTICLE),
    "status-word": exact(HEAD.replace(b"200 ", b""), LENGTH, b"\r\n", ARTICLE),
    "status-version": exact(HEAD.replace(b"HTTP/1.1", b"HTTP/7.7"), LENGTH, b"\r\n", ARTICLE),
    "status-lf": exact((HEAD + LENGTH).replace(b"\r\n", b"\n"), b"\n", ARTICLE),
    "interim": exact(b"HTTP/1.1 100 Continue\r\n\r\n", INTERIM, HEAD, LENGTH, b"\r\n", ARTICLE),
    "interim-flood": exact(INTERIM * 300, HEAD, LENGTH, b"\r\n", ARTICLE),
    "interim-endless": _waiting(_interim_endless),
    "head-drip": _waiting(_drip_head),
    "head-nul": exact(HEAD, b"X-Nul: a\x00b\r\n", LENGTH, b"\r\n", ARTICLE),
    "head-fold": exact(HEAD, b"X-Folded: one\r\n two\r\n\tthree\r\n", LENGTH, b"\r\n", ARTICLE),
    "head-no-colon": exact(HEAD, b"this is no header\r\n", LENGTH, b"\r\n", ARTICLE),
    "head-bytes": exact(HEAD, b"X-Bytes: \xff\xfe\x80\r\n", LENGTH, b"\r\n", ARTICLE),
    "head-cut": exact(HEAD, b"Content-Le"),
    "keep-alive-lost": exact(HEAD, LENGTH, b"Connection: keep-alive\r\n\r\n", ARTICLE),
    "more-behind": exact(HEAD, LENGTH, b"\r\n", ARTICLE, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"),
    "length-twice": exact(HEAD, LENGTH * 2, b"\r\n", ARTICLE),
    "length-two": exact(HEAD, LENGTH, b"Content-Length: 7\r\n\r\n", ARTICLE),
    "length-list": exact(HEAD, b"Content-Length: %d, %d\r\n\r\n" % (len(ARTICLE), len(ARTICLE)), ARTICLE),
    "length-negative": exact(HEAD, b"Content-Length: -5\r\n\r\n", ARTICLE),
    "length-and-chunks": exact(HEAD, LENGTH, b"Transfer-Encoding: chunked\r\n\r\n", CHUNKS, b"\r\n"),
    "chunks": exact(HEAD, b"Transfer-Encoding: chunked\r\n\r\n", CHUNKS, b"\r\n"),
    "trailers": exact(HEAD, b"Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n", CHUNKS, b"X-T: 1\r\n\r\n"),
    "coding-transfer-gzip": exact(HEAD, b"Transfer-Encoding: gzip\r\n\r\n", ARTICLE),
    "part": with_headers(("Content-Range", f"bytes 0-99/{len(ARTICLE)}"), body=ARTICLE[:100], status=206),
    "part-as-200": with_headers(("Content-Range", f"bytes 0-499/{len(ARTICLE)}"), body=ARTICLE[:500]),
    "range-of-all": with_headers(("Content-Range", f"bytes 0-{len(ARTICLE) - 1}/{len(ARTICLE)}")),
    "range-nonsense": with_headers(("Content-Range", "all of it")),
    "date-future": with_headers(("Date", FUTURE), ("Last-Modified", FUTURE), ("Expires", "-1")),
    "etag-weak": with_headers(("ETag", 'W/"a"')),
    "etag-huge": with_headers(("ETag", '"' + "e" * 60_000 + '"')),
    "etag-bare": with_headers(("ETag", "no quotes, a comma")),
    "cookies": with_headers(*(("Set-Cookie", f"c{i}={'v' * 500}; Domain=.example") for i in range(60))),
    "type-image": typed("image/png"),
    "type-octets": typed("application/octet-stream"),
    "type-xhtml": typed("application/xhtml+xml"),
    "type-nonsense": typed("/;;charset"),
    "type-twice": with_headers(("Content-Type", "image/png")),
}

# Bombs in every coding that is asked for


@lru_cache(maxsize=8)
def packed(coding: str) -> bytes:
    """32 MB of spaces in a few KB."""
    blank = b" " * BOMB_BYTES
    if coding == "br":
        return bytes(brotli.compress(blank, quality=5))
    if coding == "zstd":
        return zstd.compress(blank)
    packer = zlib.compressobj(6, zlib.DEFLATED, {"zlib": 15, "raw": -15}[coding])
    return packer.compress(blank) + packer.flush()


def _bomb(form: str, coding: str) -> Animal:
    return lambda _: Reply(200, packed(form), (("Content-Encoding", coding),))


BOMBS = {
    "brotli-bomb": _bomb("br", "br"),
    "zstd-bomb": _bomb("zstd", "zstd"),
    "deflate-bomb": _bomb("zlib", "deflate"),
    "deflate-raw-bomb": _bomb("raw", "deflate"),
    "coding-many": with_headers(("Content-Encoding", ", ".join(["gzip"] * 40))),
}

# Byte order marks, alone and against what is declared

MARKED = "\ufeff" + PLAIN
MARKS = {
    "bom-utf16-le": typed("text/html", MARKED.encode("utf-16-le")),
    "bom-utf16-be": typed("text/html", MARKED.encode("utf-16-be")),
    "bom-utf32-le": typed("text/html", MARKED.encode("utf-32-le")),
    "bom-utf32-be": typed("text/html", MARKED.encode("utf-32-be")),
    "bom-against-latin1": typed("text/html; charset=iso-8859-1", MARKED.encode()),
    "bom-utf16-against-utf8": typed("text/html; charset=utf-8", MARKED.encode("utf-16-le")),
    "bom-twice": typed("text/html", ("\ufeff" + MARKED).encode()),
    "utf16-no-bom": typed("text/html; charset=utf-16le", PLAIN.encode("utf-16-le")),
    "utf16-in-meta": typed("text/html", TEXT_PAGE.replace('charset="utf-8"', 'charset="utf-16"').encode()),
}

# Ways round


def to(location: str, status: int = 302, *headers: tuple[str, str]) -> Animal:
    return lambda _: Reply(status, LINK.encode(), (("Location", location), *headers))


def _cookie_wall(request: Request) -> Reply:
    """Leads to itself until a cookie is brought back."""
    if "seen=1" in request.headers.get("cookie", ""):
        return Reply(200, ARTICLE)
    return Reply(302, b"", (("Location", request.path), ("Set-Cookie", "seen=1; Path=/")))


def _cookie_maze(request: Request) -> Reply:
    """Gives another cookie each time, and never an answer."""
    last = request.headers.get("cookie", "").rpartition("n=")[2]
    count = int(last) + 1 if last.isdecimal() else 1
    return Reply(302, b"", (("Location", request.path), ("Set-Cookie", f"n={count}; Path=/")))


def _case(request: Request) -> Reply:
    host = request.headers.get("host", "")
    return Reply(302, b"", (("Location", f"HTTP://{host}/zoo/redirect-case"),))


def _refresh(target: str) -> Animal:
    head = f'<meta http-equiv="refresh" content="0; url={target}">'
    return lambda _: Reply(200, page("Redirecting", ["You are being redirected."], head=head, wrap="div"))


WAYS = {
    "redirect-fragment": to("/zoo/article#part"),
    "redirect-huge": to("/zoo/article?" + "q" * 65_536),
    "redirect-case": _case,
    "redirect-path-case": to("/zoo/Redirect-Path-Case"),
    "Redirect-Path-Case": to("/zoo/redirect-path-case"),
    "redirect-303": to("/zoo/article", 303),
    "redirect-308": to("/zoo/article", 308),
    "redirect-300": to("/zoo/article", 300),
    "redirect-none": with_headers(status=302, body=b"moved"),
    "redirect-utf8": exact(b"HTTP/1.1 302 Found\r\nLocation: /zoo/article?q=\xc3\xa9\r\nContent-Length: 0\r\n\r\n"),
    "redirect-space": to("/zoo/article?q=a b"),
    "redirect-user": lambda r: Reply(302, b"", (("Location", f"http://u:p@{r.headers.get('host', '')}/zoo/article"),)),
    "redirect-script": to("javascript:alert(1)"),
    "redirect-data": to("data:text/html,<h1>x</h1>"),
    "redirect-twice": lambda _: Reply(302, b"", (("Location", "/zoo/article"), ("Location", "/zoo/http-404"))),
    "redirect-split": exact(b"HTTP/1.1 302 Found\r\nLocation: /zoo/article\rX: y\r\nContent-Length: 0\r\n\r\n"),
    "redirect-login": to("/zoo/login-wall"),
    "redirect-consent": to("/zoo/consent-wall"),
    "cookie-loop": _cookie_wall,
    "cookie-maze": _cookie_maze,
    "refresh-chain": _refresh("/zoo/refresh-chain-2"),
    "refresh-chain-2": _refresh("/zoo/refresh-chain"),
    "refresh-self": _refresh("/zoo/refresh-self"),
    "refresh-late": lambda _: Reply(200, ARTICLE.replace(META.encode(), b'<meta http-equiv="refresh" content="300">')),
}

ALL: dict[str, Animal] = {**WIRES, **BOMBS, **MARKS, **WAYS}
