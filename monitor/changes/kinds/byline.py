"""Who wrote the story."""

from __future__ import annotations

from collections.abc import Iterator

from db.types import Article, Kind, Nature
from monitor.changes.diff import word_ops
from monitor.changes.draft import Draft, Pair, field_drafts, one_sided
from monitor.changes.text import fold, skeleton

KIND = Kind.BYLINE
MOSTLY = 0.8
"""The share of paragraphs that two readings of one page have in common where hardly anything was edited."""
_CLOCKS = frozenset({Nature.NUMBER, Nature.DATE, Nature.TIME, Nature.PUNCTUATION, Nature.STYLE})


def find(pair: Pair) -> Iterator[Draft]:
    """Names that joined or left; the byline's other words where the names are the same. Order and spelling of "By"
    are no edit."""
    old, new = (_authors(side) for side in (pair.before, pair.after))
    if old and new and not _same(pair, old, new):
        yield _names_changed(pair, old, new)
    elif old.keys() == new.keys():
        yield from (d for d in field_drafts(KIND, "byline", pair) if not set(d.natures) <= _CLOCKS or d.suppressed_by)
    elif not (old and new):
        rule = None if _read_alike(pair) else "missing_field"
        yield one_sided(KIND, ", ".join(old.values()), ", ".join(new.values()), suppressed_by=rule)


def _read_alike(pair: Pair) -> bool:
    """Whether all else was read as before, so that a byline on one side alone is the newsroom's doing and no reader's miss: the
    same layout, and most of the story word for word."""
    if not pair.bodies_comparable or not all(map(pair.same_place, ("headline", "published", "body"))):
        return False
    old, new = pair.stories
    shared = len(set(old) & set(new))
    return shared > 0 and shared >= MOSTLY * max(len(old), len(new))


def _authors(article: Article) -> dict[str, str]:
    return {skeleton(name): name for name in article.authors if skeleton(name)}


def _same(pair: Pair, old: dict[str, str], new: dict[str, str]) -> bool:
    return old.keys() == new.keys() or not (pair.same_place("authors") and pair.same_place("byline"))


def _names_changed(pair: Pair, old: dict[str, str], new: dict[str, str]) -> Draft:
    before, after = ", ".join(old.values()), ", ".join(new.values())
    gone = [name for key, name in old.items() if key not in new]
    come = [name for key, name in new.items() if key not in old]
    facts = (f"{', '.join(map(fold, gone)) or 'nobody'} → {', '.join(map(fold, come)) or 'nobody'}",)
    natures = (Nature.NAME,) if gone and come else (Nature.REMOVED,) if gone else (Nature.ADDED,)
    return Draft(KIND, before, after, natures, facts, word_ops(before, after, pair.language))
