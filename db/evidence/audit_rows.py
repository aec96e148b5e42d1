"""Looks whether versions, readings and changes are what was sealed, and their archived records what was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.archive import segments
from db.evidence import facts
from db.evidence.audit import (
    AWAY,
    ERROR,
    NOTE,
    UNREADABLE,
    Claim,
    Finding,
    Scope,
    batches,
    held_by,
    leaves_of,
    rows,
    sealed,
    short,
)
from db.models import ChangeRow, Reading, Revision
from db.models_evidence import LeafRow
from db.records import ArchiveRef

Leaves = Mapping[int, LeafRow | Finding]


def _newest(session: Session, kind: str, ids: Sequence[int]) -> dict[int, int]:
    query = select(LeafRow.ref, func.max(LeafRow.idx)).where(LeafRow.kind == kind, LeafRow.ref.in_(ids))
    rows = session.execute(query.group_by(LeafRow.ref))
    return {row[0]: row[1] for row in rows}


def revisions(session: Session, archive: Path, scope: Scope) -> Iterator[Finding | int]:
    """Versions with their readings and archived records. Gives, beside findings, the id of each version looked at."""
    query = select(Revision.id)
    query = query.where(Revision.not_after >= scope.since) if scope.since else query
    query = query.where(Revision.id.in_(scope.revisions)) if scope.revisions is not None else query
    for ids in batches(session, Revision.id, query, scope.after):
        newest = _newest(session, facts.REVISION, ids)
        found = list(rows(session, Revision, ids, "revision"))
        readings, troubles = _readings(session, ids)
        yield from troubles
        indexes = [row.leaf for row in found if isinstance(row, Revision)]
        leaves = leaves_of(session, indexes + [reading.leaf for made in readings.values() for reading in made])
        for row in found:
            if isinstance(row, Finding):
                yield row
                continue
            yield from _revision(leaves, row, newest.get(row.id), readings.get(row.id, []))
            yield from _records(session, archive, row)
            yield row.id


def _readings(session: Session, ids: Sequence[int]) -> tuple[dict[int, list[Reading]], list[Finding]]:
    """What readers made of these versions; where one cannot be read, each version's apart, so that it is found."""
    made: dict[int, list[Reading]] = {}
    try:
        for row in session.scalars(select(Reading).where(Reading.revision_id.in_(ids))):
            made.setdefault(row.revision_id, []).append(row)
    except UNREADABLE as error:
        session.rollback()
        if len(ids) == 1:
            return {}, [Finding(ERROR, f"revision {ids[0]}", f"a reading of it cannot be read ({short(error)})")]
        each = [_readings(session, [number]) for number in ids]
        return {number: rows_ for part, _ in each for number, rows_ in part.items()}, [
            f for _, part in each for f in part
        ]
    session.expunge_all()
    return made, []


def _revision(leaves: Leaves, row: Revision, newest: int | None, readings: Sequence[Reading]) -> Iterator[Finding]:
    first = next((found for found in readings if found.reader_version == row.reader_version), None)
    where = f"revision {row.id}"
    claim = Claim(where, facts.REVISION, row.id, lambda leaf: facts.of_revision(row, first, leaf.url, leaf.sealed_at))
    yield from _newest_of(leaves, claim, row.leaf, newest)
    for reading in readings:
        yield from _reading(leaves, row, reading)


def _reading(leaves: Leaves, row: Revision, reading: Reading) -> Iterator[Finding]:
    where = f"reading of revision {row.id} by {reading.reader_version}"
    if reading.leaf is None:
        if row.leaf is not None and reading.reader_version == row.reader_version:
            yield Finding(ERROR, where, "it says that it is not sealed; its version is")
        else:
            yield Finding(NOTE, where, "it is not sealed yet")
    elif reading.leaf != row.leaf or reading.reader_version != row.reader_version:
        said = reading.reader_version
        claim = Claim(where, facts.READING, row.id, lambda leaf: facts.of_reading(reading, leaf.sealed_at), said)
        yield from sealed(leaves, claim, reading.leaf)


def _newest_of(leaves: Leaves, claim: Claim, index: int | None, newest: int | None) -> Iterator[Finding]:
    """That a row is what the newest leaf of it says."""
    if index is None and newest is None:
        yield Finding(NOTE, claim.where, "it is not sealed yet")
    elif index is None and claim.kind == facts.CHANGE:
        yield Finding(NOTE, claim.where, "it was ruled on or counted again, and is not sealed anew yet")
    elif index is None:
        yield Finding(ERROR, claim.where, f"it says that it is not sealed; leaf {newest} is of it")
    elif index != newest:
        yield Finding(ERROR, claim.where, f"it says leaf {index}; the newest leaf of it is {newest}")
    else:
        yield from sealed(leaves, claim, index)


