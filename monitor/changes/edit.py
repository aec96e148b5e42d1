"""One text edited into another, with what the rules of natures ask of it, worked out once."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

import regex

from monitor.changes.diff import Ops, word_ops
from monitor.changes.lexicon import Lexicon, for_text
from monitor.changes.text import fold, skeleton

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*")
_CASED = regex.compile(r"\p{Lu}[\p{L}\p{M}'’]*|\p{Ll}[\p{L}\p{M}'’]*")


@dataclass(frozen=True, slots=True)
class Span:
    """Words that stand in one text and not in the other; either side may be empty. `previous` is the word before, in
    the new text."""

    before: str
    after: str
    previous: str = ""

    @property
    def words(self) -> tuple[list[str], list[str]]:
        """The words of each side, folded, in their case."""
        return words_of(self.before), words_of(self.after)


@dataclass(frozen=True, slots=True)
class Edit:
    """`before` became `after`. `headline` says it is a title, where capitals and kickers have other habits; `names`
    are words known as
    names from the story's body."""

    before: str
    after: str
    ops: Ops
    lexicon: Lexicon
    spans: tuple[Span, ...]
    language: str | None = None
    headline: bool = False
    names: Container[str] = frozenset()

    @property
    def language_code(self) -> str:
        """The two-letter language, guessed where the reading named none."""
        return self.lexicon.language


def edit_of(
    before: str,
    after: str,
    language: str | None = None,
    *,
    ops: Ops | None = None,
    headline: bool = False,
    names: Container[str] = frozenset(),
) -> Edit:
    """An `Edit` from two texts; `ops` where they are known already."""
    lexicon = for_text(f"{before} {after}", language)
    done = ops if ops is not None else word_ops(before, after, language)
    spans = tuple(_spans(done, language or lexicon.language))
    return Edit(before, after, done, lexicon, spans, language or lexicon.language, headline, names)


def _spans(ops: Ops, language: str) -> Iterator[Span]:
    previous = ""
    for tag, before, after in ops:
        if tag != "equal" and skeleton(before, language) != skeleton(after, language):
            yield Span(before, after, previous)
        last = words_of(after[-60:])
        previous = last[-1] if last else previous


def words_of(text: str) -> list[str]:
    """The words and plain numbers of `text`, folded, in their case, without signs."""
    found: list[str] = _WORD.findall(fold(text))
    return found


def title_cased(text: str) -> bool:
    """Whether most longer words of `text` begin with a capital, as in many English headlines, so that capitals name nobody."""
    longer = [w for w in _CASED.findall(text) if len(w) > 3][1:]
    return len(longer) >= 3 and sum(w[0].isupper() for w in longer) > 0.7 * len(longer)
