"""Forms of a text that ignore what a reader does not read: spelling of quotes, dashes, spaces and entities; then
case; then punctuation."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

import regex

_SINGLE = "‘’‚‛‹›ʼʻ`´′＇「」『』〈〉《》"
_DOUBLE = '“”„‟«»〝〞〟″＂"'
_DASHES = "‐‑‒–—―−﹘﹣－⁃"
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2061\ufeff\u202a\u202b\u202c\u202d\u202e\ufe0e\ufe0f"
_FOLDS = str.maketrans(
    dict.fromkeys(_SINGLE + _DOUBLE, "'")
    | dict.fromkeys(_DASHES, "-")
    | dict.fromkeys(_INVISIBLE, None)
    | {"،": ",", "。": "."}
)
_ASCII_FOLDS = str.maketrans({'"': "'", "`": "'"})
_DIGIT = regex.compile(r"\d")
_RUN_OF_DASHES = regex.compile(r"--+")
_RUN_OF_QUOTES = regex.compile(r"''+")

# Kept beside letters and digits: signs that carry a fact. Points, commas, colons, slashes and dashes only between digits; a minus
# before a digit only where no word stands before it.
_NOT_READ = regex.compile(
    r"(?:(?<=\d)[.,:/\-](?=\d)|(?<![\w'])-(?=\d)|(?<=\d) (?=\d)|[\p{Sc}%°+=<>\w])(*SKIP)(*FAIL)|[^\p{Sc}%°+=<>\w]|_",
    regex.V0,
)
_NO_LETTER = re.compile(r"[\W\d_]+")
_SWAPPED = str.maketrans({"ё": "е", "ſ": "s"})
_COMMA_DECIMAL = frozenset(
    {
        "de",
        "es",
        "it",
        "pt",
        "nl",
        "sv",
        "da",
        "no",
        "nb",
        "nn",
        "fi",
        "pl",
        "cs",
        "sk",
        "ro",
        "hu",
        "tr",
        "id",
        "vi",
        "ru",
        "uk",
        "be",
        "bg",
        "el",
        "fr",
        "hr",
        "sl",
        "sr",
        "lt",
        "lv",
        "et",
        "ca",
        "gl",
    }
)


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """`text` with one spelling of entities, Unicode forms, quotes, dashes, ellipses and spaces; case and punctuation stay."""
    if "&" in text and ";" in text:
        text = html.unescape(text)
    if text.isascii():
        folded = text.translate(_ASCII_FOLDS)
    else:
        folded = unicodedata.normalize("NFKC", text.translate(_FOLDS)).translate(_FOLDS)
    if "''" in folded:
        folded = _RUN_OF_QUOTES.sub("'", folded)
    if "--" in folded:
        folded = _RUN_OF_DASHES.sub("-", folded)
    return " ".join(folded.split())


@lru_cache(maxsize=4096)
def skeleton(text: str, language: str | None = None) -> str:
    """The letters, digits and signs of `text` alone: two texts of one skeleton differ in nothing but punctuation,
    style and spaces."""
    folded = fold(text).casefold().translate(_SWAPPED)
    if _DIGIT.search(folded):
        folded = _plain_digits(folded, language)
    return _NOT_READ.sub("", folded)


def same_skeleton(before: str, after: str, language: str | None = None) -> bool:
    """Whether two texts have one skeleton; the letters, which cost less to compare, are asked first."""
    return _letters(before) == _letters(after) and skeleton(before, language) == skeleton(after, language)


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", fold(text).casefold().translate(_SWAPPED))


def _plain_digits(folded: str, language: str | None) -> str:
    """Digits of any script as 0-9, thousands without their separator ("1,000", "1.000" in German, "1 000")."""
    if not folded.isascii():
        folded = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in folded)
    mark = r"\." if comma_decimal(language) else ","
    thousands = rf"(?<=(?<![\d.,])\d{{1,3}}(?:{mark}\d{{3}})*){mark}(?=\d{{3}}(?!\d))"
    return regex.sub(thousands + r"|(?<=\b\d{1,3}) (?=\d{3}\b)|(?<=\d)'(?=\d{3}(?!\d))", "", folded)


def comma_decimal(language: str | None) -> bool:
    """Whether `language` writes a comma before decimals and a point or space between thousands (CLDR)."""
    return base_language(language) in _COMMA_DECIMAL


def base_language(language: str | None) -> str | None:
    """The two-letter part of a language tag: "pt-BR" gives "pt"."""
    return language.strip().lower().replace("_", "-").partition("-")[0] or None if language else None


def shorten(text: str, limit: int = 80) -> str:
    """`text` on one line, cut at a word to at most `limit` characters."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[limit // 2 :] else cut) + "…"
