"""The inbox: changes with their judgement and tags, newest first, found within a time budget however many are stored.

Filters that no index serves are answered by looking through windows of ids from the newest down, until a page is full, all is
looked through or the budget is spent; the answer says how far it got, so that the next request goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from db.models import ChangeRow, ChangeTag, Source, Triage
from db.queries import changes, hiding, search
from db.queries.changes import ChangeFilter
from db.queries.triage import State
from db.queries.windows import BUDGET_S, look
from db.records import ChangeRecord
from db.types import SIGNIFICANCE_ORDER

OPEN = "open"  # new and flagged: what still asks for a look


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter of changes narrowed by what people did: `state` is one of `State`, `open`, or None for all; `noise` shows hidden
    changes too, `only_noise` nothing else. `oldest_first` goes upwards from `filter.after_id`."""

    filter: ChangeFilter
    state: str | None = None
    tag: str | None = None
    only_noise: bool = False
    oldest_first: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Changes in the order wanted. `older` is the cursor to go on from (`before_id`, or `after_id` where the oldest come first),
    None at the end; `full` says whether the page was filled, or the budget spent first."""

    records: list[ChangeRecord]
    older: int | None = None
    full: bool = True


def find(session: Session, wanted: Wanted, limit: int = 50, budget_s: float = BUDGET_S) -> Found:
    """A page of changes: at most about `limit`, an event never cut in two where it fits."""
    narrowing = _Narrowing(session, wanted)
    seen = look(narrowing.ids, narrowing.floor, narrowing.top(), limit + 1, budget_s, upwards=wanted.oldest_first)
    records = changes.by_ids(session, seen.ids)
    if wanted.oldest_first:
        records.reverse()
    if len(seen.ids) > limit:
        kept = whole_events(records)
        return Found(kept, kept[-1].id)
    # upwards, the edge itself was not looked at: the cursor is the id before it
    edge = seen.edge - 1 if seen.edge is not None and wanted.oldest_first else seen.edge
    return Found(records, edge, full=False)


def ids(session: Session, wanted: Wanted, most: int, budget_s: float) -> tuple[list[int], bool]:
    """The ids of changes that fit, at most so many, newest first, and whether these are all."""
    narrowing = _Narrowing(session, wanted)
    seen = look(narrowing.ids, narrowing.floor, narrowing.top(), most + 1, budget_s)
    return seen.ids[:most], seen.edge is None and len(seen.ids) <= most


def whole_events(records: Sequence[ChangeRecord]) -> list[ChangeRecord]:
    """The records but the last, and but those of its event, which goes on to the next page; unless nothing were left."""
    last = records[-1]
    kept = [record for record in records[:-1] if record.event_id is None or record.event_id != last.event_id]
    return kept or list(records[:-1])


def arrived(session: Session, wanted: Wanted, after_id: int, most: int = 99) -> int:
    """How many changes that fit came after one, counted to `most`."""
    narrowing = _Narrowing(session, replace(wanted, filter=replace(wanted.filter, before_id=None)))
    return len(narrowing.ids(max(after_id + 1, narrowing.floor), narrowing.top(), most, False))


def newest_id(session: Session) -> int:
    return session.scalar(select(func.max(ChangeRow.id))) or 0


def neighbours(session: Session, change_id: int) -> tuple[int | None, int | None]:
    """The next newer and the next older change above cosmetic that is not hidden."""
    shown = (ChangeRow.suppressed_by.is_(None), ChangeRow.significance > 0)
    newer = select(func.min(ChangeRow.id)).where(ChangeRow.id > change_id, *shown)
    older = select(func.max(ChangeRow.id)).where(ChangeRow.id < change_id, *shown)
    return session.scalar(newer), session.scalar(older)


class _Narrowing:
    """A filter turned into conditions, once a request."""

    def __init__(self, session: Session, wanted: Wanted) -> None:
        self._session, self._wanted, self._filter = session, wanted, wanted.filter
        self._word = (wanted.filter.match or "").casefold()
        self._sqlite = search.on_sqlite(session)
        self._conditions = self._what()
        self.floor = self._floor()

    def top(self) -> int:
        """One above the newest id to look at."""
        return self._filter.before_id or newest_id(self._session) + 1

    def _floor(self) -> int:
        """The oldest id that can fit. A change is stored after it was seen, so none seen since then was stored before."""
        least = (self._filter.after_id or 0) + 1
        since = self._filter.since
        if since is None:
            return least
        query = select(ChangeRow.id).where(ChangeRow.created_at >= since).order_by(ChangeRow.created_at).limit(1)
        return max(least, self._session.scalar(query) or 2**62)

    def _what(self) -> list[Any]:
        wanted = self._filter
        found: list[Any] = []
        if self._wanted.only_noise:
            found.append(ChangeRow.suppressed_by.is_not(None))
        elif not wanted.suppressed:
            found.append(ChangeRow.suppressed_by.is_(None))
            shown = hiding.condition(hiding.enabled(self._session))
            found += [] if shown is None else [shown]
        if wanted.since:
            found.append(ChangeRow.not_after >= wanted.since)
        if wanted.until:
            found.append(ChangeRow.not_after < wanted.until)
        if wanted.sources:
            names = select(Source.id).where(Source.name.in_(wanted.sources))
            found.append(ChangeRow.source_id.in_(list(self._session.scalars(names)) or [0]))
        if wanted.kinds:
            found.append(ChangeRow.kind.in_(wanted.kinds))
        if wanted.natures:
            found.append(or_(*(ChangeRow.natures.like(f"%,{nature},%") for nature in wanted.natures)))
        if wanted.min_significance:
            found.append(ChangeRow.significance >= SIGNIFICANCE_ORDER[wanted.min_significance])
        if wanted.page_id is not None:
            found.append(ChangeRow.page_id == wanted.page_id)
        if self._word and not self._sqlite:
            found.append(search.condition(self._word))
        return found

    def _judged(self, low: int, high: int) -> list[Any]:
        """What people did, asked for the window alone: their own indexes answer that without opening a change."""
        found: list[Any] = []
        state = self._wanted.state
        if state in {State.CONFIRMED, State.DISMISSED, State.FLAGGED}:
            inside = (Triage.change_id >= low, Triage.change_id < high)
            found.append(ChangeRow.id.in_(select(Triage.change_id).where(Triage.state == state, *inside)))
        elif state in {OPEN, State.NEW}:
            settled = (State.CONFIRMED, State.DISMISSED) + ((State.FLAGGED,) if state == State.NEW else ())
            found.append(~exists().where(Triage.change_id == ChangeRow.id, Triage.state.in_(settled)))
        if self._wanted.tag:
            inside = (ChangeTag.change_id >= low, ChangeTag.change_id < high)
            found.append(
                ChangeRow.id.in_(select(ChangeTag.change_id).where(ChangeTag.name == self._wanted.tag, *inside))
            )
        return found

    def ids(self, low: int, high: int, limit: int, indexed: bool) -> list[int]:
        """Ids in `[low, high)` that fit, in the order wanted. `indexed` asks the index of words, for older windows."""
        texts = search.columns() if self._word and self._sqlite else ()
        query = select(ChangeRow.id, *texts).select_from(ChangeRow)
        asked = self._index_query() if indexed and self._sqlite else None
        key: Any = ChangeRow.id
        if asked:
            key = search.INDEX.c.rowid
            query = select(ChangeRow.id, *texts).select_from(search.INDEX).join(ChangeRow, ChangeRow.id == key)
            query = query.where(search.INDEX.c.change_search.op("MATCH")(asked))
        query = query.where(key >= low, key < high, *self._conditions, *self._judged(low, high))
        query = query.order_by(key.asc() if self._wanted.oldest_first else key.desc())
        if not texts:
            return list(self._session.scalars(query.limit(limit)))
        rows = self._session.execute(query.execution_options(yield_per=50))
        return [row.id for row in islice((row for row in rows if search.holds(row, self._word)), limit)]

    def _index_query(self) -> str | None:
        """What the index is asked on SQLite: the word, else the one nature that is wanted."""
        if self._word:
            return search.trigrams(self._filter.match or "")
        return search.trigrams(f",{self._filter.natures[0]},") if len(self._filter.natures) == 1 else None
