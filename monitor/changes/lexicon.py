"""Words that carry or hold back a statement, by language, from `lexicon.toml`; months and weekdays from Babel's locale data."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import regex
from babel import Locale, UnknownLocaleError

from monitor.changes.text import base_language, fold

_FILE = Path(__file__).with_name("lexicon.toml")
_UNSPACED = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Han}\p{Hiragana}\p{Katakana}]")
_SCRIPTS = (
    ("ja", regex.compile(r"[\p{Hiragana}\p{Katakana}]")),
    ("ko", regex.compile(r"\p{Hangul}")),
    ("zh", regex.compile(r"\p{Han}")),
    ("th", regex.compile(r"\p{Thai}")),
    ("he", regex.compile(r"\p{Hebrew}")),
    ("hi", regex.compile(r"\p{Devanagari}")),
    ("el", regex.compile(r"\p{Greek}")),
    ("fa", regex.compile(r"[پچژگ]")),
    ("ar", regex.compile(r"\p{Arabic}")),
    ("uk", regex.compile(r"[іїєґ]")),
    ("ru", regex.compile(r"\p{Cyrillic}")),
)
_ALIASES = {"nb": "no", "nn": "no", "in": "id", "ms": "id", "iw": "he", "sk": "cs", "be": "ru", "gl": "pt", "yue": "zh"}
_LIVE = r"^live\b(?!s)|\blive(?= *[:|-])|\blive$"
"""English "live" marks a page where it stands as a label; elsewhere it may be the verb."""
_WORD = regex.compile(r"[\p{L}\p{M}]+(?:'[\p{L}\p{M}]+)*")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """One language's words, folded and lower case; each pattern finds whole words or phrases in folded lower-case text."""

    language: str
    negations: regex.Pattern[str]
    hedges: regex.Pattern[str]
    live: regex.Pattern[str]
    teasers: regex.Pattern[str]
    functions: frozenset[str]
    numbers: Mapping[str, int]


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Mapping[str, object]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def _phrases(words: Iterable[str], *, inside: bool = False) -> regex.Pattern[str]:
    ordered = sorted({fold(w).casefold() for w in words}, key=len, reverse=True)
    if not ordered:
        return regex.compile(r"(?!)")
    return regex.compile("|".join(_phrase(w, inside=inside) for w in ordered))


def _phrase(word: str, *, inside: bool) -> str:
    """The pattern of one word; `inside` lets it be the end of a hyphenated one ("Ukraine-News am Montag")."""
    body = regex.escape(word)
    if len(word) == 1 and regex.match(r"\p{Hiragana}", word):
        return body + r"(?!\p{L})"  # a particle ends a clause ("辞任か"); inside words it is a syllable ("はしか感染")
    if _UNSPACED.search(word) or (len(word) > 1 and regex.search(r"\p{Hangul}", word)):
        return body
    return rf"(?<![\w'{'' if inside else '-'}]){body}" + ("" if word.endswith("'") else r"(?![\w'])")


GUESSED_FROM = 600
"""Characters from which an unknown language is guessed."""


@lru_cache(maxsize=64)
def lexicon(language: str) -> Lexicon:
    """The words of `language` (a two-letter code that `languages()` names)."""
    table: Mapping[str, object] = _tables()[language]
    return Lexicon(
        language,
        _phrases(_strings(table, "negations")),
        _phrases(_strings(table, "hedges")),
        regex.compile(
            _LIVE + "|" + _phrases([*_strings(table, "live"), *_strings(_tables()["en"], "live")], inside=True).pattern
        ),
        _phrases([*_strings(table, "teasers"), *_strings(_tables()["en"], "teasers")]),
        _functions(table),
        {fold(k).casefold(): int(v) for k, v in _numbers(table).items()},
    )


def _strings(table: Mapping[str, object], key: str) -> list[str]:
    found = table.get(key, [])
    return [str(w) for w in found] if isinstance(found, list) else []


def _numbers(table: Mapping[str, object]) -> Mapping[str, int]:
    found = table.get("numbers", {})
    return found if isinstance(found, dict) else {}


def languages() -> tuple[str, ...]:
    """The languages that have a lexicon."""
    return tuple(_tables())


def for_text(text: str, language: str | None = None) -> Lexicon:
    """The lexicon of `language`; where it is unknown, that of the script or of most grammar words in `text`, else English."""
    code = base_language(language)
    code = _ALIASES.get(code, code) if code else None
    return lexicon(code if code in _tables() else _guess(text[:GUESSED_FROM]))


@lru_cache(maxsize=2048)
def _guess(text: str) -> str:
    for code, pattern in _SCRIPTS:
        if pattern.search(text):
            return code
    words = _WORD.findall(fold(text).casefold())
    counts = {code: sum(w in functions for w in words) for code, functions in _latin_functions().items()}
    best = max(counts, key=lambda code: (counts[code], code == "en"))
    return best if counts[best] else "en"


@lru_cache(maxsize=1)
def _latin_functions() -> Mapping[str, frozenset[str]]:
    latin = regex.compile(r"[\p{Latin}' ]+")
    words = {c: _functions(table) for c, table in _tables().items()}
    return {c: found for c, found in words.items() if all(latin.fullmatch(w) for w in found)}


def _functions(table: Mapping[str, object]) -> frozenset[str]:
    return frozenset(fold(w).casefold() for w in _strings(table, "functions"))


@lru_cache(maxsize=64)
def calendar_words(language: str) -> frozenset[str]:
    """Names of months and weekdays, full and short, in `language`, folded and lower case; English ones where it is unknown."""
    try:
        locale = Locale.parse("nb" if language == "no" else language)
    except (UnknownLocaleError, ValueError):
        locale = Locale.parse("en")
    names = (
        name
        for table in (locale.months, locale.days)
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for name in table[context][width].values()
    )
    return frozenset(w for name in names if len(w := fold(str(name)).casefold().rstrip(".")) > 2)
