"""What markup says beside the words of a time line: labels, exact values for machines, names that hold dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lxml.html import HtmlElement

from crawler.extract import date_words as words
from crawler.extract.date_text import Hints, Moment, parse_stamp

PUBLISHED, MODIFIED = "published", "modified"

_DIGIT: Final = re.compile(r"\d")
_WORD: Final = re.compile(words.WORD)
_CLASS_PUBLISHED: Final = re.compile(r"publish|pub-?date|pubdate|posted|created|datecreated|entry-date")
_CLASS_MODIFIED: Final = re.compile(r"modif|updat|last-?edit|revis")
_STAMP_ATTRIBUTES: Final = (
    "datetime",
    "content",
    "data-datetime",
    "data-timestamp",
    "data-time",
    "data-date",
    "data-published",
    "data-utc",
    "data-epoch",
    "timestamp",
    "title",
)
_MARKED: Final = re.compile(
    r"date|time|publish|updat|posted|modif|created|byline|meta\b|[_-]meta|info|fecha|datum|stamp|plat\b|pub|author|dateline|zeit|hora"
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """One moment of a time line. `label` is `published`, `modified` or None where the line has none."""

    moment: Moment
    label: str | None = None
    explicit: bool = False


def machine_stamp(element: HtmlElement, hints: Hints) -> Stamp | None:
    for name in _STAMP_ATTRIBUTES:
        value = element.get(name)
        if value and _DIGIT.search(value) and (moment := parse_stamp(value, hints)):
            label = _class_label(element)
            return Stamp(moment, label)
    return None


def attribute_stamps(element: HtmlElement, hints: Hints) -> list[Stamp]:
    stamp = machine_stamp(element, hints)
    if stamp is None and len(element) == 1:
        stamp = machine_stamp(element[0], hints)
    return [stamp] if stamp else []


def has_marks(element: HtmlElement) -> bool:
    """Whether the element, its parent or a child says by class, id or itemprop that it holds a date."""
    near = [element, *list(element)[:6]]
    parent = element.getparent()
    if parent is not None:
        near.append(parent)
    return any(_MARKED.search(names_of(each)) for each in near)


def names_of(element: HtmlElement) -> str:
    if not isinstance(element.tag, str):
        return ""
    return " ".join(element.get(name, "") for name in ("class", "id", "itemprop", "data-testid")).lower()


def _class_label(element: HtmlElement) -> str | None:
    names = names_of(element)
    if _CLASS_MODIFIED.search(names):
        return MODIFIED
    return PUBLISHED if _CLASS_PUBLISHED.search(names) else None


def label_before(before: str) -> str | None:
    """The label nearest to the date that follows."""
    updated = [match.start() for match in words.UPDATED.finditer(before)]
    published = [match.start() for match in words.PUBLISHED.finditer(before)]
    if updated and (not published or updated[-1] > published[-1]):
        return MODIFIED
    return PUBLISHED if published else None


def label_after(after: str) -> str | None:
    head = after[:12]
    for label, pattern in ((MODIFIED, words.UPDATED), (PUBLISHED, words.PUBLISHED)):
        match = pattern.search(head)
        if match and not _WORD.search(head[: match.start()]):
            return label
    return None


def outside_label(element: HtmlElement) -> str | None:
    """The label that stands in the element's names, or in the short text right before it."""
    label = _class_label(element)
    if label:
        return label
    times = list(element.iter("time"))
    if len(times) == 1 and (label := _class_label(times[0])):
        return label
    previous = element.getprevious()
    tail = (previous.tail if previous is not None else None) or ""
    before = (" ".join(previous.itertext()) if previous is not None and len(previous) < 4 else "")[:60] + " " + tail
    parent = element.getparent()
    if previous is None and parent is not None:
        before = parent.text or ""
    return label_before(words.fold(before)) if len(before) < 60 and not _DIGIT.search(before) else None
