"""Past sights of an article that was not there: checks as a live one's, and the removal that several of them are.

As in `crawler.decide`, enough missing answers over enough time make a removal, and one alone makes none. What a live check saw is
told by the live checks: past answers are only put where none of those stands among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from crawler.decide import Rules
from db.queries import changes, checks, pages, past, revisions
from db.records import ArchiveRef, PageRecord
from db.types import Kind, Outcome
from monitor.compare import state_change


@dataclass(frozen=True, slots=True)
class Absence:
    """A past answer of 404 or 410."""

    at: datetime
    status: int
    ref: ArchiveRef


@dataclass(slots=True)
class _Run:
    """Missing answers in a row, from the last sight before to the first after."""

    seen: datetime | None = None
    missing: list[datetime] = field(default_factory=list)
    imported: bool = True
    returned: datetime | None = None

    def is_removal(self, rules: Rules) -> bool:
        enough = len(self.missing) >= rules.gone_checks and self.missing[-1] - self.missing[0] >= rules.gone_span
        return self.seen is not None and self.imported and enough


def note(session: Session, page: PageRecord, absences: Iterable[Absence]) -> int:
    """Store absences as checks. Gives how many."""
    rows = [
        checks.row(page.id, one.at, Outcome.GONE, status=one.status, reason=past.IMPORTED, ref=one.ref)
        for one in absences
    ]
    if rows:
        checks.add(session, rows)
    return len(rows)


def tell(session: Session, page_id: int, rules: Rules, now: datetime, *, table: Mapping[str, str] | None = None) -> int:
    """Store the removals and returns that the page's checks show and no change says yet. Gives how many."""
    page = pages.get(session, page_id)
    if page is None:
        return 0
    told = [record.not_after for record in changes.latest_of(session, page_id, Kind.AVAILABILITY, None, 1000)]
    count = 0
    for run in _runs(past.presence(session, page_id)):
        if not run.is_removal(rules) or any(_within(at, run) for at in told):
            continue
        count += _write(session, page, "removed", (run.seen, run.missing[0]), now=now, table=table)
        if run.returned:
            count += _write(session, page, "restored", (run.missing[-1], run.returned), now=now, table=table)
        elif page.state in {"live", "unseen"}:
            pages.record(session, page_id, state="removed", state_since=run.missing[0])
    return count


def _within(at: datetime, run: _Run) -> bool:
    return (run.seen is None or at > run.seen) and (run.returned is None or at <= run.returned)


def _runs(found: Iterable[tuple[datetime, bool, bool]]) -> list[_Run]:
    """`found` are sights in order: when, whether the article was there, whether the sight was taken in."""
    runs, run = list[_Run](), _Run()
    for at, there, imported in found:
        if not there:
            run.missing.append(at)
            run.imported = run.imported and imported
            continue
        if run.missing:
            run.returned = at
            runs.append(run)
        run = _Run(seen=at)
    return [*runs, run] if run.missing else runs


def _write(
    session: Session,
    page: PageRecord,
    state: str,
    window: tuple[datetime | None, datetime],
    *,
    now: datetime,
    table: Mapping[str, str] | None,
) -> int:
    before, after = ("live", "removed") if state == "removed" else ("removed", "live")
    change = state_change(before, after, moved=False, table=table)
    stood = [version for version in revisions.of_page(session, page.id) if version.not_after <= window[1]]
    key = f"s{page.id}:{state}:{window[1].isoformat()}"
    latest = stood[-1] if stood else None
    made = changes.add(
        session,
        page.id,
        page.source_id,
        change,
        key=key,
        headline=latest.headline if latest else None,
        not_before=window[0],
        not_after=window[1],
        now=now,
        revision_before=latest.id if latest else None,
        event_id=changes.ensure_event(session, page.id, key, window[1]),
    )
    return int(made is not None)
