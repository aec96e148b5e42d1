"""Revisions and readings: versions of an article, and what a reader made of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from db import dictionaries
from db.blobs import pack, unpack
from db.jsonable import article_from_json, article_to_json
from db.models import Reading, Revision
from db.records import ArchiveRef, RevisionRecord
from db.types import Article


def _record(row: Revision, article: Article | None = None) -> RevisionRecord:
    ref = None
    if row.segment is not None and row.offset is not None and row.length is not None:
        ref = ArchiveRef(row.segment, row.offset, row.length, row.digest or "", row.around, row.record_digest)
    return RevisionRecord(
        id=row.id,
        page_id=row.page_id,
        seq=row.seq,
        not_before=row.not_before,
        not_after=row.not_after,
        reading_digest=row.reading_digest,
        reader_version=row.reader_version,
        headline=row.headline,
        same_as=row.same_as,
        compared=row.compared,
        rebased=row.rebased,
        ref=ref,
        article=article,
    )


def add(
    session: Session,
    page_id: int,
    article: Article,
    *,
    reading_digest: str,
    reader_version: str,
    not_before: datetime | None,
    not_after: datetime,
    ref: ArchiveRef | None,
    compared: bool = False,
    rebased: bool = False,
) -> RevisionRecord:
    """Store a version and its reading. A version that was seen before on this page points to it (`same_as`)."""
    last = session.scalar(select(func.max(Revision.seq)).where(Revision.page_id == page_id)) or 0
    query = select(func.min(Revision.id)).where(Revision.page_id == page_id, Revision.reading_digest == reading_digest)
    row = Revision(
        page_id=page_id,
        seq=last + 1,
        not_before=not_before,
        not_after=not_after,
        reading_digest=reading_digest,
        reader_version=reader_version,
        headline=article.headline,
        same_as=session.scalar(query),
        compared=compared,
        rebased=rebased,
        segment=ref.segment if ref else None,
        offset=ref.offset if ref else None,
        length=ref.length if ref else None,
        digest=ref.digest if ref else None,
        around=ref.around if ref else None,
        record_digest=ref.record_digest if ref else None,
    )
    session.add(row)
    session.flush()
    add_reading(session, row.id, reader_version, article)
    return _record(row, article)


def add_reading(session: Session, revision_id: int, reader_version: str, article: Article) -> None:
    """Keep what a reader made of a revision; a reading of that version that stands already is left."""
    if session.get(Reading, (revision_id, reader_version)) is None:
        blob = pack(article_to_json(article), dictionaries.current(session))
        session.add(Reading(revision_id=revision_id, reader_version=reader_version, article=blob))
        session.flush()


def article(session: Session, revision_id: int, reader_version: str | None = None) -> Article | None:
    """A revision's reading by that reader, or by the one that stored it. None where there is none."""
    row = session.get(Revision, revision_id)
    if row is None:
        return None
    reading = session.get(Reading, (revision_id, reader_version or row.reader_version))
    return article_from_json(unpack(reading.article)) if reading else None


def readings(session: Session, revision_id: int) -> list[tuple[str, Any]]:
    """All that readers made of a version, as `(reader version, plain JSON as stored)`."""
    query = select(Reading).where(Reading.revision_id == revision_id).order_by(Reading.reader_version)
    return [(row.reader_version, unpack(row.article)) for row in session.scalars(query)]


def get(session: Session, revision_id: int, *, with_article: bool = False) -> RevisionRecord | None:
    row = session.get(Revision, revision_id)
    if row is None:
        return None
    return _record(row, article(session, revision_id) if with_article else None)


def of_page(session: Session, page_id: int) -> list[RevisionRecord]:
    """A page's versions, oldest first, without their articles."""
    query = select(Revision).where(Revision.page_id == page_id).order_by(Revision.seq)
    return [_record(row) for row in session.scalars(query)]


def newest_of_page(
    session: Session, page_id: int, limit: int, *, before_seq: int | None = None
) -> list[RevisionRecord]:
    """A page's versions, newest first, without their articles; with `before_seq`, those before that one."""
    query = select(Revision).where(Revision.page_id == page_id).order_by(Revision.seq.desc()).limit(limit)
    rows = session.scalars(query if before_seq is None else query.where(Revision.seq < before_seq))
    return [_record(row) for row in rows]


def before(session: Session, revision: RevisionRecord) -> RevisionRecord | None:
    """The version that a version follows."""
    query = (
        select(Revision)
        .where(Revision.page_id == revision.page_id, Revision.seq < revision.seq)
        .order_by(Revision.seq.desc())
        .limit(1)
    )
    row = session.scalar(query)
    return _record(row) if row else None


def with_payload(session: Session, page_id: int, digest: str) -> ArchiveRef | None:
    """Where the first version of a page whose raw body has this digest lies in the archive."""
    query = select(Revision).where(
        Revision.page_id == page_id, Revision.digest == digest, Revision.segment.is_not(None)
    )
    row = session.scalar(query.order_by(Revision.id).limit(1))
    return _record(row).ref if row else None


def to_compare(session: Session, limit: int = 100) -> list[int]:
    """Ids of revisions that nobody has compared yet, oldest first."""
    return list(session.scalars(select(Revision.id).where(~Revision.compared).order_by(Revision.id).limit(limit)))


def mark_compared(session: Session, revision_id: int) -> None:
    session.execute(update(Revision).where(Revision.id == revision_id).values(compared=True))


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Revision)) or 0


def latest_refs(session: Session, limit: int) -> list[ArchiveRef]:
    """Where the raw answers of the last versions lie."""
    query = select(Revision).where(Revision.segment.is_not(None)).order_by(Revision.id.desc()).limit(limit)
    return [ref for row in session.scalars(query) if (ref := _record(row).ref)]
