"""What is fuzzed: each takes bytes and must return in bounded time, with a value or the error it promises."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from crawler import opml
from crawler.discover import feed, sitemap
from crawler.discover.address import AddressError, canonical
from crawler.extract import dateline
from crawler.extract.date_text import Hints, find, parse_stamp
from crawler.extract.notices import split
from crawler.extract.reader import read
from crawler.fetch import robots
from crawler.fetch.limits import ROBOTS_AGENT
from crawler.sources import ConfigError, parse
from db.types import Article, Block, Failure, Role
from monitor.changes import compare
from tests.fuzz import wires

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
URL = "https://news.example/story"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def page(data: bytes) -> None:
    made = read(data, URL, fetched_at=NOW, zone="Asia/Manila")
    assert isinstance(made, Article | Failure)
    assert read(data, URL, fetched_at=NOW, zone="Asia/Manila") == made


def pair(data: bytes) -> None:
    middle = len(data) // 2
    before, after = (read(half, URL, fetched_at=NOW) for half in (data[:middle], data[middle:]))
    if isinstance(before, Article) and isinstance(after, Article):
        compare(before, after)
        assert compare(before, before) == ()


def feeds(data: bytes) -> None:
    made = feed.parse(URL, data, {})
    assert isinstance(made, feed.Feed | Failure)


def sitemaps(data: bytes) -> None:
    made = sitemap.parse(URL, data, {}, limit=1 << 20)
    assert isinstance(made, sitemap.Sitemap | Failure)


def datelines(data: bytes) -> None:
    text = _text(data)
    found = dateline.parse(text)
    assert found is None or found[0].text


def dates(data: bytes) -> None:
    text, hints = _text(data), Hints(now=NOW)
    find(text, hints)
    parse_stamp(text, hints)


def notices(data: bytes) -> None:
    blocks = tuple(Block(Role.PARAGRAPH, line) for line in _text(data).splitlines() if line.strip())
    found, left = split(blocks)
    assert len(left) <= len(blocks)
    assert all(notice.text.strip() for notice in found)


def addresses(data: bytes) -> None:
    try:
        once = canonical(_text(data))
    except AddressError:
        return
    assert canonical(once) == once


def rules(data: bytes) -> None:
    made = robots.read(data)
    made.can_fetch(URL, ROBOTS_AGENT)
    made.crawl_delay(ROBOTS_AGENT)


def configuration(data: bytes) -> None:
    with suppress(ConfigError):
        parse(_text(data))


def outlines(data: bytes) -> None:
    with suppress(opml.OpmlError):
        opml.read(data)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "page": page,
    "pair": pair,
    "feed": feeds,
    "sitemap": sitemaps,
    "dateline": datelines,
    "date": dates,
    "notice": notices,
    "address": addresses,
    "robots": rules,
    "configuration": configuration,
    "opml": outlines,
    **wires.TARGETS,
}
