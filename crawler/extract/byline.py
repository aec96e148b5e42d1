"""The byline: who wrote the story, by the page a reader sees, confirmed by linked data and metas.

The visible byline wins where it names people that no other source names. Where linked data or a meta names people whom the page
shows too, that source is taken, for its names are cut clean. People stand apart from agencies and outlets; where no person is
named, the agency or outlet is the author.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from crawler.extract.bylines import lines, linked, visible
from crawler.extract.bylines.names import House, Name, is_address, is_whole, people, strip_lead
from crawler.extract.bylines.names import parse as parse_names
from crawler.extract.bylines.visible import Page, Seen
from crawler.extract.datelines.places import fold
from crawler.extract.document import Document
from db.types import Block, Role

EDGE_BLOCKS = 4
"""A byline in the body stands among this many first or last blocks."""
MAX_LINE = 120
_NO_HOUSE = House(frozenset())
# what follows a name where its bearer is told about: "Jane Doe is a writer", "Jane Doe, editor, studied"
_LIFE = re.compile(
    r"(?:,|\s+(?:is|was|has|covers|writes|joined|works|studied|reports|ist|war"
    r"|arbeitet|schreibt|berichtet|est|a été|es|escribe|è|scrive|är|er|jest|é)\b)"
)

Source = tuple[str, tuple[Name, ...]]
"""Where names were read, and the names."""


@dataclass(frozen=True, slots=True)
class Byline:
    """The byline, its authors in the order shown, and where they were read ("" where nowhere).

    `text` is all who sign, agencies and outlets with them, without "By", functions, dates and buttons: those differ from one
    rendering of a page to the next and are no edit.
    """

    text: str | None
    authors: tuple[str, ...]
    source: str = ""


def read(doc: Document) -> Byline:
    """Who wrote the page's story."""
    house = linked.house(doc)
    page = visible.page(doc, house)
    stated: list[Source] = []
    for source, found in linked.sources(doc, house):
        if _confirms(page, stated, found):
            return _confirmed(source, found, page.showing(people(found)))
        stated.append((source, found))
    seen = page.best()
    if (any(people(found) for _, found in stated) or not seen.near) and page.look_farther():
        for at, (source, found) in enumerate(stated):
            if _confirms(page, stated[:at], found):
                return _confirmed(source, found, page.showing(people(found)))
        seen = page.best()
    return _unconfirmed(stated, seen, page)


def _confirms(page: Page, stated: list[Source], found: tuple[Name, ...]) -> bool:
    """Whether the page shows all the people of a source; some of an earlier source's people confirm nothing."""
    if not people(found) or any(_folded(found) < _folded(known) for _, known in stated):
        return False
    return all(page.shows(name) for name in people(found))


def _confirmed(source: str, found: tuple[Name, ...], seen: Seen) -> Byline:
    """Names that linked data or a meta gives and the page shows; a line of names alone may name more people."""
    if seen.near and seen.clean and _folded(found) < _folded(seen.found):
        return _byline(seen.source, seen.found)
    return _byline(source, found)


def _folded(found: tuple[Name, ...]) -> frozenset[str]:
    return frozenset(fold(name.text) for name in people(found))


def _unconfirmed(stated: list[Source], seen: Seen, page: Page) -> Byline:
    """No source's people are all shown: the page's own, unless they are some of a source's or a lone word against whole names."""
    with_people = [(source, found) for source, found in stated if people(found)]
    if not with_people:
        return _without_statement(stated, seen, page)
    source, found = with_people[0]
    shown = people(seen.found)
    agree = _folded(seen.found) <= _folded(found)
    if shown and seen.near and not agree and any(is_whole(name) for name in shown):
        return _byline(seen.source, seen.found)
    return _byline(source, found)


def _without_statement(stated: list[Source], seen: Seen, page: Page) -> Byline:
    if people(seen.found):
        return _byline(seen.source, seen.found)
    for look in (lines.line_below, lines.signature, lines.credit):
        line = look(page)
        if people(line.found):
            return _byline(line.source, line.found)
    return _signed_by_house(stated, seen)


def _signed_by_house(stated: list[Source], seen: Seen) -> Byline:
    """No person signs: what the page shows, else what linked data says, but an agency where that is the house's own name."""
    if seen.found:
        return _byline(seen.source, seen.found)
    agencies = [(source, found) for source, found in stated if any(name.kind == "agency" for name in found)]
    own = bool(stated) and all(name.own for name in stated[0][1])
    best = next(iter(agencies if own and agencies else stated), None)
    return _byline(*best) if best else Byline(None, ())


def _byline(source: str, found: tuple[Name, ...]) -> Byline:
    return Byline(", ".join(name.text for name in found) or None, _authors(found), source)


def _authors(found: tuple[Name, ...]) -> tuple[str, ...]:
    """The people; where there are none, whoever signs, an address only where no name does."""
    signed = people(found) or tuple(name for name in found if not is_address(name.text)) or found
    return tuple(name.text for name in signed)


def without(blocks: tuple[Block, ...], reading: Byline) -> tuple[Block, ...]:
    """The body without the byline that stands in it: a line or signature of the authors' names, and their lives at the end.

    Only the first and last few blocks are looked at, so that a story about an author keeps its words.
    """
    if not reading.authors:
        return blocks
    end = len(blocks) - EDGE_BLOCKS
    kept = tuple(
        block
        for at, block in enumerate(blocks)
        if not (at < EDGE_BLOCKS or at >= end) or not _is_byline(block, reading, at_end=at >= max(end, EDGE_BLOCKS))
    )
    return kept or blocks


def _is_byline(block: Block, reading: Byline, *, at_end: bool) -> bool:
    if block.role == Role.CAPTION:
        return False
    text = block.text
    if at_end and any(
        " " in author and _LIFE.match(text.removeprefix(author))
        for author in reading.authors
        if text.startswith(author)
    ):
        return True
    if len(text) > MAX_LINE:
        return False
    signed = {fold(name) for name in (*reading.authors, *(reading.text or "").split(", "))}
    found = parse_names(text, _NO_HOUSE)
    letters = sum(len(name.text) for name in found)
    return bool(found) and all(fold(name.text) in signed for name in found) and letters * 2 >= len(strip_lead(text))
