"""A cheap test before a long pattern: whether a text's first letters can open what it finds at all.

The patterns of notices and of the house's own lines are hundreds of phrases; three letters tell nearly every text from them.
"""

from __future__ import annotations

from functools import lru_cache

import regex

from crawler.extract import normalise

LETTERS = 3
LONGEST_LEAD = 200
"""Signs that may stand before the first letter are looked through for so many characters."""


class Beginnings:
    """Whether one of `patterns` could match a text at its start, by the letters after the signs in `lead`.

    It may say yes where none does, never no where one does: the patterns see lower case with straight quotes and plain dashes.
    """

    def __init__(self, *patterns: str, lead: str) -> None:
        self._lead = lead
        self._forms = [regex.compile(f"(?s:(?:{pattern}).*)") for pattern in patterns]
        self._may = lru_cache(maxsize=65536)(self._ask)

    def may_open(self, text: str) -> bool:
        """Whether it could; False for a text of nothing but such signs."""
        return self._may(text[:LONGEST_LEAD].lstrip(self._lead)[:LETTERS])

    def _ask(self, letters: str) -> bool:
        folded = normalise.straight(letters, dashes=True).lower()
        return bool(folded) and any(form.fullmatch(folded, partial=True) for form in self._forms)
