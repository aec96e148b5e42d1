"""Replay: the archive through today's reader and rules, set beside the changes that stand. First listed, then applied.

`plan` is pure. What is applied is kept with what it replaced (`db.queries.rulings`, action `replay`), nothing is told to anyone,
and a change that came of the reader alone is hidden, not dropped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from db.queries import changes, pages, revisions, rulings, suppressions
from db.records import ChangeRecord, RevisionRecord
from db.types import Article, Change, Kind, Nature
from monitor.compare import judge

APPEAR, VANISH, ALTER = "appear", "vanish", "alter"
FOUND_LATER = "found when the archive was read again"

_OF_HISTORY = frozenset({Nature.REVERTED, Nature.FLAPPING})  # natures that the page's other changes gave, not the pair
_HISTORY_FACTS = ("goes back to what stood before", "goes back and forth between two versions")
_RULED = frozenset(
    {rulings.TEMPLATE, rulings.REPLAY}
)  # hidden by a ruling; what is hidden otherwise was noise to compare


@dataclass(frozen=True, slots=True)
class Reread:
    """One version as today's reader reads it."""

    revision: RevisionRecord
    article: Article
    reader_version: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What a replay would do: `verdict` is `appear`, `vanish` or `alter`; `was` is what stands, `now` what would."""

    verdict: str
    was: ChangeRecord | None
    now: Change


@dataclass(frozen=True, slots=True)
class Step:
    """The differences of one pair of versions."""

    before: Reread
    after: Reread
    differences: tuple[Difference, ...]


def step(
    before: Reread,
    after: Reread,
    stored: Sequence[ChangeRecord],
    flapping: Sequence[ChangeRecord] = (),
    *,
    table: Mapping[str, str] | None = None,
) -> Step | None:
    """A pair of versions judged anew; None where two readers read them, for then nothing can be compared."""
    if before.reader_version != after.reader_version:
        return None
    found = judge((before.article, after.article, table))
    counted = [record for record in flapping if record.not_after <= after.revision.not_after]
    return Step(before, after, tuple(plan(stored, found, counted)))


def plan(
    stored: Sequence[ChangeRecord], found: Sequence[Change], flapping: Sequence[ChangeRecord] = ()
) -> list[Difference]:
    """How the changes that stand for a pair of versions differ from those found now. `flapping` are changes that went on
    counting, so that a version of theirs brought no row."""
    shown = [change for change in found if not change.suppressed_by]
    hidden = [change for change in found if change.suppressed_by]
    out: list[Difference] = []
    left = list(stored)
    for change in shown:
        was = _counterpart(change, left)
        if was is not None:
            left.remove(was)
            out += _altered(was, change)
        elif change.kind != Kind.ADDRESS and not any(_same_turn(change, record.change) for record in flapping):
            now = replace(change, facts=(*change.facts, FOUND_LATER))
            out.append(Difference(APPEAR, None, now))
    return out + [_vanished(record, hidden) for record in left if record.change.suppressed_by is None]


def _counterpart(change: Change, stored: Sequence[ChangeRecord]) -> ChangeRecord | None:
    """The stored change that says the same, word for word, or else one of the same field."""
    of_field = [r for r in stored if (r.change.kind, r.change.surface) == (change.kind, change.surface)]
    same = [r for r in of_field if (r.change.before, r.change.after) == (change.before, change.after)]
    ruled = [r for r in of_field if r.change.suppressed_by is None or r.change.suppressed_by in _RULED]
    return next(iter([*same, *ruled]), None)


def _altered(was: ChangeRecord, change: Change) -> list[Difference]:
    old = was.change
    history = tuple(nature for nature in old.natures if nature in _OF_HISTORY)
    natures = (*(nature for nature in change.natures if nature not in history), *history)
    facts = (*change.facts, *(fact for fact in old.facts if fact in (*_HISTORY_FACTS, FOUND_LATER)))
    rank = old.significance if history else change.significance
    by = rulings.TEMPLATE if old.suppressed_by == rulings.TEMPLATE else None
    now = replace(change, natures=natures, facts=facts, significance=rank, suppressed_by=by)
    if _shown(old) == _shown(now):
        return []
    back = old.suppressed_by is not None and now.suppressed_by is None
    return [Difference(APPEAR if back else ALTER, was, now)]


def _shown(change: Change) -> tuple[object, ...]:
    return change.before, change.after, frozenset(change.natures), change.significance, change.suppressed_by


def _same_turn(change: Change, flapping: Change) -> bool:
    field = (change.kind, change.surface) == (flapping.kind, flapping.surface)
    return field and {change.before, change.after} == {flapping.before, flapping.after}


def _vanished(was: ChangeRecord, hidden: Sequence[Change]) -> Difference:
    """A change that is none today: noise by a rule where one knows it now, else the former reader's doing."""
    field = was.change.kind, was.change.surface
    rule = next((change.suppressed_by for change in hidden if (change.kind, change.surface) == field), None)
    return Difference(VANISH, was, replace(was.change, suppressed_by=rule or rulings.REPLAY))


# ------------------------------------------------------------------------------------------- what is applied


def apply(session: Session, made: Step, *, batch: str, at: datetime) -> int:
    """Keep both readings and make the changes say what the replay found, in the caller's transaction. Gives how many changed."""
    for side in (made.before, made.after):
        revisions.add_reading(session, side.revision.id, side.reader_version, side.article)
    return sum(_apply(session, made, difference, batch, at) for difference in made.differences)


def _apply(session: Session, made: Step, difference: Difference, batch: str, at: datetime) -> bool:
    if difference.was is None:
        return _add(session, made, difference.now, batch, at)
    done = rulings.restate(
        session, difference.was.id, difference.now, action=rulings.REPLAY, rule=None, batch=batch, at=at
    )
    if done and difference.verdict == VANISH and difference.now.suppressed_by:
        suppressions.count(session, difference.was.page_id, difference.now.suppressed_by, at)
    return done


def _add(session: Session, made: Step, change: Change, batch: str, at: datetime) -> bool:
    revision = made.after.revision
    page = pages.get(session, revision.page_id)
    if page is None:
        return False
    words = f"{change.kind}\0{change.surface}\0{change.before}\0{change.after}".encode("utf-8", "surrogatepass")
    change_id = changes.add(
        session,
        page.id,
        page.source_id,
        change,
        key=f"p{revision.id}:{hashlib.sha256(words).hexdigest()[:24]}",
        headline=made.after.article.headline,
        not_before=revision.not_before,
        not_after=revision.not_after,
        now=at,
        revision_before=made.before.revision.id,
        revision_after=revision.id,
        event_id=changes.ensure_event(session, page.id, f"r{revision.id}", revision.not_after),
    )
    if change_id is not None:
        rulings.record_made(session, change_id, action=rulings.REPLAY, batch=batch, at=at)
    return change_id is not None


def take_back(session: Session, at: datetime) -> int | None:
    """Undo the last replay that was applied. Gives how many changes were put back; None where there is none."""
    batch = rulings.latest_batch(session, rulings.REPLAY)
    return None if batch is None else rulings.take_back(session, batch, at)
