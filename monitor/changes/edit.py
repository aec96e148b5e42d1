"""One text edited into another, with what the rules of natures ask of it, worked out once."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

import regex

from monitor.changes.diff import LONG, Ops, word_ops
from monitor.changes.lexicon import GUESSED_FROM, Lexicon, for_text
from monitor.changes.text import fold, skeleton

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*")
BESIDE = 120
"""Characters that are kept on each side of a differing place where an edit is long."""
MOST_JUDGED = 12_000
"""Characters of a long edit that its natures are judged from."""
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
    lexicon = for_text(f"{before[:GUESSED_FROM]} {after[:GUESSED_FROM]}", language)
    done = ops if ops is not None else word_ops(before, after, language)
    if len(before) + len(after) > LONG:
        before, after, done = around(done)
    spans = tuple(_spans(done, language or lexicon.language))
    return Edit(before, after, done, lexicon, spans, language or lexicon.language, headline, names)


def around(ops: Ops) -> tuple[str, str, Ops]:
    """The differing places of a long edit with the words beside them, as far as `MOST_JUDGED` characters: both texts, and
    their operations."""
    out: list[tuple[str, str, str]] = []
    size = 0
    for tag, before, after in ops:
        if tag == "equal":
            out.append((tag, _beside(before), _beside(after)))
        else:
            out.append((tag, before[:MOST_JUDGED], after[:MOST_JUDGED]))
        size += len(out[-1][1]) + len(out[-1][2])
        if size > MOST_JUDGED:
            break
    return "".join(o[1] for o in out), "".join(o[2] for o in out), tuple(out)


def _beside(text: str) -> str:
    """Both ends of a stretch that stayed, cut at words."""
    if len(text) <= 2 * BESIDE + 20:
        return text
    head, tail = text[:BESIDE], text[-BESIDE:]
    head = head[: head.rfind(" ") + 1] or head
    return f"{head}… {tail[tail.find(' ') + 1 :] or tail}"


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
