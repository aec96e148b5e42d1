"""The byline: who wrote the story, by the page a reader sees, confirmed by linked data and metas.

The visible byline wins where it names people that no other source names. Where linked data or a meta names people whom the page
shows too, that source is taken, for its names are cut clean. People stand apart from agencies and outlets; where no person is
named, the agency or outlet is the author.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crawler.extract.bylines import linked, visible
from crawler.extract.bylines.names import Name, people
from crawler.extract.bylines.visible import Seen
from crawler.extract.datelines.places import fold
from crawler.extract.document import Document


@dataclass(frozen=True, slots=True)
class Byline:
    """The byline as displayed, the authors in the order shown, and where they were read ("" where nowhere)."""

    text: str | None
    authors: tuple[str, ...]
    source: str = ""


def read(doc: Document) -> Byline:
    """Who wrote the page's story."""
    house = linked.house(doc)
    stated = list(linked.sources(doc, house))
    seen = visible.read(doc, house)
    if not people(seen.found) and not any(people(found) for _, found in stated):
        line = visible.read_line(doc, house)
        seen = line if people(line.found) else seen
    return _choose(stated, seen)


def _choose(stated: list[tuple[str, tuple[Name, ...]]], seen: Seen) -> Byline:
    with_people = [(source, found) for source, found in stated if people(found)]
    confirmed = next((s for s in with_people if all(seen.shows(name) for name in people(s[1]))), None)
    if confirmed:
        return _byline(confirmed[0], confirmed[1], seen)
    if people(seen.found):
        return _byline(seen.source, seen.found, seen)
    if with_people:
        return _byline(with_people[0][0], with_people[0][1], seen)
    if seen.found:
        return _byline(seen.source, seen.found, seen)
    if stated:
        return _byline(stated[0][0], stated[0][1], seen)
    return Byline(None, ())


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
