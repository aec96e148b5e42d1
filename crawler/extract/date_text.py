"""Reads dates and times out of text, in the ways that newsrooms write them.

`parse_stamp` reads a machine's value (ISO 8601 and its variants, RFC 5322, epoch seconds); `find` finds every date in a line for
people. Neither knows a zone that the text does not name: that is `date_zone`'s part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final, TypedDict

from crawler.extract import date_calendar as calendar
from crawler.extract import date_words as words


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, with its time and zone where the text has them. `offset` is minutes east of UTC, `zone` an IANA name.

    `relative` says that it was counted from the fetch ("2 hours ago").
    """

    day: date
    hour: int | None = None
    minute: int = 0
    second: int = 0
    offset: int | None = None
    zone: str | None = None
    abbreviation: str | None = None
    relative: bool = False

    @property
    def has_zone(self) -> bool:
        return self.offset is not None or self.zone is not None


@dataclass(frozen=True, slots=True)
class Found:
    """A moment and the part of the text that says it."""

    start: int
    end: int
    moment: Moment


@dataclass(frozen=True, slots=True)
class Hints:
    """What tells ambiguous dates apart: the page's language, whether 6/12 is June 12, and when the page was fetched."""

    language: str | None = None
    month_first: bool = False
    now: datetime | None = None


_ISO: Final = re.compile(
    r"(?<!\d)((?:19|20)\d\d)-?(0?[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01]|(?<=-)[1-9])"
    r"(?:(?:t|\s{1,3}|\s?t\s?)([01]?\d|2[0-4]):?([0-5]\d)(?::?([0-5]\d)(?:[.,]\d{1,9})?)?"
    r"\s{0,2}(z(?![a-z])|utc|gmt|(?:utc|gmt)?\s?[+-][01]\d:?[0-5]\d|[+-][01]\d(?!\d))?)?(?!\d)"
)
_EPOCH: Final = re.compile(r"(\d{10})(?:\d{3})?(?:\.\d+)?")
_CJK: Final = re.compile(
    r"(?:(令和|平成|昭和|民國|民国)\s*(\d{1,3}|元)|((?:19|20|25)?\d\d))\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日号號일]?"
)
_VIETNAMESE: Final = re.compile(r"(\d{1,2})\s*(?:tháng|thg)\s*(\d{1,2}),?\s*(?:năm\s*)?(\d{4})")
_NUMERIC: Final = re.compile(
    r"(?<![\d.,/:-])(\d{4})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?![\d%]|[.,/]\d)"
    r"|(?<![\d.,/:-])(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\6\s?(\d{4}|\d{2})(?![\d%]|[.,/]\d)"
)
_WORD: Final = re.compile(words.WORD)
_DAY_BEFORE: Final = re.compile(
    r"(?<![\d.,:])(\d{1,2})\s?(?:st|nd|rd|th|er|ª|º|°|\.a)?[\s.,/-]{0,3}(?:of|de|d[’']|di|ng|-)?[\s/-]{0,2}$"
)
_YEAR_AFTER: Final = re.compile(
    r"^[.’']?[\s,/-]{0,3}(?:de|del|of|พ\.ศ\.|ค\.ศ\.)?\s{0,2}((?:19|20|25)\d\d|1[34]\d\d)(?!\d|:\d)|^[.’']?\s?[’'-](\d\d)(?!\d)"
)
_THAI_YEAR_AFTER: Final = re.compile(r"^\.?\s?(\d\d)(?!\d|[:.]\d)")  # of the Buddhist era: "2 พ.ค. 67"
_DAY_YEAR_AFTER: Final = re.compile(
    r"^[.’']?[\s/-]{0,3}(\d{1,2})(?:st|nd|rd|th|er|ª|º)?(?:\.|,)?(?:\s{0,2}(?:,|de|del|-|/))?\s{0,2}((?:19|20|25)\d\d|1[34]\d\d)(?!\d|:\d)"
)
_DAY_AFTER: Final = re.compile(r"^[.’']?\s{1,2}(\d{1,2})(?:st|nd|rd|th)?\.?(?![\d:]|\s?[ap]\.?m)")
_YEAR_BEFORE: Final = re.compile(r"((?:19|20)\d\d)[.,]?(?:\s?[-e]\w{1,3})?[\s./-]{1,2}$")

