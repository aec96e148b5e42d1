"""What the screen asks of the home. Every rule (filters, groups, judging, undo) is the web's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from db.engine import reading, writing
from db.evidence import proofs
from db.queries import inbox, sources, triage, views
from db.queries.views import View
from db.records import RevisionRecord
from monitor.web import filters
from monitor.web.archived import Answer, answer_of
from monitor.web.change_page import versions_of
from monitor.web.filters import Chosen
from monitor.web.inbox import PAGE, EventView, grouped


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the inbox: its events in the web's order, their judgements, and the newest change stored when it was made.
    `older` is where the next page begins, None at the end."""

    events: tuple[EventView, ...]
    states: Mapping[int, str]
    newest: int
    older: int | None
    views: tuple[View, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One version that a change stands on, its archived answer, and the number of the checkpoint that seals the change."""

    version: RevisionRecord
    answer: Answer
    checkpoint: int | None


@dataclass(frozen=True, slots=True)
class Desk:
    """One home's desk. Its methods wait for the database: call them off the event loop."""

    engine: Engine
    archive: Path
    zone: ZoneInfo

    def listed(self, chosen: Chosen, before: int | None = None) -> Listed:
        """The changes that fit, from the newest, or from the one before `before`."""
        with reading(self.engine) as session:
            found = inbox.find(session, filters.wanted(chosen, now=datetime.now(UTC), before=before), PAGE)
            judged = triage.of(session, [record.id for record in found.records])
            return Listed(
                events=tuple(event for article in grouped(found.records) for event in article.events),
                states={number: judgement.state for number, judgement in judged.items()},
                newest=inbox.newest_id(session),
                older=found.older,
                views=tuple(views.every(session)),
                sources=tuple(sources.names(session)),
            )

    def arrived(self, chosen: Chosen, after: int) -> int:
        """How many changes that fit came after one, to 99."""
        with reading(self.engine) as session:
            return inbox.arrived(session, filters.wanted(chosen, now=datetime.now(UTC)), after)

    def judge(self, ids: Sequence[int], state: str) -> str | None:
        """Give changes a state; the action's name for `undo`."""
        with writing(self.engine) as session:
            return triage.put(session, ids, state, at=datetime.now(UTC))

    def undo(self, batch: str | None) -> dict[int, str]:
        """Take an action back, the last one where none is named. Gives what the changes are now; empty where there was none."""
        with writing(self.engine) as session:
            name = batch or triage.last(session)
            found = triage.undo(session, name, at=datetime.now(UTC)) if name else []
            return {number: judgement.state for number, judgement in triage.of(session, found).items()}

    def evidence(self, event: EventView) -> list[Evidence]:
        """What the loudest change of an event stands on."""
        with reading(self.engine) as session:
            sealed = proofs.state_of_change(session, event.first.id).checkpoint
            versions = versions_of(session, event.first)
        number = sealed.id if sealed else None
        return [Evidence(version, answer_of(self.archive, version.ref), number) for version in versions]
