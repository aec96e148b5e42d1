"""Where the page stands: its address after redirects, and the one that the page itself names as its own."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from db.types import Kind, Nature
from monitor.changes.draft import Draft, Pair
from monitor.changes.states import PageState, Standing, confirmed

KIND = Kind.ADDRESS


def find(pair: Pair) -> Iterator[Draft]:
    """The canonical address that the page names moved. Scheme, `www.`, query, fragment and a last slash are no move."""
    old, new = pair.before.canonical, pair.after.canonical
    if old and new and bare(old) != bare(new):
        yield moved(old, new)


def find_states(before: PageState, after: PageState) -> Iterator[Draft]:
    """The page answers at another address than it did, where both states are confirmed and the page is there."""
    there = before.standing == after.standing == Standing.AVAILABLE and confirmed(before) and confirmed(after)
    if there and bare(before.url) != bare(after.url):
        yield moved(before.url, after.url)


def moved(old: str, new: str) -> Draft:
    """The draft of a move from one address to another."""
    return Draft(KIND, old, new, (Nature.MOVED,), (f"{old} → {new}",), (("replace", old, new),))


def bare(url: str) -> str:
    """Host and path, as they differ for a reader."""
    parts = urlsplit(url.strip())
    return parts.netloc.lower().removeprefix("www.") + unquote(parts.path).rstrip("/")
