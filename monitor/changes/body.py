"""The judgement on a body: which passages differ, what each means, which are noise."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from db.types import Article, Kind, Nature, Role
from monitor.changes.cuts import shared_core
from monitor.changes.diff import BREAK, BodyDiff, Ops, Passage, body_diff, sides, trimmed
from monitor.changes.draft import Draft, Pair, byline_alone
from monitor.changes.edit import edit_of
from monitor.changes.natures import classify
from monitor.changes.natures.statements import spoken_at
from monitor.changes.noise import only_relative_time, rotating, rotating_tiles, rule_of
from monitor.changes.text import shorten

MOST_FACTS = 24
_NO_OTHER_WORDS = frozenset({Nature.QUOTE, Nature.PUNCTUATION, Nature.STYLE, Nature.TYPO})
MOST_SIFTED = 400
"""Paragraphs of one side alone that the noise rules are asked about."""
MOST_JUDGED = 60
"""Edited sentences judged one by one; past it a rewrite is called so (time stays bounded)."""


def judge_body(pair: Pair) -> Iterator[Draft]:
    """Drafts for two bodies read whole: the story's edits as one, each noise rule's as one."""
    old, new = pair.stories
    if old == new:
        return
    hidden: dict[str, tuple[list[str], list[str]]] = {}
    if not pair.same_place("body"):
        (old, new), *extra = shared_core(old, new)
        for gone, come in extra:
            _hide(hidden, "read_elsewhere", gone, come)
    kept = _sift(old, set(new), hidden, 0, pair.language), _sift(new, set(old), hidden, 1, pair.language)
    diff = body_diff(*kept, pair.language)
    if rotated := rotating_tiles(diff.gaps) or [gap for gap in diff.gaps if rotating(*gap)]:
        for slot in rotated:
            _hide(hidden, "rotating_teaser", *slot)
        kept = (
            _without(kept[0], [t for g in rotated for t in g[0]]),
            _without(kept[1], [t for g in rotated for t in g[1]]),
        )
        diff = body_diff(*kept, pair.language)
    yield from _story_drafts(diff, pair)
    for rule, (gone, come) in hidden.items():
        if gone != come:
            yield _noise_draft(rule, gone, come, pair)


def _sift(
    paragraphs: Sequence[str],
    others: set[str],
    hidden: dict[str, tuple[list[str], list[str]]],
    side: int,
    language: str | None,
) -> list[str]:
    """Without the paragraphs that only this side has and that a noise rule knows; of very many, the first are asked."""
    out = []
    asked = 0
    for text in paragraphs:
        own = text not in others and asked < MOST_SIFTED
        asked += own
        rule = rule_of(text, language) if own else None
        if rule:
            _hide(hidden, rule, *(([text], []) if side == 0 else ([], [text])))
        else:
            out.append(text)
    return out


def _hide(hidden: dict[str, tuple[list[str], list[str]]], rule: str, gone: Iterable[str], come: Iterable[str]) -> None:
    old, new = hidden.setdefault(rule, ([], []))
    old.extend(gone)
    new.extend(come)


def _without(paragraphs: list[str], noise: list[str]) -> list[str]:
    drop = set(noise)
    return [t for t in paragraphs if t not in drop]


def _noise_draft(rule: str, gone: list[str], come: list[str], pair: Pair) -> Draft:
    ops = body_diff(gone, come, pair.language).ops
    natures = tuple(n for n, texts in ((Nature.REMOVED, gone), (Nature.ADDED, come)) if texts)
    return Draft(Kind.BODY, BREAK.join(gone) or None, BREAK.join(come) or None, natures, (), ops, suppressed_by=rule)


def _story_drafts(diff: BodyDiff, pair: Pair) -> Iterator[Draft]:
    passages = diff.passages
    if pair.live:
        rolled, passages = _rolled_off(passages, pair.before)
        yield from (d for d in (_draft([p for p in passages if p.tag == "insert"], diff, pair, entries=True),) if d)
        passages = tuple(p for p in passages if p.tag != "insert")
        if rolled:
            yield Draft(
                Kind.BODY, _side(rolled, 1), None, (Nature.REMOVED,), (), _ops(rolled), suppressed_by="rolled_off"
            )
    edits = [p for p in passages if p.tag == "edit"][:MOST_SIFTED]
    times = [p for p in edits if only_relative_time(p.before, p.after)]
    if times:
        yield Draft(
            Kind.BODY, _side(times, 1), _side(times, 2), (Nature.TIME,), (), _ops(times), suppressed_by="relative_time"
        )
        passages = tuple(p for p in passages if p not in times)
    named = [p for p in passages if p.tag == "edit" and byline_alone(p.ops, pair)]
    if named:
        yield Draft(
            Kind.BODY, _side(named, 1), _side(named, 2), (Nature.NAME,), (), _ops(named), suppressed_by="byline"
        )
        passages = tuple(p for p in passages if p not in named)
    if draft := _draft(passages, diff, pair):
        yield draft


def _rolled_off(passages: Sequence[Passage], before: Article) -> tuple[list[Passage], tuple[Passage, ...]]:
    """The oldest entries of a live page that left at its end while new ones came: no deletion. One from the middle is."""
    last = next((block.text for block in reversed(before.body) if block.role != Role.CAPTION), "")
    end = len(passages)
    while end and passages[end - 1].tag == "delete" and _ends(passages, end - 1, last):
        end -= 1
    came = any(p.tag == "insert" for p in passages[:end])
    return (list(passages[end:]), tuple(passages[:end])) if came else ([], tuple(passages))


def _ends(passages: Sequence[Passage], index: int, last: str) -> bool:
    """Whether a deleted passage stood at the very end of the page, or right before the next deleted one."""
    passage = passages[index]
    if index == len(passages) - 1:
        return passage.before.strip().endswith(last)
    return passages[index + 1].at == passage.at + 1


def _ops(passages: Sequence[Passage]) -> Ops:
    return trimmed([op for p in passages for op in p.ops])


def _side(passages: Sequence[Passage], side: int) -> str | None:
    return sides(_ops(passages))[side - 1] or None


@dataclass(slots=True)
class _Tally:
    natures: list[Nature] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)

    def add(self, natures: Iterable[Nature], facts: Iterable[str]) -> None:
        self.natures += natures
        self.facts += facts


def _draft(passages: Sequence[Passage], diff: BodyDiff, pair: Pair, *, entries: bool = False) -> Draft | None:
    real = [p for p in passages if p.tag not in {"equal", "flow"}]
    flowed = any(p.tag == "flow" for p in passages)
    if not real and not flowed:
        return None
    tally = _Tally()
    if entries:
        count = sum(p.after.endswith(BREAK) for p in real)
        tally.add([Nature.UPDATE], [f"{count} paragraphs added"])
    else:
        _judge(real, tally, pair)
    if not tally.natures:
        tally.add([Nature.STYLE], ["paragraphs split or joined"])
    if diff.coarse:
        tally.facts.insert(0, "compared coarsely: the text is very long")
    ops = _ops(passages)
    before, after = sides(ops)
    facts = tuple(dict.fromkeys(tally.facts))
    if len(facts) > MOST_FACTS:
        facts = (*facts[:MOST_FACTS], f"and {len(facts) - MOST_FACTS} more")
    return Draft(Kind.BODY, before or None, after or None, tuple(dict.fromkeys(tally.natures)), facts, ops)


def _is_spoken(passage: Passage, pair: Pair) -> bool:
    """Whether the edit begins inside a quote that runs over several sentences, so that the sentence shows no end of it."""
    sentence = passage.after.strip()
    paragraph = next((p for p in pair.stories[1] if sentence in p), "")
    same = itertools.takewhile(lambda op: op[0] == "equal", passage.ops)
    return spoken_at(paragraph, paragraph.find(sentence) + sum(len(op[2]) for op in same))


def _judge(passages: Sequence[Passage], tally: _Tally, pair: Pair) -> None:
    edits = [p for p in passages if p.tag == "edit"]
    for passage in edits[:MOST_JUDGED]:
        verdict = classify(
            edit_of(passage.before.strip(), passage.after.strip(), pair.language, ops=passage.ops, names=pair.names)
        )
        tally.add(verdict.natures, verdict.facts)
        if not set(verdict.natures) & _NO_OTHER_WORDS and _is_spoken(passage, pair):
            words = f"“{shorten(passage.before.strip(), 60)}” → “{shorten(passage.after.strip(), 60)}”"
            tally.add([Nature.QUOTE], [f"quote altered: {words}"])
    if len(edits) > MOST_JUDGED:
        tally.add([Nature.REWORDED], [f"{len(edits) - MOST_JUDGED} more sentences edited"])
    for tag, nature, word in (("insert", Nature.ADDED, "added"), ("delete", Nature.REMOVED, "removed")):
        texts = [p.after or p.before for p in passages if p.tag == tag and (p.after or p.before).strip()]
        if texts:
            tally.add(
                [nature],
                [f"{word}: “{shorten(t)}”" for t in texts[:8]]
                + ([f"{len(texts)} sentences {word}"] if len(texts) > 1 else []),
            )
    moved = [p for p in passages if p.tag == "move"]
    tally.add([Nature.MOVED] * bool(moved), [f"moved: “{shorten(p.before)}”" for p in moved])
    for passage in moved:
        if passage.before.strip() != passage.after.strip():
            verdict = classify(edit_of(passage.before.strip(), passage.after.strip(), pair.language, names=pair.names))
            tally.add(verdict.natures, verdict.facts)
