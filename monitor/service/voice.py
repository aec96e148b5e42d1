"""What a process tells a person at its terminal, in plain words, and its log the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import structlog
from rich.console import Console

from crawler.discovery import FeedVisit
from crawler.store import Visit
from db.types import Fetched, FetchFailed, Outcome
from monitor.service.health import Reach


class Voice:
    """Tells a person at the terminal what the service does, in plain words, and the log the same."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.log = structlog.get_logger("newswatch")

    def say(self, text: str) -> None:
        with suppress(OSError):  # a terminal that is gone, or a file on a full disk
            self.console.print(f"[dim]{datetime.now(UTC).astimezone():%H:%M:%S}[/dim] {text}", soft_wrap=True)
        self.log.info(text)


class Looks:
    """What is said of looks at pages and lists: failures in the log, new articles, what cannot be reached, sums of a minute.
    `name_of` gives a source's name by its id."""

    def __init__(self, voice: Voice, name_of: Callable[[int], str]) -> None:
        self._voice, self._name_of = voice, name_of
        self._reach = Reach(voice.say)
        self._counts: Counter[str] = Counter()

    def seen(self, visit: Visit, result: Fetched | FetchFailed) -> None:
        """Note a look at a page."""
        del result
        self._counts[visit.outcome] += 1
        if visit.outcome == Outcome.FAILED:
            self._voice.log.warning("check failed", url=visit.url, reason=visit.reason, detail=visit.detail)

    def listed(self, visit: FeedVisit) -> None:
        """Note a look at a list."""
        name = self._name_of(visit.feed.source_id)
        self._reach.note(name, visit.feed.url, visit.reason, visit.detail)
        if visit.new:
            self._voice.say(f"{name}: {visit.new} new articles")

    async def summary(self, now: datetime) -> str:
        """Say what came of the looks since the last summary."""
        del now
        counts, self._counts = self._counts, Counter()
        words = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(counts.items()))
        if words:
            self._voice.say(f"checks in the last minute: {words}")
        return words
