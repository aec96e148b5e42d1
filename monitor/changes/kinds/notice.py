"""Corrections, clarifications, updates, editor's notes and retractions that stand on the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rapidfuzz import fuzz

from db.types import Kind, Nature, Notice
from monitor.changes.draft import Draft, Pair, one_sided, text_draft
from monitor.changes.noise import only_relative_time
from monitor.changes.text import shorten, skeleton

KIND = Kind.NOTICE
ALIKE = 55.0
_KNOWN = frozenset(Nature)
_CLOCKS = frozenset({Nature.NUMBER, Nature.DATE, Nature.TIME})


def find(pair: Pair) -> Iterator[Draft]:
    """Notices that came, went or were edited, each with its own nature beside how it changed."""
    old, new = pair.before.notices, pair.after.notices
    gone, come = _only(old, new), _only(new, old)
    for notice in gone:
        match = max(come, key=lambda n: fuzz.ratio(notice.text, n.text), default=None)
        if match is not None and fuzz.ratio(notice.text, match.text) >= ALIKE:
            come.remove(match)
            yield from _edited(notice, match, pair)
        else:
            yield _with_nature(one_sided(KIND, notice.text, None), notice, "removed")
    for notice in come:
        yield _with_nature(one_sided(KIND, None, notice.text), notice, "added")


def _only(these: tuple[Notice, ...], those: tuple[Notice, ...]) -> list[Notice]:
    known = {skeleton(n.text) for n in those}
    return [n for n in these if skeleton(n.text) not in known]


def _edited(old: Notice, new: Notice, pair: Pair) -> Iterator[Draft]:
    draft = text_draft(KIND, old.text, new.text, pair)
    if only_relative_time(old.text, new.text):
        yield replace(draft, suppressed_by="relative_time")
    elif new.nature == Nature.UPDATE and set(draft.natures) <= _CLOCKS:
        yield replace(draft, suppressed_by="time_line")
    else:
        yield draft.plus(*_nature(new))


def _with_nature(draft: Draft, notice: Notice, word: str) -> Draft:
    fact = f"{(notice.nature or 'notice').replace('_', ' ')} {word}: “{shorten(notice.text, 120)}”"
    return replace(draft, natures=(*_nature(notice), *draft.natures), facts=(fact,))


def _nature(notice: Notice) -> tuple[Nature, ...]:
    return (Nature(notice.nature),) if notice.nature in _KNOWN else ()
