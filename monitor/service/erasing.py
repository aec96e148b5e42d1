"""Blanks, in the archive files of one home and in the store, what was forgotten from any machine.

Each home does it for the files in its own folder, and is done when none of them holds such a record, some minutes after it was
asked: by then nothing that was fetched before is still on its way. The files that the store alone has are done by whoever comes
first, one at a time, and last of all: a home that is done moves no such record there any more.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from db.archive import erase
from db.archive.erase import Place
from db.archive.store import Store, StoreError
from db.engine import reading
from db.evidence import forget, seal
from db.queries import archive_files, erasures
from db.queries.archive_files import FileRecord
from db.queries.erasures import STORE, ErasureRecord

_LOCK = 0x6E77_6572_6173  # any number of our own: "nweras"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The files of one archive folder: its store, its records, which files nobody appends to, and how to end one that this
    process appends to (false where it cannot)."""

    folder: Path
    away: Store | None
    records: Callable[[], dict[str, FileRecord]]
    complete: Callable[[], set[str]]
    end: Callable[[str], bool]


class Eraser:
    """Does one home's part, and the store's. `within` runs a closure in one write transaction; `tried` says when this process
    read its files for an erasure last, for that takes long and is not done at each round."""

    def __init__(
        self,
        engine: Engine,
        within: Callable[[Callable[[Session], Any]], Any],
        shelf: Shelf,
        *,
        holder: str,
        settle: timedelta,
        tried: dict[tuple[int, str], datetime],
    ) -> None:
        self._engine, self._within, self._shelf = engine, within, shelf
        self._holder, self._settle, self._tried = holder, settle, tried

    def here(self, now: datetime) -> int:
        """Blank what lies in this home. Gives how many records. Raises `StoreError` where a copy in the store stays."""
        count = 0
        for erasure in self._left(self._holder):
            if not self._due(erasure, self._holder, now):
                continue
            blanked, clean = self._home(erasure, now)
            count += blanked
            self._note(erasure, self._holder, now, blanked, done=clean)
        return count

    def away(self, now: datetime) -> int:
        """Blank what the store alone has, once the homes are done. Gives how many records. Raises `StoreError`."""
        left = self._left(STORE)
        if not left:
            return 0
        with self._alone() as mine:
            return sum(self._stored(erasure, now) for erasure in left) if mine else 0

    def _due(self, erasure: ErasureRecord, holder: str, now: datetime) -> bool:
        last = self._tried.get((erasure.id, holder))
        if last is not None and now - last < self._settle:
            return False
        self._tried[erasure.id, holder] = now
        return True

    def _left(self, holder: str) -> list[ErasureRecord]:
        with reading(self._engine) as session:
            return erasures.left_for(session, holder)

    def _note(self, erasure: ErasureRecord, holder: str, now: datetime, records: int, *, done: bool) -> None:
        if done and now - erasure.at >= self._settle:
            self._within(lambda session: erasures.done(session, erasure.id, holder, now, records))

    def _home(self, erasure: ErasureRecord, now: datetime) -> tuple[int, bool]:
        count, clean = 0, True
        for path in sorted(self._shelf.folder.glob("*.warc.gz")):
            standing = _standing(path, path.name, erasure)
            if not standing:
                continue
            if path.name not in self._shelf.complete() and not self._shelf.end(path.name):
                clean = False  # another process of this home appends to it, and will do it
                continue
            count += self._blank(path, standing, now)
        return count, clean

    def _blank(self, path: Path, places: list[Place], now: datetime) -> int:
        """The copies in the store go first: where that fails, the file here still tells that there is something to do."""
        record = self._shelf.records().get(path.name)
        if record and (record.stored or record.tail):
            if self._shelf.away is None:
                raise StoreError(f"{path.name} has a copy in a store that this home does not name (archive_store)")
            self._shelf.away.drop(path.name)

        # said before and after: whatever breaks in between, no file stands blanked beside the digest of what it was
        self._within(lambda session: _reopened(session, path.name))
        count = erase.blank(path.parent, path.name, places, now)
        self._within(lambda session: _reopened(session, path.name))
        return count

    # The store

    def _stored(self, erasure: ErasureRecord, now: datetime) -> int:
        with reading(self._engine) as session:
            waiting = next((one.left for one in erasures.standing(session) if one.erasure.id == erasure.id), ())
            files = archive_files.in_store_alone(session)
        homes = bool(set(waiting) - {STORE})
        if homes and (erasure.id, STORE) in self._tried:
            return 0  # again, and for the last time, when the homes are done
        self._tried[erasure.id, STORE] = now
        count = sum(self._in_store(record, erasure, now) for record in files if _concerns(record.name, erasure))
        self._note(erasure, STORE, now, count, done=not homes)
        return count

    def _in_store(self, record: FileRecord, erasure: ErasureRecord, now: datetime) -> int:
        """Fetch a file, blank it, put it back whole, and seal what it is now."""
        away = self._shelf.away
        assert away is not None
        with tempfile.TemporaryDirectory(prefix=".erasing-", dir=self._shelf.folder) as folder:
            path = Path(folder) / record.name
            with path.open("wb") as file:
                for data in _whole(away, record):
                    file.write(data)
            standing = _standing(path, record.name, erasure)
            count = erase.blank(path.parent, path.name, standing, now) if standing else 0
            if not count:
                return 0
            size, digest = away.put(record.name, path)
        away.drop_pieces(record.name)
        away.forget_reads()

        def written(session: Session) -> None:
            seal.append_segments(session, now, [(record.name, size, digest)])
            archive_files.put(session, record.name, stored=size, digest=digest, tail=0, pieces=0)

        self._within(written)
        return count

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Be the only one of the fleet at the store's files; on SQLite there is one process anyway."""
        if self._engine.dialect.name != "postgresql":
            yield True
            return
        with self._engine.connect() as connection:
            mine = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK}))
            connection.commit()
            try:
                yield mine
            finally:
                if mine:
                    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
                    connection.commit()


def _reopened(session: Session, name: str) -> None:
    forget.reopen_segment(session, name)
    archive_files.put(session, name, stored=0, tail=0, pieces=0, digest=None)


def _concerns(name: str, erasure: ErasureRecord) -> bool:
    """Whether a file may hold what is to be blanked."""
    return bool(_named(name, erasure)) or (bool(erasure.urls) and (erasure.whole or name.startswith("spool-")))


def _named(name: str, erasure: ErasureRecord) -> list[Place]:
    return [(offset, size) for segment, offset, size in erasure.places if segment == name]


def _standing(path: Path, name: str, erasure: ErasureRecord) -> list[Place]:
    """What of one file is still to be blanked."""
    if not _concerns(name, erasure):
        return []
    places = _named(name, erasure)
    if erasure.urls and (erasure.whole or name.startswith("spool-")):
        places += erase.records_in(path, erasure.urls)
    return erase.standing(path, places)


def _whole(away: Store, record: FileRecord) -> Iterable[bytes]:
    return away.bytes_of(record.name, record.stored or record.tail)
