"""Feeds and sitemaps that are not what they should be. Each takes the zoo's base address."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

from tests.newsroom.wire import Reply
from tests.newsroom.zoo_pages import ARTICLE

XML = "application/xml"
RSS = "application/rss+xml; charset=utf-8"
NS = "http://www.sitemaps.org/schemas/sitemap/0.9"
MANY = 50_000
LAUGHS = "".join(f'<!ENTITY lol{i} "{f"&lol{i - 1};" * 10}">' if i else '<!ENTITY lol0 "lol">' for i in range(10))
HEAD = '<?xml version="1.0"?>'


def _rss(items: str, doctype: str = "") -> bytes:
    return (
        f"{HEAD}{doctype}<rss version='2.0'><channel><title>Zoo</title><link>/</link>{items}</channel></rss>".encode()
    )


def _item(base: str, name: str, *, date: str = "", title: str = "Bridge reopens") -> str:
    when = f"<pubDate>{date}</pubDate>" if date else ""
    return f"<item><title>{title}</title><link>{base}/{name}</link>{when}</item>"


def _bad_dates(base: str) -> Reply:
    dates = ("yesterday", "Thu, 32 Foo 2026 25:61:00 +9900", "0", "99999999999999999999", "2026-13-45T00:00:00Z", "")
    return Reply(
        200, _rss("".join(_item(base, f"article?d={i}", date=d) for i, d in enumerate(dates))), content_type=RSS
    )


def _bad_links(base: str) -> Reply:
    links = (
        "",
        "javascript:alert(1)",
        "mailto:desk@example.org",
        "http://[broken",
        "ftp://x/y",
        "/zoo/article",
        "#top",
    )
    items = "".join(f"<item><title>Link {i}</title><link>{link}</link></item>" for i, link in enumerate(links))
    return Reply(200, _rss(items), content_type=RSS)


def _bomb_feed(base: str) -> Reply:
    doctype = f"<!DOCTYPE rss [{LAUGHS}]>"
    return Reply(200, _rss(_item(base, "article", title="&lol9;"), doctype), content_type=RSS)


def _external_feed(base: str) -> Reply:
    doctype = '<!DOCTYPE rss [<!ENTITY secret SYSTEM "file:///etc/hostname">]>'
    return Reply(200, _rss(_item(base, "article", title="&secret;"), doctype), content_type=RSS)


def _bomb_sitemap(base: str) -> Reply:
    text = (
        f'{HEAD}<!DOCTYPE urlset [{LAUGHS}]><urlset xmlns="{NS}"><url><loc>{base}/article?&lol9;</loc></url></urlset>'
    )
    return Reply(200, text.encode(), content_type=XML)


def sitemap_text(base: str, count: int) -> bytes:
    rows = "".join(
        f"<url><loc>{base}/article?n={i}</loc><lastmod>2026-03-{i % 28 + 1:02}</lastmod></url>" for i in range(count)
    )
    return f'{HEAD}<urlset xmlns="{NS}">{rows}</urlset>'.encode()


def _index(base: str, *names: str) -> Reply:
    rows = "".join(f"<sitemap><loc>{base}/{name}</loc></sitemap>" for name in names)
    return Reply(200, f'{HEAD}<sitemapindex xmlns="{NS}">{rows}</sitemapindex>'.encode(), content_type=XML)


def _json_feed(base: str) -> Reply:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Zoo",
        "items": [{"id": "1", "url": f"{base}/article"}],
    }
    return Reply(200, json.dumps(feed).encode(), content_type="application/feed+json")


FEEDS: dict[str, Callable[[str], Reply]] = {
    "feed-good": lambda base: Reply(200, _rss(_item(base, "article")), content_type=RSS),
    "feed-html": lambda _: Reply(200, ARTICLE),
    "feed-html-as-rss": lambda _: Reply(200, ARTICLE, content_type=RSS),
    "feed-empty": lambda _: Reply(200, b"", content_type=RSS),
    "feed-no-items": lambda _: Reply(200, _rss(""), content_type=RSS),
    "feed-cut": lambda base: Reply(200, _rss(_item(base, "article") * 3)[:-60], content_type=RSS),
    "feed-bomb": _bomb_feed,
    "feed-external": _external_feed,
    "feed-bad-dates": _bad_dates,
    "feed-bad-links": _bad_links,
    "feed-json": _json_feed,
    "feed-binary": lambda _: Reply(200, bytes(range(256)) * 40, content_type=RSS),
    "feed-latin1": lambda base: Reply(
        200,
        _rss(_item(base, "article", title="Café señor"))
        .decode()
        .replace(HEAD, '<?xml version="1.0" encoding="iso-8859-1"?>')
        .encode("latin-1"),
        content_type="application/rss+xml",
    ),
    "sitemap-good": lambda base: Reply(200, sitemap_text(base, 3), content_type=XML),
    "sitemap-bomb": _bomb_sitemap,
    "sitemap-50k": lambda base: Reply(200, sitemap_text(base, MANY), content_type=XML),
    "sitemap-50k.xml.gz": lambda base: Reply(
        200, gzip.compress(sitemap_text(base, MANY), 6, mtime=0), content_type="application/gzip"
    ),
    "sitemap-gz-bomb.xml.gz": lambda _: Reply(
        200, gzip.compress(b" " * (100 << 20), 9, mtime=0), content_type="application/gzip"
    ),
    "sitemap-gz-bad.xml.gz": lambda _: Reply(200, b"\x1f\x8bnot really gzip" * 20, content_type="application/gzip"),
    "sitemap-index": lambda base: _index(base, "sitemap-good"),
    "sitemap-loop": lambda base: _index(base, "sitemap-loop-2", "sitemap-good"),
    "sitemap-loop-2": lambda base: _index(base, "sitemap-loop", "sitemap-loop-2"),
    "sitemap-html": lambda _: Reply(200, ARTICLE, content_type="text/html"),
    "sitemap-cut": lambda base: Reply(200, sitemap_text(base, 50)[:-300], content_type=XML),
    "sitemap-text": lambda base: Reply(200, f"{base}/article\n{base}/slow\n".encode(), content_type="text/plain"),
}
