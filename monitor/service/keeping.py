"""Keeps a home's archive files known to all, and moves them to the shared store where there is one.

A complete file goes there once its digest is sealed, and leaves the home's disk only when the store has given the same bytes
back. Of a kept file that is still appended to, what is on the disk for good goes there in pieces at each round, so that any other
machine can read a version within seconds. A store that is down stops nothing: all stays here until it answers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.archive import segments, store
from db.archive.holder import holder_id
from db.archive.store import Store, StoreError
from db.archive.writer import ArchiveWriter
from db.engine import reading, writing
from db.home import Home
from db.queries import archive_files
from db.queries.archive_files import FileRecord
from monitor.service.erasing import Eraser, Shelf
from monitor.service.lock import HomeBusyError, engine_lock

T = TypeVar("T")
LOCK_FILE = "round.lock"
ROUND_BYTES = 1 << 30  # moved in a round
PIECE_BYTES = 16 << 20
PIECES_MOST = 64  # of an open file; then they are made one, or the file is ended
JOINED_BYTES = 32 << 20
SETTLE = timedelta(minutes=2)  # after which nothing that was asked for before is still on its way to a file
RETRY_MOST = timedelta(minutes=5)


@dataclass(slots=True)
class Kept:
    """What a round did. `trouble` is why the store could not be used, where it could not."""

    moved: int = 0
    pieces: int = 0
    expired: int = 0
    blanked: int = 0
    waiting: int = 0
    trouble: str | None = None

    def __str__(self) -> str:
        said = [f"{count} {what}" for count, what in self._counts() if count]
        return "; ".join([", ".join(said), *([self.trouble] if self.trouble else [])]) if said or self.trouble else ""

    def _counts(self) -> tuple[tuple[int, str], ...]:
        return (
            (self.moved, "archive files moved"),
            (self.pieces, "pieces stored"),
            (self.expired, "expired"),
            (self.blanked, "records blanked"),
        )


class Keeper:
    """Keeps one home's archive. `writer` is the process's own, whose open files are known to the byte; `within` runs a closure in
    one write transaction. `spool_days` is how long the store has spooled files."""

    def __init__(
        self,
        home: Home,
        engine: Engine,
        *,
        writer: ArchiveWriter | None = None,
        within: Callable[[Callable[[Session], object]], object] | None = None,
        spool_days: int = 30,
        settle: timedelta = SETTLE,
    ) -> None:
        self._folder, self._engine, self._writer = home.archive_dir, engine, writer
        self._run_within, self._spool_days, self._settle = within or self._alone, spool_days, settle
        self._tried: dict[tuple[int, str], datetime] = {}
        self._not_before: datetime | None = None
        self._pause = timedelta(seconds=15)

    def run(self, now: datetime, *, ended: Collection[str] = ()) -> Kept:
        """One round; nothing where another process of the home is at one. `ended` names processes that append no more. Raises
        what the database and this disk raise; what the store raises is told as `trouble`."""
        done = Kept()
        if not self._folder.exists() or not self._shared():
            return done
        try:
            with engine_lock(self._folder / LOCK_FILE, "archive"):
                self._round(now, ended, done)
        except HomeBusyError:
            return done
        return done

    def last(self) -> None:
        """Before the process ends: what it kept lately goes to the store, if that answered so far. Raises `StoreError`."""
        self._run_within = self._alone  # the process's own writer has ended
        away = store.of(self._folder)
        if away is not None and self._not_before is None and self._folder.exists():
            with engine_lock(self._folder / LOCK_FILE, "archive"):
                self._pieces(self._records(holder_id(self._folder))(), away, Kept())

    def _round(self, now: datetime, ended: Collection[str], done: Kept) -> None:
        holder = holder_id(self._folder)
        found = {path.name: _written(path) for path in self._files()}
        self._within(lambda session: archive_files.note(session, holder, found))
        try:
            away = store.of(self._folder)
            shelf = Shelf(
                self._folder, away, self._records(holder), lambda: self._complete(holder, ended), self._rotated
            )
            eraser = Eraser(self._engine, self._within, shelf, holder=holder, settle=self._settle, tried=self._tried)
            done.blanked += eraser.here(now)
            if away is not None and not (self._not_before and now < self._not_before):
                self._to_store(now, holder, ended, away, done)
                done.blanked += eraser.away(now)
                self._pause, self._not_before = timedelta(seconds=15), None
        except StoreError as error:
            done.trouble = str(error)
            self._not_before = now + self._pause
            self._pause = min(2 * self._pause, RETRY_MOST)

    def _shared(self) -> bool:
        """Whether anybody else may have to know of this home's files."""
        return self._engine.dialect.name == "postgresql" or (self._folder / store.MARK).exists()

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.warc.gz"))

    def _records(self, holder: str) -> Callable[[], dict[str, FileRecord]]:
        def read() -> dict[str, FileRecord]:
            with reading(self._engine) as session:
                return {record.name: record for record in archive_files.of_holder(session, holder)}

        return read

    def _open(self) -> dict[str, int]:
        return self._writer.open_files() if self._writer else {}

    def _rotated(self, name: str) -> bool:
        """End a file that this process appends to. False where it is another process's."""
        if self._writer is None or name not in self._open():
            return False
        self._writer.rotate(name.partition("-")[0])
        return True

    def _complete(self, holder: str, ended: Collection[str] = ()) -> set[str]:
        """Files that nobody appends to: all but each process's newest, and such as were sealed when their process ended."""
        mine = self._open()
        closed = {path.name for series in ("keep", "spool") for path in segments.closed(self._folder, series)}
        for record in self._records(holder)().values():
            path = self._folder / record.name
            by = record.name.removesuffix(".warc.gz").split("-", 2)[-1]
            if (
                record.name not in mine
                and path.exists()
                and (by in ended or record.sealed_bytes == path.stat().st_size)
            ):
                closed.add(record.name)
        return closed

    # To the store

    def _to_store(self, now: datetime, holder: str, ended: Collection[str], away: Store, done: Kept) -> None:
        records, complete, left = self._records(holder)(), self._complete(holder, ended), ROUND_BYTES
        self._pieces(records, away, done)
        for name in sorted(complete & records.keys()):
            path = self._folder / name
            if left <= 0 or not path.exists():
                continue
            if self._ready(records[name], path):
                left -= path.stat().st_size
                self._move(records[name], path, away, done)
            else:
                done.waiting += 1
        self._expire(now, away, done)

    def _ready(self, record: FileRecord, path: Path) -> bool:
        """A file is moved once it is sealed as it lies here."""
        return record.sealed is not None and record.sealed_bytes == path.stat().st_size > 0

    def _move(self, record: FileRecord, path: Path, away: Store, done: Kept) -> None:
        name = record.name
        if (record.stored, record.digest) != (record.sealed_bytes, record.sealed):
            size, digest = away.put(name, path)
            if digest != record.sealed:
                raise StoreError(f"{name} differs from what was sealed; it stays here: `newswatch verify` says where")
            self._within(lambda session: archive_files.put(session, name, stored=size, digest=digest))
        if record.tail:
            away.drop_pieces(name)
            self._within(lambda session: archive_files.put(session, name, tail=0, pieces=0))
        path.unlink(missing_ok=True)
        self._within(lambda session: archive_files.put(session, name, holder=""))
        done.moved += 1

    def _pieces(self, records: dict[str, FileRecord], away: Store, done: Kept) -> None:
        """What was appended since the last round to this process's kept file, as far as it is on the disk for good."""
        for name, synced in self._open().items():
            record = records.get(name)
            if record is None or not name.startswith("keep-"):
                continue
            tail, pieces = record.tail, record.pieces
            while tail < synced:
                data = _part(self._folder / name, tail, min(synced, tail + PIECE_BYTES))
                away.put_piece(name, tail, data)
                tail, pieces = tail + len(data), pieces + 1
                self._stored(name, tail, pieces)
                done.pieces += 1
            if pieces >= PIECES_MOST:
                self._join(name, tail, away)

    def _join(self, name: str, tail: int, away: Store) -> None:
        """Many pieces become one; where that would be large, the file is ended and goes to the store whole."""
        if tail > JOINED_BYTES:
            self._rotated(name)
            return
        away.put_piece(name, 0, _part(self._folder / name, 0, tail))
        self._stored(name, tail, 1)
        away.drop_pieces(name, tail)

    def _stored(self, name: str, tail: int, pieces: int) -> None:
        self._within(lambda session: archive_files.put(session, name, tail=tail, pieces=pieces))

    def _expire(self, now: datetime, away: Store, done: Kept) -> None:
        with reading(self._engine) as session:
            old = archive_files.expired(session, now - timedelta(days=self._spool_days))
        for record in old:
            away.drop(record.name)
            self._within(lambda session, name=record.name: archive_files.drop(session, name))  # type: ignore[misc]
            done.expired += 1

    def _within(self, closure: Callable[[Session], T]) -> T:
        return self._run_within(closure)  # type: ignore[return-value]

    def _alone(self, closure: Callable[[Session], object]) -> object:
        with writing(self._engine) as session:
            return closure(session)


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC)


def _part(path: Path, begin: int, end: int) -> bytes:
    with path.open("rb") as file:
        file.seek(begin)
        return file.read(end - begin)
