"""What a home or article page says of its outlet: feeds, sitemaps, name, language, time zone. Nothing is fetched here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from crawler.discover.address import AddressError, canonical, same_site
from crawler.discover.sitemap import robots_sitemaps
from crawler.extract.date_zone import page_zone
from crawler.extract.document import Document

MAX_FOUND: Final = 50
COMMON_FEEDS: Final = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feeds", "/feed.json")
"""Where a feed often stands when no page names one: worth a try, and no more than that."""
COMMON_SITEMAPS: Final = (
    "/news-sitemap.xml",
    "/sitemap-news.xml",
    "/sitemap_news.xml",
    "/sitemap.xml",
    "/sitemap_index.xml",
)

_FEED_TYPES: Final = re.compile(
    r"^\s*(?:application/(?:rss|atom|rdf|feed)\+(?:xml|json)|text/(?:rss|atom)|application/x\.atom)", re.IGNORECASE
)
_FEED_ADDRESS: Final = re.compile(
    r"(?:^|[/._-])(?:rss|atom|feeds?|xml|rdf)(?:[/._-]|\d*$)|\.(?:rss|atom|rdf)$|[?&](?:feed|format|type)=(?:rss|atom)",
    re.IGNORECASE,
)
_FEED_WORDS: Final = re.compile(r"(?<!\w)(?:rss|atom|feeds?)(?!\w)", re.IGNORECASE)
_COMMENTS: Final = re.compile(r"comment|kommentar|commentaire|comentario|reactie", re.IGNORECASE)
_NOT_FEED: Final = re.compile(
    r"\.(?:png|jpe?g|gif|svg|css|js|pdf|html?|php/?)$|/(?:oembed|wp-json|osd|opensearch)", re.IGNORECASE
)
_NAME_METAS: Final = (
    "og:site_name",
    "application-name",
    "apple-mobile-web-app-title",
    "publisher",
    "article:publisher",
    "twitter:site",
)
_TITLE_ENDS: Final = re.compile(r"\s+[|–—·:-]\s+")


@dataclass(frozen=True, slots=True)
class Link:
    """An address and the words it goes by."""

    url: str
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """An outlet as one of its pages shows it. `zone_why` says what the zone was told by: "country of the address", "language"."""

    home: str
    name: str
    language: str | None = None
    zone: str | None = None
    zone_why: str | None = None
    feeds: tuple[Link, ...] = ()
    sitemaps: tuple[str, ...] = ()


def find(doc: Document, robots: str | None = None) -> Findings:
    """Feeds (those of the head first, then those of the text; no comment feeds), robots.txt's sitemaps, who the outlet is."""
    home = urljoin(doc.url, "/")
    zone = page_zone(doc.url, doc.language)
    named = robots_sitemaps(robots, home) if robots else ()
    return Findings(
        home=home,
        name=_name(doc),
        language=doc.language,
        zone=zone[0] if zone else None,
        zone_why=zone[1] if zone else None,
        feeds=_unique([*_alternates(doc), *_visible(doc)]),
        sitemaps=news_first(tuple(dict.fromkeys((*named, *_linked_sitemaps(doc))))),
    )


def guesses(home: str) -> tuple[Link, ...]:
    """Addresses of feeds worth a try where `find` found none."""
    return tuple(Link(urljoin(home, path)) for path in COMMON_FEEDS)


def sitemap_guesses(home: str) -> tuple[str, ...]:
    """Addresses of sitemaps worth a try where robots.txt names none."""
    return tuple(urljoin(home, path) for path in COMMON_SITEMAPS)


def news_first(sitemaps: tuple[str, ...]) -> tuple[str, ...]:
    """Sitemaps with those of news first: they are short, fresh and dated."""
    return tuple(
        sorted(sitemaps, key=lambda url: not re.search(r"news|latest|recent|today", urlsplit(url).path, re.IGNORECASE))
    )


def _alternates(doc: Document) -> Iterator[Link]:
    for link in doc.root.iter("link"):
        kinds = (link.get("rel") or "").lower().split()
        if "alternate" in kinds and _FEED_TYPES.match(link.get("type") or ""):
            yield from _feed(doc, link.get("href"), link.get("title"))


def _visible(doc: Document) -> Iterator[Link]:
    """Links in the text to feeds on the same site: by their address and by their words or look."""
    for anchor in doc.root.iter("a"):
        href = anchor.get("href") or ""
        if not _FEED_ADDRESS.search(href) or _NOT_FEED.search(href):
            continue
        words = " ".join(" ".join(anchor.itertext()).split())[:200]
        marks = f"{words} {anchor.get('class', '')} {anchor.get('title', '')} {anchor.get('aria-label', '')}"
        surely = re.search(r"\.(?:rss|atom|rdf|xml)(?:$|\?)|/(?:rss|feed)/?$", href, re.IGNORECASE)
        if surely or _FEED_WORDS.search(marks):
            yield from _feed(doc, href, words or None, outside=False)


def _feed(doc: Document, href: str | None, title: str | None, *, outside: bool = True) -> Iterator[Link]:
    url = _absolute(doc, href)
    if not url or url.rstrip("/") == doc.url.rstrip("/"):
        return
    if _COMMENTS.search(f"{title or ''} {urlsplit(url).path}") or re.search(r"/(?:oembed|wp-json)", url):
        return
    if outside or same_site(doc.url, url):
        yield Link(url, " ".join((title or "").split()) or None)


def _linked_sitemaps(doc: Document) -> Iterator[str]:
    for link in doc.root.iter("link"):
        if (link.get("rel") or "").lower() == "sitemap" and (url := _absolute(doc, link.get("href"))):
            yield url


def _absolute(doc: Document, href: str | None) -> str | None:
    if not href or len(href) > 2000:
        return None
    try:
        return canonical(urljoin(doc.url, href.strip()))
    except (AddressError, ValueError):
        return None


def _unique(links: list[Link]) -> tuple[Link, ...]:
    found: dict[str, Link] = {}
    for link in links:
        found.setdefault(link.url, link)
    return tuple(found.values())[:MAX_FOUND]


def _name(doc: Document) -> str:
    """The outlet's name: as its metas or linked data give it, else the end of the page's title, else its host."""
    said = doc.first_meta(*_NAME_METAS)
    if said and "/" not in said:
        return " ".join(said.lstrip("@").split())[:80]
    for item in doc.linked:
        publisher = item.get("publisher")
        name = publisher.get("name") if isinstance(publisher, dict) else None
        if isinstance(name, str) and name.strip():
            return " ".join(name.split())[:80]
    host = (urlsplit(doc.url).hostname or "").removeprefix("www.")
    return _title_name(" ".join((doc.root.findtext(".//title") or "").split()), host) or host


def _title_name(title: str, host: str) -> str | None:
    """The part of a title that has the host's first word in it: "Home - The Harbour Post" at harbourpost.example."""
    squeezed = re.sub(r"[^a-z0-9]", "", host.split(".", maxsplit=1)[0].lower())
    for part in _TITLE_ENDS.split(title):
        plain = re.sub(r"[^a-z0-9]", "", part.lower())
        if plain and len(part) <= 60 and (plain in squeezed or squeezed in plain):
            return part.strip()
    return None
