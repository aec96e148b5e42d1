"""Words added, removed or put another way, and marks of a page that rolls on."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from db.types import Nature
from monitor.changes.edit import Edit, words_of
from monitor.changes.text import fold, shorten

_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]")


def wording(edit: Edit, explained: frozenset[Nature]) -> Iterator[tuple[Nature, str]]:
    """Content words put in, taken out, or exchanged. Exchanged words that a number, name, negation, hedge, date or
    time explains in
    full are not also `reworded`."""
    for span in edit.spans:
        old, new = (_content(t, edit) for t in (span.before, span.after))
        if new and (not span.before.strip() or _holds(new, old)):
            yield Nature.ADDED, f"“{shorten(span.after)}” added"
        elif old and (not span.after.strip() or _holds(old, new)):
            yield Nature.REMOVED, f"“{shorten(span.before)}” removed"
        elif not (explained and _size(old) <= 3 and _size(new) <= 3):
            yield Nature.REWORDED, f"{shorten(span.before, 50)} → {shorten(span.after, 50)}"


def _size(words: list[str]) -> int:
    """How many words these are; a run of a script without spaces counts as one for every three letters."""
    return sum(-(-len(w) // 3) if _UNSPACED.search(w) else 1 for w in words)


def _content(text: str, edit: Edit) -> list[str]:
    return [w for w in words_of(text) if w.casefold() not in edit.lexicon.functions] or words_of(text)


def _holds(more: list[str], fewer: list[str]) -> bool:
    """Whether `more` begins or ends with the words of `fewer`, whatever their case, and goes on."""
    longer, shorter = ([w.casefold() for w in words] for words in (more, fewer))
    n = len(shorter)
    return 0 < n < len(longer) and shorter in (longer[:n], longer[-n:])


def live_update(edit: Edit) -> Iterator[tuple[Nature, str]]:
    """A headline of a rolling page (live, ticker, tracker) that took its next turn."""
    if not edit.headline:
        return
    found = next(
        (m.group() for t in (edit.before, edit.after) if (m := edit.lexicon.live.search(fold(t).casefold()))), None
    )
    if found:
        yield Nature.UPDATE, f"rolling page (“{found}”)"
