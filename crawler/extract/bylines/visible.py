"""The byline as the page shows it: elements that name authors, by class, `rel`, `itemprop` or address, near the headline."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from lxml.html import HtmlElement

from crawler.extract import normalise
from crawler.extract.bodies import patterns
from crawler.extract.bylines import names, words
from crawler.extract.bylines.names import House, Name
from crawler.extract.datelines.places import fold
from crawler.extract.document import Document
from crawler.extract.walk import following

By = Literal["rel", "name", "link"]
"""How an element was found: it says it is the author's, its class names authors, or it links to somebody's page."""

MAX_SPOTS = 60
NEAR = 100
MIN_HEADLINE_WORDS = 3
MAX_FOLLOWING = 300
MAX_PRECEDING = 30
MAX_PARSED = 20
MAX_TEXT = 300
MAX_LEVELS = 14

TAGS = (
    "h1",
    "a",
    "div",
    "span",
    "p",
    "li",
    "ul",
    "section",
    "header",
    "address",
    "cite",
    "strong",
    "em",
    "b",
    "small",
    "dd",
    "td",
    "h2",
    "h3",
    "h4",
    "h5",
)
_NAMING = [
    "author",
    "byline",
    "autor",
    "auteur",
    "reporter",
    "journalist",
    "writer",
    "redakteur",
    "skribent",
    "verfasser",
    "redactor",
    "contributor",
    "firma_",
    "muhabir",
    "signature",
]
_PERSONAL = re.compile(
    r"/(?:authors?|autor(?:en|es|a|i|in)?|auteurs?|contributors?|journalists?|by"
    r"|reporters?|columnists?|writers?)/[^/?#]{3,}",
    re.IGNORECASE,
)
_OUTER_TAGS = frozenset({"footer", "nav", "figure", "figcaption", "blockquote", "form"})
_BESIDE_WORDS = """
comment comments commenter caption captions image photo photos photographer photographers picture figure credit credits quote bio
biography related teaser teasers promo recommended recommend recommendations popular trending
sidebar avatar newsletter most_read more_from read_more
summary_item tooltip gallery slideshow video_player copyright disclaimer footnote appetizer card carousel box_more
latest_news kommentar kommentare kommentarer listing archive card_grid tweet reviewer disqus respond testimonial description
overlay tabs menu navigation megamenu cookie consent
"""
_BESIDE = frozenset(_BESIDE_WORDS.split())
_PARTICLE_WORDS = (
    "de del della di do da das dos du des la le les el al af av van von vom zu zum zur der den ten ter te bin ibn y e i"
)
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
# who edited, checked or translated a story did not write it
_EDITED = re.compile(
    r"\W*(?:editor|edited by|editör|editado|redaktur|penyunting|geprüft|fact.?checked|(?:medically )?reviewed|translat|übersetz"
    r"|tradu)\w*",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Spot:
    """An element that may hold the byline, and its text with a line break where its markup parts it."""

    element: HtmlElement
    by: By
    after_headline: bool
    lines: str
    folded: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A byline that the page shows: its names, and how it was found ("" where there is none).

    `near`: it names authors and follows the headline. `clean`: the place holds names and next to nothing else.
    """

    found: tuple[Name, ...] = ()
    source: str = ""
    near: bool = False
    clean: bool = False


