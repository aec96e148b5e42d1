"""Verdicts that need more than one field: stealth, freshened, backdated, a notice that names its edit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from db.types import Kind, Nature
from monitor.changes import moments
from monitor.changes.draft import Draft, Pair, byline_alone
from monitor.changes.edit import words_of
from monitor.changes.text import skeleton

_TEXT = frozenset({Kind.BODY, Kind.HEADLINE, Kind.DECK, Kind.DATELINE, Kind.CAPTION, Kind.NOTICE, Kind.BYLINE})
_QUIET = frozenset({Nature.PUNCTUATION, Nature.STYLE, Nature.TYPO, Nature.MOVED})


def judge(drafts: Sequence[Draft], pair: Pair) -> list[Draft]:
    """The drafts with the natures that only the whole pair shows."""
    drafts = [_repeated_name(d, pair) for d in drafts]
    edited = [d for d in drafts if d.kind in _TEXT and not d.suppressed_by and not d.surface]
    noted = [d for d in drafts if d.kind == Kind.NOTICE and d.after]
    return [_judged(d, edited, noted, pair) for d in drafts]


def _repeated_name(draft: Draft, pair: Pair) -> Draft:
    """A deck, caption or tag that holds the author's name changes with the byline: one edit, told once."""
    repeats = (
        draft.kind in {Kind.DECK, Kind.CAPTION, Kind.TAGS} and not draft.suppressed_by and byline_alone(draft.ops, pair)
    )
    return replace(draft, suppressed_by="byline") if repeats else draft


def _judged(draft: Draft, edited: Sequence[Draft], noted: Sequence[Draft], pair: Pair) -> Draft:
    if draft.suppressed_by:
        return draft
    if draft.kind == Kind.MODIFIED:
        return _modified(draft, edited, pair)
    if draft.kind == Kind.PUBLISHED:
        return _published(draft, pair)
    if draft.kind in {Kind.BODY, Kind.HEADLINE} and not draft.surface:
        return _text(draft, edited, noted, pair)
    return draft


def _modified(draft: Draft, edited: Sequence[Draft], pair: Pair) -> Draft:
    if moments.parse(draft.before or "") and moments.earlier(draft.before or "", draft.after or ""):
        return draft.plus(facts=("the modified time went back",))
    if not edited and pair.bodies_comparable:
        return draft.plus(Nature.FRESHENED, facts=("nothing else changed",))
    return draft


def _published(draft: Draft, pair: Pair) -> Draft:
    if draft.surface or not moments.earlier(draft.before or "", draft.after or ""):
        return draft
    old, new = pair.before.modified, pair.after.modified
    stayed = (" while modified stayed",) if old and new and moments.same(old, new) else ("",)
    return draft.plus(Nature.BACKDATED, facts=(f"publication moved back{stayed[0]}",))


def _text(draft: Draft, edited: Sequence[Draft], noted: Sequence[Draft], pair: Pair) -> Draft:
    facts: list[str] = []
    if any(d.kind in {Kind.BODY, Kind.HEADLINE} and d.kind != draft.kind for d in edited):
        facts.append("headline and body edited together")
    named = next((n for n in noted if _names(n, draft)), None)
    if named is not None:
        facts.append(f"named by the {(named.natures[0] if named.natures else 'notice')} notice")
    stealth = _stealthy(draft, noted, pair)
    if stealth:
        facts.append("no modified time moved and no notice says so")
    return draft.plus(*([Nature.STEALTH] if stealth else []), facts=tuple(facts))


def _stealthy(draft: Draft, noted: Sequence[Draft], pair: Pair) -> bool:
    """Words of weight changed while the page's modified time stood still, or it tells a publication alone, and no notice came."""
    old, new = pair.before.modified, pair.after.modified
    untold = not old and not new and bool(pair.before.published and pair.after.published)
    stood_still = untold or bool(old and new and moments.same(old, new) and pair.same_place("modified"))
    return stood_still and not noted and not set(draft.natures) <= _QUIET and not pair.live


def _names(notice: Draft, draft: Draft) -> bool:
    """Whether the notice's words hold what the edit put in or took out."""
    said = {skeleton(w) for w in words_of(notice.after or "")}
    changed = {skeleton(w) for w in _changed_words(draft)}
    return bool(changed & said)


def _changed_words(draft: Draft) -> Iterator[str]:
    """Words of weight in the differing places: numbers, and words of five letters or more."""
    for tag, before, after in draft.ops:
        if tag != "equal":
            old, new = set(words_of(before)), set(words_of(after))
            yield from (w for w in old ^ new if w.isdigit() or len(w) > 4)
