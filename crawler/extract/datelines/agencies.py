"""News agencies, as they sign themselves in the place line and the byline, in any script."""

from __future__ import annotations

import re
from pathlib import Path

from crawler.extract.datelines.places import fold

DATA = Path(__file__).with_name("agencies.txt")
AGENCIES = frozenset(
    fold(line) for line in DATA.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")
)
# Outlets that open a place line with their address: "JAKARTA, KOMPAS.com –", "INTERFAX.RU"
_DOMAIN = re.compile(
    r"[\w-]{2,30}(?:\.[\w-]{2,20})?\.(?:com?|net|org|info|news|tv|ru|ua|id|in|vn|kz|by|az|am|ge|uz|de|fr|it|es|br)",
    re.ASCII | re.IGNORECASE,
)
_STATION = re.compile(r"[KW][A-Z]{2,3}(?:-(?:TV|FM|AM))?(?: ?\d{1,2})?")
_JOINED = re.compile(r"(?<!\s)\s*(?:/|,|&|\+|;|\band\b|\bund\b|\bet\b|\by\b|\be\b|\bmit\b|\bvia\b|、)\s*")
# an editor's sign beside the agency: "dpa/tmn", "AFP/kle"
_SIGN = re.compile(r"[a-zäöü]{2,4}|[A-Z]{2,3}")
MAX_SIGNATURE = 40
MIN_JOINED = 5


def is_agency(name: str) -> bool:
    """Whether all that the words name is agencies: `AP`, `dpa/AFP`, `KOMPAS.com`."""
    if not 1 < len(name) <= MAX_SIGNATURE:
        return False
    if fold(name) in AGENCIES or _DOMAIN.fullmatch(name):
        return True
    if len(name) < MIN_JOINED:
        return False
    parts = [part for part in _JOINED.split(name) if part]
    known = [fold(part) in AGENCIES for part in parts]
    return any(known) and all(known[at] or _SIGN.fullmatch(part) for at, part in enumerate(parts))


def may_be_agency(name: str) -> bool:
    """Whether unknown words in brackets read like one: a call sign, a brand of few words with a capital or without case."""
    if _STATION.fullmatch(name):
        return True
    words = name.split()
    return (
        1 < len(name) <= 30 and len(words) <= 4 and not any(c.isdigit() for c in words[0]) and not words[0][0].islower()
    )
