"""From a stored revision to changes and deliveries: loads two readings of one reader, has them compared, writes once.

Three steps, so that the comparison itself runs outside the writer: `load`, `judge` (pure), `write` (one transaction). Run
twice, the second time finds the revision compared and does nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.orm import Session

from db.queries import changes, deliveries, hiding, pages, revisions, suppressions
from db.records import ChangeRecord, PageRecord, RevisionRecord
from db.types import SIGNIFICANCE_ORDER, Article, Change, Kind, Nature, Significance
from monitor import sitewide
from monitor.changes import Standing
from monitor.changes import compare as compare_readings
from monitor.changes.kinds.address import bare
from monitor.changes.significance import significance
from monitor.changes.version import rules_version

FLAP_WINDOW = timedelta(hours=24)
SHOWN_SUPPRESSIONS = 3  # rows of one rule on one page; then they are only counted
HISTORY = 6


@dataclass(frozen=True, slots=True)
class Pair:
    """Two readings of one page by one reader."""

    revision: RevisionRecord
    before_id: int
    before: Article
    after: Article


class Choose(Protocol):
    """Which channels are told of a change; `pinned` is whether its page is."""

    def __call__(self, record: ChangeRecord, *, pinned: bool) -> Iterable[str]: ...


@dataclass(frozen=True, slots=True)
class Telling:
    """Whom changes are told to: `channels` from `significance` on, or, where it is given, whomever `choose` names. `table`
    overrides the significance of natures."""

    channels: tuple[str, ...] = ("terminal",)
    significance: str = Significance.SUBSTANTIVE
    table: Mapping[str, str] | None = None
    choose: Choose | None = None


class ReaderMismatchError(Exception):
    """The two versions were not read by one reader; comparing them would report the reader's change as an edit."""


def load(session: Session, revision_id: int) -> Pair | None:
    """The pair that a revision asks to be compared; None where it was compared, or has nothing before it.

    Raises `ReaderMismatchError` where the former version has no reading by the revision's reader.
    """
    revision = revisions.get(session, revision_id, with_article=True)
    if revision is None or revision.compared or revision.article is None:
        return None
    before = revisions.before(session, revision)
    if before is None:
        return None
    article = revisions.article(session, before.id, revision.reader_version)
    if article is None:
        raise ReaderMismatchError(f"revision {before.id} was not read by reader {revision.reader_version}")
    return Pair(revision, before.id, article, revision.article)


def judge(given: tuple[Article, Article, Mapping[str, str] | None]) -> tuple[Change, ...]:
    """What changed between two readings. Pure; one picklable argument, so that it can run in another process."""
    before, after, table = given
    return compare_readings(before, after, table=table)


def write(
    session: Session, pair: Pair, found: Sequence[Change], telling: Telling, now: datetime, *, past: bool = False
) -> list[int]:
    """Store what was found, ask for deliveries, mark the revision compared. Gives the ids of the changes stored.

    `past` says that later versions may stand already, whose changes are no history of this one.
    """
    revision = revisions.get(session, pair.revision.id)
    page = pages.get(session, pair.revision.page_id)
    if revision is None or revision.compared or page is None:
        return []
    writing = _Writing(session, page, revision, pair, telling, now, past)
    stored = [writing.one(number, change) for number, change in enumerate(found)]
    revisions.mark_compared(session, revision.id)
    return [change_id for change_id in stored if change_id is not None]


@dataclass(slots=True)
class _Writing:
    session: Session
    page: PageRecord
    revision: RevisionRecord
    pair: Pair
    telling: Telling
    now: datetime
    past: bool = False

    def one(self, number: int, change: Change) -> int | None:
        """Store one change, count it, or let it go on counting as flapping. Its id where a row was made."""
        key = f"r{self.revision.id}:{number}:{change.kind}:{change.surface or ''}"
        change = sitewide.arriving(self.session, self.page.source_id, change, self.revision.not_after)
        if change.suppressed_by and self._suppressed_before(change.suppressed_by):
            return None
        if change.kind == Kind.ADDRESS and self._moved_before(change):
            return None
        if not change.suppressed_by:
            until = self.revision.not_after if self.past else None
            history = changes.latest_of(self.session, self.page.id, change.kind, change.surface, HISTORY, until=until)
            flapping = still_flapping(history, change, self.revision.not_after)
            if flapping:
                changes.count_again(self.session, flapping, self.revision.not_after)
                return None
            change = with_history(history, change, self.revision.not_after)
        return self._add(key, change)

    def _moved_before(self, change: Change) -> bool:
        """Whether the redirect told of this move already; the page that then names its new address says nothing new."""
        history = changes.latest_of(self.session, self.page.id, Kind.ADDRESS, None, 1)
        return bool(history) and bare(history[0].change.after or "") == bare(change.after or "")

    def _suppressed_before(self, rule: str) -> bool:
        return suppressions.count(self.session, self.page.id, rule, self.revision.not_after) > SHOWN_SUPPRESSIONS

    def _add(self, key: str, change: Change) -> int | None:
        event = changes.ensure_event(self.session, self.page.id, f"r{self.revision.id}", self.revision.not_after)
        change_id = changes.add(
            self.session,
            self.page.id,
            self.page.source_id,
            change,
            key=key,
            headline=self.pair.after.headline or self.pair.before.headline,
            not_before=self.revision.not_before,
            not_after=self.revision.not_after,
            now=self.now,
            revision_before=self.pair.before_id,
            revision_after=self.revision.id,
            event_id=event,
            rules_version=rules_version(self.telling.table),
        )
        if change_id is not None:
            tell(self.session, change_id, change, self.page, telling=self.telling, now=self.now)
            sitewide.stored(self.session, change_id, self.page, change, self.revision.not_after)
        return change_id


