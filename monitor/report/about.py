"""What an export or feed says of itself: title, filters, when it was made, where its links lead."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

AUTHORITY = "newswatch.invalid"
"""Of tag URIs (RFC 4151). No one can own a name under `.invalid` (RFC 2606), so none of ours can be another's."""


@dataclass(frozen=True, slots=True)
class About:
    """`base` is the address of the review pages, with a slash at the end; `identity` tells this home from all others.

    `filters` are sentences for a person, empty where nothing narrows; `until` is when it was made.
    """

    title: str
    until: datetime
    zone: ZoneInfo
    base: str
    identity: str
    since: datetime | None = None
    filters: tuple[str, ...] = ()

    def change_id(self, number: int) -> str:
        """A change's name for ever: the same in each feed, whatever the host, port or filter."""
        return f"tag:{AUTHORITY},2026:{self.identity}/change/{number}"

    def feed_id(self, words: str) -> str:
        """The name for ever of the feed that these words (its filters) choose."""
        return f"tag:{AUTHORITY},2026:{self.identity}/feed/{hashlib.sha256(words.encode()).hexdigest()[:16]}"

    def change_url(self, number: int) -> str:
        """The permalink of a change."""
        return f"{self.base}changes/{number}"