@dataclass(slots=True)
class Page:
    """The places of a page that may hold its byline."""

    spots: list[Spot]
    house: House
    headline: HtmlElement | None
    shown: str
    around: frozenset[HtmlElement]
    farther: Iterator[HtmlElement]

    def look_farther(self) -> bool:
        """Take in what stands farther after the headline; whether there was anything to take in."""
        more = list(_spots(itertools.islice(self.farther, MAX_FOLLOWING - NEAR), after=True))
        self.spots += more
        self.shown = " | ".join([self.shown, *(spot.folded for spot in more)])
        return bool(more)

    def shows(self, name: Name) -> bool:
        """Whether some place shows this name."""
        return fold(name.text) in self.shown

    def showing(self, found: Iterable[Name]) -> Seen:
        """The first place that shows all these names; none is parsed but that one."""
        wanted = [fold(name.text) for name in found]
        for spot in self._in_order():
            if all(name in spot.folded for name in wanted) and not is_beside(spot.element, self.around):
                return _seen([spot], names_at(spot, self.house))
        return Seen()

    def best(self) -> Seen:
        """The first place, after the headline before others, that names somebody."""
        placed = (spot for spot in self._in_order() if not is_beside(spot.element, self.around))
        for spot in itertools.islice(placed, MAX_PARSED):
            found = names_at(spot, self.house)
            if found and (spot.by != "link" or _is_whole(found)):
                group = [spot, *self._companions(spot)]
                together = tuple(name for member in group for name in names_at(member, self.house))
                return _seen(group, _unique(together))
        return Seen()

    def _in_order(self) -> list[Spot]:
        """Spots after the headline by their own order; before it the nearest first; links to people last."""
        after = [spot for spot in self.spots if spot.after_headline]
        before = [spot for spot in reversed(self.spots) if not spot.after_headline]
        return sorted(after + before, key=lambda spot: (spot.by == "link", not spot.after_headline))

    def _companions(self, chosen: Spot) -> Iterator[Spot]:
        """Places of the same sort beside the chosen one: the second author's, the third's."""
        parent = chosen.element.getparent()
        above = parent.getparent() if parent is not None else None
        for other in self.spots:
            alike = other.element.tag == chosen.element.tag and other.element.get("class") == chosen.element.get(
                "class"
            )
            if other is chosen or not alike or other.after_headline != chosen.after_headline:
                continue
            beside = other.element.getparent()
            if beside is parent or (above is not None and beside.getparent() is above and len(above) < 12):
                yield other


def page(doc: Document, house: House) -> Page:
    """The places of a page that may hold its byline: what follows the headline; what stands before it where nothing does."""
    headline = _headline(doc)
    around: frozenset[HtmlElement] = frozenset() if headline is None else frozenset(headline.iterancestors())
    elements = iter(()) if headline is None else following(headline, TAGS)
    if headline is None:
        spots = list(_spots(itertools.islice(doc.root.iter(TAGS), MAX_FOLLOWING), after=True))
    else:
        spots = [*_spots(_preceding(headline), after=False), *_near(elements)]
    shown = " | ".join(dict.fromkeys(spot.folded for spot in spots))
    return Page(spots, house, headline, shown, around, elements)


def _headline(doc: Document) -> HtmlElement | None:
    """The headline: the first `h1` of some words, else the first."""
    first: HtmlElement | None = None
    for element in doc.all("h1"):
        if len(element.text_content().split()) >= MIN_HEADLINE_WORDS:
            return element
        first = element if first is None else first
    return first


def _spots(elements: Iterable[HtmlElement], *, after: bool) -> Iterator[Spot]:
    marked = ((element, by) for element in elements if (by := _by(element)))
    edited: HtmlElement | None = None
    for element, by in itertools.islice(marked, MAX_SPOTS):
        lines = text_lines(element)
        if _EDITED.match(lines):
            edited = element
        elif lines and element.getparent() is not edited:
            yield Spot(element, by, after, lines, fold(lines.replace("\n", " | ")))


def _near(elements: Iterator[HtmlElement]) -> Iterator[Spot]:
    return _spots(itertools.islice(elements, NEAR), after=True)


def _preceding(headline: HtmlElement) -> list[HtmlElement]:
    """The last elements before the headline, in document order."""
    before: list[HtmlElement] = []
    node: HtmlElement | None = headline
    while node is not None and node.tag != "body" and len(before) < MAX_PRECEDING:
        for sibling in node.itersiblings(preceding=True):
            before = [*itertools.islice(sibling.iter(TAGS), 2 * MAX_PRECEDING), *before]
            if len(before) >= MAX_PRECEDING:
                break
        node = node.getparent()
    return before[-MAX_PRECEDING:]


def _by(element: HtmlElement) -> By | None:
    names = element.keys()
    if not names:
        return None
    get = element.get
    is_link = element.tag == "a"
    if ("itemprop" in names and "author" in get("itemprop")) or (is_link and "rel" in names and "author" in get("rel")):
        return "rel"
    if ("class" in names and _names_authors(get("class"))) or (
        "data-testid" in names and _names_authors(get("data-testid"))
    ):
        return "name"
    if is_link and "href" in names and _PERSONAL.search(get("href")[:300]):
        return "link"
    return None


