"""The byline: who wrote the story, by the page a reader sees, confirmed by linked data and metas.

The visible byline wins where it names people that no other source names. Where linked data or a meta names people whom the page
shows too, that source is taken, for its names are cut clean. People stand apart from agencies and outlets; where no person is
named, the agency or outlet is the author.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crawler.extract.bylines import linked, visible
from crawler.extract.bylines.names import Name, is_whole, people
from crawler.extract.bylines.visible import Page, Seen
from crawler.extract.datelines.places import fold
from crawler.extract.document import Document

Source = tuple[str, tuple[Name, ...]]
"""Where names were read, and the names."""


@dataclass(frozen=True, slots=True)
class Byline:
    """The byline as displayed, the authors in the order shown, and where they were read ("" where nowhere)."""

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
    if (any(people(found) for _, found in stated) or not page.best().near) and page.look_farther():
        for at, (source, found) in enumerate(stated):
            if _confirms(page, stated[:at], found):
                return _confirmed(source, found, page.showing(people(found)))
    return _unconfirmed(stated, page)


def _confirms(page: Page, stated: list[Source], found: tuple[Name, ...]) -> bool:
    """Whether the page shows all the people of a source; some of an earlier source's people confirm nothing."""
    if not people(found) or any(_folded(found) < _folded(known) for _, known in stated):
        return False
    return all(page.shows(name) for name in people(found))


def _confirmed(source: str, found: tuple[Name, ...], seen: Seen) -> Byline:
    """Names that linked data or a meta gives and the page shows; a line of names alone may name more people."""
    if seen.near and seen.clean and _folded(found) < _folded(seen.found):
        return _byline(seen.source, seen.found, seen)
    return _byline(source, found, seen)


def _folded(found: tuple[Name, ...]) -> frozenset[str]:
    return frozenset(fold(name.text) for name in people(found))


def _unconfirmed(stated: list[Source], page: Page) -> Byline:
    """No source's people are all shown: the page's own, unless they are some of a source's or a lone word against whole names."""
    seen = page.best()
    with_people = [(source, found) for source, found in stated if people(found)]
    if not with_people:
        return _without_statement(stated, seen, page)
    source, found = with_people[0]
    shown = people(seen.found)
    agree = _folded(seen.found) <= _folded(found)
    if shown and seen.near and not agree and any(is_whole(name) for name in shown):
        return _byline(seen.source, seen.found, seen)
    return _byline(source, found, seen if shown and agree else Seen())


def _without_statement(stated: list[Source], seen: Seen, page: Page) -> Byline:
    if people(seen.found):
        return _byline(seen.source, seen.found, seen)
    for look in (visible.line_below, visible.signature):
        line = look(page)
        if people(line.found):
            return _byline(line.source, line.found, line)
    return _signed_by_house(stated, seen)


def _signed_by_house(stated: list[Source], seen: Seen) -> Byline:
    """No person signs: what the page shows, else what linked data says, but an agency where that is the house's own name."""
    if seen.found:
        return _byline(seen.source, seen.found, seen)
    agencies = [(source, found) for source, found in stated if any(name.kind == "agency" for name in found)]
    own = bool(stated) and all(name.own for name in stated[0][1])
    best = next(iter(agencies if own and agencies else stated), None)
    return _byline(*best, seen) if best else Byline(None, ())


def _byline(source: str, found: tuple[Name, ...], seen: Seen) -> Byline:
    authors = _authors(found)
    shown = seen.text if seen.text and _covers(seen.text, authors) else None
    return Byline(shown or ", ".join(authors) or None, authors, source)


def _covers(text: str, authors: Iterable[str]) -> bool:
    folded = fold(text)
    return all(fold(author) in folded for author in authors)


def _authors(found: tuple[Name, ...]) -> tuple[str, ...]:
    """The people; where there are none, whoever signs."""
    return tuple(name.text for name in people(found) or found)
