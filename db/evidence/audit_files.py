"""Looks whether archive files are what was sealed."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.archive import segments, store
from db.archive.store import StoreError
from db.evidence import facts, seal
from db.evidence.audit import AWAY, ERROR, NOTE, UNREADABLE, Claim, Finding, held_by, leaves_of, rows, sealed
from db.models_evidence import LeafRow, SegmentRow


def files(session: Session, archive: Path) -> Iterator[Finding | int]:
    """Archive files against their sealed digests. Gives, beside findings, how many bytes of each were hashed."""
    names = _names(session)
    for name in names:
        for row in rows(session, SegmentRow, [name], "archive file"):
            if isinstance(row, Finding):
                yield row
            else:
                yield from _file(session, archive, row)
    lost = select(LeafRow.idx, LeafRow.part).where(LeafRow.kind == facts.SEGMENT, LeafRow.salt.is_not(None))
    for leaf in session.execute(lost):
        if leaf.part not in names:
            yield Finding(ERROR, f"archive file {leaf.part}", f"it was sealed as leaf {leaf.idx}; its row is gone")
    for path in sorted(archive.glob("*.warc.gz")):
        if path.name not in names:
            yield from _open_file(path)


def _names(session: Session) -> list[str]:
    """The files whose digests are kept. Where a name cannot be read, those that the log knows: the other is then told as gone."""
    try:
        return list(session.scalars(select(SegmentRow.name).order_by(SegmentRow.name)))
    except UNREADABLE:
        session.rollback()
    parts = session.scalars(select(LeafRow.part).where(LeafRow.kind == facts.SEGMENT, LeafRow.salt.is_not(None))).all()
    known = (session.scalar(select(func.count()).where(SegmentRow.name == part)) for part in parts)
    return [part for part, count in zip(parts, known, strict=True) if part and count]


def _file(session: Session, archive: Path, row: SegmentRow) -> Iterator[Finding | int]:
    where = f"archive file {row.name}"
    if row.leaf is None:
        yield Finding(ERROR, where, "its digest says that it is not sealed")
        return
    name, size, digest = row.name, row.bytes, row.digest
    claim = Claim(where, facts.SEGMENT, size, lambda leaf: facts.of_segment(name, size, digest, leaf.sealed_at), name)
    yield from sealed(leaves_of(session, [row.leaf]), claim, row.leaf)
    path = archive / Path(name).name
    try:
        read, found = _digest(archive, path, size)
    except FileNotFoundError:
        if other := held_by(session, archive, name):
            yield Finding(AWAY, where, other)
        elif not name.startswith("spool-"):
            yield Finding(ERROR, where, "it is gone")
        return
    except StoreError as error:
        yield Finding(ERROR, where, f"it cannot be read ({error})")
        return
    yield read
    if read < size:
        yield Finding(ERROR, where, f"it ends at {read}; {size} bytes were sealed")
    elif found != digest:
        yield Finding(ERROR, where, f"its bytes are not those sealed{_place(path)}")


def _digest(archive: Path, path: Path, size: int) -> tuple[int, str]:
    """How many of the sealed bytes there are, and their SHA-256; of the store where the file does not lie here."""
    try:
        return seal.file_digest(path, size)
    except FileNotFoundError:
        away = store.of(archive)
        if away is None:
            raise
    digest, read = sha256(), 0
    for data in away.bytes_of(path.name, size):
        digest.update(data)
        read += len(data)
    return read, digest.hexdigest()


def _place(path: Path) -> str:
    """Where a file's records stop being readable, as far as they tell."""
    if not path.exists():
        return " (in the store)"
    end = segments.whole_length(path)
    if end < path.stat().st_size:
        return f": the record at {end} is damaged"
    return "; each record can be read, so that what was altered stands in a record's head or was made to look whole"


def _open_file(path: Path) -> Iterator[Finding]:
    size, end = path.stat().st_size, segments.whole_length(path)
    if end < size:
        what = f"not sealed yet; behind {end} it holds no whole record (one may be being written)"
        yield Finding(ERROR if path.name.startswith("keep-") else NOTE, f"archive file {path.name}", what)
