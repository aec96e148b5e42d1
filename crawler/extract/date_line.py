"""Finds the time line: the line near the headline that tells a reader when the story was published or updated.

The search starts at the headline and goes on in reading order to the first long paragraph; before the headline it looks only at
what shares the headline's own containers. Clocks, tickers, menus and lists of other stories are passed by.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
from typing import Final

from lxml import etree
from lxml.html import HtmlElement

from crawler.extract import date_words as words
from crawler.extract.date_marks import (
    Stamp,
    attribute_stamps,
    has_marks,
    label_after,
    label_before,
    machine_stamp,
    outside_label,
)
from crawler.extract.date_relative import find_age, find_relative, is_relative
from crawler.extract.date_shown import publication
from crawler.extract.date_text import Found, Hints, Moment, find
from crawler.extract.document import Document

MAX_LINE: Final = 200
"""Characters of the longest line that can be a time line with a byline in it."""
BODY_FROM: Final = 220
"""A paragraph this long is the story: the time line stands above it."""
_MANY: Final = 24
"""An element with more children than this is no line."""
_BODY_AFTER: Final = 2
"""Long paragraphs that end the search: the first may be the standfirst."""
_WHOLE: Final = frozenset({"p", "time", "h2", "h3", "blockquote"})
"""Elements that are a line or none: a date in a sentence is no time line."""
_PLAIN: Final = 3
_MOST_STAMPS: Final = 3
CONTAINERS: Final = 3
"""Containers around the headline in which a time line may stand before it."""
LISTING: Final = 3
"""Lines of one shape that are a list."""
_NEAR: Final = 40
_LONGEST_RELATIVE: Final = 70
_SURE: Final = 0.85
_BUDGET: Final = 260
_BEFORE_BUDGET: Final = 60

_SKIP_TAGS: Final = frozenset(
    (
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "nav",
        "form",
        "iframe",
        "footer",
        "select",
        "button",
        "video",
        "audio",
        "figure",
        "picture",
        "head",
        "input",
        "option",
        "dialog",
    )
)
_HIDDEN: Final = frozenset(("script", "style", "noscript", "template", "svg", "button"))
_NAME_PARTS: Final = str.maketrans("_-", "  ")
_DATE_NAMES: Final = frozenset({"meta", "date", "time"})
_DIGIT: Final = re.compile(r"\d")
_WORD: Final = re.compile(words.WORD)
_READING_TIME: Final = re.compile(
    r"(?<!\d)\d+\s*(?:-\s*)?min(?:ute)?s?\.?(?:\s+(?:de\s+)?(?:read|lectura|lecture|lesezeit|leitura|lettura|čtení))?\b"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A time line as shown, with its moments. `score` ranks lines: how plainly it is one.

    `shape` is its markup: lines of one shape are a list of other stories."""

    text: str
    stamps: tuple[Stamp, ...]
    relative: bool = False
    score: int = 0
    shape: str = ""


@dataclass(slots=True)
class _Walk:
    doc: Document
    hints: Hints
    budget: int
    lines: list[Line] = field(default_factory=list)
    long_paragraphs: int = 0

    @property
    def done(self) -> bool:
        return self.budget <= 0 or self.long_paragraphs >= _BODY_AFTER


def find_lines(doc: Document, hints: Hints) -> list[Line]:
    """The time lines near the headline, in reading order; empty where there is no headline or no line."""
    heading = headline_element(doc)
    if heading is None:
        return []
    walk = _Walk(doc, hints, _BUDGET)
    for element in _following(heading):
        _scan(element, walk)
        if walk.done:
            break
    if not any(line.score >= _PLAIN for line in walk.lines):
        before = _Walk(doc, hints, _BEFORE_BUDGET)
        for element in _preceding(heading):
            _scan(element, before)
            if before.lines or before.budget <= 0:
                break
        walk.lines[:0] = before.lines
    shapes = Counter(line.shape for line in walk.lines)
    return [line for line in walk.lines if shapes[line.shape] < LISTING]


def shape_of(element: HtmlElement) -> str:
    """The element's markup and its parent's: `LISTING` dates of one shape belong to a list of other stories."""
    parent = element.getparent()
    return f"{element.tag}.{element.get('class')}" + ("" if parent is None else f"<{parent.tag}.{parent.get('class')}")


