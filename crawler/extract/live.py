"""Live pages: the entries of a live blog and the time each carries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from lxml.html import HtmlElement

from crawler.extract import linked_data, normalise
from crawler.extract.bodies import patterns
from crawler.extract.document import Document
from db.types import Block, Role

FEWEST = 3
"""Fewer timed entries than this make no live blog where the page does not say that it is one."""

_ENTRY_WORDS = """
live_entry live_post live_update live_blog_entry live_blog_post live_blog_update live_blog_item liveblog_entry liveblog_post
liveblog_update liveblog_item liveblogentry liveblogpost ticker_entry ticker_item ticker_post liveticker_entry liveticker_item
lb_post lb_entry timeline_entry live_event stream_entry live_card
"""
_ENTRY = frozenset(_ENTRY_WORDS.split())
_STEMS = ("live", "ticker", "lb", "timeline", "stream")
"""One of these stands in every name of an entry: it spares most names the parting."""
_TAGS = ("article", "div", "li", "section")


def is_declared(doc: Document) -> bool:
    """Whether the page's linked data calls it a live blog."""
    return any("LiveBlogPosting" in linked_data.types(item) for item in (doc.article, *doc.linked[:40]))


def entries(doc: Document) -> dict[HtmlElement, str]:
    """The elements that are a live page's entries, in order, each with its time: ISO where the markup gives it, else as shown."""
    declared = is_declared(doc)
    least = 1 if declared else FEWEST
    if len(doc.all("time")) < least:
        return {}
    found: dict[HtmlElement, str] = {}
    for element in doc.root.iter(*_TAGS):
        if _is_entry(element, declared=declared) and (at := _time(element)):
            found[element] = at
    outer = {element: at for element, at in found.items() if not _inside(element, found)}
    return outer if len(outer) >= least else {}


def _is_entry(element: HtmlElement, *, declared: bool) -> bool:
    attributes = element.attrib
    if not attributes:
        return False
    if "liveBlogUpdate" in attributes.get("itemprop", ""):
        return True
    if declared and "BlogPosting" in (kind := attributes.get("itemtype", "")) and "LiveBlogPosting" not in kind:
        return True
    names = attributes.get("class")
    return bool(names) and _names_entry(names)


@lru_cache(maxsize=65536)
def _names_entry(names: str) -> bool:
    lowered = names.lower()
    return any(stem in lowered for stem in _STEMS) and not _ENTRY.isdisjoint(patterns.all_words(names))


def _time(element: HtmlElement) -> str | None:
    for time in element.iter("time"):
        said = time.get("datetime") or normalise.element_text(time)
        if said.strip():
            return str(said.strip())
    return None


def _inside(element: HtmlElement, found: Mapping[HtmlElement, str]) -> bool:
    return any(above in found for above in element.iterancestors(*_TAGS))


def linked_entries(doc: Document) -> tuple[Block, ...]:
    """The entries that the linked data tells, for a page whose markup shows none: headings and paragraphs with their times."""
    blocks: list[Block] = []
    for item in (doc.article, *doc.linked):
        if "LiveBlogPosting" not in linked_data.types(item):
            continue
        updates = item.get("liveBlogUpdate")
        for update in updates if isinstance(updates, list) else [updates]:
            if isinstance(update, dict):
                blocks += _update(update)
        if blocks:
            break
    return tuple(blocks)


def _update(update: Mapping[str, Any]) -> Iterator[Block]:
    at = next((update[key] for key in ("datePublished", "dateModified") if isinstance(update.get(key), str)), None)
    heading = update.get("headline")
    if isinstance(heading, str) and (told := normalise.text(heading)):
        yield Block(Role.HEADING.value, told, at)
    body = update.get("articleBody")
    for line in body.split("\n") if isinstance(body, str) else ():
        if told := normalise.text(line):
            yield Block(Role.PARAGRAPH.value, told, at)
