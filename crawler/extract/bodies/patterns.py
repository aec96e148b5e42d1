"""What classes, ids and roles say about an element: a story's container, a caption, or something beside the story.

Newsrooms name these the same way the world over, mostly in English, so the words below are no list of sites. A name is
parted at dashes and camel case; its words, and each two and three of them in a row, are looked up in the sets.
"""

from __future__ import annotations

import itertools
import re
from enum import IntEnum
from functools import lru_cache

from crawler.extract.bodies import names


class Verdict(IntEnum):
    """What the attributes of an element say."""

    PLAIN = 0
    BODY = 1
    """A story's container."""
    CAPTION = 2
    WEAK = 3
    """Beside the story, unless a story is inside."""
    ASIDE = 4
    """Beside the story, whatever is inside."""
    HIDDEN = 5
    """No reader sees it."""


_APART = re.compile(r"[^A-Za-z]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SHOWN = (":block", ":flex", ":grid", ":inline", ":inline-block", ":inline-flex", ":contents", ":table")
"""Endings of utility classes that show on some screens what `hidden` hides on others."""
_LONGEST = 600
"""Names past this length are utility classes heaped up; their head says enough."""


@lru_cache(maxsize=65536)
def verdict(attributes: str) -> Verdict:
    """What `attributes`, the class and id of an element joined by a space, say about it."""
    listed = attributes[:_LONGEST].split()
    if "hidden" in listed and not any(name.endswith(_SHOWN) for name in listed):
        return Verdict.HIDDEN
    said = 0
    for name in listed:
        said |= _said(name)
    return _judge(said)


_HIDDEN, _BODY, _CAPTION, _STRONG, _ASIDE, _NEGATED = (1 << bit for bit in range(6))
_SETS = (
    (names.HIDDEN, _HIDDEN),
    (names.BODY, _BODY),
    (names.CAPTION, _CAPTION),
    (names.STRONG, _STRONG),
    (names.ASIDE, _ASIDE),
)


_KNOWN = names.LAYOUT.union(*(known for known, _ in _SETS))
_PARTS = frozenset("_".join(_KNOWN).split("_"))
"""Where none of these stands in a name, it says nothing."""


@lru_cache(maxsize=65536)
def _said(name: str) -> int:
    """What one class or id says, a bit for each set of names that it is in."""
    if name.islower() and _PARTS.isdisjoint(_APART.split(name)):
        return 0
    grams = words(name)
    if _KNOWN.isdisjoint(grams):
        return 0
    said = 0 if names.LAYOUT.isdisjoint(grams) else _NEGATED
    if "__" in name:
        grams -= names.BODY & words(name.split("__", 1)[0])
    if not names.NEGATING.isdisjoint(grams):
        grams -= names.ASIDE
    for known, bit in _SETS:
        if not known.isdisjoint(grams):
            said |= bit
    return said


@lru_cache(maxsize=65536)
def words(name: str) -> frozenset[str]:
    """The words in a class or id, and each two and three of them in a row, joined by `_`.

    A part of three letters or less that only camel case sets apart is no word of its own: generated names are full of them.
    """
    if name.islower():
        plain = _APART.split(name)
        return _in_rows([part for part in plain if part], set(plain))
    parts: list[str] = []
    alone: set[str] = set()
    for piece in _APART.split(name):
        cut = _CAMEL.split(piece)
        lowered = [part.lower() for part in cut if part]
        parts += lowered
        alone.update(part for part in lowered if len(part) > 3 or len(cut) == 1)
        alone.add(piece.lower())
    return _in_rows(parts, alone)


def _in_rows(parts: list[str], alone: set[str]) -> frozenset[str]:
    """The words alone, and each two and three of the parts in a row."""
    if len(parts) > 1:
        alone.update(map("_".join, itertools.pairwise(parts)))
        alone.update(map("_".join, zip(parts, parts[1:], parts[2:], strict=False)))
    return frozenset(alone)


def _judge(said: int) -> Verdict:
    if said & _HIDDEN:
        return Verdict.HIDDEN
    if said & _BODY:
        return Verdict.BODY
    if said & _CAPTION:
        return Verdict.CAPTION
    if said & _NEGATED:
        return Verdict.PLAIN
    if said & _STRONG:
        return Verdict.ASIDE
    return Verdict.WEAK if said & _ASIDE else Verdict.PLAIN


def all_words(attributes: str) -> frozenset[str]:
    """The words in all of several classes and ids parted by spaces."""
    return frozenset().union(*(words(name) for name in attributes[:_LONGEST].split()))
