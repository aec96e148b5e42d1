"""Readings that look half-read: what must be fetched again before anyone is told."""

from __future__ import annotations

from db.types import Article

KEPT = 0.3
"""A body that keeps less than this share of its characters has collapsed."""
SMALLEST = 400
"""Bodies shorter than this many characters are too short to judge."""


def looks_collapsed(before: Article, after: Article) -> str | None:
    """Why `after` looks like a failed reading of the page that gave `before`: one line for a person, or None."""
    if before.headline and not after.headline:
        return "the headline vanished"
    old, new = (sum(len(block.text) for block in side.body) for side in (before, after))
    if old >= SMALLEST and new < KEPT * old:
        return f"the body shrank from {old} to {new} characters"
    return None
