"""A section or home page as a listing: the links on it that look like stories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.discover.address import AddressError, canonical, looks_like_article, same_site
from crawler.discover.feed import Entry
from crawler.extract.document import Document
from crawler.extract.parse import UnreadableError
from crawler.extract.parse import parse as parse_page
from db.types import Failure, Reason

MAX_LINKS: Final = 500
_LEAST_TITLE: Final = 15
"""Characters of the shortest words that can be a headline; CJK headlines are shorter than others and longer than menus."""
_OUTSIDE: Final = frozenset({"nav", "footer"})


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
    """Stories that the page links to on its own site, in its order, each once with its longest words.

    A story's address has a date, a long number or a long slug, or its words are a headline inside a heading or an `<article>`.
    """
    found: dict[str, str] = {}
    here = canonical_or_none(doc.url, doc.url)
    for anchor in doc.root.iter("a"):
        url = canonical_or_none(doc.url, anchor.get("href"))
        if not url or url == here or not same_site(doc.url, url):
            continue
        words = " ".join(" ".join(anchor.itertext()).split())[:300]
        if _is_story(url, words, anchor) and len(words) >= len(found.get(url, "")):
            found[url] = words
        if len(found) >= MAX_LINKS:
            break
    return tuple(Entry(url, words or None) for url, words in found.items())


def canonical_or_none(base: str, href: str | None) -> str | None:
    """The normal form of a link, or None where it is no page's."""
    if not href or href.startswith(("#", "mailto:", "javascript:", "tel:", "data:")):
        return None
    try:
        return canonical(urljoin(base, href.strip()))
    except (AddressError, ValueError):
        return None


def _is_story(url: str, words: str, anchor: HtmlElement) -> bool:
    if not urlsplit(url).path.strip("/"):
        return False
    above = {parent.tag for parent in list(anchor.iterancestors())[:8]}
    if above & _OUTSIDE:
        return False
    if looks_like_article(url):
        return True
    heads = (
        above & {"h1", "h2", "h3", "h4", "article"}
        or anchor.find(".//h2") is not None
        or anchor.find(".//h3") is not None
    )
    return len(words) >= _LEAST_TITLE and bool(heads) and urlsplit(url).path.count("/") >= 2
