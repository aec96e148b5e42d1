"""Sitemaps (sitemaps.org 0.9), sitemap indexes, news sitemaps and the text form, gzipped or not, and robots.txt's list of them.

Read as a stream: neither the unpacked bytes nor the tree is ever held whole. Entities are never expanded, nothing is loaded.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree
from protego import Protego

from crawler.discover import feed
from crawler.discover.feed import Entry, is_entity_bomb
from db.types import Failure, Reason

MAX_ENTRIES: Final = 50_000
"""The protocol's own limit on addresses a file; what follows is left out, and `truncated` says so."""
MAX_UNPACKED: Final = 60 * 1024 * 1024
"""The protocol's limit is 50 MiB unpacked; some publishers pass it a little."""
_CHUNK: Final = 65_536
_EMPTY_GZIP: Final = 64
"""Bytes of a gzip file that holds nothing, with a file name in its head."""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap file names: stories (`entries`), or, for an index, other sitemaps with when each last changed."""

    entries: tuple[Entry, ...] = ()
    children: tuple[Entry, ...] = ()
    news: bool = False
    truncated: bool = False


class _TooLargeError(Exception):
    pass


class _Unpacked(io.RawIOBase):
    """A stream over gzip or plain bytes that gives at most `limit` bytes."""

    def __init__(self, body: bytes, limit: int) -> None:
        self._body = body
        self._left = limit
        self._unzip = zlib.decompressobj(zlib.MAX_WBITS | 16) if body[:2] == b"\x1f\x8b" else None
        self._at = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._next(_CHUNK if size is None or size < 0 else min(size, _CHUNK))
        self._left -= len(piece)
        if self._left < 0:
            raise _TooLargeError
        return piece

    def _next(self, size: int) -> bytes:
        if self._unzip is None:
            piece = self._body[self._at : self._at + size]
            self._at += len(piece)
            return piece
        while not self._unzip.eof:
            waiting = self._unzip.unconsumed_tail
            if not waiting:
                waiting = self._body[self._at : self._at + _CHUNK]
                self._at += len(waiting)
            if not waiting:
                return b""
            piece = self._unzip.decompress(waiting, size)
            if piece:
                return piece
        return b""


def parse(
    url: str,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    zone: str | None = None,
    limit: int = MAX_UNPACKED,
) -> Sitemap | Failure:
    """The sitemap in `body`. `zone` is the source's, for dates that name none; `limit` bounds the unpacked bytes.

    A Failure where there is none: `empty`, `too_large`, `decompression_bomb`, `not_a_feed`, `unreadable`. A feed in a sitemap's
    place is read as one, as the protocol allows.
    """
    try:
        start = _Unpacked(body, limit).read(_CHUNK)
        return _dispatch(url, body, start, headers or {}, zone=zone, limit=limit)
    except _TooLargeError:
        packed = body[:2] == b"\x1f\x8b"
        reason = Reason.BOMB if packed else Reason.TOO_LARGE
        return Failure(url, reason, f"the sitemap is larger than {limit} bytes{' unpacked' if packed else ''}")
    except zlib.error:
        return Failure(url, Reason.UNREADABLE, "the sitemap is gzipped and damaged")


def _dispatch(
    url: str, body: bytes, start: bytes, headers: Mapping[str, str], *, zone: str | None, limit: int
) -> Sitemap | Failure:

    if not start.strip(b"\xef\xbb\xbf \t\r\n\0"):
        if not start and len(body) > _EMPTY_GZIP:
            return Failure(url, Reason.UNREADABLE, "the sitemap is gzipped and damaged")
        return Failure(url, Reason.EMPTY, "the sitemap is empty")
    if is_entity_bomb(start):
        return Failure(url, Reason.NOT_A_FEED, "it declares XML entities that expand or load others, and is refused")
    head = start[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith((b"http://", b"https://")):
        return _text_form(url, body, limit)
    low = head.lower()
    if b"<urlset" in low or b"<sitemapindex" in low or b":urlset" in low or head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _xml(url, body, zone, limit)
    if any(mark in low for mark in (b"<rss", b"<feed", b"<rdf:rdf")):
        read = feed.parse(url, b"".join(iter(_Unpacked(body, limit).read, b"")), headers, zone)
        return read if isinstance(read, Failure) else Sitemap(read.entries)
    if b"<html" in low:
        return Failure(url, Reason.NOT_A_FEED, "this is a web page (HTML), not a sitemap")
    return _xml(url, body, zone, limit)


def _text_form(url: str, body: bytes, limit: int) -> Sitemap:
    text = b"".join(iter(_Unpacked(body, limit).read, b"")).decode("utf-8", "replace")
    links = {link: None for line in text.splitlines()[: MAX_ENTRIES + 1] if (link := feed.link_of(url, line))}
    return Sitemap(tuple(Entry(link) for link in list(links)[:MAX_ENTRIES]), truncated=len(links) > MAX_ENTRIES)


def _xml(url: str, body: bytes, zone: str | None, limit: int) -> Sitemap | Failure:
    events = etree.iterparse(
        _Unpacked(body, limit),
        events=("end",),
        tag=("{*}url", "{*}sitemap"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    found: dict[str, Entry] = {}
    children: dict[str, Entry] = {}
    news = truncated = False
    try:
        for _, element in events:
            if len(found) >= MAX_ENTRIES or len(children) >= MAX_ENTRIES:
                truncated = True
                break
            entry, is_news = _entry(url, element, zone)
            news = news or is_news
            if entry:
                (found if str(element.tag).endswith("url") else children).setdefault(entry.url, entry)
            _forget(element)
    except etree.XMLSyntaxError as error:
        if not found and not children:
            return Failure(url, Reason.UNREADABLE, f"the sitemap is no XML: {str(error)[:120]}")
        truncated = True
    if not found and not children and not _is_sitemap(events):
        return Failure(url, Reason.NOT_A_FEED, "no sitemap in it")
    return Sitemap(tuple(found.values()), tuple(children.values()), news, truncated)


def _is_sitemap(events: etree.iterparse) -> bool:
    root = events.root
    return root is not None and str(root.tag).rpartition("}")[2] in {"urlset", "sitemapindex"}


def _forget(element: etree._Element) -> None:
    """Frees an element that has been read, and those before it, so that memory stays level."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _entry(base: str, element: etree._Element, zone: str | None) -> tuple[Entry | None, bool]:
    """The story (or child sitemap) of one element, and whether it has the news extension."""
    values: dict[str, str] = {}
    news = False
    for node in element.iterdescendants("*"):
        namespace, _, name = str(node.tag).rpartition("}")
        if "image" in namespace or "video" in namespace:
            continue
        inside = "news:" if "news" in namespace or name.startswith("news:") else ""
        news = news or bool(inside)
        if node.text and node.text.strip():
            values.setdefault(inside + name.rpartition(":")[2], node.text)
    link = feed.link_of(base, values.get("loc"))
    if not link:
        return None, news
    title = feed.plain(values.get("news:title"))
    published = feed.instant(values.get("news:publication_date"), zone)
    return Entry(link, title, published, feed.instant(values.get("lastmod"), zone)), news


def robots_sitemaps(robots: str, base: str) -> tuple[str, ...]:
    """The sitemaps that a robots.txt names, absolute and each once, in order."""
    named = (feed.link_of(base, address) for address in Protego.parse(robots[:500_000]).sitemaps)
    return tuple(dict.fromkeys(address for address in named if address))
