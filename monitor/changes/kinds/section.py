"""The section that the page says it stands in."""

from __future__ import annotations

from collections.abc import Iterator

from db.types import Kind, Nature
from monitor.changes.draft import Draft, Pair
from monitor.changes.text import fold, skeleton

KIND = Kind.SECTION


def find(pair: Pair) -> Iterator[Draft]:
    """The story moved to another section, read from the same place of the page."""
    old, new = pair.before.section, pair.after.section
    if old and new and skeleton(old) != skeleton(new) and pair.same_place("section"):
        yield Draft(KIND, old, new, (Nature.MOVED,), (f"{fold(old)} → {fold(new)}",), (("replace", old, new),))
