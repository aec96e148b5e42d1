"""From two readings to the changes between them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from db.types import Article, Change, Kind
from monitor.changes import cross
from monitor.changes.diff import word_ops
from monitor.changes.draft import Draft, Pair
from monitor.changes.edit import edit_of
from monitor.changes.kinds import address, availability, finders
from monitor.changes.natures import classify
from monitor.changes.significance import significance
from monitor.changes.states import PageState

_NO_TABLE: Mapping[str, str] = MappingProxyType({})


def compare(before: Article, after: Article, *, table: Mapping[str, str] | None = None) -> tuple[Change, ...]:
    """Every change between two readings of one page by one reader version, in the order of `Kind`.

    What a noise rule hides is there too, with `suppressed_by` set. `table` overrides the significance of natures and kinds
    (see `significance`). Pages that are no articles give no change. Pure; equal readings give `()`.
    """
    pair = Pair(before, after)
    if before == after or not pair.comparable:
        return ()
    drafts = [draft for find in finders().values() for draft in find(pair)]
    return tuple(_finished(draft, table) for draft in cross.judge(drafts, pair))


def compare_states(
    before: PageState, after: PageState, *, table: Mapping[str, str] | None = None
) -> tuple[Change, ...]:
    """The changes of address and availability between two states of a page, each confirmed by repeated checks."""
    drafts = [*address.find_states(before, after), *availability.find_states(before, after)]
    return tuple(_finished(draft, table) for draft in drafts)


def headline_verdict(
    before: str, after: str, language: str | None = None, *, table: Mapping[str, str] | None = None
) -> Change | None:
    """The change between two titles alone; None where they are the same, letter for letter."""
    if before == after:
        return None
    ops = word_ops(before, after, language)
    verdict = classify(edit_of(before, after, language, ops=ops, headline=True))
    return _finished(Draft(Kind.HEADLINE, before, after, verdict.natures, verdict.facts, ops), table)


def _finished(draft: Draft, table: Mapping[str, str] | None) -> Change:
    kind = f"{draft.kind}.{draft.surface}" if draft.surface else str(draft.kind)
    return Change(
        kind=str(draft.kind),
        natures=tuple(str(n) for n in draft.natures),
        significance=significance(kind, draft.natures, table or _NO_TABLE),
        before=draft.before,
        after=draft.after,
        surface=draft.surface,
        ops=draft.ops,
        facts=draft.facts,
        suppressed_by=draft.suppressed_by,
    )
