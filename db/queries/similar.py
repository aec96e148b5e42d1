"""Fingerprints of bodies and the index by which near-duplicates are found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from db.dictionaries import unpack
from db.jsonable import article_from_json
from db.models import Page, Reading, Revision
from db.models_derived import Fingerprint, FingerprintBand
from db.queries import notes
from db.types import Article

CURSOR = "fingerprints.upto"
CANDIDATES = 60


@dataclass(frozen=True, slots=True)
class Waiting:
    """A revision whose body has no fingerprint yet."""

    revision_id: int
    page_id: int
    article: Article


def waiting(session: Session, limit: int) -> list[Waiting]:
    """Revisions since the last one that was fingerprinted, oldest first."""
    upto = int(notes.get(session, CURSOR) or 0)
    query = (
        select(Revision.id, Revision.page_id, Reading.article)
        .join(Reading, (Reading.revision_id == Revision.id) & (Reading.reader_version == Revision.reader_version))
        .where(Revision.id > upto)
        .order_by(Revision.id)
        .limit(limit)
    )
    return [Waiting(number, page, article_from_json(unpack(blob))) for number, page, blob in session.execute(query)]


def move_cursor(session: Session, revision_id: int) -> None:
    """Revisions up to this one are fingerprinted."""
    notes.put(session, CURSOR, str(max(revision_id, int(notes.get(session, CURSOR) or 0))))


@dataclass(frozen=True, slots=True)
class Entry:
    """A page's latest body in the index. Without a signature (it is too short for one) the page leaves the index."""

    page_id: int
    revision_id: int
    signature: bytes | None
    bands: Sequence[int] = ()


def put(session: Session, entries: Iterable[Entry]) -> None:
    """Keep fingerprints in place of the pages' former ones; the last entry of a page counts. One statement each, whatever the
    number of entries (some hundreds)."""
    latest = {entry.page_id: entry for entry in entries}
    known = set(session.scalars(select(Page.id).where(Page.id.in_(latest))))
    session.execute(delete(FingerprintBand).where(FingerprintBand.page_id.in_(latest)))
    session.execute(delete(Fingerprint).where(Fingerprint.page_id.in_(latest)))
    kept = [entry for entry in latest.values() if entry.signature is not None and entry.page_id in known]
    rows = [{"band": band, "page_id": entry.page_id} for entry in kept for band in set(entry.bands)]
    if rows:
        prints = [{"page_id": e.page_id, "revision_id": e.revision_id, "signature": e.signature} for e in kept]
        session.execute(insert(Fingerprint), prints)
        session.execute(insert(FingerprintBand), rows)


def of_page(session: Session, page_id: int) -> bytes | None:
    """The signature of a page's latest body."""
    return session.scalar(select(Fingerprint.signature).where(Fingerprint.page_id == page_id))


def candidates(session: Session, page_id: int, limit: int = CANDIDATES) -> list[tuple[int, bytes]]:
    """Pages of other sources that share bands with a page, most first: `(page, signature)`."""
    mine = select(FingerprintBand.band).where(FingerprintBand.page_id == page_id)
    own = select(Page.source_id).where(Page.id == page_id).scalar_subquery()
    shared = (
        select(FingerprintBand.page_id, func.count().label("bands"))
        .join(Page, Page.id == FingerprintBand.page_id)
        .where(FingerprintBand.band.in_(mine), Page.source_id != own)
        .group_by(FingerprintBand.page_id)
        .order_by(func.count().desc(), FingerprintBand.page_id)
        .limit(limit)
        .subquery()
    )
    query = (
        select(Fingerprint.page_id, Fingerprint.signature)
        .join(shared, shared.c.page_id == Fingerprint.page_id)
        .order_by(shared.c.bands.desc(), Fingerprint.page_id)
    )
    return [(page, signature) for page, signature in session.execute(query)]
