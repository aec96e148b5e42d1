"""How far two bodies are comparable: previews that a page cuts short, and bodies read from different places of it."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz

ALIKE = 70.0
"""Of 100: paragraphs at least this alike are one paragraph, edited perhaps."""
SHARED = 0.5
"""Share of the shorter preview's characters that both must hold to be cuts of one story at one extent."""
SHORTEST_CUT = 20
"""Characters that a paragraph cut off in its midst must keep to be known again."""
MOST_COMPARED = 200
_ELLIPSES = "….\u2009 []"


def shared_extent(old: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[str]]:
    """Both previews up to where each still reaches; two empty lists where they are no cuts of one story.

    What one has past the other's end is another cut and no edit: further paragraphs, or the rest of a paragraph that the
    other breaks off.
    """
    if not old or not new:
        return [], []
    old_end, new_end = _last_shared(old, new), _last_shared(new, old)
    kept = _clipped(list(old), list(new), old_end, new_end)
    if not all(kept) or not _mostly_shared(*kept):
        return [], []
    return kept


def _clipped(old: list[str], new: list[str], old_end: int, new_end: int) -> tuple[list[str], list[str]]:
    """Without the tail that one side alone has, and without a last paragraph that is the other's, broken off."""
    old_tail, new_tail = old[old_end:], new[new_end:]
    if not old_tail or not new_tail or _broken_off(old_tail[0], new_tail[0]):
        old, new = old[:old_end], new[:new_end]
    if old and new and old[-1] != new[-1] and _broken_off(old[-1], new[-1]):
        return old[:-1], new[:-1]
    return old, new


def _last_shared(these: Sequence[str], those: Sequence[str]) -> int:
    """One past the last paragraph of `these` that `those` hold too, edited perhaps."""
    return next((i + 1 for i in range(len(these) - 1, -1, -1) if _held(these[i], those)), 0)


def _held(text: str, others: Sequence[str]) -> bool:
    return text in others or any(fuzz.ratio(text, t, score_cutoff=ALIKE) for t in others[:MOST_COMPARED])


def _broken_off(one: str, other: str) -> bool:
    """Whether one paragraph is the beginning of the other, an ellipsis after it left out."""
    short, long = sorted((one.rstrip(_ELLIPSES), other.rstrip(_ELLIPSES)), key=len)
    return len(short) >= SHORTEST_CUT and len(short) < len(long) and long.startswith(short)


def _mostly_shared(old: Sequence[str], new: Sequence[str]) -> bool:
    fewer, more = sorted((old, new), key=lambda side: sum(map(len, side)))
    held = sum(len(t) for t in fewer if _held(t, more))
    return held >= SHARED * sum(map(len, fewer))


def shared_core(old: Sequence[str], new: Sequence[str]) -> list[tuple[list[str], list[str]]]:
    """Two bodies that were read from different places of the page, without what one alone has before or after the story:
    what is left of both, then each end that was left out."""
    old_end, new_end = _last_shared(old, new), _last_shared(new, old)
    tails = (list(old[old_end:]), list(new[new_end:]))
    if not old_end or not new_end or all(tails):
        tails, old_end, new_end = ([], []), len(old), len(new)
    old_start, new_start = _first_shared(old, new), _first_shared(new, old)
    heads = (list(old[:old_start]), list(new[:new_start]))
    if all(heads):
        heads, old_start, new_start = ([], []), 0, 0
    core = (list(old[old_start:old_end]), list(new[new_start:new_end]))
    return [core, *(end for end in (heads, tails) if any(end))]


def _first_shared(these: Sequence[str], those: Sequence[str]) -> int:
    """The first paragraph of `these` that `those` hold too, edited perhaps."""
    return next((i for i, text in enumerate(these) if _held(text, those)), 0)
