"""The paragraphs of a reading that are the story: without captions, notices, and what other kinds watch already."""

from __future__ import annotations

from collections.abc import Iterator

from db.types import Article, Role
from monitor.changes.text import skeleton

TOP = 4
"""Blocks at the top of a body among which a repeated headline, deck, byline or time line is looked for."""
DATELINE_LENGTH = 80
_DATELINE_ENDS = "-–—:).:】電电"


def story(article: Article, other: Article) -> list[str]:
    """The paragraphs of `article` to compare with those of `other`, the place line taken off the first."""
    elsewhere = _read_elsewhere(article, other)
    beside = {skeleton(text) for side in (article, other) for text in _watched_elsewhere(side)}
    shared = {b.text for b in other.body}
    out: list[str] = []
    for block in article.body:
        text = block.text.strip()
        if block.role == Role.CAPTION or not text:
            continue
        if block.text not in shared and _repeats(text, elsewhere if len(out) < TOP else set(), beside):
            continue
        out.append(text)
    return _without_dateline(out, article, other)


def _repeats(text: str, at_the_top: set[str], anywhere: set[str]) -> bool:
    longest = max((len(key) for key in anywhere | at_the_top), default=0)
    if len(text) > 2 * longest + 20:  # its skeleton would be longer than any of these
        return False
    key = skeleton(text)
    return key in anywhere or (len(key) < 240 and key in at_the_top)


def _watched_elsewhere(side: Article) -> Iterator[str]:
    yield from (notice.text for notice in side.notices)
    yield from (image.caption for image in side.images if image.caption)
    yield from (block.text for block in side.body if block.role == Role.CAPTION)


def _read_elsewhere(article: Article, other: Article) -> set[str]:
    texts: list[str | None] = []
    for side in (article, other):
        texts += [side.headline, *side.headlines.values(), side.deck, side.byline, side.displayed_time]
    texts += [article.dateline.text if article.dateline else None]
    return {skeleton(t) for t in texts if t} - {""}


def _without_dateline(paragraphs: list[str], article: Article, other: Article) -> list[str]:
    if not paragraphs:
        return paragraphs
    for line in (article.dateline, other.dateline):
        if line and line.text and paragraphs[0].startswith(line.text):
            return [paragraphs[0][len(line.text) :].lstrip(), *paragraphs[1:]]
    lead = unread_dateline(article, other)
    return [paragraphs[0][len(lead) :].lstrip(), *paragraphs[1:]] if lead else paragraphs


def unread_dateline(article: Article, other: Article) -> str | None:
    """A place line that the reader left in the first paragraph of `article`, where it read one off `other` with the
    same words after it."""
    if article.dateline or not other.dateline:
        return None
    mine, theirs = _first(article), _first(other)
    theirs = theirs.removeprefix(other.dateline.text).lstrip()
    probe = theirs[:60]
    at = mine.find(probe) if len(probe) >= 20 else -1
    lead = mine[:at].rstrip() if 0 < at <= DATELINE_LENGTH else ""
    return mine[:at] if lead and lead[-1] in _DATELINE_ENDS else None


def _first(article: Article) -> str:
    return next((b.text.strip() for b in article.body if b.role == Role.PARAGRAPH and b.text.strip()), "")
