"""A section or home page as a listing: the links on it that look like stories, each with the words it is announced by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.discover.address import AddressError, canonical, looks_like_article, same_site
from crawler.discover.feed import Entry
from crawler.extract.document import Document
from crawler.extract.parse import UnreadableError
from crawler.extract.parse import parse as parse_page
from db.types import Failure, Reason

MAX_LINKS: Final = 500
MAX_SECTIONS: Final = 12
_MOST_NAME: Final = 30
_LEAST_TITLE: Final = 15
"""Characters of the shortest words that can be a headline; CJK headlines are shorter than others and longer than menus."""
_LEAST_WIDE: Final = 8
_HEADS: Final = frozenset({"h1", "h2", "h3", "h4", "h5"})
_OUTSIDE: Final = frozenset({"nav", "footer", "form"})
_OUTSIDE_ROLES: Final = frozenset({"navigation", "contentinfo", "search", "menu", "menubar"})
_NEAR: Final = 8  # how many elements above a link are looked at
# beside a headline inside its link: what changes by itself, or says what the story is and not what it tells
_BESIDE: Final = re.compile(
    r"(?<![a-z])(?:time|date|ago|timestamp|updated|comment|count|badge|label|kicker|eyebrow|overline|author|byline|categor|rubri|"
    r"duration|length|rank|number|sr-only|visually-?hidden|screen-?reader|icon|share|live|teaser-?text|summary|deck|excerpt|"
    r"descri|standfirst|dek)",
    re.IGNORECASE,
)
_SILENT: Final = frozenset(
    {"time", "script", "style", "svg", "button", "noscript", "template", "figcaption", "picture"}
)
_FILE: Final = re.compile(
    r"\.(?:pdf|jpe?g|png|gif|webp|svg|mp[34]|m3u8|zip|xml|rss|atom|json|css|js|ics|apk|docx?|xlsx?)$"
)
_NO_STORY: Final = re.compile(
    r"""(?x) tags? | topics? | temas? | thema | themen | etiquetas? | keywords? | authors? | autor(?:en|es|i)? | auteurs?
    | profiles? | users? | search | suche | buscar | recherche | log-?in | sign-?in | register | account
    | subscri(?:be|ption) | abo | newsletters? | rss | feeds? | contact | about | privacy | terms | impressum
    | datenschutz | kontakt | wp-content"""
)
_DATE_ALONE: Final = re.compile(r"/(?:19|20)\d\d(?:/\d{1,2}){0,2}/?$|/(?:19|20)\d\d-\d\d(?:-\d\d)?/?$")


@dataclass(frozen=True, slots=True)
class Section:
    """A section page: its title and the stories it links to."""

    title: str | None
    entries: tuple[Entry, ...]


def parse(url: str, body: bytes, headers: Mapping[str, str], zone: str | None = None) -> Section | Failure:
    """A section page's stories; a `Failure` where the bytes hold no page or the page links to no story."""
    try:
        doc = parse_page(body, url, headers=headers, zone=zone)
    except UnreadableError as error:
        return Failure(url, error.reason, error.detail)
    found = links(doc)
    if not found:
        return Failure(url, Reason.NOT_A_FEED, "the page links to nothing that looks like a story")
    title = " ".join((doc.root.findtext(".//title") or "").split())[:200]
    return Section(title or None, found)


def links(doc: Document) -> tuple[Entry, ...]:
    """Stories that the page links to on its own site, in its order, each once.

    A story's address has a date, a long number or a long slug, or its words are a headline inside a heading or an `<article>`.
    Its title is the words of the heading it stands in or holds, else the longest it is linked by, without what changes by itself
    (times, counts): a change of it says that the story's headline was edited.
    """
    found: dict[str, tuple[bool, str]] = {}
    here = canonical_or_none(doc.url, doc.url)
    for anchor in doc.root.iter("a"):
        url = canonical_or_none(doc.url, anchor.get("href"))
        if not url or url == here or not same_site(doc.url, url):
            continue
        head, words = _title(anchor)
        if not _is_story(url, words, anchor, headed=head):
            continue
        if _better((head, words), found.get(url)):
            found[url] = head, words
        if len(found) >= MAX_LINKS:
            break
    return tuple(Entry(url, words or None) for url, (_, words) in found.items())