def _records(session: Session, archive: Path, row: Revision) -> Iterator[Finding]:
    """That a version's records lie in the archive as they were written."""
    if row.segment is None or row.offset is None or row.length is None:
        return
    where = f"archive {row.segment} at {row.offset - (row.around or 0)} (revision {row.id})"
    try:
        around, data = segments.read_visit(
            archive, ArchiveRef(row.segment, row.offset, row.length, row.digest or "", row.around)
        )
    except (OSError, ValueError, OverflowError) as error:
        other = held_by(session, archive, row.segment) if isinstance(error, FileNotFoundError) else None
        if other:
            yield Finding(AWAY, where, other)
            return
        yield Finding(ERROR, where, f"its records cannot be read ({getattr(error, 'strerror', None) or error})")
        return
    if row.record_digest is None:
        yield Finding(NOTE, where, "its records have no digest yet")
    elif sha256(around + data).hexdigest() != row.record_digest:
        yield Finding(ERROR, where, "its records are not the bytes that were written")


def changes(session: Session, scope: Scope) -> Iterator[Finding | int]:
    """Changes as they were sealed last. Gives, beside findings, the id of each change looked at."""
    query = select(ChangeRow.id)
    query = query.where(ChangeRow.not_after >= scope.since) if scope.since else query
    query = query.where(ChangeRow.id.in_(scope.changes)) if scope.changes is not None else query
    for ids in batches(session, ChangeRow.id, query, 0):
        newest = _newest(session, facts.CHANGE, ids)
        found = list(rows(session, ChangeRow, ids, "change"))
        leaves = leaves_of(session, [row.leaf for row in found if isinstance(row, ChangeRow)])
        for row in found:
            if isinstance(row, Finding):
                yield row
                continue
            yield from _newest_of(leaves, _claim(row), row.leaf, newest.get(row.id))
            yield row.id


def _claim(row: ChangeRow) -> Claim:
    said = f"change {row.id}"
    return Claim(said, facts.CHANGE, row.id, lambda leaf: facts.of_change(row, leaf.url, leaf.sealed_at))


def missing(session: Session) -> Iterator[Finding]:
    """What was sealed, never forgotten, and is gone; and salts that older leaves should not have."""
    tables = ((facts.REVISION, Revision.id), (facts.CHANGE, ChangeRow.id), (facts.READING, Revision.id))
    for kind, column in tables:
        query = select(LeafRow.idx, LeafRow.ref).outerjoin_from(LeafRow, column.class_, column == LeafRow.ref)
        lost = query.where(LeafRow.kind == kind, LeafRow.salt.is_not(None), column.is_(None)).order_by(LeafRow.idx)
        for row in session.execute(lost):
            yield Finding(ERROR, f"{kind} {row.ref}", f"it was sealed as leaf {row.idx} and is gone")
    yield from _lost_readings(session)
    known = {facts.REVISION, facts.READING, facts.CHANGE, facts.SEGMENT, facts.STAMP}
    for leaf in session.execute(select(LeafRow.idx, LeafRow.kind).where(LeafRow.kind.not_in(known))):
        yield Finding(ERROR, f"leaf {leaf.idx}", f"no such kind: {leaf.kind[:20]!r}")


def _lost_readings(session: Session) -> Iterator[Finding]:
    same = (
        (Reading.leaf == LeafRow.idx) & (Reading.revision_id == LeafRow.ref) & (Reading.reader_version == LeafRow.part)
    )
    there = select(Reading.leaf).where(same).exists()
    query = select(LeafRow.idx, LeafRow.ref, LeafRow.part)
    query = query.where(LeafRow.kind == facts.READING, LeafRow.salt.is_not(None), ~there)
    for row in session.execute(query):
        yield Finding(ERROR, f"reading of revision {row.ref} by {row.part}", f"leaf {row.idx} is of it; it is gone")
    orphans = select(Reading.revision_id).outerjoin(Revision, Revision.id == Reading.revision_id)
    for number in session.scalars(orphans.where(Revision.id.is_(None))):
        yield Finding(ERROR, f"reading of revision {number}", "there is no such version")
