"""The time of the last change as the page gives it."""

from __future__ import annotations

from collections.abc import Iterator

from db.types import Kind
from monitor.changes.draft import Draft, Pair
from monitor.changes.kinds.published import instant_changes, shown_changes

KIND = Kind.MODIFIED


def find(pair: Pair) -> Iterator[Draft]:
    """The modified instant moved; where neither instant did, a time line that is labelled as one of updates."""
    drafts = list(instant_changes(KIND, "modified", pair))
    yield from drafts or shown_changes(KIND, pair)