@lru_cache(maxsize=32768)
def _names_authors(attribute: str) -> bool:
    lowered = attribute[:600].lower()
    return any(word in lowered for word in _NAMING)


def text_lines(element: HtmlElement) -> str:
    """The element's text with a line break where its markup parts it; "" where there is none or far too much."""
    pieces: list[str] = []
    size = 0
    for piece in element.itertext():
        stripped = " ".join(piece.split())
        if stripped:
            pieces.append(stripped)
            size += len(stripped)
            if size > MAX_TEXT:
                return ""
    if len(pieces) > 1 and (len(pieces) > 2 or not _is_one_name(pieces)):
        for link in element.iter("a"):
            _join_name(pieces, [piece for piece in (text.strip() for text in link.itertext()) if piece])
    return " ".join(pieces) if _is_one_name(pieces) else "\n".join(pieces)


def _is_one_name(pieces: list[str]) -> bool:
    """Whether the pieces are one name whose parts are marked up apart."""
    parts = " ".join(pieces).split()
    if not 1 < len(pieces) < 4 or len(parts) > 4 or all(" " in piece for piece in pieces):
        return False
    return all(
        part.replace("-", "").isalpha() and part[0].isupper() and part.casefold() not in words.ROLES for part in parts
    )


def _join_name(pieces: list[str], linked: list[str]) -> None:
    """Join in `pieces` the run that a link marks as one name."""
    if not _is_one_name(linked):
        return
    for at in range(len(pieces) - len(linked) + 1):
        if pieces[at : at + len(linked)] == linked:
            pieces[at : at + len(linked)] = [" ".join(linked)]
            return


def is_beside(element: HtmlElement, around: frozenset[HtmlElement]) -> bool:
    """Whether the element, or what it stands in, is no place for the story's byline; what is in `around` holds the headline."""
    if normalise.is_hidden(element):
        return True
    node: HtmlElement | None = element
    for _ in range(MAX_LEVELS):
        if node is None or node.tag == "body" or node in around:
            return False
        if node.tag in _OUTER_TAGS or _says_beside(f"{node.get('class', '')} {node.get('id', '')}"):
            return True
        node = node.getparent()
    return False


@lru_cache(maxsize=32768)
def _says_beside(attributes: str) -> bool:
    return not _BESIDE.isdisjoint(patterns.words(attributes))


def names_at(spot: Spot, house: House) -> tuple[Name, ...]:
    """The names at the spot, less the lone words and small-letter phrases that stand beside whole names on a page."""
    found = names.parse(spot.lines, house)
    whole = any(name.kind == "person" and " " in name.text for name in found)
    kept = tuple(name for name in found if not _is_stray(name, whole=whole))
    return tuple(name for at, name in enumerate(kept) if at == 0 or not _is_lone(name))


def _is_lone(name: Name) -> bool:
    return name.kind == "person" and " " not in name.text and name.text[0] < "\u0590"


def _is_stray(name: Name, *, whole: bool) -> bool:
    if name.kind != "person":
        return False
    return (whole and _is_lone(name)) or not _is_capitalised(name.text)


def _is_capitalised(text: str) -> bool:
    """Whether each word has a capital but particles; scripts without capitals pass."""
    parts = text.split()
    if len(parts) == 1 or text[0] > "\u0590":
        return True
    return len(parts) < 6 and all(p[:1].isupper() or p.casefold() in _PARTICLES or p[1:2].isupper() for p in parts)


def _is_whole(found: tuple[Name, ...]) -> bool:
    """Whether a link's words are a name and not a sentence: two to four words for each."""
    return all(1 < len(name.text.split()) < 5 or name.text[0] > "\u2e80" for name in found)


def _unique(found: tuple[Name, ...]) -> tuple[Name, ...]:
    return tuple({fold(name.text): name for name in reversed(found)}.values())[::-1]


def _seen(group: list[Spot], found: tuple[Name, ...]) -> Seen:
    first = group[0]
    return Seen(
        found,
        f"page.{first.by}",
        near=first.after_headline and first.by != "link",
        clean=is_clean(first.lines, found),
    )


def is_clean(lines: str, found: tuple[Name, ...]) -> bool:
    """Whether the lines hold the names and next to nothing else."""
    short = all(len(name.text.split()) < 5 for name in found)
    return short and sum(len(name.text) for name in found) * 10 >= len(names.shown(lines)) * 7
