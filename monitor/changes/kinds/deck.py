"""The deck (standfirst) under the headline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from db.types import Kind
from monitor.changes.draft import Draft, Pair, field_drafts
from monitor.changes.text import skeleton

KIND = Kind.DECK


def find(pair: Pair) -> Iterator[Draft]:
    """The deck's change; hidden where the deck is but the beginning of a paragraph, whose own change says it."""
    for draft in field_drafts(KIND, "deck", pair):
        yield replace(draft, suppressed_by="excerpt") if not draft.suppressed_by and _said_by_body(pair) else draft


def _said_by_body(pair: Pair) -> bool:
    """Whether both decks are cut from paragraphs that the body's comparison looks at; a paragraph that is the deck over again
    is none of them."""
    if not (pair.bodies_comparable or pair.previews_comparable):
        return False
    old, new = pair.stories
    return _excerpt(pair.before.deck, old) and _excerpt(pair.after.deck, new)


def _excerpt(words: str | None, paragraphs: Sequence[str]) -> bool:
    """Whether the deck is cut from the body by a machine, as many descriptions are."""
    deck = skeleton((words or "").rstrip("….").removesuffix("[…]"))
    return bool(deck) and deck[: max(20, len(deck) - 12)] in skeleton("".join(paragraphs[:6]))
