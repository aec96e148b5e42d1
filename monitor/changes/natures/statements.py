"""Words that turn a statement round or hold it back, and words put in someone's mouth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import regex
from rapidfuzz import fuzz

from db.types import Nature
from monitor.changes.edit import Edit, Span
from monitor.changes.text import fold, shorten, skeleton

_PREFIXES = {
    "en": ("un", "in", "im", "il", "ir", "dis", "non"),
    "de": ("un", "nicht"),
    "fr": ("in", "im", "il", "ir", "dés", "mal", "non"),
    "es": ("in", "im", "i", "des"),
    "it": ("in", "im", "il", "ir", "dis", "s"),
    "pt": ("in", "im", "i", "des"),
    "nl": ("on", "niet"),
    "ru": ("не", "без", "бес"),
    "uk": ("не", "без"),
    "pl": ("nie",),
    "cs": ("ne",),
}
_QUOTED = regex.compile(
    r"“([^“”]{6,})”|„([^„“”]{6,})[“”]|«([^«»]{6,})»|»([^«»]{6,})«|\"([^\"]{6,})\"|「([^「」]{3,})」|『([^『』]{3,})』|(?<![\w])‘([^‘]{6,}?)’(?!\w)|(?<![\w])'([^']{6,}?)'(?!\w)"
)


_ROUGHLY = frozenset({"about", "around"})
"""Words that hold a number back, and stand before places and matters as well ("talks about", "around San Isidro")."""
_AMOUNT = regex.compile(
    r"\s+(?:\p{Sc}|\d|an?\b|half\b|one\b|two\b|three\b|four\b|five\b|six\b|seven\b|eight\b|nine\b|ten\b|twel|twent|thirt|fort|fift|sixt|"
    r"sevent|eight|ninet|eleven|dozen|hundred|thousand|million|billion|noon\b|midnight\b)"
)
_CLOSERS = {"“": "”", "„": "“”", "«": "»", "»": "«", "「": "」", "『": "』", '"': '"'}
"""What closes a quote that a mark opens; »…« and «…» are both in use."""


def negation(edit: Edit) -> Iterator[tuple[Nature, str]]:
    """A word that denies, added, removed or made by a prefix ("not added", "legal → illegal")."""
    yield from _word_changes(edit.lexicon.negations, edit, Nature.NEGATION)
    for span in edit.spans:
        yield from _prefixed(span, edit)


def _prefixed(span: Span, edit: Edit) -> Iterator[tuple[Nature, str]]:
    old, new = span.words
    for before, after in zip(old, new, strict=False):
        if negated_pair(before, after, edit.language_code):
            yield Nature.NEGATION, f"{before} → {after}"


def negated_pair(before: str, after: str, language: str) -> bool:
    """Whether one word is the other with a denying prefix of `language`."""
    short, long = sorted((before.casefold(), after.casefold()), key=len)
    return len(short) > 3 and long.endswith(short) and long[: len(long) - len(short)] in _PREFIXES.get(language, ())


def hedge(edit: Edit) -> Iterator[tuple[Nature, str]]:
    """A word that holds a statement back, added or removed ("alleged removed")."""
    yield from _word_changes(edit.lexicon.hedges, edit, Nature.HEDGE)


def _word_changes(pattern: regex.Pattern[str], edit: Edit, nature: Nature) -> Iterator[tuple[Nature, str]]:
    old, new = (Counter(_found(pattern, fold(t).casefold())) for t in (edit.before, edit.after))
    gone, come = sorted((old - new).elements()), sorted((new - old).elements())
    if len(gone) == len(come):
        yield from ((nature, f"{b} → {a}") for b, a in zip(gone, come, strict=True))
        return
    yield from ((nature, f"{word} removed") for word in gone)
    yield from ((nature, f"{word} added") for word in come)


def _found(pattern: regex.Pattern[str], text: str) -> Iterator[str]:
    for match in pattern.finditer(text):
        if match.group() not in _ROUGHLY or _AMOUNT.match(text, match.end()):
            yield match.group()


def quote(edit: Edit) -> Iterator[tuple[Nature, str]]:
    """Words between quote marks that are no longer the same words."""
    old, new = ({skeleton(q, edit.language): q for q in quoted(t)} for t in (edit.before, edit.after))
    gone = [q for key, q in old.items() if key not in new]
    come = [q for key, q in new.items() if key not in old]
    for before in gone:
        after = max(come, key=lambda q: fuzz.ratio(before, q), default=None)
        if after is not None and fuzz.ratio(before, after) > 50:
            come.remove(after)
            yield Nature.QUOTE, f"quote altered: “{shorten(before, 60)}” → “{shorten(after, 60)}”"
        elif skeleton(before, edit.language) not in skeleton(edit.after, edit.language):
            yield Nature.QUOTE, f"quote removed: “{shorten(before)}”"
    for after in come:
        if skeleton(after, edit.language) not in skeleton(edit.before, edit.language):
            yield Nature.QUOTE, f"quote added: “{shorten(after)}”"


def quoted(text: str) -> list[str]:
    """The passages of `text` between quote marks of any language."""
    return [next(g for g in m.groups() if g) for m in _QUOTED.finditer(text)]


def spoken_at(paragraph: str, place: int) -> bool:
    """Whether the character at `place` stands between quote marks that open and close in this paragraph, however many sentences
    they hold."""
    closers = ""
    for mark in paragraph[:place]:
        closers = ("" if mark in closers else closers) if closers else _CLOSERS.get(mark, "")
    return bool(closers) and any(mark in paragraph[place:] for mark in closers)
