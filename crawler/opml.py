"""OPML 2.0 (opml.org/spec2.opml): a source as an outline with its feeds, sitemaps and sections in it.

Zone, language and pace travel as attributes in newswatch's namespace, which other readers pass by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from zoneinfo import available_timezones

from lxml import etree

from crawler.discover.address import AddressError, canonical
from crawler.discover.feed import is_entity_bomb
from crawler.sources import Source

MAX_BYTES: Final = 5 * 1024 * 1024
NAMESPACE: Final = "https://newswatch.invalid/opml"
_ZONE, _LANGUAGE, _PACE = (f"{{{NAMESPACE}}}{name}" for name in ("zone", "language", "pace"))


class OpmlError(ValueError):
    """The file is no OPML; the message says why."""


def write(sources: Iterable[Source], title: str = "newswatch sources") -> bytes:
    """The sources as an OPML file (UTF-8). Patterns and settings of this home stay behind."""
    root = etree.Element("opml", version="2.0", nsmap={"newswatch": NAMESPACE})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    for source in sources:
        _outline(body, source)
    out: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return out


def _outline(body: etree._Element, source: Source) -> None:
    outline = etree.SubElement(body, "outline", text=source.name)
    for name, value in (
        ("htmlUrl", source.home),
        (_ZONE, source.zone),
        (_LANGUAGE, source.language),
        (_PACE, source.pace),
    ):
        if value is not None:
            outline.set(name, str(value))
    for kind, addresses in (("rss", source.feeds), ("sitemap", source.sitemaps), ("section", source.sections)):
        for address in addresses:
            etree.SubElement(outline, "outline", text=source.name, type=kind, xmlUrl=address)


def read(body: bytes) -> tuple[Source, ...]:
    """The sources of an OPML file: feeds in one outline make one source, other feeds one each. Raises OpmlError."""
    if len(body) > MAX_BYTES:
        raise OpmlError(f"the file has {len(body)} bytes; {MAX_BYTES} are read")
    if is_entity_bomb(body):
        raise OpmlError("the file declares XML entities that expand or load others, and is refused")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise OpmlError(f"the file is no XML: {error}") from error
    found = root.find("body") if root.tag == "opml" else None
    if found is None:
        raise OpmlError("the file is no OPML: it has no <opml> with a <body>")
    return _named_apart(source for outline in found for source in _sources(outline))


def _sources(outline: etree._Element) -> Iterator[Source]:
    own = _address(outline.get("xmlUrl"))
    if own:
        yield _source(outline, [outline])
        return
    leaves = [child for child in outline if _address(child.get("xmlUrl"))]
    names = {_name(child) for child in leaves}
    if leaves and (outline.get("htmlUrl") or names == {_name(outline)}):
        yield _source(outline, leaves)
    else:
        for leaf in leaves:
            yield _source(leaf, [leaf])
    for child in outline:
        if child not in leaves:
            yield from _sources(child)


def _source(outline: etree._Element, leaves: list[etree._Element]) -> Source:
    by_kind: dict[str, list[str]] = {"rss": [], "sitemap": [], "section": []}
    for leaf in leaves:
        address = _address(leaf.get("xmlUrl"))
        if address:
            kind = leaf.get("type")
            by_kind[kind if kind in by_kind else "rss"].append(address)
    zone, pace = outline.get(_ZONE), outline.get(_PACE)
    return Source(
        name=_name(outline) or next(address for found in by_kind.values() for address in found),
        home=_address(outline.get("htmlUrl")),
        feeds=tuple(dict.fromkeys(by_kind["rss"])),
        sitemaps=tuple(dict.fromkeys(by_kind["sitemap"])),
        sections=tuple(dict.fromkeys(by_kind["section"])),
        zone=zone if zone in available_timezones() else None,
        language=_language(outline.get(_LANGUAGE) or outline.get("language")),
        pace=_number(pace),
    )


def _name(outline: etree._Element) -> str:
    return " ".join((outline.get("text") or outline.get("title") or "").split())[:80]


def _language(value: str | None) -> str | None:
    return value if value and re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]+)*", value) else None


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value else None
    except ValueError:
        return None
    return number if number is not None and 0 <= number <= 3600 else None


def _address(value: str | None) -> str | None:
    try:
        return canonical(value) if value else None
    except AddressError:
        return None


def _named_apart(sources: Iterable[Source]) -> tuple[Source, ...]:
    """Sources with names that differ: a second one of a name gets a number."""
    taken: dict[str, Source] = {}
    for source in sources:
        name, number = source.name, 1
        while name.casefold() in taken:
            number += 1
            name = f"{source.name[:74]} ({number})"
        taken[name.casefold()] = source.model_copy(update={"name": name})
    return tuple(taken.values())
