"""The formats that changes are written in: one name, media type and writer each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from db.records import ChangeRecord
from monitor.report import atom, feed, html, json_feed, markdown, parquet, table, text
from monitor.report.about import About
from monitor.report.json_lines import change_json, line

Read = Callable[[], Iterable[ChangeRecord]]
"""Gives the changes anew at each call, newest first."""


@dataclass(frozen=True, slots=True)
class Format:
    """How changes are written. `render` gives the file in pieces; memory stays that of a few changes."""

    name: str
    extension: str
    media: str
    render: Callable[[Read, About], Iterator[bytes]]
    binary: bool = False


def _lines(records: Iterable[ChangeRecord]) -> Iterator[bytes]:
    return ((line(change_json(record)) + "\n").encode("utf-8", "replace") for record in records)


def _feed(about: About) -> feed.Feed:
    return feed.Feed(id=about.feed_id("\n".join(("report", *about.filters))), title=about.title, page=about.base)


def _atom(read: Read, about: About) -> Iterator[bytes]:
    """The newest change stands first and was altered last, but for a flapping one: a file made once says when it was made."""
    return atom.render(_feed(about), feed.entries(read(), about), about.until)


FORMATS = {
    found.name: found
    for found in (
        Format("text", "txt", "text/plain", lambda read, about: text.render(read(), about)),
        Format("html", "html", "text/html", html.render),
        Format("csv", "csv", "text/csv", lambda read, about: table.render(read(), about)),
        Format("markdown", "md", "text/markdown", lambda read, about: markdown.render(read(), about)),
        Format("jsonl", "jsonl", "application/x-ndjson", lambda read, _: _lines(read())),
        Format(
            "parquet",
            "parquet",
            "application/vnd.apache.parquet",
            lambda read, about: parquet.render(read(), about),
            binary=True,
        ),
        Format("atom", "atom", atom.MEDIA, _atom),
        Format(
            "json-feed",
            "json",
            json_feed.MEDIA,
            lambda read, about: json_feed.render(_feed(about), feed.entries(read(), about)),
        ),
    )
}
BY_EXTENSION = {found.extension: found for found in FORMATS.values()}
