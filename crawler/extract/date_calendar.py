"""Calendars other than the Gregorian, as newsrooms write them: Buddhist, Persian, Hijri, Republic of China, Japanese eras."""

from __future__ import annotations

from datetime import date
from typing import Final

import jdatetime
from hijridate import Hijri

ERAS: Final = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
"""The Gregorian year before an era's first, by the era's name."""

BUDDHIST_AHEAD: Final = 543


def gregorian(year: int, month: int, day: int, language: str | None = None) -> date | None:
    """The Gregorian date of a numeric one, its calendar told by the size of its year and the page's language, or None.

    Years 2443 to 2643 are Buddhist, 1300 to 1424 on a Persian page Persian, 1350 to 1500 on an Arabic one Hijri.
    """
    if 2443 <= year <= 2643:
        return safe(year - BUDDHIST_AHEAD, month, day)
    if language in {"fa", "ps"} and 1300 <= year < 1500:
        return persian(year, month, day)
    if language in {"ar", "ur", "ms"} and 1350 <= year <= 1500:
        return hijri(year, month, day)
    return safe(year, month, day)


def safe(year: int, month: int, day: int) -> date | None:
    """A date of the web's time (1990 to 2100), or None."""
    try:
        return date(year, month, day) if 1990 <= year <= 2100 else None
    except ValueError:
        return None


def persian(year: int, month: int, day: int) -> date | None:
    """The Gregorian date of a Persian (solar Hijri) one."""
    try:
        found = jdatetime.date(year, month, day).togregorian()
    except ValueError:
        return None
    return safe(found.year, found.month, found.day)


def hijri(year: int, month: int, day: int) -> date | None:
    """The Gregorian date of a Hijri one by the Umm al-Qura calendar."""
    try:
        found = Hijri(year, month, day).to_gregorian()
    except (ValueError, OverflowError):
        return None
    return safe(found.year, found.month, found.day)
