"""The sealer: appends what is committed and not sealed yet to the log of evidence.

Many writers may store at once; sealing happens one at a time, under the write lock of SQLite or an advisory lock of PostgreSQL,
so that the log is one sequence without gaps. What was stored before there was a log is sealed in the same way, its `sealed_at`
later than its own times.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, insert, select, text, update
from sqlalchemy.orm import Session

from db.archive import segments
from db.evidence import facts, tree
from db.models import ChangeRow, Page, Reading, Revision
from db.models_evidence import CheckpointRow, LeafRow, SegmentRow
from db.records import ArchiveRef

BATCH = 200
SALT_BYTES = 32
_LOCK = 0x6E77_7365_616C  # any number of our own: "nwseal"
_CHUNK = 1 << 20
_ASKED = 500


@dataclass(frozen=True, slots=True)
class _New:
    """A leaf to be: its kind, the row it speaks of, and a function that gives its facts."""

    kind: str
    ref: int
    part: str | None
    url: str | None
    facts: facts.Facts
    seal: Callable[[int], None]


def lock(session: Session) -> None:
    """Be the only sealer until the transaction ends. SQLite's transactions that write are alone already."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def append(session: Session, now: datetime, archive: Path, limit: int = BATCH) -> int:
    """Seal up to `limit` versions, and as many readings and changes, in the caller's transaction. Gives how many leaves.

    `archive` is where the records of versions lie that were stored before their digests were.
    """
    lock(session)
    marks = _Marks()
    new = [*_revisions(session, now, archive, limit, marks)]
    new += [*_readings(session, now, limit, marks), *_changes(session, now, limit, marks)]
    return _add(session, new, now, marks)


def append_segments(session: Session, now: datetime, found: Sequence[tuple[str, int, str]]) -> int:
    """Seal the digests of archive files: `(name, bytes, SHA-256)`. Gives how many leaves."""
    lock(session)
    marks, new = _Marks(), []
    for name, size, digest in found:
        row = session.get(SegmentRow, name) or SegmentRow(name=name)
        forget(session, facts.SEGMENT, part=name)
        row.bytes, row.digest = size, digest
        session.add(row)
        new.append(_New(facts.SEGMENT, size, name, None, facts.of_segment(name, size, digest, now), _setter(row)))
    return _add(session, new, now, marks)


def append_stamp(session: Session, now: datetime, checkpoint: int, token: bytes) -> int:
    """Keep a time-stamp token over a checkpoint and seal it."""
    lock(session)
    row = session.get_one(CheckpointRow, checkpoint)
    row.stamp = token
    new = _New(facts.STAMP, checkpoint, None, None, facts.of_stamp(checkpoint, token, now), _setter(row))
    return _add(session, [new], now, _Marks())


def waiting(session: Session) -> int:
    """How many versions, readings and changes are not sealed yet."""
    counts = (select(func.count()).where(model.leaf.is_(None)) for model in (Revision, Reading, ChangeRow))
    return sum(session.scalar(query) or 0 for query in counts)


def _setter(row: Any) -> Callable[[int], None]:
    def seal(index: int) -> None:
        row.leaf = index

    return seal


class _Marks:
    """The columns that say what is sealed, written many at once."""

    def __init__(self) -> None:
        self._revisions: list[dict[str, Any]] = []
        self._readings: list[dict[str, Any]] = []
        self._changes: list[dict[str, Any]] = []

    def revision(self, row: Revision, digest: str | None) -> Callable[[int], None]:
        given = {"p": row.id, "leaf": None, "record_digest": digest}
        first = {"p": row.id, "r": row.reader_version, "leaf": None}
        self._revisions.append(given)
        self._readings.append(first)
        return lambda index: _number(index, given, first)

    def reading(self, row: Reading) -> Callable[[int], None]:
        given = {"p": row.revision_id, "r": row.reader_version, "leaf": None}
        self._readings.append(given)
        return lambda index: _number(index, given)

    def change(self, row: ChangeRow) -> Callable[[int], None]:
        given = {"p": row.id, "leaf": None}
        self._changes.append(given)
        return lambda index: _number(index, given)

    def write(self, session: Session) -> None:
        connection = session.connection()
        if self._revisions:
            table = cast("Table", Revision.__table__)
            connection.execute(update(table).where(table.c.id == bindparam("p")), self._revisions)
        if self._readings:
            table = cast("Table", Reading.__table__)
            mine = (table.c.revision_id == bindparam("p")) & (table.c.reader_version == bindparam("r"))
            connection.execute(update(table).where(mine), self._readings)
        if self._changes:
            table = cast("Table", ChangeRow.__table__)
            connection.execute(update(table).where(table.c.id == bindparam("p")), self._changes)


def _number(index: int, *given: dict[str, Any]) -> None:
    for values in given:
        values["leaf"] = index


