"""Atom (RFC 4287), written entry by entry, so that a feed of any length takes the memory of one entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from lxml import etree

from monitor.report.about import AUTHORITY
from monitor.report.feed import Entry, Feed
from monitor.report.safe import markup_safe

MEDIA = "application/atom+xml"
NS = "http://www.w3.org/2005/Atom"
NAMES: Any = {None: NS}
GENERATOR = "newswatch"


def render(feed: Feed, entries: Iterable[Entry], updated: datetime) -> Iterator[bytes]:
    """The document in pieces, in UTF-8."""
    sink = BytesIO()
    with etree.xmlfile(sink, encoding="utf-8") as file:
        file.write_declaration()
        with file.element(f"{{{NS}}}feed", nsmap=NAMES):
            for child in _head(feed, updated):
                file.write(child)
            yield _drain(sink)
            for entry in entries:
                file.write(_entry(entry))
                yield _drain(sink)
    yield _drain(sink)


def _drain(sink: BytesIO) -> bytes:
    piece = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return piece


def _element(name: str, text: str | None = None, **attributes: str) -> Any:
    element: Any = etree.Element(f"{{{NS}}}{name}", attributes, nsmap=NAMES)
    element.text = text
    return element


def _author(name: str) -> Any:
    author = _element("author")
    author.append(_element("name", name))
    return author


def _instant(at: datetime) -> str:
    """RFC 3339 in UTC, with what the database keeps of a second."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _head(feed: Feed, updated: datetime) -> Iterator[Any]:
    yield _element("id", feed.id)
    yield _element("title", markup_safe(feed.title), type="text")
    yield _element("updated", _instant(updated))
    yield _author(GENERATOR)
    yield _element("generator", GENERATOR)
    yield _element("link", rel="alternate", type="text/html", href=feed.page)
    for rel, address in (("self", feed.address), ("first", feed.first), ("next", feed.next)):
        if address:
            yield _element("link", rel=rel, type=MEDIA, href=address)


def _entry(entry: Entry) -> Any:
    found = _element("entry")
    found.append(_element("id", entry.id))
    found.append(_element("title", entry.title, type="text"))
    found.append(_element("updated", _instant(entry.updated)))
    found.append(_element("published", _instant(entry.published)))
    found.append(_author(entry.author))
    found.append(_element("link", rel="alternate", type="text/html", href=entry.url))
    if entry.article:
        found.append(_element("link", rel="via", type="text/html", href=entry.article))
    for name, address in entry.archived:
        found.append(_element("link", rel="related", type="text/html", href=address, title=name))
    for tag in entry.tags:
        found.append(_element("category", term=tag, scheme=f"tag:{AUTHORITY},2026:words"))
    found.append(_element("summary", entry.summary, type="text"))
    found.append(_element("content", entry.html, type="html"))
    return found
