"""What one visit writes: check, revision, page, aliases and next check, by one closure in the writer's transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from crawler import faults
from crawler.budget import Budget, standing_of
from crawler.cadence import backed_off
from crawler.decide import DEFAULT_RULES, Decision, Former, NotRead, Read, Rules, decide, not_modified, same
from crawler.naming import back, borne_out, settle
from crawler.recrawl import Pace, learn, next_check
from crawler.settle import landing
from db.queries import checks, pages, revisions
from db.records import ArchiveRef, PageRecord, RevisionRecord
from db.types import Hop, Outcome, Reason

HOST_WINDOW = timedelta(hours=6)
PUT_OFF_S = 600.0
COMPARED = frozenset({Outcome.CHANGED, Outcome.SAME, Outcome.NOT_MODIFIED})
ACCEPTED = frozenset({Outcome.NEW, Outcome.CHANGED, Outcome.SAME, Outcome.REBASED})


@dataclass(frozen=True, slots=True)
class Facts:
    """What a visit was like, apart from what was read."""

    at: datetime
    status: int | None = None
    final_url: str = ""
    hops: tuple[Hop, ...] = ()
    etag: str | None = None
    last_modified: str | None = None
    ref: ArchiveRef | None = None
    retry_at: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """What came of a visit. `merged` says that the page whose id is given is to be visited at its own address; `stored` is
    false where the database or the disk did not take it: the page is still due."""

    page_id: int
    url: str
    outcome: str
    status: int | None = None
    reason: str | None = None
    detail: str = ""
    revision_id: int | None = None
    availability: str | None = None
    merged: bool = False
    stored: bool = True


@dataclass(frozen=True, slots=True)
class StateChange:
    """A confirmed change of a page's state between two checks. `state` is `removed`, `restored`, `blocked`, `paywalled` or
    `moved`; `before` and `after` are the states, or the addresses where it moved."""

    page: PageRecord
    state: str
    before: str
    after: str
    not_before: datetime | None
    not_after: datetime


StateHook = Callable[[Session, StateChange], None]


def ignore_state(_session: Session, _change: StateChange) -> None:
    """For callers that tell nobody."""


class Store:
    """Writes visits. `keep` copies an archived record for good, referring to one of the page with the same body; `on_state`
    is called, in the same transaction, for each confirmed change of state."""

    def __init__(
        self,
        keep: Callable[[ArchiveRef, ArchiveRef | None], ArchiveRef],
        *,
        pace: Pace,
        rules: Rules = DEFAULT_RULES,
        on_state: StateHook = ignore_state,
        budget: Budget | None = None,
    ) -> None:
        self._keep, self._pace, self._rules, self._on_state = keep, pace, rules, on_state
        self._budget = budget or Budget()

    def not_modified(self, session: Session, page: PageRecord, facts: Facts) -> Visit:
        """A 304."""
        return self._write(session, page, not_modified(page, facts.at), facts, None)

    def same(self, session: Session, page: PageRecord, facts: Facts, body_digest: str) -> Visit:
        """The reading of last time, or its very bytes."""
        decision = same(page, facts.at)
        validators = {"etag": facts.etag, "last_modified": facts.last_modified, "body_digest": body_digest}
        return self._write(session, page, replace(decision, state={**decision.state, **validators}), facts, None)

    def not_read(self, session: Session, page_id: int, seen: NotRead, facts: Facts) -> Visit:
        """A visit that gave no article."""
        page = pages.get(session, page_id)
        if page is None:
            return _vanished(page_id, facts)
        found = back(session, page, seen, facts.at)
        if found:
            return _merged(found, facts)
        suspect = (seen.missing or seen.legal) and self._host_suspect(session, page, facts.at)
        decision = decide(page, seen, None, facts.at, host_suspect=suspect, rules=self._rules)
        return self._write(session, page, decision, facts, None)

    def put_off(self, session: Session, page_id: int, facts: Facts) -> Visit:
        """A visit that ended in an error of ours: a row and a later time. Nothing is decided, which may be what failed."""
        page = pages.get(session, page_id)
        if page is None:
            return _vanished(page_id, facts)
        failures = page.failures + 1
        due = facts.at + timedelta(seconds=backed_off(PUT_OFF_S, failures))
        pages.record(session, page_id, last_check_at=facts.at, next_check_at=due, failures=failures)
        reason = str(Reason.INTERNAL)
        checks.add(session, [checks.row(page_id, facts.at, Outcome.FAILED, status=facts.status, reason=reason)])
        return Visit(page_id, page.url, Outcome.FAILED, facts.status, reason, facts.detail)

    def read(self, session: Session, page_id: int, seen: Read, reread: Former | None, facts: Facts) -> Visit:
        """A page that was read. `reread` is the former version as read by today's reader, where another reader stored it."""
        page = pages.get(session, page_id)
        if page is None:
            return _vanished(page_id, facts)
        former = _former(session, page, seen, reread, wanted=bool(facts.hops))
        landed = landing(
            page.url, facts.final_url or page.url, facts.hops, seen.article, former.article if former else None
        )
        if landed.kind == "elsewhere":
            return self.not_read(session, page_id, NotRead("redirected_elsewhere", missing=True), facts)
        decision = decide(page, seen, former, facts.at, rules=self._rules)
        if decision.outcome not in ACCEPTED or not borne_out(page, seen.article):
            found = back(session, page, NotRead(decision.reason or ""), facts.at)
            return _merged(found, facts) if found else self._write(session, page, decision, facts, None)
        settled = settle(
            session,
            page,
            seen,
            landed=landed,
            final=facts.final_url or page.url,
            at=facts.at,
            moved=lambda session, whose, address: self._moved(session, replace(whose, url=page.url), address, facts.at),
        )
        if not settled.stored_here:
            return _merged(settled.page, facts)
        if reread and reread.article and page.latest_revision_id:
            revisions.add_reading(session, page.latest_revision_id, seen.reader_version, reread.article)
        return self._write(session, settled.page, decision, facts, seen)

    def _host_suspect(self, session: Session, page: PageRecord, at: datetime) -> bool:
        missing, visited = pages.missing_on_host(session, page.host, at - HOST_WINDOW)
        missing += page.gone_count == 0
        return missing > 3 and missing * 2 > visited

    def _moved(self, session: Session, page: PageRecord, address: str, at: datetime) -> None:
        before = _last_seen(session, page, at)
        self._on_state(session, StateChange(page, "moved", page.url, address, before, at))

    def _write(self, session: Session, page: PageRecord, decision: Decision, facts: Facts, seen: Read | None) -> Visit:
        not_before = _last_seen(session, page, facts.at) if decision.store or decision.availability else None
        revision_id = page.latest_revision_id
        values, edited = dict(decision.state), False
        if decision.store and seen:
            made = self._revision(session, page, decision.outcome, seen, facts=facts, not_before=not_before)
            revision_id = values["latest_revision_id"] = made.id
            edited = decision.outcome == Outcome.CHANGED and made.same_as is None
        if decision.outcome in ACCEPTED and seen:
            values |= _page_values(page, facts, seen)
        values |= self._learnt(page, decision.outcome, facts.at, edited=edited)
        values["next_check_at"] = self._next(replace(page, **values), decision, facts)
        pages.record(
            session, page.id, **{name: value for name, value in values.items() if getattr(page, name) != value}
        )
        if decision.availability:
            self._state(session, page, decision, not_before, facts)
        checks.add(session, [_check(page, decision, facts, revision_id if decision.store else None)])
        faults.point("stored_uncommitted")
        return Visit(
            page.id,
            page.url,
            decision.outcome,
            facts.status,
            decision.reason,
            facts.detail,
            revision_id,
            decision.availability,
        )

    def _revision(
        self,
        session: Session,
        page: PageRecord,
        outcome: Outcome,
        seen: Read,
        *,
        facts: Facts,
        not_before: datetime | None,
    ) -> RevisionRecord:
        return revisions.add(
            session,
            page.id,
            seen.article,
            reading_digest=seen.digest,
            reader_version=seen.reader_version,
            not_before=not_before,
            not_after=facts.at,
            ref=self._kept(session, page.id, facts.ref) if facts.ref else None,
            compared=outcome
            != Outcome.CHANGED,  # a first version, and one based anew, have nothing to be compared with
            rebased=outcome == Outcome.REBASED,
        )

    def _kept(self, session: Session, page_id: int, ref: ArchiveRef) -> ArchiveRef:
        """The answer kept for good; a body that the page had before is kept once."""
        return self._keep(ref, revisions.with_payload(session, page_id, ref.digest))

    def _state(
        self, session: Session, page: PageRecord, decision: Decision, not_before: datetime | None, facts: Facts
    ) -> None:
        assert decision.availability
        first_sight = page.held_at if decision.outcome == Outcome.GONE and page.held_at else facts.at
        change = StateChange(
            page, decision.availability, page.state, str(decision.state.get("state", "live")), not_before, first_sight
        )
        self._on_state(session, change)

    def _learnt(self, page: PageRecord, outcome: Outcome, at: datetime, *, edited: bool) -> dict[str, Any]:
        """What a look teaches of the page, as columns. A version that returns is no edit, and a failed visit saw nothing."""
        if outcome not in COMPARED or page.last_success_at is None:
            return {"hinted": False}
        standing = standing_of(page)
        day = self._budget.day(page.source_id)
        lesson = learn(standing.history, standing.born_at, page.last_success_at, at, edited=edited, day=day)
        self._budget.note(page.source_id, lesson, edited=edited, hinted=page.hinted)
        seen = lesson.history
        return {
            "hinted": False,
            "n_changes": seen.edits,
            "exposure": seen.fast,
            "exposure_slow": seen.slow,
            "lean": seen.lean,
        }

    def _next(self, page: PageRecord, decision: Decision, facts: Facts) -> datetime:
        terms = self._budget.terms(page.source_id, page.host)
        return next_check(
            standing_of(page), facts.at, pace=self._pace, soon=decision.soon, retry_at=facts.retry_at, terms=terms
        )


