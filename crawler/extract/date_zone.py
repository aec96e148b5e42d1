"""Whose clock a time without a zone is in, and the ISO form of a moment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from importlib import resources
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawler.extract.date_text import Moment

_LANGUAGE_ZONES: Final[Mapping[str, str]] = {
    # languages that are written in one time zone, or nearly so
    "bg": "Europe/Sofia", "cs": "Europe/Prague", "da": "Europe/Copenhagen", "de": "Europe/Berlin", "el": "Europe/Athens",
    "et": "Europe/Tallinn", "fa": "Asia/Tehran", "fi": "Europe/Helsinki", "fil": "Asia/Manila", "he": "Asia/Jerusalem",
    "hi": "Asia/Kolkata", "hr": "Europe/Zagreb", "hu": "Europe/Budapest", "hy": "Asia/Yerevan", "is": "Atlantic/Reykjavik",
    "it": "Europe/Rome", "ja": "Asia/Tokyo", "ka": "Asia/Tbilisi", "ko": "Asia/Seoul", "lt": "Europe/Vilnius",
    "lv": "Europe/Riga", "mk": "Europe/Skopje", "mr": "Asia/Kolkata", "nb": "Europe/Oslo", "ne": "Asia/Kathmandu",
    "nl": "Europe/Amsterdam", "no": "Europe/Oslo", "nn": "Europe/Oslo", "pl": "Europe/Warsaw", "ro": "Europe/Bucharest",
    "si": "Asia/Colombo", "sk": "Europe/Bratislava", "sl": "Europe/Ljubljana", "sq": "Europe/Tirane", "sr": "Europe/Belgrade",
    "sv": "Europe/Stockholm", "te": "Asia/Kolkata", "th": "Asia/Bangkok", "tr": "Europe/Istanbul", "uk": "Europe/Kyiv",
    "ur": "Asia/Karachi", "vi": "Asia/Ho_Chi_Minh", "zh": "Asia/Shanghai", "bn": "Asia/Dhaka", "ta": "Asia/Kolkata",
}  # fmt: skip
_NOT_COUNTRIES: Final = frozenset({"tv", "io", "co", "me", "ai", "fm", "cc", "to", "ly", "eu", "gg", "la", "ws", "is"})


@cache
def zone_of(name: str) -> ZoneInfo | None:
    """The zone of an IANA name, or None where there is no such zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@cache
def _country_zones() -> Mapping[str, str]:
    """ISO country code, lower case, to its zone, for countries on one clock (tz database, zone1970.tab)."""
    table = resources.files("tzdata.zoneinfo").joinpath("zone1970.tab").read_text("utf-8")
    zones: dict[str, list[str]] = {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            countries, _, zone = line.split("\t")[:3]
            for place, country in enumerate(countries.lower().split(",")):
                listed = zones.setdefault(country, [])
                listed.insert(0 if place == 0 else len(listed), zone)
    return {country: found[0] for country, found in zones.items() if _same_clock(found)} | {
        "gb": "Europe/London",
        "uk": "Europe/London",
    }


def _same_clock(zones: Iterable[str]) -> bool:
    """Whether zones keep the same time today, summer and winter."""
    moments = (datetime(2024, 1, 15, tzinfo=UTC), datetime(2024, 7, 15, tzinfo=UTC))
    offsets = {tuple(at.astimezone(ZoneInfo(zone)).utcoffset() for at in moments) for zone in zones}
    return len(offsets) == 1


def page_zone(url: str, language: str | None) -> tuple[str, str] | None:
    """(zone, why) that a page's address and language suggest: its country's, where the country keeps one clock."""
    host = urlsplit(url).hostname or ""
    top = host.rpartition(".")[2]
    region = re.search(r"[-_]([A-Za-z]{2})$", language or "")
    for code, why in (
        (top if top not in _NOT_COUNTRIES else "", "country of the address"),
        (region[1].lower() if region else "", "country of the language"),
    ):
        if code and code in _country_zones():
            return _country_zones()[code], why
    base = re.split(r"[-_]", language or "")[0].lower()
    if base in _LANGUAGE_ZONES:
        return _LANGUAGE_ZONES[base], "language"
    return None


def month_first(url: str, language: str | None, zone: str | None) -> bool:
    """Whether 6/12 means June 12: on English pages of the United States and the Philippines, and those that name no country."""
    low = (language or "").lower().replace("_", "-")
    if low[:2] not in {"en", ""} and not low.startswith("fil"):
        return False
    if low in {"en-us", "en-ph", "fil-ph"}:
        return True
    if zone:
        return zone.startswith(("US/", "America/", "Pacific/Honolulu")) or zone == "Asia/Manila"
    top = (urlsplit(url).hostname or "").rpartition(".")[2]
    if len(top) == 2 and top not in _NOT_COUNTRIES:
        return top in {"us", "ph"}
    return low in {"en", ""}


def as_datetime(moment: Moment, fallback: ZoneInfo | timezone | None) -> datetime | None:
    """The aware instant, a missing zone filled from `fallback`; None for a date alone or where no zone is known."""
    if moment.hour is None:
        return None
    naive = datetime(moment.day.year, moment.day.month, moment.day.day, moment.hour, moment.minute, moment.second)  # noqa: DTZ001
    if (
        moment.abbreviation
        and isinstance(fallback, ZoneInfo)
        and naive.replace(tzinfo=fallback).tzname() == moment.abbreviation
    ):
        return naive.replace(tzinfo=fallback)
    if moment.zone and (named := zone_of(moment.zone)):
        return naive.replace(tzinfo=named)
    if moment.offset is not None:
        try:
            return naive.replace(tzinfo=timezone(timedelta(minutes=moment.offset)))
        except ValueError:
            return None
    return naive.replace(tzinfo=fallback) if fallback else None


def iso(moment: Moment, fallback: ZoneInfo | timezone | None) -> str:
    """ISO 8601: `YYYY-MM-DD` for a date alone, else with its offset (UTC where nothing tells the zone)."""
    if moment.hour is None:
        return moment.day.isoformat()
    at = as_datetime(moment, fallback or UTC)
    return at.isoformat(timespec="seconds") if at else moment.day.isoformat()
