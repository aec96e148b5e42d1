"""Relative times: "2 hours ago", "vor 3 Stunden", "hace 2 días", "today, 10:56", counted back from the fetch."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from crawler.extract import date_words as words
from crawler.extract.date_text import Found, Moment, clock_in

_NUMBER: Final = re.compile(
    r"(?<![\d.,:/-])(\d{1,3})(?![\d.,:/])|(?<!\w)(an?|one|una?|une?|uma?|ein(?:er|e|em)?|een|en|ett?|одну?)(?!\w)"
)
_LONGEST: Final = 80


def find_relative(text: str, now: datetime | None, zone: str | None) -> Found | None:
    """The relative moment that `text` says, or None. Without `now` the moment's day is unknown, so there is none either."""
    folded = words.fold(text[:200])
    if len(folded) > _LONGEST or not words.may_be_relative(folded):
        return None
    return _ago(folded, now) or _named_day(folded, now, zone)


def is_relative(text: str) -> bool:
    """Whether a time line's words are counted from now."""
    folded = words.fold(text[:200])
    if not words.may_be_relative(folded):
        return False
    return bool(words.TODAY.search(folded) or words.YESTERDAY.search(folded) or find_age(folded))


def find_age(folded: str) -> tuple[int, int, int] | None:
    """(start, end, seconds) of an age such as "2 hours ago"."""
    marker = words.AGO.search(folded)
    if not marker:
        return (0, len(folded), 0) if folded.strip(" .") in words.NOW else None
    for number in _NUMBER.finditer(folded):
        count = int(number[1]) if number[1] else 1
        for seconds, unit in words.UNITS:
            match = unit.match(folded, number.end())
            if match:
                return min(number.start(), marker.start()), max(match.end(), marker.end()), count * seconds
    return None


def _ago(folded: str, now: datetime | None) -> Found | None:
    age = find_age(folded)
    if not age or now is None:
        return None
    at = now.astimezone(UTC) - timedelta(seconds=age[2])
    moment = Moment(at.date(), relative=True)
    if age[2] < 86400:
        moment = Moment(at.date(), at.hour, at.minute, offset=0, relative=True)
    return Found(age[0], age[1], moment)


def _named_day(folded: str, now: datetime | None, zone: str | None) -> Found | None:
    """Today or yesterday, where a time stands beside it; the words alone are too common to be a time line."""
    today = words.TODAY.search(folded)
    match = today or words.YESTERDAY.search(folded)
    if not match or now is None:
        return None
    local = now.astimezone(ZoneInfo(zone)) if zone else now
    day = local.date() if today else local.date() - timedelta(days=1)
    clock = clock_in(folded)
    if clock is None:
        return None
    start, end, time = clock
    return Found(
        min(start, match.start()), max(end, match.end()), Moment(day, time[0], time[1], time[2], relative=True)
    )