_MERIDIEM: Final = (
    r"(?:([ap])\.?\s?m(?:\.|(?![a-zà-ÿ]))|"
    r"(εμ|πμ|μμ|μ\.μ\.|π\.μ\.|ص|م|ق\.ظ|ب\.ظ|صباحا|مساء|sa(?!\w)|ch(?!\w)|du\.|de\.|ö(?!\w)))"
)
_TIME: Final = re.compile(
    r"(?<![\d:.,])(?:(午前|上午|오전|凌晨|早上|午後|下午|오후|晚上|中午|pagi|malam)\s{0,2})?"
    r"(?:([01]?\d|2[0-4])\s?(?:[:.]|h(?:\s?)|[時时시点點]\s?|g)\s?([0-5]\d)(?:\s?[:.분分]\s?([0-5]\d)(?!\d))?(?!\d|[.,/]\d)\s?(?:[分분])?"
    r"(?:\s{0,2}" + _MERIDIEM + r")?"
    r"|(1[0-2]|0?[1-9])\s?([ap])\.?\s?m\.?(?![a-z])"
    r"|([01]?\d|2[0-4])\s?(?:uhr|h(?![a-z])|[時时시点點]))"
)
_EVENING: Final = frozenset({"午後", "下午", "오후", "晚上", "malam"})
_MORNING: Final = frozenset({"午前", "上午", "오전", "凌晨", "早上"})
_AFTER_NOON: Final = frozenset({"μμ", "μ.μ.", "م", "ب.ظ", "مساء", "ch", "du."})
_ZONE: Final = re.compile(
    r"^\s?(?:uhr|hrs?|hs|h|hours)?\.?\s{0,2}[(\[]?\s?(?:(gmt|utc)\s{0,1}([+-])\s?(\d{1,2})(?::?([0-5]\d))?|([+-])([01]\d):?([0-5]\d)|"
    r"(eastern|pacific)(?:\s(?:standard|daylight))?(?:\stime)?|([a-zмск]{1,5}))(?!\w)\s?[)\]]?"
)
_YEARS_SEEN: Final = (1990, 2100)


def parse_stamp(value: str, hints: Hints) -> Moment | None:
    """The moment a machine's value says, or None. Epoch numbers are seconds or milliseconds, and in UTC."""
    text = words.fold(value[:120]).strip()
    if plain := _ISO.fullmatch(text):
        return _from_iso(plain)
    if _EPOCH.fullmatch(text):
        return _from_epoch(int(text[:10]))
    found = next(iter(find(text, hints)), None)
    return found.moment if found else None


def _from_epoch(seconds: int) -> Moment | None:
    at = datetime.fromtimestamp(seconds, UTC)
    if not _YEARS_SEEN[0] <= at.year <= _YEARS_SEEN[1]:
        return None
    return Moment(at.date(), at.hour, at.minute, at.second, offset=0)


def find(text: str, hints: Hints) -> list[Found]:
    """Every date in `text` (folded or not, cut at 600 characters), in order, each with the time that stands beside it."""
    folded = words.fold(text[:600])
    found: list[Found] = []
    taken = folded
    for finder in (_iso_dates, _cjk_dates, _worded_dates, _numeric_dates):
        for one in finder(taken, hints):
            found.append(one)
            taken = taken[: one.start] + "\0" * (one.end - one.start) + taken[one.end :]
    found.sort(key=lambda one: one.start)
    return [_with_time(one, index, found, folded) for index, one in enumerate(found)]


def _iso_dates(text: str, hints: Hints) -> Iterator[Found]:
    for match in _ISO.finditer(text):
        moment = _from_iso(match)
        if moment:
            yield Found(match.start(), match.end(), moment)


def _from_iso(match: re.Match[str]) -> Moment | None:
    year, month, day, hour, minute, second, zone = match.groups()
    at = calendar.safe(int(year), int(month), int(day)) if hour or "-" in match[0][:8] else None
    if at is None:
        return None
    if hour is None or int(hour) == 24:
        return Moment(at)
    return Moment(at, int(hour), int(minute), int(second or 0), offset=_iso_offset(zone))


def _iso_offset(zone: str | None) -> int | None:
    if not zone:
        return None
    digits = re.search(r"([+-])(\d\d):?(\d\d)?", zone)
    if not digits:
        return 0
    minutes = int(digits[2]) * 60 + int(digits[3] or 0)
    return -minutes if digits[1] == "-" else minutes


def _cjk_dates(text: str, hints: Hints) -> Iterator[Found]:
    if "年" in text or "년" in text:
        for match in _CJK.finditer(text):
            era, era_year, year, month, day = match.groups()
            full = calendar.ERAS[era] + (1 if era_year == "元" else int(era_year)) if era else _full_year(year)
            at = calendar.gregorian(full, int(month), int(day))
            if at:
                yield Found(match.start(), match.end(), Moment(at))
    if "th" in text:
        for match in _VIETNAMESE.finditer(text):
            at = calendar.safe(int(match[3]), int(match[2]), int(match[1]))
            if at:
                yield Found(match.start(), match.end(), Moment(at))


