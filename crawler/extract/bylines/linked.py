"""Names that the page's linked data and metas give, source by source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from crawler.extract import linked_data
from crawler.extract.bylines import names
from crawler.extract.bylines.names import House, Name
from crawler.extract.datelines.agencies import is_agency
from crawler.extract.datelines.places import fold
from crawler.extract.document import Document

MAX_ENTRIES = 30

METAS = (
    "author",
    "article:author",
    "article:author_name",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dcterms.creator",
    "dc.author",
    "cxenseparse:author",
    "byl",
    "byline",
    "og:author",
    "og:article:author",
    "book:author",
    "qc:author",
    "citation_author",
    "article_author",
    "articleauthor",
    "article:byline",
    "vr:author",
    "rbauthors",
    "twitter:data1",
)
_ADDRESS = re.compile(r"\s*(?:https?:)?//|^\s*[/@]|^\S*\.(?:com|org|net)/", re.IGNORECASE)
_HANDLE = re.compile(r"[\w.-]+")


def house(doc: Document) -> House:
    """Who publishes the page, by linked data, metas and host."""
    named = [
        linked_data.words(doc.article.get("publisher")),
        doc.first_meta("og:site_name"),
        doc.first_meta("application-name"),
    ]
    named += [doc.first_meta("publisher"), doc.first_meta("dc.publisher")]
    host = (urlsplit(doc.url).hostname or "").removeprefix("www.")
    labels = host.split(".")
    named += [host, labels[-2] if len(labels) > 1 else host]
    return House(frozenset(fold(name) for name in named if name), doc.language)


def sources(doc: Document, publisher: House) -> Iterator[tuple[str, tuple[Name, ...]]]:
    """Each source's name and the names it gives, best first; sources that give none are left out."""
    for key in ("author", "creator", "contributor"):
        found = tuple(_entries(doc.article.get(key), publisher))[:MAX_ENTRIES]
        if found:
            yield f"json_ld.{key}", _unique(found)
    for key in METAS:
        contents = [content for content in doc.meta.get(key, ()) if content.strip() and not _ADDRESS.match(content)]
        lines = [
            content for content in contents[:MAX_ENTRIES] if " " in content.strip() or not _is_handle(key, content)
        ]
        found = names.without_places(_unique(tuple(n for line in lines for n in names.parse(line, publisher))))
        if found:
            yield f"meta.{key}", found


def _is_handle(key: str, content: str) -> bool:
    """A lone lower-case token in the metas is a login, unless it is an agency's name."""
    token = content.strip()
    return (
        key != "author"
        and token.isascii()
        and token.islower()
        and bool(_HANDLE.fullmatch(token))
        and not is_agency(token)
    )


def _entries(value: Any, publisher: House) -> Iterator[Name]:
    """The names of a linked-data author: a string, an object, or a list of either."""
    if isinstance(value, list):
        for item in value[:MAX_ENTRIES]:
            yield from _entries(item, publisher)
    elif isinstance(value, Mapping):
        yield from _entry(value, publisher)
    elif isinstance(value, str) and not _ADDRESS.match(value):
        yield from names.parse(value, publisher)


def _entry(entry: Mapping[str, Any], publisher: House) -> Iterator[Name]:
    name = entry.get("name")
    if isinstance(name, list):
        yield from _entries([item for item in name if isinstance(item, str)], publisher)
        return
    if not isinstance(name, str) or not name.strip():
        parts = [entry.get("givenName"), entry.get("familyName")]
        name = " ".join(part for part in parts if isinstance(part, str))
    if _ADDRESS.match(name):
        return
    organisation = "Person" not in linked_data.types(entry) and any(
        "Organization" in t for t in linked_data.types(entry)
    )
    for found in names.parse(name, publisher):
        yield replace(found, kind="outlet") if organisation and found.kind == "person" else found


def _unique(found: tuple[Name, ...]) -> tuple[Name, ...]:
    return tuple({fold(name.text): name for name in reversed(found)}.values())[::-1]
