"""The story's tags. Their order is no edit."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from db.types import Article, Kind, Nature
from monitor.changes.draft import Draft, Pair
from monitor.changes.text import skeleton

KIND = Kind.TAGS
_PLACING = regex.compile(
    r"sticky|featured|editors?picks?|topstor(?:y|ies)|homepage|frontpage|hero|slider|carousel|premium|trending|breaking|exclude\w*|noads?"
)
"""Tags that place a story on the site's own pages and say nothing of it."""


def find(pair: Pair) -> Iterator[Draft]:
    """Tags added or removed, where both readings found some in the same place."""
    old, new = _tags(pair.before), _tags(pair.after)
    if not old or not new or old.keys() == new.keys() or not pair.same_place("tags"):
        return
    gone = [tag for key, tag in old.items() if key not in new]
    come = [tag for key, tag in new.items() if key not in old]
    natures = tuple(n for n, tags in ((Nature.ADDED, come), (Nature.REMOVED, gone)) if tags)
    facts = tuple(f"tag {tag} added" for tag in come) + tuple(f"tag {tag} removed" for tag in gone)
    before, after = ", ".join(old.values()), ", ".join(new.values())
    ops = (("delete", ", ".join(gone), ""), ("insert", "", ", ".join(come)))
    yield Draft(KIND, before, after, natures, facts, tuple(op for op in ops if op[1] or op[2]))


def _tags(article: Article) -> dict[str, str]:
    return {key: tag for tag in article.tags if (key := skeleton(tag)) and not _PLACING.fullmatch(key.replace("_", ""))}
