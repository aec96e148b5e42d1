"""The words under the story's pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from rapidfuzz import fuzz

from db.types import Article, Kind
from monitor.changes.draft import Draft, Pair, one_sided, text_draft
from monitor.changes.text import skeleton

KIND = Kind.CAPTION
ALIKE = 50.0


def find(pair: Pair) -> Iterator[Draft]:
    """Captions edited: of one picture, or alike, or as many before as after. A caption on one side alone goes with its picture,
    which pages rotate and load late: kept, but hidden."""
    if not (pair.bodies_comparable or pair.previews_comparable):
        return
    old, new = _captions(pair.before), _captions(pair.after)
    old, new = _only(old, new), _only(new, old)
    pairs = _same_picture(pair, old, new)
    pairs |= _alike([t for t in old if t not in pairs], [t for t in new if t not in pairs.values()])
    if len(old) == len(new) == 1 and not pairs and len(_captions(pair.before)) == len(_captions(pair.after)):
        pairs = {old[0]: new[0]}
    yield from (_edited(b, a, pair) for b, a in pairs.items())
    for text in old:
        if text not in pairs:
            yield one_sided(KIND, text, None, suppressed_by="picture")
    for text in new:
        if text not in pairs.values():
            yield one_sided(KIND, None, text, suppressed_by="picture")


def _edited(before: str, after: str, pair: Pair) -> Draft:
    draft = text_draft(KIND, before, after, pair)
    return replace(draft, suppressed_by="repeats_headline") if _repeats_headline(before, after, pair) else draft


def _repeats_headline(before: str, after: str, pair: Pair) -> bool:
    """Whether all that differs is the headline that both captions hold, as a video's title does."""
    old, new = skeleton(pair.before.headline or ""), skeleton(pair.after.headline or "")
    told = skeleton(before), skeleton(after)
    return bool(old and new) and old != new and old in told[0] and told[0].replace(old, new, 1) == told[1]


def _captions(article: Article) -> list[str]:
    texts = [b.text for b in article.body if b.role == "caption"] + [i.caption for i in article.images if i.caption]
    return list({skeleton(t): t for t in texts if skeleton(t)}.values())


def _only(these: list[str], those: list[str]) -> list[str]:
    return [t for t in these if t not in those]


def _same_picture(pair: Pair, old: list[str], new: list[str]) -> dict[str, str]:
    after = {_path(i.url): i.caption for i in pair.after.images if i.caption in new}
    found = ((i.caption, after.get(_path(i.url))) for i in pair.before.images if i.caption in old)
    return {b: a for b, a in found if b and a}


def _path(url: str) -> str:
    return urlsplit(url).path.rsplit("/", 1)[-1]


def _alike(old: list[str], new: list[str]) -> dict[str, str]:
    out: dict[str, str] = {}
    for before in old:
        free = [t for t in new if t not in out.values()]
        best = max(free, key=lambda t: fuzz.ratio(before, t), default=None)
        if best is not None and fuzz.ratio(before, best) >= ALIKE:
            out[before] = best
    return out
