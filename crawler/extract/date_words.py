"""Words of time in the world's languages: months, weekdays, labels, units, zones.

Month and weekday names come from the Unicode CLDR (`month_names.json`, made with Babel); the rest are the words that newsrooms
put into a time line (`date_words.toml`). Every table is keyed by text as `fold` leaves it.
"""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Final

_SAME_LENGTH: Final = {
    "İ": "i", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "：": ":", "／": "/", "．": ".",
    "－": "-", "−": "-", "‐": "-", "‑": "-", "，": ",", "（": "(", "）": ")", "∶": ":", "꞉": ":",
}  # fmt: skip
_JOINING: Final = "\u200c\u200d"
_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

WORD: Final = (
    r"[^\W\d_][^\W\d_\u0300-\u036f]*(?:[\u0900-\u0dff\u0e31-\u0e4e\u1031-\u103e\u17b4-\u17d3\u064b-\u0652\u0670\u200c\u200d]"
    r"[^\W\d_]*)*"
)
"""A word, vowel signs of Indian, Thai, Burmese, Khmer and Arabic writing in it."""
_WORDS: Final = re.compile(WORD)


def _fold_table() -> dict[int, str]:
    """One character to one character, so that places in the folded text are places in the text."""
    table = {ord(a): b for a, b in _SAME_LENGTH.items()}
    for code in range(0x80, 0x10000):
        char = chr(code)
        category = unicodedata.category(char)
        if category == "Nd":
            table[code] = str(unicodedata.decimal(char))
        elif category in ("Zs", "Zl", "Zp", "Cf") and char not in _JOINING:
            table[code] = " "
    return table


_FOLD: Final = _fold_table()


def fold(text: str) -> str:
    """Lower case, ASCII digits, plain spaces and colons, one spelling of Arabic letters; the same length as `text`."""
    if text.isascii():
        return text.lower()
    folded = text.translate(_FOLD)
    low = folded.lower()
    return low if len(low) == len(folded) else "".join(c.lower()[0] for c in folded)


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")


_NAMES: Final = json.loads(_file("month_names.json"))
_DATA: Final = tomllib.loads(_file("date_words.toml"))


def _numbered(months: Iterable[Iterable[str]]) -> dict[str, int]:
    return {fold(name): number for number, names in enumerate(months, start=1) for name in names}


def _alternatives(starred: Iterable[str]) -> str:
    """A pattern of words, longest first; a star at the end stands for the rest of a word."""
    words = sorted((fold(word) for word in starred), key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\*", r"\w*") for word in words)


def _pattern(name: str) -> re.Pattern[str]:
    """The words of a list, whole; those of its `_cjk` list anywhere."""
    whole = rf"(?<!\w)(?:{_alternatives(_DATA[name])})(?!\w)"
    anywhere = _alternatives(_DATA.get(f"{name}_cjk", ()))
    return re.compile(f"{whole}|{anywhere}" if anywhere else whole)


def _unit(names: list[str]) -> re.Pattern[str]:
    """A unit's names after a number: whole words, and in scripts without spaces any."""
    anywhere = _alternatives(name for name in names if _CJK.search(name))
    return re.compile(rf"\s*(?:(?:{_alternatives(names)})(?!\w)|{anywhere})")


MONTHS: Final[Mapping[str, int]] = {fold(name): number for name, number in _NAMES["months"].items()}
AMBIGUOUS_MONTHS: Final[Mapping[str, Mapping[str, int]]] = {fold(k): v for k, v in _NAMES["ambiguous"].items()}
WEEKDAYS: Final[frozenset[str]] = frozenset(map(fold, _NAMES["weekdays"]))
PERSIAN_MONTHS: Final[Mapping[str, int]] = _numbered(_DATA["months"]["persian"])
HIJRI_MONTHS: Final[Mapping[str, int]] = _numbered(_DATA["months"]["hijri"])
MONTH_STARTS: Final[frozenset[str]] = frozenset(
    name.split()[0].split(".")[0]
    for names in (MONTHS, AMBIGUOUS_MONTHS, PERSIAN_MONTHS, HIJRI_MONTHS)
    for name in names
)
"""The first words of all months' names: a cheap test before any of them is looked for."""
JOINERS: Final[frozenset[str]] = frozenset(map(fold, _DATA["joiners"]))
ZONES: Final[Mapping[str, int]] = _DATA["zones"]
NAMED_ZONES: Final[Mapping[str, str]] = _DATA["named_zones"]

PUBLISHED_METAS: Final[tuple[str, ...]] = tuple(_DATA["published_metas"])
WEAK_METAS: Final[tuple[str, ...]] = tuple(_DATA["weak_metas"])
MODIFIED_METAS: Final[tuple[str, ...]] = tuple(_DATA["modified_metas"])
ELSEWHERE: Final[frozenset[str]] = frozenset(_DATA["elsewhere"])

UPDATED: Final = _pattern("updated")
PUBLISHED: Final = _pattern("published")
AGO: Final = _pattern("ago")
TODAY: Final = _pattern("today")
YESTERDAY: Final = _pattern("yesterday")
NOW: Final[frozenset[str]] = frozenset(map(fold, _DATA["now"]))
UNITS: Final = tuple((int(seconds), _unit(names)) for seconds, names in _DATA["units"].items())
_RELATIVE: Final[frozenset[str]] = frozenset(
    fold(name).split()[-1] for key in ("ago", "now", "today", "yesterday") for name in _DATA[key]
)


def may_be_relative(folded: str) -> bool:
    """Whether a word of the text can belong to a relative time: a cheap test before the patterns are tried."""
    return bool(_CJK.search(folded)) or not _RELATIVE.isdisjoint(_WORDS.findall(folded))