def _full_year(digits: str) -> int:
    if len(digits) == 2:
        return 2000 + int(digits) if int(digits) < 70 else 1900 + int(digits)
    return int(digits)


def _worded_dates(text: str, hints: Hints) -> Iterator[Found]:
    spans = [(match.start(), match.end(), match[0]) for match in _WORD.finditer(text)]
    end = 0
    for index, (start, stop, word) in enumerate(spans):
        if start < end or word not in words.MONTH_STARTS:
            continue
        after_name = _past_twin(text, stop, word, spans[index + 1 : index + 2])
        pair = _pair(text, stop, word, spans[index + 1 : index + 2])
        for name, close in ((pair, spans[index + 1][1] if pair != word else stop), (word, after_name)):
            found = _around_month(text, start, close, name, hints)
            if found:
                end = found.end
                yield found
                break


def _pair(text: str, stop: int, word: str, after: list[tuple[int, int, str]]) -> str:
    """The word with the next one, as the names of two words and the abbreviations with a stop inside ("พ.ค") are written."""
    return f"{word}{'.' if text[stop : after[0][0]] == '.' else ' '}{after[0][2]}" if after else word


def _past_twin(text: str, stop: int, word: str, after: list[tuple[int, int, str]]) -> int:
    """Where a month's name ends, its second name included: "نيسان / أبريل 2020"."""
    if (
        word in words.MONTHS
        and after
        and after[0][2] in words.MONTHS
        and text[stop : after[0][0]].strip() in {"/", "("}
    ):
        return after[0][1]
    return stop


def _around_month(text: str, start: int, stop: int, name: str, hints: Hints) -> Found | None:
    """The date around a month's name: "12 June 2023", "June 12, 2023", "2023. június 12."; without a year, the last such day."""
    maker = _calendar_of(name, hints)
    if maker is None:
        return None
    month, make = maker
    before, after = text[max(0, start - 16) : start], text[stop : stop + 20]
    day = _DAY_BEFORE.search(before)
    if day and (year := _YEAR_AFTER.match(after)):
        at = make(_full_year(year[1] or year[2]), month, int(day[1]))
        return Found(start - len(before) + day.start(), stop + year.end(), Moment(at)) if at else None
    if day and "\u0e00" < name[0] < "\u0e80" and (short := _THAI_YEAR_AFTER.match(after)):
        at = calendar.gregorian(2500 + int(short[1]), month, int(day[1]))
        return Found(start - len(before) + day.start(), stop + short.end(), Moment(at)) if at else None
    if both := _DAY_YEAR_AFTER.match(after):
        at = make(int(both[2]), month, int(both[1]))
        return Found(start, stop + both.end(), Moment(at)) if at else None
    late = _DAY_AFTER.match(after)
    if late and (year := _YEAR_BEFORE.search(before)):
        at = make(int(year[1]), month, int(late[1]))
        return Found(start - len(before) + year.start(), stop + late.end(), Moment(at)) if at else None
    return _without_year((start - len(before), start, stop), month, day, late, hints)


def _without_year(
    span: tuple[int, int, int], month: int, day: re.Match[str] | None, late: re.Match[str] | None, hints: Hints
) -> Found | None:
    """The last such day before the fetch. `span` is where the text before the month, its name, and what follows it start."""
    number = day or late
    if hints.now is None or number is None:
        return None
    at = calendar.safe(hints.now.year, month, int(number[1]))
    if at and at.toordinal() > hints.now.date().toordinal() + 1:
        at = calendar.safe(hints.now.year - 1, month, int(number[1]))
    if at is None:
        return None
    if day:
        return Found(span[0] + day.start(), span[2], Moment(at))
    return Found(span[1], span[2] + number.end(), Moment(at))


def _calendar_of(name: str, hints: Hints) -> tuple[int, Callable[[int, int, int], date | None]] | None:
    """(month, maker of dates) of a month's name, or None where it is no month."""
    month = words.MONTHS.get(name)
    if month is None and name in words.AMBIGUOUS_MONTHS:
        by_language = words.AMBIGUOUS_MONTHS[name]
        month = by_language.get(hints.language or "", next(iter(by_language.values())))
    if month is not None:
        return month, _named
    if name in words.PERSIAN_MONTHS:
        return words.PERSIAN_MONTHS[name], calendar.persian
    if name in words.HIJRI_MONTHS:
        return words.HIJRI_MONTHS[name], calendar.hijri
    return None