def _revisions(session: Session, now: datetime, archive: Path, limit: int, marks: _Marks) -> Iterable[_New]:
    query = (
        select(Revision, Reading, Page.url)
        .join(Page, Page.id == Revision.page_id)
        .outerjoin(Reading, (Reading.revision_id == Revision.id) & (Reading.reader_version == Revision.reader_version))
        .where(Revision.leaf.is_(None))
        .order_by(Revision.id)
        .limit(limit)
    )
    for row, reading, url in session.execute(query):
        session.expunge(row)
        row.record_digest = row.record_digest or record_digest(archive, row)
        found = facts.of_revision(row, reading, url, now)
        yield _New(facts.REVISION, row.id, None, url, found, marks.revision(row, row.record_digest))


def record_digest(archive: Path, row: Revision) -> str | None:
    """SHA-256 of a version's records as they lie in the archive; None where they are gone."""
    if row.segment is None or row.offset is None or row.length is None:
        return None
    try:
        # under the sealers' lock nobody waits for a store
        ref = ArchiveRef(row.segment, row.offset, row.length, "", row.around)
        around, data = segments.read_visit(archive, ref, here=True)
    except (OSError, ValueError):
        return None
    return sha256(around + data).hexdigest()


def _readings(session: Session, now: datetime, limit: int, marks: _Marks) -> Iterable[_New]:
    """Readings that came later. A version's first is sealed with it."""
    query = select(Reading, Revision).join(Revision, Revision.id == Reading.revision_id)
    query = query.where(Reading.leaf.is_(None)).order_by(Reading.revision_id).limit(2 * limit)
    for row, revision in session.execute(query):
        if row.reader_version != revision.reader_version or revision.leaf is not None:
            found = facts.of_reading(row, now)
            yield _New(facts.READING, row.revision_id, row.reader_version, None, found, marks.reading(row))


def _changes(session: Session, now: datetime, limit: int, marks: _Marks) -> Iterable[_New]:
    query = select(ChangeRow, Page.url).join(Page, Page.id == ChangeRow.page_id).where(ChangeRow.leaf.is_(None))
    for row, url in session.execute(query.order_by(ChangeRow.id).limit(limit)).all():
        forget(session, facts.CHANGE, ref=row.id)
        yield _New(facts.CHANGE, row.id, None, url, facts.of_change(row, url, now), marks.change(row))


def forget(session: Session, kind: str, *, ref: int | None = None, part: str | None = None) -> None:
    """What a row said before can be checked no more once it says something else: its older leaves stand as digests alone."""
    mine = LeafRow.ref == ref if part is None else LeafRow.part == part
    older = (LeafRow.kind == kind) & mine & LeafRow.salt.is_not(None)
    session.execute(update(LeafRow).where(older).values(salt=None, url=None))


def _add(session: Session, new: Sequence[_New], now: datetime, marks: _Marks) -> int:
    begin = tree.size(session)
    rows: list[dict[str, Any]] = []
    for index, leaf in enumerate(new, begin):
        salt = os.urandom(SALT_BYTES)
        leaf.seal(index)
        values = {"idx": index, "kind": leaf.kind, "ref": leaf.ref, "part": leaf.part, "url": leaf.url}
        rows.append({**values, "salt": salt, "entry": facts.entry(salt, leaf.facts), "sealed_at": now})
    if rows:
        session.execute(insert(LeafRow), rows)
        tree.grow(session, begin, [_data(row) for row in rows])
    marks.write(session)
    session.flush()
    return len(rows)


def _data(row: dict[str, Any]) -> bytes:
    return facts.leaf_data(row["kind"], row["ref"], row["part"], row["sealed_at"], row["entry"])


# ------------------------------------------------------------------------------------------- archive files


def unsealed_segments(session: Session, archive: Path, *, ended: str | None = None) -> list[str]:
    """Archive files that nobody appends to any more and whose digest is not sealed. `ended` names a process that has ended."""
    files = [*segments.closed(archive, "keep"), *segments.closed(archive, "spool")]
    if ended:
        files = sorted({*files, *archive.glob(f"*-{ended}.warc.gz")})
    sealed, names = {}, [path.name for path in files]
    for start in range(0, len(names), _ASKED):
        query = select(SegmentRow.name, SegmentRow.bytes).where(SegmentRow.name.in_(names[start : start + _ASKED]))
        sealed.update({row.name: row.bytes for row in session.execute(query)})
    return [path.name for path in files if sealed.get(path.name) != path.stat().st_size]


def file_digest(path: Path, size: int | None = None) -> tuple[int, str]:
    """How many bytes of a file there are, up to `size`, and their SHA-256."""
    digest, left = sha256(), path.stat().st_size if size is None else size
    read = 0
    with path.open("rb") as file:
        while left and (data := file.read(min(_CHUNK, left))):
            digest.update(data)
            read, left = read + len(data), left - len(data)
    return read, digest.hexdigest()
