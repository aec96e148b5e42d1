"""The byline as the page shows it: elements that name authors, by class, `rel`, `itemprop` or address, near the headline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from crawler.extract import normalise
from crawler.extract.bodies import patterns
from crawler.extract.bylines import names, words
from crawler.extract.bylines.names import House, Name
from crawler.extract.datelines.places import fold
from crawler.extract.document import Document

MAX_ELEMENTS = 150
MAX_TEXT = 300
MAX_LEVELS = 14

_NAMED = " or ".join(
    f"contains({attribute},'{stem}')"
    for attribute in ("@class", "@id", "@data-testid", "@data-component", "@data-qa")
    for stem in ("yline", "uthor", "utor", "uteur")
)
_STEMS = " or ".join(
    f"contains(@class,'{stem}')"
    for stem in ("eporter", "ournalist", "riter", "edakt", "kribent", "erfasser", "redactor", "pisac")
)
_LINKS = " or ".join(
    f"contains(@href,'{part}')"
    for part in (
        "/author",
        "/autor",
        "/auteur",
        "/profil",
        "/people/",
        "/staff/",
        "/contributor",
        "/person/",
        "/journalist",
        "/by/",
        "/reporter",
        "/columnist",
    )
)
_FIND = etree.XPath(
    f"//h1 | //body//*[{_NAMED} or {_STEMS} or @rel='author' or contains(@itemprop,'author')] | //body//a[{_LINKS}]"
)

_SKIPPED_TAGS = frozenset(
    {
        "script",
        "style",
        "meta",
        "link",
        "input",
        "button",
        "svg",
        "img",
        "form",
        "iframe",
        "noscript",
        "body",
        "template",
        "textarea",
    }
)
_OUTER_TAGS = frozenset({"footer", "nav", "figure", "figcaption", "blockquote", "form"})
_BESIDE_WORDS = """
comment comments commenter caption captions image photo photos photographer photographers picture figure credit credits quote bio biography related teaser
teasers promo recommended recommend recommendations popular trending sidebar avatar share sharing social social_links newsletter most_read more_from read_more
summary_item tooltip gallery slideshow slide video_player copyright disclaimer footnote appetizer carousel latest widget newsletter box_more
latest_news kommentar kommentare kommentarer listing archive card_grid tweet reviewer review_author disqus respond testimonial description overlay
"""
_BESIDE = frozenset(_BESIDE_WORDS.split())
_LINE = re.compile(
    r"\s*(?:by|written by|von|text|texte|texto|par|por|di|a cura di|door|av|af|oleh|autor|autore|author|автор|текст|kirjoittanut|yazan|napsal)(?:\s*:\s*|\s+)(?=[^\W\d_])",
    re.IGNORECASE,
)
MAX_LINE_TEXT = 90
LINES_AFTER = 40


@dataclass(frozen=True, slots=True)
class Candidate:
    """An element that may hold the byline: its lines of text, the names in them, and how it was found."""

    element: HtmlElement
    lines: str
    found: tuple[Name, ...]
    by: str
    after_headline: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page shows: the chosen names and words, and all the candidates' words, folded, to confirm other sources."""

    found: tuple[Name, ...] = ()
    text: str | None = None
    source: str = ""
    shown: str = ""

    def shows(self, name: Name) -> bool:
        """Whether some element that names authors shows this name."""
        return fold(name.text) in self.shown


def read(doc: Document, house: House) -> Seen:
    """The byline the page shows; `Seen.found` is empty where it shows none."""
    candidates = tuple(_candidates(doc, house))
    shown = fold("\n".join(c.lines for c in candidates).replace("\n", " | ")) if candidates else ""
    for by in ("rel", "name", "link"):
        group = [c for c in candidates if c.by == by or (by == "name" and c.by == "rel")]
        chosen = next((c for c in group if c.after_headline), None) or (group[-1] if group else None)
        if chosen:
            return _seen(chosen, candidates, shown)
    return Seen(shown=shown)


def _candidates(doc: Document, house: House) -> Iterator[Candidate]:
    elements = cast("list[HtmlElement]", _FIND(doc.root))
    headline = _headline(elements)
    after = headline is None
    for element in elements[:MAX_ELEMENTS]:
        if element is headline:
            after = True
        if element.tag == "h1" or element.tag in _SKIPPED_TAGS or not isinstance(element.tag, str):
            continue
        lines = text_lines(element)
        if not lines or _is_beside(element):
            continue
        found = tuple(_plausible(names.parse(lines, house)))
        if found:
            yield Candidate(element, lines, found, _by(element), after)


