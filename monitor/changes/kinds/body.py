"""The story's text."""

from __future__ import annotations

from collections.abc import Iterable

from db.types import Kind
from monitor.changes.body import judge_body
from monitor.changes.draft import Draft, Pair

KIND = Kind.BODY


def find(pair: Pair) -> Iterable[Draft]:
    """One draft for all edits of the story, one a noise rule for what that rule hides; none unless both bodies were
    read whole, or both are previews."""
    return judge_body(pair) if pair.bodies_comparable or pair.previews_comparable else ()
