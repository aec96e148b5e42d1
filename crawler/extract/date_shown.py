"""The part of a time line that tells the publication, as a reader sees it.

A line that tells both times ("12 June 2023, 10:56 · Updated 13 June, 8:00 · 2 hours ago") would change with every update and
every hour; the update is read as the modified instant, and an age is no part of what was written.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from crawler.extract import date_words as words
from crawler.extract.date_marks import PUBLISHED, Stamp
from crawler.extract.date_relative import find_age
from crawler.extract.date_text import Found

_CLOCK_WORD: Final = re.compile(r"\s?(?:uhr|hrs?|hs|horas|น)(?!\w)\.?", re.IGNORECASE)
_OPEN: Final = " ([（【［〔,;|·•-–—/"


def publication(text: str, found: list[Found], stamps: tuple[Stamp, ...], *, whole: bool) -> str:
    """The words around the moments labelled as publication; around those without a label where none is; else around all.

    With `whole` the line holds nothing beside its times, else it is cut down to them: the byline is left out.
    """
    if not found:
        return " ".join(text.split())
    parts = _parts(text, found)
    labels = [stamp.label for stamp in stamps]
    wanted = next((label for label in (PUBLISHED, None) if label in labels), labels[0])
    if len(set(labels)) == 1:
        begin, end, kept = 0, _without_age(text, found[-1].end, len(text)), found
    else:
        at = labels.index(wanted)
        begin, end, kept = parts[at][0], _without_age(text, found[at].end, parts[at][1]), [found[at]]
    if not whole:
        begin, end = max(begin, _label_start(text, begin, kept[0].start)), min(end, _clock_end(text, kept[-1].end))
    shown = " ".join(text[begin:end].split())
    return shown.rstrip(_OPEN) if end < len(text) or not whole else shown


def _clock_end(text: str, end: int) -> int:
    """Where a moment's words end with the word for the clock after it: "10:56 Uhr"."""
    word = _CLOCK_WORD.match(text, end)
    return word.end() if word else end


def _parts(text: str, found: list[Found]) -> list[tuple[int, int]]:
    """From where to where in the text each moment's words go: a label between two belongs to the later one, unless
    labels follow their moments."""
    folded = words.fold(text)
    trailing = not _labels(folded, 0, found[0].start) and bool(_labels(folded, found[-1].end, len(folded)))
    cuts = [0]
    for one, following in pairwise(found):
        between = _labels(folded, one.end, following.start)
        cuts.append((between[-1][1] if trailing else between[0][0]) if between else following.start)
    return list(zip(cuts, [*cuts[1:], len(text)], strict=True))


def _labels(folded: str, start: int, end: int) -> list[tuple[int, int]]:
    spans = [match.span() for p in (words.UPDATED, words.PUBLISHED) for match in p.finditer(folded, start, end)]
    return sorted(spans)


def _without_age(text: str, start: int, end: int) -> int:
    """Where the words after a moment end, an age such as "Updated 2 hours ago" left out with its label."""
    folded = words.fold(text)
    age = find_age(folded[start:end])
    if not age:
        return end
    cut = start + age[0]
    label = next((at for at, to in _labels(folded, start, cut) if not folded[to:cut].strip(" :：")), cut)
    return min(label, cut)


def _label_start(text: str, begin: int, start: int) -> int:
    labels = _labels(words.fold(text), begin, start)
    return labels[0][0] if labels else start