def headline_element(doc: Document) -> HtmlElement | None:
    """The heading that shares most words with the page's title; the first `<h1>` where none does."""
    title = _words(f"{doc.first_meta('og:title') or ''} {doc.root.findtext('head/title') or ''}")
    best: tuple[float, HtmlElement | None] = (0.0, None)
    first = None
    for headings, least in ((doc.all("h1"), 0.0), (doc.all("h2"), 0.6)):
        for heading in islice(headings, 12):
            text = _words(" ".join(heading.itertext())[:400])
            if not text:
                continue
            first = heading if first is None and heading.tag == "h1" else first
            share = len(title & text) / len(text) * min(1.0, len(text) / 3)
            if share > max(least, best[0]):
                best = (share, heading)
            if share >= _SURE:
                break
        if best[1] is not None:
            return best[1]
    return first


def from_headline(doc: Document) -> Iterator[HtmlElement]:
    """Every element after the headline, in reading order; all of the body where there is no headline."""
    heading = headline_element(doc)
    for element in _following(heading) if heading is not None else doc.root.iterchildren("body"):
        yield from element.iter("*")


def is_elsewhere(element: HtmlElement) -> bool:
    """Whether an element, or one that holds it, is by its name no part of the story."""
    return not all(_is_open(each) for each in (element, *element.iterancestors()) if each.tag not in {"body", "html"})


def _words(text: str) -> set[str]:
    return set(_WORD.findall(words.fold(text)))


def _following(start: HtmlElement) -> Iterator[HtmlElement]:
    node: HtmlElement | None = start
    while node is not None and node.tag not in ("body", "html"):
        yield from node.itersiblings()
        node = node.getparent()


def _preceding(start: HtmlElement) -> Iterator[HtmlElement]:
    """What stands before the headline in its own three containers, nearest first."""
    node: HtmlElement | None = start
    for _ in range(CONTAINERS):
        if node is None:
            return
        parent = node.getparent()
        if parent is None or parent.tag in ("body", "html"):
            return
        yield from node.itersiblings(preceding=True)
        node = parent


def _scan(element: HtmlElement, walk: _Walk) -> None:
    """Looks for lines in an element and, where it is more than a line, in its children."""
    walk.budget -= 1
    if walk.done or not _is_open(element):
        return
    text = short_text(element, BODY_FROM)
    if text is None:
        if element.tag == "p":
            walk.long_paragraphs += 1
        elif element.tag != "aside":
            _scan_inside(element, walk)
    elif text or element.tag == "time":
        line = line_of(element, text, walk.doc, walk.hints)
        if line:
            _keep(line, element, walk)
        elif len(element) and element.tag not in _WHOLE and _DIGIT.search(text):
            _scan_inside(element, walk)


def _scan_inside(element: HtmlElement, walk: _Walk) -> None:
    _scan_loose(element.text, element, walk)
    for child in element:
        _scan(child, walk)
        _scan_loose(child.tail, element, walk)


def _keep(line: Line, element: HtmlElement, walk: _Walk) -> None:
    """Adds a line; once one is plain, only what stands close to it can belong to it."""
    walk.lines.append(replace(line, shape=shape_of(element)))
    if line.score >= _PLAIN:
        walk.budget = min(walk.budget, _NEAR)


def _scan_loose(text: str | None, parent: HtmlElement, walk: _Walk) -> None:
    if text and len(text) < 400 and _DIGIT.search(text):
        clean = " ".join(text.split())
        line = _line_from_text(clean, parent, walk.doc, walk.hints, marked=False)
        if line:
            _keep(line, parent, walk)


def _is_open(element: HtmlElement) -> bool:
    if not isinstance(element.tag, str) or element.tag in _SKIP_TAGS:
        return False
    names = f"{element.get('class', '')} {element.get('id', '')}"
    if len(names) == 1:
        return True
    parts = names.lower().translate(_NAME_PARTS).split()
    found = words.ELSEWHERE.intersection(parts) or words.ELSEWHERE.intersection(map(" ".join, pairwise(parts)))
    return not found or (found == {"nav"} and not _DATE_NAMES.isdisjoint(parts))


def short_text(element: HtmlElement, limit: int) -> str | None:
    """The element's visible text with single spaces, or None where it is longer than `limit`."""
    parts: list[str] = []
    size = 0
    if not len(element):
        only = "" if element.tag in _HIDDEN else " ".join((element.text or "").split())
        return only if len(only) <= limit else None
    if len(element) > _MANY:
        return None
    walker = etree.iterwalk(element, events=("start", "end"))
    for event, node in walker:
        piece = node.text if event == "start" else node.tail if node is not element else None
        if event == "start" and node.tag in _HIDDEN:
            walker.skip_subtree()
            continue
        if piece and (clean := " ".join(piece.split())):
            parts.append(clean)
            size += len(clean) + 1
            if size > limit + 1:
                return None
    return " ".join(parts)


