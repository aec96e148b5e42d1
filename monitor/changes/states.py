"""States of a page, confirmed by repeated checks, for the kinds that compare visits and not readings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Standing(StrEnum):
    """What a visitor gets at a page's address. `FAILING` says nothing about the page: its host did not answer as it should."""

    AVAILABLE = "available"
    REMOVED = "removed"
    BLOCKED = "blocked"
    PAYWALLED = "paywalled"
    CONSENT = "consent"
    LOGIN = "login"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class PageState:
    """A run of checks that all found the same: `standing` at `url` (after redirects), first and last seen (aware),
    and how many checks.

    `evidence` is what the page answered with, such as "410" or "soft 404".
    """

    standing: str
    url: str
    first_seen: datetime
    last_seen: datetime
    checks: int = 1
    evidence: str = ""


NEEDED_CHECKS = 2
NEEDED_SPAN = timedelta(minutes=10)


def confirmed(state: PageState) -> bool:
    """Whether the evidence is enough to tell a person: two checks over ten minutes; one for an answer 410 and for a
    page that is there."""
    if state.standing == Standing.FAILING:
        return False
    if state.standing == Standing.AVAILABLE or state.evidence == "410":
        return True
    return state.checks >= NEEDED_CHECKS and state.last_seen - state.first_seen >= NEEDED_SPAN