def sections(doc: Document) -> tuple[str, ...]:
    """Section pages that a home page's menus lead to, in their order: short addresses on its own site, by a word or two."""
    found: dict[str, None] = {}
    for anchor in doc.root.iter("a"):
        url = canonical_or_none(doc.url, anchor.get("href"))
        if url and same_site(doc.url, url) and _is_section(url, _words(anchor)) and _in_menu(anchor):
            found[url] = None
    found.pop(canonical_or_none(doc.url, doc.url) or "", None)
    return tuple(found)[:MAX_SECTIONS]


def _is_section(url: str, words: str) -> bool:
    parts = urlsplit(url)
    names = unquote(parts.path).lower().strip("/").split("/")
    if parts.query or not names[0] or len(names) > 2 or _FILE.search(parts.path) or not 0 < len(words) <= _MOST_NAME:
        return False
    return not any(_NO_STORY.fullmatch(name) or len(name) > _MOST_NAME for name in names) and not looks_like_article(
        url
    )


def _in_menu(anchor: HtmlElement) -> bool:
    return any(
        above.tag in {"nav", "header"} or above.get("role") in {"navigation", "menubar"} for above in _above(anchor)
    )


def _better(new: tuple[bool, str], known: tuple[bool, str] | None) -> bool:
    """Of one story's titles the first that is a heading's, else the longest."""
    if known is None:
        return True
    return not known[0] and (new[0] or len(new[1]) > len(known[1]))


def canonical_or_none(base: str, href: str | None) -> str | None:
    """The normal form of a link, or None where it is no page's."""
    if not href or href.startswith(("#", "mailto:", "javascript:", "tel:", "data:")):
        return None
    try:
        return canonical(urljoin(base, href.strip()))
    except (AddressError, ValueError):
        return None


def _title(anchor: HtmlElement) -> tuple[bool, str]:
    """Whether the link's words are a heading's, and the words."""
    inside = next((element for element in anchor.iterdescendants() if element.tag in _HEADS), None)
    if inside is not None:
        return True, _words(inside)
    headed = any(above.tag in _HEADS for above in _above(anchor))
    return headed, _words(anchor)


def _words(element: HtmlElement) -> str:
    told = " ".join(" ".join(_told(element)).split())
    return (told or " ".join(" ".join(element.itertext()).split()))[:300]


def _told(element: HtmlElement) -> Iterator[str]:
    """Text below an element without what stands beside a headline."""
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and not _is_beside(child):
            yield from _told(child)
        yield child.tail or ""


def _is_beside(element: HtmlElement) -> bool:
    if element.tag in _SILENT or element.get("aria-hidden") == "true":
        return True
    return element.tag not in _HEADS and bool(_BESIDE.search(element.get("class") or ""))


def _above(anchor: HtmlElement) -> Iterator[HtmlElement]:
    for number, element in enumerate(anchor.iterancestors()):
        if number >= _NEAR or element.tag == "body":
            return
        yield element


def _is_story(url: str, words: str, anchor: HtmlElement, *, headed: bool) -> bool:
    path = unquote(urlsplit(url).path).lower()
    if not path.strip("/") or _FILE.search(path) or _DATE_ALONE.search(path) or not words:
        return False
    above = list(_above(anchor))
    if any(element.tag in _OUTSIDE or element.get("role") in _OUTSIDE_ROLES for element in above):
        return False
    if any(_NO_STORY.fullmatch(part) for part in path.strip("/").split("/")):
        return False
    if looks_like_article(url):
        return True
    placed = headed or any(element.tag == "article" for element in above)
    return placed and len(words) >= _least(words) and path.rstrip("/").count("/") >= 2


def _least(words: str) -> int:
    wide = sum(ord(char) > 0x2E80 for char in words)
    return _LEAST_WIDE if wide * 2 > len(words) else _LEAST_TITLE
