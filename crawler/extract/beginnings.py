"""A cheap test before a long pattern: whether a text's first letters can open what it finds at all.

The patterns of notices and of the house's own lines are hundreds of phrases; three letters tell nearly every text from them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.extract import normalise

LETTERS = 3
LONGEST_LEAD = 200
"""Signs that may stand before the first letter are looked through for so many characters."""

_TOKEN = re.compile(
    r"\(\?:|\(|\)|\||\?|\\(?P<escaped>[^\w\s]|\s)|\[(?P<one>[^\]^\\-]+)\]|(?P<plain>[^\\\[\]{}.*+^$])|(?P<other>.)",
    re.DOTALL,
)


class Beginnings:
    """Whether one of `forms`, regular expressions in lower case, could match a text at its start, signs of `lead` passed over.

    It may say yes where none does, never no where one does.
    """

    def __init__(self, forms: Iterable[str], lead: str) -> None:
        self._lead = lead
        self._known = frozenset().union(*map(beginnings, forms))
        self._sizes = sorted({len(known) for known in self._known})

    def may_open(self, text: str) -> bool:
        """Whether it could; False for a text of nothing but such signs."""
        head = normalise.straight(text[:LONGEST_LEAD].lstrip(self._lead)[:LETTERS], dashes=True).lower()
        if head:
            for size in self._sizes:
                if head[:size] in self._known:
                    return True
        return False


def beginnings(form: str) -> frozenset[str]:
    """The first letters, `LETTERS` at most, of all that a regular expression matches.

    Groups, alternatives, optional parts and sets of characters are followed; at anything else the letters so far are all.
    """
    return frozenset(_Reader(form).alternatives())


class _Reader:
    """A walk over a regular expression that keeps no more of what it matches than its first letters; an end mark is `\\0`."""

    def __init__(self, form: str) -> None:
        self._tokens = list(_TOKEN.finditer(form))
        self._at = 0

    def alternatives(self) -> set[str]:
        found = self._sequence()
        while self._next("|"):
            found |= self._sequence()
        return {text.rstrip("\0") for text in found} if self._at >= len(self._tokens) else found

    def _sequence(self) -> set[str]:
        so_far = {""}
        while self._at < len(self._tokens) and self._tokens[self._at][0] not in "|)":
            part = self._part()
            if self._next("?"):
                part = part | {""}
            so_far = {_joined(before, after) for before in so_far for after in part}
        return so_far

    def _part(self) -> set[str]:
        token = self._tokens[self._at]
        self._at += 1
        if token[0] in {"(", "(?:"}:
            inside = self.alternatives()
            self._next(")")
            return inside
        if token["one"]:
            return set(token["one"])
        return {token["escaped"] or token["plain"] or "\0"}

    def _next(self, sign: str) -> bool:
        found = self._at < len(self._tokens) and self._tokens[self._at][0] == sign
        self._at += found
        return found


def _joined(before: str, after: str) -> str:
    """The first letters of one text after another; nothing is joined to one that ends in the mark."""
    return before if before.endswith("\0") else (before + after)[:LETTERS]
