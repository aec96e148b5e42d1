"""Feeds, sitemaps and robots.txt of an outlet."""

from __future__ import annotations

import gzip
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from tests.newsroom.outlets import Outlet
from tests.newsroom.story import Story

FEED_LENGTH = 20
SITEMAPS = ("/post-sitemap1.xml", "/post-sitemap2.xml.gz", "/news-sitemap.xml")
INDEX = "/sitemap_index.xml"
SITEMAP_NS = "http://www.sitemaps.org/schemas/sitemap/0.9"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def listed(outlet: Outlet) -> list[Story]:
    """Stories that feeds and sitemaps show, newest first."""
    return [s for s in sorted(outlet.stories, key=lambda s: s.now.published, reverse=True) if s.listed]


def fingerprint(outlet: Outlet) -> str:
    return "|".join(f"{s.id}-{len(s.versions)}" for s in listed(outlet)[:FEED_LENGTH])


def feed(outlet: Outlet, path: str, now: datetime) -> str:
    """RSS 2.0, or Atom where the path says so."""
    stories = listed(outlet)[:FEED_LENGTH]
    return _atom(outlet, path, stories, now) if "atom" in path else _rss(outlet, path, stories, now)


def _rss(outlet: Outlet, path: str, stories: list[Story], now: datetime) -> str:
    entries = "".join(_rss_item(outlet, s) for s in stories)
    return (
        f'{HEAD}<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">'
        f"<channel><title>{escape(outlet.name)}</title><link>{outlet.base}/</link>"
        f'<atom:link href="{outlet.base}{path}" rel="self" type="application/rss+xml"/>'
        f"<description>{escape(outlet.name)}</description><language>{outlet.language}</language>"
        f"<lastBuildDate>{format_datetime(now)}</lastBuildDate>{entries}</channel></rss>"
    )


def _rss_item(outlet: Outlet, story: Story) -> str:
    version, url = story.now, outlet.base + story.path
    creators = "".join(f"<dc:creator>{escape(name)}</dc:creator>" for name in version.byline)
    tags = "".join(f"<category>{escape(tag)}</category>" for tag in version.tags)
    return (
        f"<item><title>{escape(version.surface('feed'))}</title><link>{url}?utm_source=rss&amp;utm_medium=feed</link>"
        f'<guid isPermaLink="false">{outlet.base}/?p={story.id}</guid>'
        f"<pubDate>{format_datetime(outlet.local(version.published))}</pubDate>{creators}{tags}"
        f"<description>{escape(version.deck)}</description></item>"
    )


def _atom(outlet: Outlet, path: str, stories: list[Story], now: datetime) -> str:
    entries = "".join(_atom_entry(outlet, s) for s in stories)
    return (
        f'{HEAD}<feed xmlns="http://www.w3.org/2005/Atom"><title>{escape(outlet.name)}</title>'
        f'<id>{outlet.base}{path}</id><link rel="self" href="{outlet.base}{path}"/><link href="{outlet.base}/"/>'
        f"<updated>{now.isoformat()}</updated>{entries}</feed>"
    )


def _atom_entry(outlet: Outlet, story: Story) -> str:
    version, url = story.now, outlet.base + story.path
    authors = "".join(f"<author><name>{escape(name)}</name></author>" for name in version.byline)
    return (
        f'<entry><title>{escape(version.surface("feed"))}</title><link href="{url}"/><id>{outlet.base}/?p={story.id}</id>'
        f"<published>{version.published.isoformat()}</published>"
        f"<updated>{(version.modified or version.published).isoformat()}</updated>{authors}"
        f"<summary>{escape(version.deck)}</summary></entry>"
    )


def sitemap(outlet: Outlet, path: str) -> bytes | None:
    """The sitemap or index at a path; None where there is none."""
    if path == INDEX:
        return _index(outlet).encode()
    if path not in SITEMAPS:
        return None
    stories = listed(outlet)
    half = len(stories) // 2
    if path == SITEMAPS[2]:
        return _news(outlet, stories).encode()
    text = _urls(outlet, stories[:half] if path == SITEMAPS[0] else stories[half:]).encode()
    return gzip.compress(text, mtime=0) if path.endswith(".gz") else text


def _index(outlet: Outlet) -> str:
    rows = "".join(f"<sitemap><loc>{outlet.base}{path}</loc></sitemap>" for path in SITEMAPS)
    return f'{HEAD}<sitemapindex xmlns="{SITEMAP_NS}">{rows}</sitemapindex>'


def _urls(outlet: Outlet, stories: list[Story]) -> str:
    rows = "".join(
        f"<url><loc>{outlet.base}{s.path}</loc>"
        f"<lastmod>{(s.now.modified or s.now.published).isoformat()}</lastmod></url>"
        for s in stories
    )
    return f'{HEAD}<urlset xmlns="{SITEMAP_NS}">{rows}</urlset>'


def _news(outlet: Outlet, stories: list[Story]) -> str:
    rows = "".join(
        f"<url><loc>{outlet.base}{s.path}</loc><news:news><news:publication><news:name>{escape(outlet.name)}</news:name>"
        f"<news:language>{outlet.language}</news:language></news:publication>"
        f"<news:publication_date>{outlet.local(s.now.published).isoformat()}</news:publication_date>"
        f"<news:title>{escape(s.now.surface('feed'))}</news:title></news:news></url>"
        for s in stories
    )
    news = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    return f'{HEAD}<urlset xmlns="{SITEMAP_NS}" {news}>{rows}</urlset>'


def robots_txt(outlet: Outlet) -> str:
    robots = outlet.robots
    if robots.text is not None:
        return robots.text
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in robots.disallow)]
    if robots.crawl_delay is not None:
        lines.append(f"Crawl-delay: {robots.crawl_delay:g}")
    if robots.sitemaps:
        lines += ["", f"Sitemap: {outlet.base}{INDEX}", f"Sitemap: {outlet.base}{SITEMAPS[2]}"]
    return "\n".join(lines) + "\n"
