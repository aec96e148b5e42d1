"""Names that changed: capitalised words where capitals mean names, katakana runs where they do not exist."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex

from db.types import Nature
from monitor.changes.edit import Edit, title_cased
from monitor.changes.lexicon import calendar_words
from monitor.changes.text import fold

_CAPITALISED = regex.compile(r"(?<![\p{L}\p{M}\p{N}'])\p{Lu}[\p{L}\p{M}\p{N}]*(?:'\p{Lu}[\p{L}\p{M}]*)*")
_SENTENCE_START = regex.compile(r"(?:^|[.!?:…]['\)\]]*\s+|(?<!\w)['(\[]|[-|·•]\s+)$")
_KATAKANA = regex.compile(r"[\p{Katakana}ー]{2,}(?:・[\p{Katakana}ー]{2,})*")
MOST_PLACES = 200
"""Places of a word that are looked at for a name."""
_NOUN_CAPITALS = frozenset({"de", "lb"})
_SUFFIXES = frozenset({"i", "n", "an", "ian", "ish", "ese", "er", "s'"})
"""What makes an adjective of a place: "Israel" and "Israeli" are one name."""


def name(edit: Edit) -> Iterator[tuple[Nature, str]]:
    """A person, place or body named in one text and not in the other ("Kim → Putin")."""
    gone, come = changed_names(edit)
    if gone and come:
        yield Nature.NAME, f"{' '.join(gone)} → {' '.join(come)}"
    elif gone:
        yield Nature.NAME, f"{' '.join(gone)} removed"
    elif come:
        yield Nature.NAME, f"{' '.join(come)} added"


def changed_names(edit: Edit) -> tuple[list[str], list[str]]:
    """The name words that only the old and only the new text have, in order; adjectives of one place count as the same."""
    old, new = list(_names(edit.before, edit)), list(_names(edit.after, edit))
    gone = _minus(old, _capitalised(edit.after))
    come = _minus(new, _capitalised(edit.before))
    pairs = [(b, a) for b in gone for a in come if same_name(b, a)]
    return [b for b in gone if b not in {p[0] for p in pairs}], [a for a in come if a not in {p[1] for p in pairs}]


def same_name(before: str, after: str) -> bool:
    """Whether two words are forms of one name: "Israel", "Israeli"; "Iran", "Iranian"; the same but for case."""
    short, long = sorted((before.casefold(), after.casefold()), key=len)
    return long == short or (long.startswith(short) and long[len(short) :] in _SUFFIXES)


def _names(text: str, edit: Edit) -> Iterator[str]:
    yield from _KATAKANA.findall(text)
    folded = fold(text)
    if (edit.headline and title_cased(text)) or folded.isupper():
        yield from (w for w in _CAPITALISED.findall(folded) if w in edit.names or _acronym(w, folded))
        return
    calendar = calendar_words(edit.language_code)
    for match in _CAPITALISED.finditer(folded):
        word = match.group()
        if word.casefold() in edit.lexicon.functions or word.casefold() in calendar or len(word) < 2:
            continue
        if word in edit.names or _acronym(word, folded) or _is_name_here(match, folded, edit):
            yield word


def _acronym(word: str, text: str) -> bool:
    return 2 <= len(word) <= 5 and word.isupper() and word.isalpha() and not text.isupper()


def _is_name_here(match: regex.Match[str], text: str, edit: Edit) -> bool:
    if edit.language_code in _NOUN_CAPITALS:
        return _next_to_capital(match, text)
    return not _SENTENCE_START.search(text[max(0, match.start() - 6) : match.start()])


def _next_to_capital(match: regex.Match[str], text: str) -> bool:
    """In a language that capitalises nouns, two capitalised words side by side are most often a person's names."""
    before = regex.search(r"(\p{Lu}\p{Ll}+) $", text[max(0, match.start() - 30) : match.start()])
    return bool(
        regex.match(r" \p{Lu}\p{Ll}", text[match.end() :])
        or (before and not _SENTENCE_START.search(text[: match.start() - 1 - len(before[1])]))
    )


def _capitalised(text: str) -> list[str]:
    return _CAPITALISED.findall(fold(text)) + _KATAKANA.findall(text)


def _minus(these: Iterable[str], those: Iterable[str]) -> list[str]:
    spare = Counter(w.casefold() for w in those)
    out = []
    for word in these:
        if spare[word.casefold()]:
            spare[word.casefold()] -= 1
        else:
            out.append(word)
    return out


@dataclass(frozen=True, slots=True)
class NamesIn:
    """Words that stand capitalised in the midst of a sentence of `text`: names, in languages that do not capitalise nouns.
    Asked word by word, for an edit asks for few."""

    text: str = ""

    def __contains__(self, word: object) -> bool:
        """Whether `word`, whole, follows a small letter, with a space or a comma and a space between."""
        return isinstance(word, str) and word[:1].isupper() and _stands_in_the_midst(word, self.text)


@lru_cache(maxsize=256)
def _stands_in_the_midst(word: str, text: str) -> bool:
    at = text.find(f" {word}", 2)
    for _ in range(MOST_PLACES):
        if at < 0:
            return False
        end = at + 1 + len(word)
        lower = text[at - 1].islower() or (text[at - 1] == "," and text[at - 2].islower())
        if lower and not _goes_on(text[end : end + 1]):
            return True
        at = text.find(f" {word}", end)
    return False


def _goes_on(character: str) -> bool:
    return character.isalpha() or unicodedata.category(character or " ").startswith("M")
