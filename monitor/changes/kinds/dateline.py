"""The place line that opens a story."""

from __future__ import annotations

from collections.abc import Iterator

from db.types import Article, Dateline, Kind, Nature
from monitor.changes.diff import word_ops
from monitor.changes.draft import Draft, Pair, one_sided
from monitor.changes.edit import edit_of
from monitor.changes.natures import classify
from monitor.changes.story import unread_dateline
from monitor.changes.text import fold, skeleton

KIND = Kind.DATELINE


def find(pair: Pair) -> Iterator[Draft]:
    """An edit of the place line's text, or its coming or going where the first paragraph shows that it did."""
    old, new = pair.before.dateline, pair.after.dateline
    if old and new:
        if old.text != new.text:
            yield _edited(old, new, pair)
    elif old:
        yield from _one_side(old, pair.after, pair.before, pair)
    elif new:
        yield from _one_side(new, pair.before, pair.after, pair)


def _edited(old: Dateline, new: Dateline, pair: Pair) -> Draft:
    ops = word_ops(old.text, new.text, pair.language)
    if skeleton(old.text, pair.language) == skeleton(new.text, pair.language):
        verdict = classify(edit_of(old.text, new.text, pair.language, ops=ops))
        return Draft(KIND, old.text, new.text, verdict.natures, verdict.facts, ops)
    natures, facts = _parts(old, new)
    if not natures:
        verdict = classify(edit_of(old.text, new.text, pair.language, ops=ops))
        natures, facts = list(verdict.natures), list(verdict.facts)
    return Draft(KIND, old.text, new.text, tuple(natures), tuple(facts), ops)


def _parts(old: Dateline, new: Dateline) -> tuple[list[Nature], list[str]]:
    natures: list[Nature] = []
    facts: list[str] = []
    for nature, before, after in (
        (Nature.PLACE, old.place, new.place),
        (Nature.DATE, old.date, new.date),
        (Nature.NAME, old.agency, new.agency),
    ):
        if skeleton(before or "") != skeleton(after or ""):
            natures.append(nature)
            facts.append(f"{fold(before or 'none')} → {fold(after or 'none')}")
    return natures, facts


def _one_side(line: Dateline, without: Article, holder: Article, pair: Pair) -> Iterator[Draft]:
    """`holder` has the line and `without` was read without one: an edit only where the first paragraph no longer holds it."""
    first = next((b.text.strip() for b in without.body if b.text.strip()), "")
    if not first or not holder.body or skeleton(first).startswith(skeleton(line.text)):
        return
    lead = unread_dateline(without, holder)
    old, new = (line.text, lead) if holder is pair.before else (lead, line.text)
    if lead:
        ops = word_ops(old or "", new or "", pair.language)
        facts = (f"{fold(old or '')} → {fold(new or '')}",)
        yield Draft(KIND, old, new, (Nature.PLACE,), facts, ops)
    elif pair.bodies_comparable:
        yield one_sided(KIND, old, new)
