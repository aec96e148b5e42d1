"""How newsrooms word a notice, in many languages: the tables of `notice_words.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from db.types import Nature

_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _phrases(table: str) -> Mapping[Nature, tuple[str, ...]]:
    """A table of phrases parted by `|`, so that a phrase can hold spaces."""
    return {
        Nature(nature): tuple(" ".join(phrase.split()) for phrase in listing.split("|") if phrase.strip())
        for nature, listing in _TABLES[table].items()
    }


LABELS = _phrases("labels")
"""What stands before the colon or the date of a labelled notice."""

OPENINGS: Mapping[Nature, tuple[str, ...]] = {
    Nature(nature): tuple(forms) for nature, forms in _TABLES["openings"].items()
}
"""How a notice without a label opens: regular expressions, matched at the start."""

INSIDE = _phrases("inside")
"""Words that only a notice holds, wherever in it."""
