"""RSS, Atom, RDF and JSON feeds, read with feedparser from bytes already fetched: nothing is fetched here."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin

import feedparser

from crawler.discover.address import AddressError, canonical
from crawler.extract.date_text import Hints, parse_stamp
from crawler.extract.date_zone import iso, zone_of
from db.types import Failure, Reason

MAX_BYTES: Final = 20 * 1024 * 1024
MAX_ENTRIES: Final = 5000
_ROOT: Final = re.compile(rb"<(?:[\w-]+:)?(?:rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
_HTML: Final = re.compile(
    rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE | re.DOTALL
)
_ENTITY: Final = re.compile(rb"<!ENTITY\s+(%\s*)?[^\s>]+\s+(SYSTEM|PUBLIC|\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_REFERENCE: Final = re.compile(rb"&(?!#|amp;|lt;|gt;|quot;|apos;)[\w.-]+;|%[\w.-]+;")
_NO_HINTS: Final = Hints()
_LINK: Final = re.compile(r"""<([^<>\s]{1,2000})>\s*;[^,<>]{0,200}?\brel\s*=\s*"?([\w\s-]{1,100})""", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^>]{1,300}>")


@dataclass(frozen=True, slots=True)
class Entry:
    """One story that a feed or sitemap names. `published` and `updated` are ISO 8601, or None."""

    url: str
    title: str | None = None
    published: str | None = None
    updated: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as read. `ttl_minutes` is how long its publisher asks to be left alone; `hub` its WebSub hub, `topic` the address
    by which that hub knows it (None: the one it was fetched by)."""

    entries: tuple[Entry, ...]
    title: str | None = None
    language: str | None = None
    home: str | None = None
    ttl_minutes: int | None = None
    hub: str | None = None
    topic: str | None = None


def parse(url: str, body: bytes, headers: Mapping[str, str] | None = None, zone: str | None = None) -> Feed | Failure:
    """The feed in `body`, in its own order, each address once. `zone` is the source's, for dates that name none.

    A Failure where there is none: `empty`, `too_large`, `not_a_feed`. Never raises on what the bytes hold.
    """
    if not body.strip():
        return Failure(url, Reason.EMPTY, "the feed is empty")
    if len(body) > MAX_BYTES:
        return Failure(url, Reason.TOO_LARGE, f"the feed has {len(body)} bytes; {MAX_BYTES} are read")
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json_feed(url, body, zone)
    if _HTML.match(body[:4096]):
        return Failure(url, Reason.NOT_A_FEED, "this is a web page (HTML), not a feed; look for the feed's own address")
    if not _is_xml_feed(body):
        return Failure(url, Reason.NOT_A_FEED, "no RSS, Atom, RDF or JSON feed in it")
    if is_entity_bomb(body):
        return Failure(url, Reason.NOT_A_FEED, "it declares XML entities that expand or load others, and is refused")
    return _xml_feed(url, body, headers or {}, zone)


def _is_xml_feed(body: bytes) -> bool:
    start = body[:16384]
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        start = start.decode("utf-16", "replace").encode()
    return bool(_ROOT.search(start))


def is_entity_bomb(body: bytes) -> bool:
    """Whether an XML document type declares an entity that refers to another, or to another file."""
    text = body
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = body.decode("utf-16", "replace").encode()
    if not re.search(rb"<!ENTITY", text[:1_000_000], re.IGNORECASE):
        return False
    return any(
        match[1] or match[2][:1] not in b"\"'" or len(match[2]) > 2000 or _REFERENCE.search(match[2])
        for match in _ENTITY.finditer(text[:1_000_000])
    )


def _xml_feed(url: str, body: bytes, headers: Mapping[str, str], zone: str | None) -> Feed | Failure:
    declared = next((headers[name] for name in headers if name.lower() == "content-type"), "application/xml")
    try:
        parsed = feedparser.parse(
            io.BytesIO(body),
            response_headers={"content-location": url, "content-type": declared},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError) as error:
        return Failure(url, Reason.UNREADABLE, f"the feed cannot be read: {type(error).__name__}")
    if not parsed.get("version") and not parsed.entries:
        return Failure(url, Reason.NOT_A_FEED, "no RSS, Atom, RDF or JSON feed in it")
    about = parsed.feed
    return Feed(
        _unique(_entry(url, item, zone) for item in parsed.entries[:MAX_ENTRIES]),
        title=plain(about.get("title")),
        language=plain(about.get("language")),
        home=link_of(url, about.get("link")),
        ttl_minutes=_minutes(about.get("ttl")),
        hub=_linked("hub", url, about, headers),
        topic=_linked("self", url, about, headers),
    )


def _linked(rel: str, url: str, about: Mapping[str, Any], headers: Mapping[str, str]) -> str | None:
    """A link of the feed by its relation: that of the answer's Link header before that of the document (WebSub, 4)."""
    values = [value for name, value in headers.items() if name.lower() == "link"]
    found = [match[1] for value in values for match in _LINK.finditer(value[:8192]) if rel in match[2].lower().split()]
    found += [link["href"] for link in about.get("links", ()) if link.get("rel") == rel and link.get("href")]
    return next((link for address in found if (link := _http(url, address))), None)


