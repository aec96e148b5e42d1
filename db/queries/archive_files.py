"""Where archive files lie: which home holds each, and what of it the shared store has for certain."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from db.models_archive import ArchiveFile
from db.models_evidence import SegmentRow

PORTION = 500


@dataclass(frozen=True, slots=True)
class FileRecord:
    """An archive file. `holder` is the home that has it, empty where the store alone does; `stored` and `tail` are bytes that the
    store confirmed, as a whole object and in `pieces`. `sealed` and `sealed_bytes` are of the log."""

    name: str
    holder: str
    written_at: datetime
    stored: int
    tail: int
    pieces: int
    digest: str | None
    sealed: str | None = None
    sealed_bytes: int | None = None


def note(session: Session, holder: str, found: Mapping[str, datetime]) -> None:
    """A home says which files lie in its folder, and when each was written to last."""
    known = {record.name: record for record in of_holder(session, holder)}
    other = {record.name for record in named(session, [name for name in found if name not in known])}
    for name, at in found.items():
        if name not in known and name not in other:
            session.add(ArchiveFile(name=name, holder=holder, written_at=at))
        elif name in other or known[name].written_at != at:
            put(session, name, holder=holder, written_at=at)
    for name in known.keys() - found.keys():
        gone(session, known[name])
    session.flush()


def gone(session: Session, record: FileRecord) -> None:
    """A file lies in its home no more: the store has it, or nobody."""
    if record.stored or record.tail:
        put(session, record.name, holder="")
    else:
        drop(session, record.name)


def put(session: Session, name: str, **values: Any) -> None:
    session.execute(update(ArchiveFile).where(ArchiveFile.name == name).values(**values))


def drop(session: Session, name: str) -> None:
    session.execute(delete(ArchiveFile).where(ArchiveFile.name == name))


def named(session: Session, names: Sequence[str]) -> list[FileRecord]:
    """These files, as far as they are known."""
    return [
        record
        for start in range(0, len(names), PORTION)
        for record in _records(session, ArchiveFile.name.in_(names[start : start + PORTION]))
    ]


def get(session: Session, name: str) -> FileRecord | None:
    return next(iter(named(session, [name])), None)


def of_holder(session: Session, holder: str) -> list[FileRecord]:
    return list(_records(session, ArchiveFile.holder == holder))


def in_store_alone(session: Session) -> list[FileRecord]:
    """Files that no home holds."""
    return list(_records(session, (ArchiveFile.holder == "") & (ArchiveFile.stored + ArchiveFile.tail > 0)))


def expired(session: Session, before: datetime) -> list[FileRecord]:
    """Spooled files that the store alone has, written to last before then."""
    mine = (ArchiveFile.holder == "") & ArchiveFile.name.startswith("spool-") & (ArchiveFile.written_at < before)
    return list(_records(session, mine))


def holders(session: Session) -> set[str]:
    """The homes that hold archive files."""
    return set(session.scalars(select(ArchiveFile.holder).where(ArchiveFile.holder != "").distinct()))


def holder_of(session: Session, names: Collection[str]) -> dict[str, str]:
    """Which home holds each of these files."""
    return {record.name: record.holder for record in named(session, sorted(names))}


def totals(session: Session) -> tuple[int, int]:
    """How many whole files the store has, and their bytes."""
    query = select(func.count(), func.coalesce(func.sum(ArchiveFile.stored), 0)).where(ArchiveFile.stored > 0)
    count, size = session.execute(query).one()
    return int(count), int(size)


def _records(session: Session, wanted: Any) -> Iterator[FileRecord]:
    query = select(ArchiveFile, SegmentRow.digest, SegmentRow.bytes)
    query = query.outerjoin(SegmentRow, SegmentRow.name == ArchiveFile.name).where(wanted).order_by(ArchiveFile.name)
    for row, sealed, size in session.execute(query.execution_options(populate_existing=True)):
        values = (row.name, row.holder, row.written_at, row.stored, row.tail, row.pieces, row.digest)
        yield FileRecord(*values, sealed, size)
