"""Bylines that no markup names: a line under the headline that begins with "By", and signatures at a story's ends."""

from __future__ import annotations

import itertools
import re

from lxml.html import HtmlElement

from crawler.extract.bylines.names import is_whole
from crawler.extract.bylines.visible import (
    MAX_FOLLOWING,
    NEAR,
    TAGS,
    Page,
    Seen,
    Spot,
    is_beside,
    is_clean,
    names_at,
    text_lines,
)
from crawler.extract.walk import following

MAX_LINE_TEXT = 90
LINES_AFTER = 40
BOLD_PARAGRAPHS = 3

_LINE = re.compile(
    r"\s*(?:by|written by|story by|von|text|texte|texto|par|por|di|a cura di|door|av|af|oleh|autor|autore|autorin|author|автор"
    r"|текст|kirjoittanut|yazan|napsal|geschrieben von|ein artikel von|ein beitrag von|kommentar von"
    r"|记者|記者|作者|撰文|文)(?:\s*[:：]\s*|\s+)(?=[^\W\d_])",
    re.IGNORECASE,
)
_TITLED = re.compile(r"\s*[가-힣]{2,4}\s?(?:선임|인턴|객원|수습)?(?:기자|특파원)(?:\s+\S+@\S+)?\s*")
"""A Korean reporter's name before the title, which marks the line as "By" does elsewhere."""
_CREDIT = re.compile(r"[\s(\[]*(?:reporting|reported|writing|written) by\s+", re.IGNORECASE)
_OTHERS = re.compile(r"[;(.]\s*|\b(?:additional|editing|edited|compiled|writing|translat\w+)\b", re.IGNORECASE)
_RIGHT = re.compile(r"text-align\s*:\s*right|^right$", re.IGNORECASE)
_LINE_TAGS = frozenset({"p", "div", "span", "a", "address", "li", "h2", "h3", "h4", "em", "strong", "b", "small", "td"})


def line_below(place: Page) -> Seen:
    """A line under the headline that begins with "By", "Von" and the like, whatever element it stands in."""
    if place.headline is None:
        return Seen()
    likely = (
        element for element in itertools.islice(following(place.headline, TAGS), NEAR) if element.tag in _LINE_TAGS
    )
    for element in itertools.islice(likely, LINES_AFTER):
        lines = text_lines(element)
        flat = lines.replace("\n", " ")
        if not lines or len(lines) > MAX_LINE_TEXT or not (_LINE.match(flat) or _TITLED.fullmatch(flat)):
            continue
        if is_beside(element, place.around):
            continue
        found = tuple(
            n for n in names_at(Spot(element, "name", after_headline=True, lines=lines), place.house) if is_whole(n)
        )
        if found:
            return Seen(found, "page.line", near=True)
    return Seen()


def signature(place: Page) -> Seen:
    """Names alone in a paragraph: in bold where the story begins, or set to the right where it ends."""
    if place.headline is None:
        return Seen()
    seen = 0
    for element in itertools.islice(following(place.headline, ("p",)), MAX_FOLLOWING):
        set_right = _RIGHT.search(element.get("style") or element.get("align") or "")
        if not set_right and seen == BOLD_PARAGRAPHS:
            continue
        lines = text_lines(element)
        seen = min(seen + bool(lines), BOLD_PARAGRAPHS)
        if not lines or len(lines) > MAX_LINE_TEXT or not (set_right or _is_bold(element)):
            continue
        found = names_at(Spot(element, "name", after_headline=True, lines=lines), place.house)
        whole = bool(found) and all(name.kind == "person" and 1 < len(name.text.split()) < 5 for name in found)
        if whole and is_clean(lines, found) and not is_beside(element, place.around):
            return Seen(found, "page.signature", near=True)
    return Seen()


def credit(place: Page) -> Seen:
    """Who reported a story, told at its end: "Reporting by Jane Doe in Nairobi; editing by A. Roe"."""
    if place.headline is None:
        return Seen()
    paragraphs = itertools.islice(following(place.headline, ("p",)), MAX_FOLLOWING)
    for element in reversed(list(paragraphs)):
        lines = text_lines(element)
        credited = _CREDIT.match(lines)
        if not credited or is_beside(element, place.around):
            continue
        reported = _OTHERS.split(lines[credited.end() :], maxsplit=1)[0]
        found = names_at(Spot(element, "name", after_headline=True, lines=reported), place.house)
        if found and all(name.kind == "person" and is_whole(name) for name in found):
            return Seen(found, "page.credit", near=True)
    return Seen()


def _is_bold(paragraph: HtmlElement) -> bool:
    """Whether one bold element holds all that the paragraph says."""
    only = paragraph[0] if len(paragraph) == 1 else None
    return (
        only is not None
        and only.tag in ("strong", "b")
        and not (paragraph.text or "").strip()
        and not (only.tail or "").strip()
    )