def _http(base: str, address: str) -> str | None:
    """An address as it is written, for hubs compare it by its letters; None where it is none to be asked."""
    try:
        full = urljoin(base, address.strip())
        canonical(full)
    except (AddressError, ValueError):
        return None
    return full


def _entry(feed_url: str, item: dict[str, Any], zone: str | None) -> Entry | None:
    address = (
        item.get("feedburner_origlink")
        or item.get("link")
        or (item.get("id") if item.get("guidislink", True) else None)
    )
    link = link_of(feed_url, address)
    if not link:
        return None
    published = item.get("published") or item.get("created")
    return Entry(link, plain(item.get("title")), instant(published, zone), instant(dict.get(item, "updated"), zone))


def _json_feed(url: str, body: bytes, zone: str | None) -> Feed | Failure:
    """JSON Feed 1.0 and 1.1 (jsonfeed.org)."""
    try:
        about = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return Failure(url, Reason.NOT_A_FEED, "it begins like JSON and cannot be read as such")
    items = about.get("items") if isinstance(about, dict) else None
    if not isinstance(items, list) or "jsonfeed" not in str(about.get("version", "")):
        return Failure(url, Reason.NOT_A_FEED, "this is JSON, but no JSON Feed")
    entries = (_json_entry(url, item, zone) for item in items[:MAX_ENTRIES] if isinstance(item, dict))
    return Feed(
        _unique(entries),
        title=plain(about.get("title")),
        language=plain(about.get("language")),
        home=link_of(url, about.get("home_page_url")),
        hub=_json_hub(url, about.get("hubs")),
        topic=_http(url, about["feed_url"]) if isinstance(about.get("feed_url"), str) else None,
    )


def _json_hub(url: str, hubs: object) -> str | None:
    """The WebSub hub of a JSON feed; `rssCloud` and others are no hubs of this kind."""
    named = [hub for hub in hubs if isinstance(hub, dict)] if isinstance(hubs, list) else []
    addresses = (hub.get("url") for hub in named if str(hub.get("type", "")).lower() == "websub")
    return next((link for address in addresses if isinstance(address, str) and (link := _http(url, address))), None)


def _json_entry(feed_url: str, item: Mapping[str, Any], zone: str | None) -> Entry | None:
    link = link_of(feed_url, item.get("url") or item.get("id"))
    if not link:
        return None
    return Entry(
        link,
        plain(item.get("title")),
        instant(item.get("date_published"), zone),
        instant(item.get("date_modified"), zone),
    )


def _unique(entries: Any) -> tuple[Entry, ...]:
    by_url: dict[str, Entry] = {}
    for entry in entries:
        if entry is not None:
            by_url.setdefault(entry.url, entry)
    return tuple(by_url.values())


def plain(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    return " ".join(_TAG.sub(" ", value[:2000]).split()) or None


def link_of(base: str, value: object) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        text = value.strip()
        return canonical(text if text.startswith(("http://", "https://")) else urljoin(base, text))
    except (AddressError, ValueError):
        return None


def instant(value: object, zone: str | None) -> str | None:
    if not isinstance(value, str):
        return None
    moment = parse_stamp(value, _NO_HINTS)
    return iso(moment, zone_of(zone) if zone else None) if moment else None


def _minutes(value: object) -> int | None:
    text = str(value or "").strip()
    return min(int(text), 10080) if text.isascii() and text.isdigit() and len(text) < 7 and int(text) > 0 else None
