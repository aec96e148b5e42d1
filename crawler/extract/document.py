"""One parsed page: every reader of a field reads from this tree, which is parsed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lxml.html import HtmlElement

INDEXED = ("a", "body", "h1", "h2", "h3", "link", "meta", "script", "time", "title")
"""The elements that several readers ask for: found in one pass over the tree, a pass a reader being a sixth of a millisecond."""


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed page and what stands in its head.

    `root` is the `<html>` element, comments and processing instructions dropped, scripts and styles still in it. `meta`
    maps the
    lower-cased `name`, `property`, `http-equiv` or `itemprop` of each `<meta>` to its contents in order. `linked` holds
    every JSON-LD
    object of the page, `@graph` and nested lists flattened, in order (microdata where the page has no JSON-LD article).
    `article` is the one of them that describes the story, empty where none does. `index` holds the elements of the
    `INDEXED` tags. `fetched_at` is aware; `zone` is the source's IANA time zone; `language` is what the markup declares,
    as a lower-case tag such as `en` or `pt-br`.
    """

    url: str
    root: HtmlElement
    meta: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    linked: tuple[Mapping[str, Any], ...] = ()
    fetched_at: datetime | None = None
    zone: str | None = None
    language: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    article: Mapping[str, Any] = field(default_factory=dict)
    index: Mapping[str, Sequence[HtmlElement]] = field(default_factory=dict)

    def all(self, tag: str) -> Sequence[HtmlElement]:
        """The page's elements of one of the `INDEXED` tags, in order."""
        return self.index[tag]

    def first_meta(self, *names: str) -> str | None:
        """The first non-empty content among the named metas, in the order asked."""
        for name in names:
            for content in self.meta.get(name, ()):
                if content.strip():
                    return content
        return None


def index(root: HtmlElement) -> dict[str, list[HtmlElement]]:
    """The elements of the `INDEXED` tags below `root`, in order."""
    found: dict[str, list[HtmlElement]] = {tag: [] for tag in INDEXED}
    for element in root.iter(*INDEXED):
        found[element.tag].append(element)
    return found