def _last_seen(session: Session, page: PageRecord, at: datetime) -> datetime | None:
    return checks.last_seen_at(session, page.id, at)


def _former(session: Session, page: PageRecord, seen: Read, reread: Former | None, *, wanted: bool) -> Former | None:
    """The latest version as today's reader reads it. Its article is loaded only where something differs or is `wanted`."""
    if page.latest_revision_id is None:
        return None
    if page.reader_version != seen.reader_version:
        return reread or Former(None, None)
    if page.reading_digest == seen.digest and not wanted:
        return Former(page.reading_digest, None)
    return Former(page.reading_digest, revisions.article(session, page.latest_revision_id, seen.reader_version))


def _page_values(page: PageRecord, facts: Facts, seen: Read) -> dict[str, Any]:
    values: dict[str, Any] = {"etag": facts.etag, "last_modified": facts.last_modified}
    if page.latest_revision_id is None:
        published = instant_of(seen.article.published)
        if published and published <= facts.at:
            values["published_at"] = published
    return values


def instant_of(text: str | None) -> datetime | None:
    """An ISO date or instant read off a page as an aware instant; a date alone is its midnight in UTC."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _check(page: PageRecord, decision: Decision, facts: Facts, revision_id: int | None) -> dict[str, Any]:
    # the raw answer of a visit that read the same is spooled, but nobody will ask for it: the row stays narrow
    ref = facts.ref if decision.outcome in {Outcome.HELD, Outcome.FAILED, Outcome.GONE} else None
    return checks.row(
        page.id,
        facts.at,
        decision.outcome,
        status=facts.status,
        reason=decision.reason,
        revision_id=revision_id,
        ref=ref,
    )


def _merged(other: PageRecord, facts: Facts) -> Visit:
    return Visit(
        other.id,
        other.url,
        Outcome.SAME,
        facts.status,
        "same_article",
        revision_id=other.latest_revision_id,
        merged=True,
    )


def _vanished(page_id: int, facts: Facts) -> Visit:
    return Visit(
        page_id, facts.final_url, Outcome.FAILED, facts.status, Reason.DATABASE, "the page is no longer watched"
    )
