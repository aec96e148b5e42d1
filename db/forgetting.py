"""Forgetting an article, or all that mentions a name: first a plan, then rows, readings, changes and archived records go.

The log of evidence keeps the leaves as digests that nobody can guess any more, so that all the rest still verifies.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from db import dictionaries
from db.archive import erase
from db.archive.erase import Place
from db.dictionaries import unpack
from db.evidence import facts, forget
from db.models import ChangeRow, Check, CrawlItemRow, Event, Page, Reading, Revision, Triage
from db.models_derived import ChangeStep, Fingerprint, FingerprintBand, SourceEvent
from db.models_evidence import LeafRow
from db.queries import erasures, forgotten, pages, texts

PORTION = 500
_EACH = 200  # readings unpacked at a time


@dataclass(frozen=True, slots=True)
class Plan:
    """What would go. `whole` are articles of which nothing stays; `touched` those whose other versions do."""

    sort: str
    whole: tuple[int, ...]
    touched: tuple[int, ...]
    revisions: tuple[int, ...]
    changes: tuple[int, ...]
    urls: tuple[str, ...]
    text: str | None = None


def plan_url(session: Session, page_id: int) -> Plan:
    """All of one article: its versions, changes, checks and addresses."""
    page = session.get_one(Page, page_id)
    revisions = tuple(session.scalars(select(Revision.id).where(Revision.page_id == page_id)))
    changes = tuple(session.scalars(select(ChangeRow.id).where(ChangeRow.page_id == page_id)))
    urls = (page.url, *pages.aliases(session, page_id))
    return Plan(forgotten.URL, (page_id,), (), revisions, changes, urls)


def plan_text(session: Session, text: str) -> Plan:
    """Every version whose reading holds the words, whatever their case, and every change that does or is of such a version."""
    wanted = plain(text)
    found = {
        revision: page for revision, page, article in _readings(session) if wanted in plain(" ".join(_words(article)))
    }
    changes = set(_changes(session, wanted))
    for some in _portions(sorted(found)):
        either = ChangeRow.revision_before.in_(some) | ChangeRow.revision_after.in_(some)
        changes.update(session.scalars(select(ChangeRow.id).where(either)))
    touched = tuple(sorted(set(found.values())))
    urls = tuple(session.scalars(select(Page.url).where(Page.id.in_(touched)).order_by(Page.id)))
    return Plan(forgotten.TEXT, (), touched, tuple(sorted(found)), tuple(sorted(changes)), urls, text)


def plain(text: str) -> str:
    """Words as they are compared: one form of each letter, small, with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _readings(session: Session) -> Iterator[tuple[int, int, object]]:
    query = select(Reading.revision_id, Revision.page_id, Reading.article).join(
        Revision, Revision.id == Reading.revision_id
    )
    for row in session.execute(query.execution_options(yield_per=_EACH)):
        yield row[0], row[1], unpack(row[2])


def _words(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _words(one)
    elif isinstance(value, list):
        for one in value:
            yield from _words(one)


def _changes(session: Session, wanted: str) -> Iterator[int]:
    query = select(ChangeRow.id, ChangeRow.headline, ChangeRow.before, ChangeRow.after, ChangeRow.detail, Triage.note)
    query = query.outerjoin(Triage, Triage.change_id == ChangeRow.id)
    for number, headline, before, after, detail, note in session.execute(query.execution_options(yield_per=_EACH)):
        texts = (headline, before, after, note, *_words(unpack(detail)))
        if wanted in plain(" ".join(text for text in texts if text)):
            yield number


def _portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + PORTION] for start in range(0, len(ids), PORTION))


# ------------------------------------------------------------------------------------------- what is done


def carry_out(session: Session, plan: Plan, archive: Path | None, at: datetime, reason: str | None) -> int:
    """Do it, in the caller's transaction. Gives how many archived records were blanked.

    The archive is written before the commit: where a run is broken off, the rows stand and it can be run again. No engine runs.
    Without `archive`, rows go and what is to be blanked is noted for all that hold archive files (`db.queries.erasures`); workers
    may run: a look at one of the pages that is under way is not stored.
    """
    if archive is None:
        _hold(session, (*plan.whole, *plan.touched))
    _forget_changes(session, plan.changes)
    texts.drop(session, plan.revisions)
    places = forget.forget_revisions(session, plan.revisions)
    dictionaries.retire(session, plan.revisions)
    if archive is None:
        digests = [forgotten.digest_of(url) for url in plan.urls]
        erasures.add(session, at, places, digests, whole=bool(plan.whole))
        records = 0
    else:
        named = ((name, (offset, size)) for name, offset, size in places)
        records = _blank(session, archive, [*named, *_spooled(plan, archive)], at)
    _checks(session, plan.revisions)
    _crawled(session, plan.urls)
    for page in plan.whole:
        session.execute(delete(Page).where(Page.id == page))
    for page in plan.touched:
        _left(session, page)
    if plan.text:
        _elsewhere(session, plain(plan.text))
    counts = (len(plan.revisions), len(plan.changes), records)
    urls = plan.urls if plan.sort == forgotten.URL else ()
    forgotten.record(session, plan.sort, at, urls=urls, reason=reason, counts=counts)
    return records


