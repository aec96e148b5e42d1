"""The deck (standfirst) under the headline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from db.types import Article, Kind
from monitor.changes.draft import Draft, Pair, field_drafts
from monitor.changes.text import skeleton

KIND = Kind.DECK


def find(pair: Pair) -> Iterator[Draft]:
    """The deck's change; hidden where the deck is but the beginning of the body, whose own change says it."""
    for draft in field_drafts(KIND, "deck", pair):
        cut = _excerpt(pair.before) and _excerpt(pair.after)
        yield replace(draft, suppressed_by="excerpt") if cut and not draft.suppressed_by else draft


def _excerpt(article: Article) -> bool:
    """Whether the deck is cut from the body by a machine, as many descriptions are."""
    deck = skeleton((article.deck or "").rstrip("….").removesuffix("[…]"))
    return bool(deck) and deck[: max(20, len(deck) - 12)] in skeleton("".join(b.text for b in article.body[:6]))
