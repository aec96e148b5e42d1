"""Whether the page is there: removed, restored, blocked, behind a wall. Judged from states of checks, never from one reading."""

from __future__ import annotations

from collections.abc import Iterator

from db.types import Kind, Nature
from monitor.changes.draft import Draft, Pair
from monitor.changes.states import PageState, Standing, confirmed

KIND = Kind.AVAILABILITY


def find(_pair: Pair) -> Iterator[Draft]:
    """Nothing: two readings are two visits that found the page. See `find_states`."""
    return iter(())


def find_states(before: PageState, after: PageState) -> Iterator[Draft]:
    """The page changed its standing, where both states are confirmed. A failing host changes nothing."""
    if before.standing == after.standing or not (confirmed(before) and confirmed(after)):
        return
    nature = Nature.ADDED if after.standing == Standing.AVAILABLE else Nature.REMOVED
    word = "restored" if after.standing == Standing.AVAILABLE else after.standing
    seen = f"{word}: seen {after.checks} times from {after.first_seen:%Y-%m-%d %H:%M} to {after.last_seen:%Y-%m-%d %H:%M} UTC"
    facts = (f"{before.standing} → {after.standing}", seen, *([f"answered {after.evidence}"] if after.evidence else []))
    yield Draft(
        KIND, before.standing, after.standing, (nature,), facts, (("replace", before.standing, after.standing),)
    )
