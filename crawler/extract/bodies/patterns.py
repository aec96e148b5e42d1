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
    ASIDE = 3
    """Beside the story: dropped, unless the page's story proves to be inside."""
    HIDDEN = 4
    """No reader sees it."""


_PART = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z]+")
_LONGEST = 600
"""Names past this length are utility classes heaped up; their head says enough."""


@lru_cache(maxsize=65536)
def verdict(attributes: str) -> Verdict:
    """What `attributes`, the class and id of an element joined by a space, say about it."""
    found: set[str] = set()
    negated = False
    for name in attributes[:_LONGEST].split():
        parts = _PART.sub(" ", name).lower().split()
        grams = _grams(parts)
        found |= grams if names.NEGATING.isdisjoint(parts) else grams - names.ASIDE
        negated = negated or not names.LAYOUT.isdisjoint(grams)
    return _judge(found, negated=negated)


@lru_cache(maxsize=65536)
def words(attributes: str) -> frozenset[str]:
    """The words in a class or id, and each two and three of them in a row, joined by `_`."""
    found: set[str] = set()
    for name in attributes[:_LONGEST].split():
        found |= _grams(_PART.sub(" ", name).lower().split())
    return frozenset(found)


def _judge(found: set[str], *, negated: bool) -> Verdict:
    if found & names.HIDDEN:
        return Verdict.HIDDEN
    if found & names.BODY:
        return Verdict.BODY
    if found & names.CAPTION:
        return Verdict.CAPTION
    if found & names.ASIDE and not negated:
        return Verdict.ASIDE
    return Verdict.PLAIN


def _grams(words: list[str]) -> set[str]:
    """The words, and each two and three of them in a row."""
    grams = set(words)
    grams.update("_".join(pair) for pair in itertools.pairwise(words))
    grams.update("_".join(three) for three in zip(words, words[1:], words[2:], strict=False))
    return grams
