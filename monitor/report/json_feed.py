"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), item by item. The change in the contract's shape is `_newswatch`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from monitor.report.feed import Entry, Feed, plain
from monitor.report.json_lines import change_json, iso, line
from monitor.report.safe import markup_safe

MEDIA = "application/feed+json"
VERSION = "https://jsonfeed.org/version/1.1"


def render(feed: Feed, entries: Iterable[Entry]) -> Iterator[bytes]:
    """The document in pieces, in UTF-8."""
    head = line(_head(feed))
    yield f'{head[:-1]}, "items": ['.encode()
    comma = ""
    for entry in entries:
        yield (comma + line(_item(entry))).encode("utf-8", "replace")
        comma = ",\n"
    yield b"]}\n"


def _head(feed: Feed) -> dict[str, Any]:
    found = {
        "version": VERSION,
        "title": markup_safe(feed.title),
        "home_page_url": feed.page,
        "feed_url": feed.address,
        "next_url": feed.next,
        "authors": [{"name": "newswatch"}],
        "language": "en",
    }
    return {name: value for name, value in found.items() if value}


def _item(entry: Entry) -> dict[str, Any]:
    found = {
        "id": entry.id,
        "url": entry.url,
        "external_url": entry.article,
        "title": entry.title,
        "content_html": entry.html,
        "content_text": plain(entry.record),
        "summary": entry.summary,
        "date_published": iso(entry.published),
        "date_modified": iso(entry.updated),
        "authors": [{"name": entry.author}],
        "tags": list(entry.tags),
        "_newswatch": change_json(entry.record),
    }
    return {name: value for name, value in found.items() if value is not None}
