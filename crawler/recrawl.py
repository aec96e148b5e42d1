"""When a page is looked at next. Pure. For now by the article's age; what its own history says comes later."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

# (age below, seconds between checks): most edits fall in the first hours, few after a month
BY_AGE: tuple[tuple[float, float], ...] = (
    (1 * HOUR, 5 * MINUTE),
    (6 * HOUR, 15 * MINUTE),
    (1 * DAY, 45 * MINUTE),
    (3 * DAY, 3 * HOUR),
    (7 * DAY, 8 * HOUR),
    (30 * DAY, 1 * DAY),
    (90 * DAY, 7 * DAY),
)
OLD_S = 30 * DAY
FAILURE_BASE_S = 5 * MINUTE
FAILURE_MOST_S = 1 * DAY
SOON_S = 3 * MINUTE
REMOVED_S = 1 * DAY
JITTER = 0.1


@dataclass(frozen=True, slots=True)
class Pace:
    """`speed` divides every interval (2 checks twice as often); none falls below `shortest_s` seconds."""

    speed: float = 1.0
    shortest_s: float = 60.0

    def stretch(self, seconds: float) -> float:
        return max(seconds / self.speed, self.shortest_s)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the next check depends on. `born_at` is the publication or, where unknown, the first sight."""

    url: str
    born_at: datetime
    state: str
    failures: int = 0
    gone_count: int = 0


def next_check(
    standing: Standing, now: datetime, *, pace: Pace, soon: bool = False, retry_at: datetime | None = None
) -> datetime:
    """The instant of the next check, never before `retry_at` (the server's own Retry-After)."""
    due = now + timedelta(seconds=pace.stretch(_seconds(standing, now, soon)) * _jitter(standing.url, now))
    return max(due, retry_at) if retry_at else due


def _seconds(standing: Standing, now: datetime, soon: bool) -> float:
    if soon:
        return SOON_S * 2.0 ** min(max(standing.gone_count - 1, 0), 6)
    if standing.failures:
        return min(FAILURE_BASE_S * 2.0 ** min(standing.failures - 1, 20), FAILURE_MOST_S)
    if standing.state in {"removed", "blocked"}:
        return max(REMOVED_S, by_age(standing.born_at, now))
    return by_age(standing.born_at, now)


def by_age(born_at: datetime, now: datetime) -> float:
    """Seconds between checks of an article of that age."""
    age = (now - born_at).total_seconds()
    return next((interval for below, interval in BY_AGE if age < below), OLD_S)


def feed_interval(failures: int, configured_s: float | None, *, pace: Pace) -> float:
    """Seconds to a feed's next visit: 10 minutes or as configured, further apart while it fails."""
    base = configured_s or pace.stretch(10 * MINUTE)
    return min(base * 2.0 ** min(failures, 20), max(FAILURE_MOST_S / 4, base))


def _jitter(url: str, now: datetime) -> float:
    """A factor near 1, steady for a page within a minute: pages found together are not all due together for ever."""
    spread = zlib.crc32(f"{url} {int(now.timestamp()) // 60}".encode()) / 0xFFFFFFFF
    return 1.0 - JITTER + 2 * JITTER * spread
