"""The words of bylines from `words.toml`, as sets and patterns."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

_TABLE: dict[str, Any] = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


def _list(name: str) -> frozenset[str]:
    return frozenset(
        word.strip().casefold() for line in _TABLE[name].split("\n") for word in line.split("|") if word.strip()
    )


ROLES = _list("roles")
OUTLETS = _list("outlets")
NOISE = _list("noise")
HOUSES = _list("houses")


def _alternatives(phrases: frozenset[str]) -> str:
    return "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))


_LEADS = frozenset(phrase.rstrip(":：/").strip() for phrase in _list("leads"))
_CASED = frozenset(phrase for phrase in _LEADS if phrase.isascii() or phrase[0] < "\u0590")
LEAD = re.compile(
    rf"\W*(?:(?:{_alternatives(_CASED)})(?:\s*[:：/＝-]\s*|\s+|$)|(?:{_alternatives(_LEADS - _CASED)})\s*[:：/＝|｜]?\s*)",
    re.IGNORECASE,
)
"""What stands before a name, with its colon."""

TAIL = re.compile(rf"(?:^|(?<!\s)\s|[,;|(·•–—-])\s*(?:{_alternatives(_list('tails'))})(?=$|[\s:：,|])", re.IGNORECASE)
"""Where what follows the names begins."""


@lru_cache(maxsize=64)
def joins(language: str | None) -> re.Pattern[str]:
    """The joining words between names in that language."""
    extra = _TABLE["joins_by_language"].get((language or "").split("-", maxsplit=1)[0], "")
    words = "|".join(filter(None, (_TABLE["joins"], extra)))
    return re.compile(rf"\s+(?:{words})\s+", re.IGNORECASE)
