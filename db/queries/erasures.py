"""What is still to be blanked in archive files of homes and of the store. Addresses are kept as digests alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models_archive import Erasure, ErasureDone
from db.queries import archive_files

STORE = "the store"
Placed = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class ErasureRecord:
    """Records to be blanked: within `places`, `(file, offset, bytes)`, and those whose address has one of the digests `urls`, of
    spooled files or, `whole`, of all."""

    id: int
    at: datetime
    places: tuple[Placed, ...]
    urls: frozenset[str]
    whole: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an erasure is: who is done, how many records that were, and which homes are not."""

    erasure: ErasureRecord
    done: tuple[str, ...]
    records: int
    left: tuple[str, ...]


def add(session: Session, at: datetime, places: Sequence[Placed], urls: Sequence[str], *, whole: bool) -> int:
    row = Erasure(at=at, places=[list(place) for place in places], urls=sorted(urls), whole=whole)
    session.add(row)
    session.flush()
    return row.id


def every(session: Session) -> list[ErasureRecord]:
    """All, the oldest first: a home that comes back late has them before it still."""
    return [_record(row) for row in session.scalars(select(Erasure).order_by(Erasure.id))]


def left_for(session: Session, holder: str) -> list[ErasureRecord]:
    """What a home, or the store, is not done with."""
    done = select(ErasureDone.erasure_id).where(ErasureDone.holder == holder)
    return [
        _record(row) for row in session.scalars(select(Erasure).where(Erasure.id.not_in(done)).order_by(Erasure.id))
    ]


def done(session: Session, erasure: int, holder: str, at: datetime, records: int) -> None:
    """A home has nothing left of it."""
    row = session.get(ErasureDone, (erasure, holder)) or ErasureDone(erasure_id=erasure, holder=holder, records=0)
    row.at, row.records = at, row.records + records
    session.add(row)
    session.flush()


def standing(session: Session) -> list[Standing]:
    """How far each is. The store counts where it holds files that no home has."""
    wanted = archive_files.holders(session) | ({STORE} if archive_files.totals(session)[0] else set())
    found = []
    for erasure in every(session):
        rows = session.execute(
            select(ErasureDone.holder, ErasureDone.records).where(ErasureDone.erasure_id == erasure.id)
        ).all()
        names = {row.holder for row in rows}
        left = tuple(sorted(wanted - names))
        found.append(Standing(erasure, tuple(sorted(names)), sum(row.records for row in rows), left))
    return found


def _record(row: Erasure) -> ErasureRecord:
    places = tuple((str(name), int(offset), int(size)) for name, offset, size in row.places)
    return ErasureRecord(row.id, row.at, places, frozenset(row.urls), row.whole)