def _named(year: int, month: int, day: int) -> date | None:
    return calendar.gregorian(year, month, day)


def _numeric_dates(text: str, hints: Hints) -> Iterator[Found]:
    for match in _NUMERIC.finditer(text):
        at = _numeric(match, hints)
        if at:
            yield Found(match.start(), match.end(), Moment(at))


def _numeric(match: re.Match[str], hints: Hints) -> date | None:
    if match[1]:
        return calendar.gregorian(int(match[1]), int(match[3]), int(match[4]), hints.language)
    first, second, year = int(match[5]), int(match[7]), _full_year(match[8])
    if len(match[8]) == 2 and match[6] == "-":
        return None
    month_first = hints.month_first and match[6] != "."
    day, month = (second, first) if month_first else (first, second)
    if month > 12:
        day, month = month, day
    return calendar.gregorian(year, month, day, hints.language)


def _with_time(one: Found, index: int, found: list[Found], text: str) -> Found:
    """The same date with the time that stands right after or right before it."""
    if one.moment.hour is not None:
        return one
    left = found[index - 1].end if index else 0
    right = found[index + 1].start if index + 1 < len(found) else len(text)
    after = _time_after(text, one.end, min(right, one.end + 48))
    before = _time_before(text, max(left, one.start - 48), one.start)
    if after and (not before or after[0] <= before[0]):
        start, end, time = one.start, after[2], after[3]
    elif before:
        start, end, time = before[1], one.end, before[3]
    else:
        return one
    return Found(start, end, replace(one.moment, **time))


class _Clock(TypedDict, total=False):
    """The parts of a moment that a time of day gives."""

    hour: int
    minute: int
    second: int
    offset: int
    zone: str
    abbreviation: str


_TimeFound = tuple[int, int, int, _Clock]
"""Characters between date and time, where the time starts and ends, and its parts."""


def _time_after(text: str, start: int, stop: int) -> _TimeFound | None:
    match = _TIME.search(text, start, stop)
    if not match or not _joins(text[start : match.start()]):
        return None
    zone, end = _zone_after(text, match.end())
    return match.start() - start, match.start(), end, _Clock(**_clock(match), **zone)


def _time_before(text: str, start: int, stop: int) -> _TimeFound | None:
    last = None
    for match in _TIME.finditer(text, start, stop):
        last = match
    if last is None:
        return None
    zone, end = _zone_after(text, last.end())
    end = min(end, stop)
    if not _joins(text[end:stop]):
        return None
    return stop - end, last.start(), stop, _Clock(**_clock(last), **zone)


def _joins(gap: str) -> bool:
    """Whether the words between a date and a time only join them."""
    if len(gap) > 40 or "\0" in gap:
        return False
    return all(word in words.JOINERS or word in words.WEEKDAYS for word in _WORD.findall(gap)) and not re.search(
        r"\d", gap
    )


def _clock(match: re.Match[str]) -> _Clock:
    prefix, hour, minute, second, latin, other, hour12, meridiem12, bare = match.groups()
    at = int(hour or hour12 or bare)
    late = (latin or meridiem12) == "p" or prefix in _EVENING or other in _AFTER_NOON
    early = (latin or meridiem12) == "a" or prefix in _MORNING
    if late and at < 12:
        at += 12
    elif early and at == 12:
        at = 0
    return {"hour": at % 24, "minute": int(minute or 0), "second": int(second or 0)}


def _zone_after(text: str, at: int) -> tuple[_Clock, int]:
    match = _ZONE.match(text[at : at + 40])
    if not match:
        return {}, at
    end = at + match.end()
    _, sign, hours, minutes, sign2, hours2, minutes2, region, name = match.groups()
    if hours or hours2:
        offset = int(hours or hours2) * 60 + int(minutes or minutes2 or 0)
        return {"offset": -offset if (sign or sign2) == "-" else offset}, end
    return _named_zone(region or name or "", at, end)


def _named_zone(name: str, at: int, end: int) -> tuple[_Clock, int]:
    name = {"мск": "msk"}.get(name, name)
    if name in words.NAMED_ZONES:
        return {"zone": words.NAMED_ZONES[name], "abbreviation": name.upper()}, end
    if name in words.ZONES:
        return {"offset": words.ZONES[name], "abbreviation": name.upper()}, end
    return {}, at


def clock_in(text: str) -> tuple[int, int, tuple[int, int, int]] | None:
    """(start, end, (hour, minute, second)) of the first time of day in folded text."""
    match = _TIME.search(text)
    if not match:
        return None
    clock = _clock(match)
    return match.start(), match.end(), (clock["hour"], clock["minute"], clock["second"])
