"""The headline a reader sees, and the surfaces it also stands on, each compared with itself."""

from __future__ import annotations

from collections.abc import Iterator

import regex
from rapidfuzz import fuzz

from db.types import Article, Kind, Nature
from monitor.changes.diff import word_ops
from monitor.changes.draft import Draft, Pair, place, text_draft
from monitor.changes.text import fold, skeleton

KIND = Kind.HEADLINE
ALIKE = 70.0
"""Of 100: an `<h1>` at least this like the headline of its own page is that headline (with a kicker or badge, say)."""
COSMETIC = frozenset({Nature.PUNCTUATION, Nature.STYLE})
_COUNTER = regex.compile(r"^\s*\(\d+\+?\)\s*")


def find(pair: Pair) -> Iterator[Draft]:
    """The change of the visible headline; else, or where that is cosmetic, that of the surfaces that changed alone, one draft
    for all that say the same."""
    seen = _visible(pair)
    changed = _changed_surfaces(pair)
    if seen is None:
        yield from _alone(pair, changed)
        return
    before, after = seen
    draft = text_draft(KIND, before, after, pair, headline=True)
    yield draft.plus(facts=_where_else(pair, changed))
    if set(draft.natures) <= COSMETIC:
        yield from (d for d in _alone(pair, changed) if not set(d.natures) <= COSMETIC)


def _visible(pair: Pair) -> tuple[str, str] | None:
    """The two visible headlines where they differ and were read from the same place."""
    old, new = pair.before, pair.after
    tops = (_own_h1(old), _own_h1(new))
    if tops[0] and tops[1]:
        if tops[0] == tops[1]:
            return None
        differ = old.headline and new.headline and old.headline != new.headline and pair.same_place("headline")
        return (str(old.headline), str(new.headline)) if differ else (tops[0], tops[1])
    if not (old.headline and new.headline) or old.headline == new.headline or not pair.same_place("headline"):
        return None
    return old.headline, new.headline


def _own_h1(article: Article) -> str | None:
    """The page's `<h1>` where it is the story's headline: read as such, or like the headline read."""
    top = article.headlines.get("h1")
    if not top or not article.headline or _lower(article):
        return None
    if place(article.provenance.get("headline")).startswith("h1"):
        return top
    return top if fuzz.partial_ratio(fold(top), fold(article.headline)) >= ALIKE else None


def _lower(article: Article) -> bool:
    """Whether the headline is a lower heading, so that an `<h1>` beside it is but a surface."""
    return place(article.provenance.get("headline")).startswith(("h2", "h3"))


def _compared(pair: Pair) -> Iterator[str]:
    """The surfaces beside the visible headline that both readings hold."""
    old, new = pair.before.headlines, pair.after.headlines
    beside = _lower(pair.before) and _lower(pair.after)
    yield from (s for s in old if (s != "h1" or beside) and old[s] and new.get(s))


def _changed_surfaces(pair: Pair) -> dict[str, tuple[str, str]]:
    old, new = pair.before.headlines, pair.after.headlines
    texts = {s: (_COUNTER.sub("", old[s]), _COUNTER.sub("", new[s])) for s in _compared(pair)}
    return {s: (b, a) for s, (b, a) in texts.items() if b != a}


def _where_else(pair: Pair, changed: dict[str, tuple[str, str]]) -> tuple[str, ...]:
    shared = list(_compared(pair))
    if not shared:
        return ()
    kept = [s for s in shared if s not in changed]
    facts = [f"also in {', '.join(changed)}"] if changed else []
    return (*facts, f"not in {', '.join(kept)}") if kept else tuple(facts)


def _alone(pair: Pair, changed: dict[str, tuple[str, str]]) -> Iterator[Draft]:
    groups: dict[tuple[str, str], list[str]] = {}
    for surface, (before, after) in changed.items():
        groups.setdefault(_gist(before, after), []).append(surface)
    for surfaces in groups.values():
        before, after = changed[surfaces[0]]
        if _dressed(before, pair.before) and _dressed(after, pair.after):
            ops = word_ops(before, after, pair.language)
            yield Draft(
                KIND, before, after, (Nature.STYLE,), ("site or section beside the headline",), ops, surfaces[0]
            )
            continue
        draft = text_draft(KIND, before, after, pair, headline=True, surface=surfaces[0])
        facts = ("not in the visible headline",)
        yield draft.plus(facts=(f"also in {', '.join(surfaces[1:])}", *facts) if surfaces[1:] else facts)


def _dressed(surface: str, article: Article) -> bool:
    """Whether the surface is the visible headline with no more than the site's or a section's name beside it."""
    words, headline = skeleton(surface), skeleton(article.headline or "")
    return bool(headline) and (words.startswith(headline) or words.endswith(headline))


def _gist(before: str, after: str) -> tuple[str, str]:
    """The differing middle of two titles, so that one edit with and without the site's name is one."""
    old, new = skeleton(before), skeleton(after)
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return old[start : len(old) - end], new[start : len(new) - end]
