"""Words as the search in texts has them, in any script, and what a person asks for. Pure.

A word is folded: small letters, no accents. Scripts that put no spaces between words (Chinese, Japanese, Thai, Lao, Khmer,
Burmese) are cut into overlapping pairs of letters, and the last letter alone, so that any part of a text is found as a phrase.
Terms hold letters and digits only: no sign of any database's query language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

FORM = 1  # of the terms: an index made of others is made anew
LONGEST = 60  # letters of a term
MOST_TERMS = 40  # of one question

_ACCENTS = re.compile("[\u0300-\u036f\u064b-\u0652\u0670]")
_PLAIN = str.maketrans("łđøı", "ldoi")
_MARKS = "".join(chr(n) for n in range(0x300, 0x3100) if unicodedata.category(chr(n)).startswith("M"))
_JOINED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3041-\u3096\u3099\u309a\u30a1-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"(?:[^\W_]|[{re.escape(_MARKS)}])+")
_RUNS = re.compile(rf"[{_JOINED}]+|[^{_JOINED}]+")
_IS_JOINED = re.compile(rf"[{_JOINED}]")
_ASKED = re.compile(r'(-?)"([^"]*)"?|(\S+)')


class QueryError(Exception):
    """The question names nothing to look for; the message says what to write."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a text: what is indexed, and from where to where it stands in the text."""

    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """Terms that stand one after the other. `begins`: the last one may go on (`vot*` finds votes)."""

    terms: tuple[str, ...]
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """All of `wanted` stand in the text, none of `refused`."""

    wanted: tuple[Phrase, ...]
    refused: tuple[Phrase, ...] = ()


@lru_cache(maxsize=1 << 15)
def folded(word: str) -> str:
    """A word without case and accents; only its letters, digits and marks."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", word.casefold())))
    return "".join(_WORD.findall(plain.casefold().translate(_PLAIN)))


def terms(text: str) -> list[str]:
    """The terms of a text, in order."""
    return [word for found in _WORD.finditer(text) for word in _terms(found[0])]


@lru_cache(maxsize=1 << 15)
def _terms(word: str) -> tuple[str, ...]:
    plain = folded(word)
    if not _IS_JOINED.search(plain):
        return (plain[:LONGEST],) if plain else ()
    return tuple(term for run in _RUNS.findall(plain) for term in _of_run(run))


def _of_run(run: str) -> list[str]:
    if not _IS_JOINED.match(run):
        return [run[:LONGEST]]
    return [run[at : at + 2] for at in range(len(run))]


def placed(text: str) -> Iterator[Term]:
    """The terms of a text with their places. A term of a word that folding made longer or shorter has the whole word's place."""
    for found in _WORD.finditer(text):
        some, start, end = _terms(found[0]), found.start(), found.end()
        exact = len(some) > 1 and len(folded(found[0])) == end - start
        at = start
        for word in some:
            joined = _IS_JOINED.match(word) is not None
            yield Term(word, at, min(at + len(word), end)) if exact else Term(word, start, end)
            at += 1 if joined else len(word)


def parse(asked: str) -> Query:
    """What a person wrote: words, "a phrase", `begin*`, and `-not` before any of them. A quotation mark that is never closed
    reaches to the end. Raises `QueryError` where there is nothing to look for, or far too much."""
    wanted: list[Phrase] = []
    refused: list[Phrase] = []
    for sign, quoted, bare in _ASKED.findall(asked):
        minus = bool(sign) or (bare.startswith("-") and len(bare) > 1)
        phrase = _phrase(quoted or bare.lstrip("-"))
        if phrase is not None:
            (refused if minus else wanted).append(phrase)
    if not wanted:
        raise QueryError('name at least one word to look for: words, "a phrase", -not')
    if sum(len(phrase.terms) for phrase in (*wanted, *refused)) > MOST_TERMS:
        raise QueryError(f"too many words at once; ask for {MOST_TERMS} at most")
    return Query(tuple(dict.fromkeys(wanted)), tuple(dict.fromkeys(refused)))


def _phrase(text: str) -> Phrase | None:
    found = terms(text)
    if not found:
        return None
    last, joined = found[-1], _IS_JOINED.match(found[-1]) is not None
    if joined and len(found) > 1 and len(found[-2]) == 2 and found[-2][1] == last:
        return Phrase(tuple(found[:-1]))  # the text may go on after these letters
    return Phrase(tuple(found), begins=joined or text.rstrip().endswith("*"))


def spans(phrase: Phrase, text: Sequence[Term]) -> Iterator[tuple[int, int]]:
    """Where a phrase stands in a text's terms, as places in the text."""
    words, size = [term.word for term in text], len(phrase.terms)
    *first, last = phrase.terms
    for at in range(len(words) - size + 1):
        end = words[at + size - 1]
        if (end.startswith(last) if phrase.begins else end == last) and words[at : at + size - 1] == first:
            yield text[at].start, text[at + size - 1].end