def tell(
    session: Session, change_id: int, change: Change, page: PageRecord, *, telling: Telling, now: datetime
) -> None:
    """Ask for a change to be delivered, where somebody wants it and no rule hid it, the program's or a person's."""
    if change.suppressed_by:
        return
    wanted = _channels(session, change_id, change, page, telling=telling, now=now)
    if wanted and not _hidden(session, change, page):
        for channel in wanted:
            deliveries.add(session, change_id, channel, now)


def _channels(
    session: Session, change_id: int, change: Change, page: PageRecord, *, telling: Telling, now: datetime
) -> tuple[str, ...]:
    """The channels that want a change, each once however many of its rules do."""
    if telling.choose is None:
        matters = SIGNIFICANCE_ORDER[change.significance] >= SIGNIFICANCE_ORDER[telling.significance]
        return telling.channels if matters else ()
    record = changes.get(session, change_id)
    pinned = page.pin_s is not None and (page.pinned_until is None or page.pinned_until > now)
    return tuple(dict.fromkeys(telling.choose(record, pinned=pinned))) if record else ()


def _hidden(session: Session, change: Change, page: PageRecord) -> bool:
    rules = hiding.enabled(session)
    return bool(hiding.that_hide(rules, page.id, page.source_id, change.kind, change.surface))


def is_return(record: ChangeRecord, change: Change) -> bool:
    """Whether a change takes back what an earlier one did."""
    return record.change.before == change.after and record.change.after == change.before


def still_flapping(history: Sequence[ChangeRecord], change: Change, at: datetime) -> int | None:
    """The flapping change that goes on: the last of its kind and surface, between the same two values, less than a day ago."""
    last = next((record for record in history if record.change.suppressed_by is None), None)
    if last is None or Nature.FLAPPING not in last.change.natures:
        return None
    recent = at - (last.last_seen or last.not_after) <= FLAP_WINDOW
    same = {last.change.before, last.change.after} == {change.before, change.after}
    return last.id if recent and same else None


def with_history(history: Sequence[ChangeRecord], change: Change, at: datetime) -> Change:
    """A change in the light of the page's last ones: one return is `reverted`, two within a day are `flapping`."""
    seen = [record for record in history if record.change.suppressed_by is None]
    if not seen or not is_return(seen[0], change):
        return change
    again = Nature.REVERTED in seen[0].change.natures and at - seen[0].not_after <= FLAP_WINDOW
    if not again:
        return _with(change, Nature.REVERTED, change.significance, "goes back to what stood before")
    return _with(change, Nature.FLAPPING, Significance.MINOR, "goes back and forth between two versions")


def _with(change: Change, nature: Nature, significance: str, fact: str) -> Change:
    natures = tuple(dict.fromkeys((*change.natures, nature)))
    return replace(change, natures=natures, significance=significance, facts=(*change.facts, fact))


_STANDINGS: Mapping[str, Standing] = {
    "live": Standing.AVAILABLE,
    "removed": Standing.REMOVED,
    "blocked": Standing.BLOCKED,
    "paywalled": Standing.PAYWALLED,
}


def state_change(before: str, after: str, *, moved: bool, table: Mapping[str, str] | None = None) -> Change:
    """The change that a confirmed difference of page state is. `before` and `after` are page states, or addresses of a move."""
    if moved:
        kind, natures, facts = Kind.ADDRESS, (Nature.MOVED,), (f"{before} → {after}",)
    else:
        before, after = (_STANDINGS.get(state, state) for state in (before, after))
        there = after == Standing.AVAILABLE
        kind, natures = Kind.AVAILABILITY, (Nature.ADDED if there else Nature.REMOVED,)
        facts = (_FACTS[after],)
    rank = significance(str(kind), natures, table or {})
    return Change(
        str(kind), tuple(map(str, natures)), rank, before, after, ops=(("replace", before, after),), facts=facts
    )


_FACTS: Mapping[str, str] = {
    Standing.AVAILABLE: "the page is back",
    Standing.REMOVED: "the page is gone: repeated checks found none",
    Standing.BLOCKED: "the page is withheld for legal reasons (451)",
    Standing.PAYWALLED: "the page now shows a part of the story only",
}


def write_state(
    session: Session,
    page: PageRecord,
    state: str,
    *,
    before: str,
    after: str,
    not_before: datetime | None,
    not_after: datetime,
    telling: Telling,
    now: datetime,
) -> int | None:
    """Store a confirmed change of a page's state, in the transaction of the check that confirmed it."""
    change = state_change(before, after, moved=state == "moved", table=telling.table)
    key = f"s{page.id}:{state}:{not_after.isoformat()}"
    latest = revisions.get(session, page.latest_revision_id) if page.latest_revision_id else None
    change_id = changes.add(
        session,
        page.id,
        page.source_id,
        change,
        key=key,
        headline=latest.headline if latest else None,
        not_before=not_before,
        not_after=not_after,
        now=now,
        revision_before=latest.id if latest else None,
        event_id=changes.ensure_event(session, page.id, key, not_after),
    )
    if change_id is not None:
        tell(session, change_id, change, page, telling=telling, now=now)
    return change_id
