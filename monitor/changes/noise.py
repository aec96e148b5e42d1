"""What moves on a page without anyone editing the story. Each rule is pure, works on paragraphs, and hides; none drops."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import regex
from rapidfuzz import fuzz

from monitor.changes.lexicon import for_text
from monitor.changes.text import fold, skeleton

_COUNTER = regex.compile(
    r"""^\W*(?:[\d.,]+\s?[kmКМ万千]?\+?\s*(?:comments?|replies|shares?|views?|likes?|reactions?|votes?|reads?|
        min(?:ute)?s?\.?(?:\ read)?|followers?|
        kommentare?|aufrufe|commentaires?|partages?|vues|comentarios?|vistas|comentários?|visualizações|commenti|reacties|kommentarer|kommenttia|
        komentarz\w*|комментари\w*|просмотр\w*|коментар\w*|перегляд\w*|yorum|komentar|bình\ luận|评论|評論|コメント|댓글|条评论)
      |(?:comments?|shares?|views?|likes?|kommentare|commentaires|comentarios|comentários|reading\ time|read\ time|lesezeit|
        temps\ de\ lecture|
        tempo\ de\ leitura|tiempo\ de\ lectura)\s*[:(]?\s*[\d.,]+\s?[kmКМ]?\)?(?:\ ?(?:min\w*|m))?)\W*$""",
    regex.X | regex.I,
)
_RELATIVE = regex.compile(
    r"""\b(?:\d+|an?|one|few)\s*(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|h|m)\s+ago\b|\bjust\ now\b|
        \bvor\s+(?:\d+|einer?m?)\s+(?:sekunden?|minuten?|stunden?|tag\w*|woche\w*)\b|
        \bil\ y\ a\s+(?:\d+|une?)\s+(?:secondes?|minutes?|heures?|jours?)\b|
        \bhace\s+(?:\d+|una?)\s+(?:segundos?|minutos?|horas?|días?)\b|\bhá\s+(?:\d+|uma?)\s+(?:segundos?|minutos?|horas?|dias?)\b|
        \b\d+\s+(?:minuti|ore|giorni)\s+fa\b|\b\d+\s+(?:minuten|uur|dagen)\s+geleden\b|\bför\s+\d+\s+\w+\s+sedan\b|\bfor\s+\d+\s+\w+\s+siden\b|
        \b\d+\s+\w+\s+назад\b|\b\d+\s+\w+\s+тому\b|\b\d+\s+\w+\s+temu\b|\b\d+\s+(?:dakika|saat|gün)\s+önce\b|\b\d+\s+(?:menit|jam|hari)\s+(?:yang\s+)?lalu\b|
        \d+\s*(?:分钟|分鐘|小时|小時|天)前|\d+\s*(?:分|時間|日)前|\d+\s*(?:분|시간|일)\s*전|منذ\s+\d+\s+\w+|قبل\s+\d+\s+\w+|\d+\s+phút\s+trước|\d+\s+giờ\s+trước""",
    regex.X | regex.I,
)
_ENDS = regex.compile(r"[.!?…。！？।؟:;][\s'\"”’»)\]]*$")
LINK_WORDS = 22
LONGEST_WITH_TIME = 400
TEASER_LENGTH = 220
FEWEST_TILES = 6
"""Lines on each side that make replaced short lines a block of tiles."""
MOST_TILES = 60
UNLIKE = 60.0
"""Of 100: lines that are less alike have nothing in common."""


def counter(text: str, _language: str | None = None) -> bool:
    """Counts of comments, shares, views, or minutes to read, alone in their paragraph."""
    return len(text) < 60 and bool(_COUNTER.match(fold(text)))


def relative_time(text: str, _language: str | None = None) -> bool:
    """A short paragraph that is little more than "3 hours ago"."""
    return len(text) < 70 and bool(_RELATIVE.search(fold(text))) and len(_RELATIVE.sub("", fold(text)).split()) <= 6


def ticker(text: str, _language: str | None = None) -> bool:
    """Market or weather values: names in capitals and figures, with no word of a sentence."""
    words = fold(text).split() if len(text) < 200 else []
    figures = sum(any(c.isdigit() for c in w) for w in words)
    cased = [w for w in words if any(c.isalpha() for c in w)]
    return bool(words) and figures * 3 >= len(words) and bool(cased) and all(w == w.upper() != w.lower() for w in cased)


def teaser(text: str, language: str | None = None) -> bool:
    """A line that leads to another story or asks for something: it opens with "Read more", "Lesen Sie auch", "関連記事" …"""
    if len(text) > TEASER_LENGTH:
        return False
    folded = fold(text).casefold().lstrip("'>-|*•»▸►→[( ")
    match = for_text(text, language).teasers.match(folded)
    if not match:
        return False
    rest = folded[match.end() :].lstrip()
    return (
        not rest
        or rest[0] in ":|>-»→.…"
        or (" " in match.group() and not _ENDS.search(text))
        or "関連" in match.group()
    )


RULES: Mapping[str, Callable[[str, str | None], bool]] = {
    "counter": counter,
    "relative_time": relative_time,
    "ticker": ticker,
    "teaser": teaser,
}
"""Rules that know a paragraph for noise by itself."""


def rule_of(text: str, language: str | None = None) -> str | None:
    """The name of the rule that knows this paragraph for noise, if any."""
    if len(text) > TEASER_LENGTH:  # the longest that any of the rules takes
        return None
    return next((name for name, rule in RULES.items() if rule(text, language)), None)


def only_relative_time(before: str, after: str) -> bool:
    """Whether two texts differ in nothing but relative times."""
    if max(len(before), len(after)) > LONGEST_WITH_TIME or not _RELATIVE.search(fold(before)):
        return False
    return skeleton(_RELATIVE.sub("", fold(before))) == skeleton(_RELATIVE.sub("", fold(after)))


def rotating(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether a gap is a slot of promos: lines that read like headlines on both sides, no sentence's end, nothing in common."""
    if not old or not new or not all(_like_link(t) for t in (*old, *new)):
        return False
    return all(fuzz.token_set_ratio(fold(b).casefold(), fold(a).casefold()) < 50 for b in old for a in new)


def rotating_tiles(gaps: Sequence[tuple[Sequence[str], Sequence[str]]]) -> list[tuple[Sequence[str], Sequence[str]]]:
    """The gaps that are tiles of other stories, each with its section, title or teaser: many short lines on both sides, half of
    them without a sentence's end, and none like another."""
    tiles = [gap for gap in gaps if gap[0] and gap[1] and all(len(t) <= TEASER_LENGTH for side in gap for t in side)]
    sides = [[t for gap in tiles for t in gap[side]] for side in (0, 1)]
    if not all(FEWEST_TILES <= len(lines) <= MOST_TILES and _unended(lines) * 2 >= len(lines) for lines in sides):
        return []
    return [] if any(fuzz.ratio(fold(b), fold(a)) >= UNLIKE for b in sides[0] for a in sides[1]) else tiles


def _unended(lines: Sequence[str]) -> int:
    return sum(not _ENDS.search(t) for t in lines)


def _like_link(text: str) -> bool:
    words = text.split()
    return 4 <= len(words) <= LINK_WORDS and len(text) <= TEASER_LENGTH and not _ENDS.search(text)