def line_of(element: HtmlElement, text: str, doc: Document, hints: Hints) -> Line | None:
    """The time line that an element is, cut down to the part that tells the time; None where it tells none."""
    if len(text) > MAX_LINE or not (_DIGIT.search(text) or element.tag == "time" or _is_relative(text)):
        return None
    times = [element] if element.tag == "time" else list(element.iter("time"))
    marked = bool(times) or has_marks(element)
    line = _line_from_text(text, element, doc, hints, marked=marked)
    machine = [stamp for each in times[:4] if (stamp := machine_stamp(each, hints))]
    if line is None:
        if not machine or not text:
            return None
        shown = short_text(times[0], MAX_LINE)
        if not shown:
            return None
        # a bare "10:56" means today and becomes a date by itself: as little an edit as "2 hours ago"
        return Line(shown, tuple(machine), relative=not find(shown, hints), score=_PLAIN)
    return _with_machine(line, machine or attribute_stamps(element, hints))


def _is_relative(text: str) -> bool:
    return len(text) <= _LONGEST_RELATIVE and is_relative(text)


def _with_machine(line: Line, machine: list[Stamp]) -> Line:
    """The line's moments made exact by those that its markup gives for machines, where they are the same ones."""
    if not machine:
        return line
    if len(machine) == len(line.stamps) or line.relative:
        pairs = zip(machine, line.stamps, strict=False)
        stamps = tuple(
            Stamp(_better(exact.moment, shown.moment), shown.label or exact.label, shown.explicit)
            for exact, shown in pairs
        )
        return Line(line.text, stamps or tuple(machine), line.relative, line.score + 1)
    return line


def _better(exact: Moment, shown: Moment) -> Moment:
    if shown.relative or (exact.hour is not None and abs(exact.day.toordinal() - shown.day.toordinal()) <= 1):
        return exact if exact.hour is not None or shown.hour is None else shown
    return shown


def _line_from_text(text: str, element: HtmlElement, doc: Document, hints: Hints, *, marked: bool) -> Line | None:
    text = (
        _READING_TIME.sub(lambda match: " " * len(match[0]), text) if "min" in text and not is_relative(text) else text
    )
    found = find(text, hints)
    relative = False
    if not found:
        near = find_relative(text, hints.now, doc.zone)
        if near is None and not (marked and _is_relative(text)):
            return None
        found, relative = ([near] if near else []), True
    if len(found) > _MOST_STAMPS:
        return None
    rest = left_over(text, found)
    if rest > (12 if marked else 3) or (not marked and not found):
        return None
    stamps = tuple(_stamps(text, found, element))
    score = (
        2 * marked
        + any(stamp.explicit for stamp in stamps)
        + any(stamp.moment.hour is not None for stamp in stamps)
        + (rest == 0)
    )
    return Line(publication(text, found, stamps, whole=not rest), stamps, relative, score)


def left_over(text: str, found: list[Found]) -> int:
    """How many words of the line are neither time nor what newsrooms write around it."""
    folded = words.fold(text)
    for one in reversed(found):
        folded = folded[: one.start] + " " + folded[one.end :]
    if age := find_age(folded):
        folded = folded[: age[0]] + " " + folded[age[1] :]
    for pattern in (words.UPDATED, words.PUBLISHED, words.AGO):
        folded = pattern.sub(" ", folded)
    return sum(1 for word in _WORD.findall(folded) if word not in words.JOINERS and word not in words.WEEKDAYS)


def _stamps(text: str, found: list[Found], element: HtmlElement) -> Iterator[Stamp]:
    """The moments with the labels that stand before or after them; where the words give none, with the markup's."""
    if not found:
        return
    folded = words.fold(text)
    edges = [0, *(one.end for one in found)]
    stops = [*(one.start for one in found[1:]), len(folded)]
    before = [label_before(folded[edge : one.start]) for one, edge in zip(found, edges, strict=False)]
    after = [label_after(folded[one.end : stop]) for one, stop in zip(found, stops, strict=True)]
    labels = before if before[0] or not after[-1] else after
    outside = None if any(labels) else outside_label(element)
    for one, label in zip(found, labels, strict=True):
        yield Stamp(one.moment, label or outside, explicit=label is not None)