def _headline(elements: list[HtmlElement]) -> HtmlElement | None:
    heads = [element for element in elements if element.tag == "h1"]
    return next((h for h in heads if len(normalise.element_text(h).split()) > 3), heads[0] if heads else None)


def _by(element: HtmlElement) -> str:
    if "author" in element.get("rel", "") or "author" in element.get("itemprop", ""):
        return "rel"
    named = patterns.words(f"{element.get('class', '')} {element.get('id', '')} {element.get('data-testid', '')}")
    if any("author" in w or "byline" in w or "autor" in w or "auteur" in w for w in named):
        return "name"
    return "link" if element.tag == "a" else "name"


def text_lines(element: HtmlElement) -> str:
    """The element's text with a line break where its markup parts it; "" where there is none or far too much."""
    pieces: list[str] = []
    size = 0
    for piece in element.itertext():
        stripped = piece.strip()
        if stripped:
            pieces.append(stripped)
            size += len(stripped)
            if size > MAX_TEXT:
                return ""
    if len(pieces) == 2 and all(piece.isalpha() and piece[:1].isupper() for piece in pieces):
        return " ".join(pieces)
    return "\n".join(pieces)


def _is_beside(element: HtmlElement) -> bool:
    """Whether the element, or what it stands in, is no place for the story's byline."""
    if normalise.is_hidden(element):
        return True
    node = element
    for _ in range(MAX_LEVELS):
        if node is None or node.tag == "body":
            return False
        if node.tag in _OUTER_TAGS or not _BESIDE.isdisjoint(
            patterns.words(f"{node.get('class', '')} {node.get('id', '')}")
        ):
            return True
        node = node.getparent()
    return False


def _plausible(found: tuple[Name, ...]) -> Iterator[Name]:
    """Names less the lone words and small-letter phrases that stand beside whole names on a page."""
    whole = any(name.kind == "person" and " " in name.text for name in found)
    for name in found:
        lone = name.kind == "person" and " " not in name.text and name.text[0] < "\u0590"
        small = name.kind == "person" and " " in name.text and name.text.islower()
        if not (small or (whole and lone)):
            yield name


def _seen(chosen: Candidate, candidates: tuple[Candidate, ...], shown: str) -> Seen:
    group = [chosen, *_companions(chosen, candidates)]
    found = tuple({fold(name.text): name for c in reversed(group) for name in reversed(c.found)}.values())[::-1]
    return Seen(found, _text(group, found), f"page.{chosen.by}", shown)


def _companions(chosen: Candidate, candidates: tuple[Candidate, ...]) -> Iterator[Candidate]:
    """Elements of the same sort beside the chosen one: the second author's, the third's."""
    parent = chosen.element.getparent()
    above = parent.getparent() if parent is not None else None
    for other in candidates:
        if (
            other is chosen
            or other.element.tag != chosen.element.tag
            or other.element.get("class") != chosen.element.get("class")
        ):
            continue
        beside = other.element.getparent()
        same = beside is parent or (
            beside is not None and above is not None and beside.getparent() is above and len(above) < 12
        )
        if same and other.after_headline == chosen.after_headline:
            yield other


def _text(group: list[Candidate], found: tuple[Name, ...]) -> str:
    """The line as displayed, without dates, addresses and buttons; the names where it holds more than a line."""
    joined = ", ".join(name.text for name in found)
    kept = [line for line in group[0].lines.split("\n") if line.casefold() not in words.NOISE]
    line = names.shown(" ".join(kept))
    complete = all(name.text in line for name in found)
    return line if complete and len(line) <= len(joined) + 80 else joined


def read_line(doc: Document, house: House) -> Seen:
    """A line under the headline that begins with "By", "Von" and the like, whatever element it stands in."""
    headline = _headline(cast("list[HtmlElement]", doc.root.xpath("//h1")))
    if headline is None:
        return Seen()
    following = _after(headline)
    for element in following:
        lines = text_lines(element)
        if not lines or len(lines) > MAX_LINE_TEXT or not _LINE.match(lines.replace("\n", " ")) or _is_beside(element):
            continue
        found = tuple(
            name for name in _plausible(names.parse(lines, house)) if " " in name.text or name.kind != "person"
        )
        if found:
            return Seen(found, names.shown(lines.replace("\n", " ")), "page.line", fold(lines))
    return Seen()


def _after(headline: HtmlElement) -> Iterator[HtmlElement]:
    """The first elements after the headline that may hold a line of text."""
    following = headline.xpath(
        "following::*[self::p or self::div or self::span or self::a or self::address or self::li or self::h2 or self::h3 or self::em]"
    )
    yield from following[:LINES_AFTER]
