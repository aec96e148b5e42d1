"""Do these parts, closed so and followed by this, make a place line? The weighing, apart from the reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crawler.extract.datelines.places import PLACE, Tier, fold, tiers
from crawler.extract.datelines.words import ANSWERS, FULL_NUMERIC, STATES, has_label

Kind = Literal["place", "region", "date", "agency", "signature"]
"""`signature`: unknown words in brackets, an agency's or a station's by their place alone."""

MIN_REST = 12
MIN_REST_BARE = 20
MIN_REST_WEAK = 40
MIN_REST_DATED = 60


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a line and its words; `bracketed` where it stood in brackets."""

    kind: Kind
    words: str
    bracketed: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """The parts in order, the mark that closes them ("" where the brackets do), and the page's language."""

    parts: tuple[Part, ...]
    mark: str
    language: str | None = None

    def of(self, *kinds: Kind) -> tuple[Part, ...]:
        """The parts of these kinds."""
        return tuple(part for part in self.parts if part.kind in kinds)


def bears_out(line: Line, rest: str) -> bool:
    """Whether the line is one, with `rest` as the words after it ("" where it stands alone)."""
    places = line.of("place")
    if not _opens_sentence(line, rest):
        return False
    if not places:
        return _without_place(line, rest)
    if any(has_label(part.words) for part in (*places, *line.of("region"))):
        return False
    if len(places) > 1 and not any(_known(part) for part in places):
        return False
    if not line.mark:
        return bool(line.of("agency"))
    if line.mark[0] in ":：":
        return _before_colon(line, rest)
    if line.mark in (".", "。"):
        return _before_stop(line, rest)
    return _before_danda(line) if line.mark in ("।", "॥", "|") else _before_dash(line, rest)


def _opens_sentence(line: Line, rest: str) -> bool:
    """Whether the words after the line open a sentence: long enough, and not with a small letter."""
    first = next((c for c in rest[:12] if c.isalnum()), "")
    if not rest:
        return line.mark not in (":", "：", ".") or bool(line.of("agency"))
    if rest[0] in ".,;:)!?":
        return False
    if len(rest) < (MIN_REST if line.of("agency", "date", "region") else MIN_REST_BARE) and not _is_wide(rest):
        return False
    return not first.islower() or bool(line.of("agency"))


def _is_wide(text: str) -> bool:
    return any(c > "\u2e80" for c in text[:8])


def _without_place(line: Line, rest: str) -> bool:
    """`(Reuters) —` and `24/09/2020 –`."""
    agencies, dates = line.of("agency"), line.of("date")
    if line.mark in (":", "：", ".", "=", "|", "।"):
        return False
    if agencies:
        return all(part.bracketed for part in agencies)
    return (
        len(dates) == 1
        and bool(line.mark)
        and len(rest) >= MIN_REST_DATED
        and bool(FULL_NUMERIC.fullmatch(dates[0].words))
    )


def _known(part: Part) -> bool:
    return bool(tiers(part.words) & PLACE)


def _is_upper(part: Part) -> bool:
    letters = [c for c in part.words if c.isalpha()]
    return len(letters) > 1 and sum(c.isupper() for c in letters) * 10 >= len(letters) * 8


def _is_cased(part: Part) -> bool:
    return any(c.isupper() or c.islower() for c in part.words)


def _is_city(part: Part) -> bool:
    return bool(tiers(part.words) & (Tier.CITY | Tier.TOWN))


def _region_known(line: Line) -> bool:
    return any(fold(part.words) in STATES or _known(part) for part in line.of("region"))


def _supported(line: Line) -> bool:
    """Whether an unknown place is borne out by the form: an agency, a date, a known region beside a name in capitals."""
    place = line.of("place")[0]
    if line.of("agency"):
        return True
    if line.of("date") and (_is_upper(place) or not any(p.bracketed for p in line.of("date"))):
        return True
    if line.of("region"):
        short = any(fold(part.words) in STATES for part in line.of("region"))
        return _region_known(line) and (_is_upper(place) or short)
    return bool(line.of("signature")) and _is_upper(place)


def _region_fits(line: Line) -> bool:
    return not line.of("region") or _region_known(line) or bool(line.of("agency")) or _is_upper(line.of("place")[0])


def _before_dash(line: Line, rest: str) -> bool:
    places = line.of("place")
    if any(_is_city(part) for part in places):
        return _region_fits(line)
    if any(_known(part) for part in places):
        return _supported(line) or (len(rest) >= MIN_REST_WEAK and (_is_upper(places[0]) or not _is_cased(places[0])))
    return _supported(line)


def _before_colon(line: Line, rest: str) -> bool:
    words = fold(rest[:30]).split()
    if words and words[0] in ANSWERS:
        return False
    place = line.of("place")[0]
    if not any(_is_city(part) for part in line.of("place")):
        return _supported(line) and _is_upper(place)
    if _is_upper(place) or line.of("date", "agency") or not _is_cased(place):
        return _region_fits(line)
    named = Tier.CITY in tiers(place.words)
    return named and _region_fits(line) and len(rest) >= MIN_REST_WEAK


def _before_stop(line: Line, rest: str) -> bool:
    place = line.of("place")[0]
    if line.of("agency") and _supported(line):
        return True
    if not any(_is_city(part) for part in line.of("place")) or len(rest) < MIN_REST_WEAK:
        return False
    if line.of("date") or _is_upper(place):
        return True
    if (line.language or "en").startswith("en"):
        return False
    return _region_fits(line) and not any(" " in part.words for part in line.of("region"))


def _before_danda(line: Line) -> bool:
    places = line.of("place")
    if line.mark == "|" and _is_cased(places[0]):
        return False
    if any(_is_city(part) for part in places) or line.of("agency"):
        return True
    # a sentence of one word is a place line in Hindi papers, whether or not the gazetteer knows the town
    return len(places) == 1 and " " not in places[0].words and len(places[0].words) > 2 and not _is_cased(places[0])