def _hold(session: Session, ids: Sequence[int]) -> None:
    """Lock pages, and let looks that were begun before know that they come too late (`db.queries.fleet.stale`)."""
    for some in _portions(ids):
        for page in session.scalars(select(Page).where(Page.id.in_(some)).order_by(Page.id).with_for_update()):
            if page.last_check_at is not None:
                page.last_check_at += timedelta(microseconds=1)
    session.flush()


def _forget_changes(session: Session, ids: Sequence[int]) -> None:
    """Rows, with what hangs on them: deliveries, judgements, tags, the index of words."""
    for some in _portions(ids):
        mine = (LeafRow.kind == facts.CHANGE) & LeafRow.ref.in_(some)
        session.execute(update(LeafRow).where(mine).values(salt=None, url=None))
        events = list(session.scalars(select(ChangeRow.event_id).where(ChangeRow.id.in_(some)).distinct()))
        session.execute(delete(ChangeRow).where(ChangeRow.id.in_(some)))
        left = select(ChangeRow.event_id).where(ChangeRow.event_id.is_not(None))
        session.execute(delete(Event).where(Event.id.in_(events), Event.id.not_in(left)))


def _spooled(plan: Plan, archive: Path) -> Iterator[tuple[str, Place]]:
    """What was fetched of these addresses and made no version; of an article that goes whole, everything."""
    yield from erase.records_of(archive, set(plan.urls), series="*" if plan.whole else "spool")


def _blank(session: Session, archive: Path, places: Iterable[tuple[str, Place]], at: datetime) -> int:
    by_file: dict[str, list[Place]] = {}
    for name, place in places:
        by_file.setdefault(name, []).append(place)
    count = 0
    for name, some in sorted(by_file.items()):
        if (archive / name).exists():
            count += erase.blank(archive, name, some, at)
            forget.reopen_segment(session, name)
    return count


def _checks(session: Session, ids: Sequence[int]) -> None:
    nothing = {"revision_id": None, "segment": None, "offset": None, "length": None, "digest": None}
    for some in _portions(ids):
        session.execute(update(Check).where(Check.revision_id.in_(some)).values(**nothing))


def _crawled(session: Session, urls: Sequence[str]) -> None:
    session.execute(delete(CrawlItemRow).where(CrawlItemRow.url.in_(urls)))


def _left(session: Session, page_id: int) -> None:
    """An article of which versions went: it stands where its last remaining one does. Where the latest went it is not watched on,
    for the next look would bring the words back."""
    page = session.get_one(Page, page_id)
    last = session.scalar(select(Revision).where(Revision.page_id == page_id).order_by(Revision.seq.desc()).limit(1))
    if last is None or last.id != page.latest_revision_id:
        page.active, page.etag, page.last_modified = False, None, None
    page.latest_revision_id = last.id if last else None
    page.reading_digest, page.reader_version = (last.reading_digest, last.reader_version) if last else (None, None)
    page.body_digest = page.held_digest = page.held_at = page.held_reason = None
    page.state = page.state if last else "unseen"
    for table in (Fingerprint, FingerprintBand):
        session.execute(delete(table).where(table.page_id == page_id))
    session.flush()


def _elsewhere(session: Session, wanted: str) -> None:
    """What rulings and template changes hold of the words."""
    for row in session.scalars(
        select(SourceEvent).where(or_(SourceEvent.before.is_not(None), SourceEvent.after.is_not(None)))
    ):
        if wanted in plain(f"{row.before or ''} {row.after or ''}"):
            row.before = row.after = None
    for number, before in session.execute(
        select(ChangeStep.id, ChangeStep.before).where(ChangeStep.before.is_not(None))
    ).all():
        if wanted in plain(" ".join(_words(unpack(before or b"")))):
            session.execute(delete(ChangeStep).where(ChangeStep.id == number))
    session.flush()
