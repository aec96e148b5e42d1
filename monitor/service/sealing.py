"""Seals what was stored, and signs the log's head once a day. Every process that stores may run it; one at a time does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.engine import reading, writing
from db.evidence import checkpoints, keys, seal
from db.evidence.checkpoints import Checkpoint
from db.home import Home
from monitor.service.stamping import StampError, ask

T = TypeVar("T")
BATCHES = 50  # of a run: a home from before there was a log is sealed in some minutes, with pauses for others
FILE_BYTES = 2 << 30  # of archive files hashed in a run
STAMP_RETRY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a run did. `trouble` is why no time stamp could be had, where one was wanted."""

    leaves: int = 0
    files: int = 0
    checkpoint: Checkpoint | None = None
    trouble: str | None = None

    def __str__(self) -> str:
        words = f"{self.leaves} sealed" + (f", {self.files} archive files" if self.files else "")
        words += f", checkpoint {self.checkpoint.id}" if self.checkpoint else ""
        return words + (f"; no time stamp: {self.trouble}" if self.trouble else "")


class Sealer:
    """Seals a home. `within` runs a closure in one write transaction and gives its result; by default a transaction of its own.
    `stamp_url` is a time-stamping authority (RFC 3161) that each checkpoint is shown to, if any."""

    def __init__(
        self,
        home: Home,
        engine: Engine,
        *,
        within: Callable[[Callable[[Session], object]], object] | None = None,
        stamp_url: str | None = None,
    ) -> None:
        self._home, self._engine, self._stamp_url = home, engine, stamp_url
        self._run_within = within or self._alone
        self._stamp_from: datetime | None = None

    def run(
        self,
        now: datetime,
        *,
        batches: int = BATCHES,
        ended: str | None = None,
        daily: bool = True,
        most: int = FILE_BYTES,
    ) -> Sealed:
        """Seal rows, then archive files that are complete, then sign where a day began. `ended` names a process that appends no
        more, so that its last files are complete as well. Raises `NoteError` where the key cannot be read."""
        leaves = self._rows(now, batches)
        files = self._files(now, ended=ended, most=most)
        made = self._within(lambda session: self._signed(session, now, daily=daily))
        return Sealed(leaves + files, files, made, self._stamp(now))

    def _rows(self, now: datetime, batches: int) -> int:
        archive, total = self._home.archive_dir, 0
        for _ in range(batches):
            count = self._within(lambda session: seal.append(session, now, archive))
            total += count
            if not count:
                break
        return total

    def _files(self, now: datetime, *, ended: str | None, most: int) -> int:
        archive = self._home.archive_dir
        with reading(self._engine) as session:
            names = seal.unsealed_segments(session, archive, ended=ended)
        found, left = [], most
        for name in names:
            if left <= 0:
                break
            size, digest = _digest(archive / name)
            left -= size
            if size:
                found.append((name, size, digest))
        return self._within(lambda session: seal.append_segments(session, now, found)) if found else 0

    def _signed(self, session: Session, now: datetime, *, daily: bool) -> Checkpoint | None:
        return checkpoints.make(session, lambda: keys.signer(session, self._home.path, now), now, daily=daily)

    def _stamp(self, now: datetime) -> str | None:
        if not self._stamp_url or (self._stamp_from and now < self._stamp_from):
            return None
        with reading(self._engine) as session:
            last = checkpoints.latest(session)
        if last is None or last.stamp is not None:
            return None
        try:
            token = ask(self._stamp_url, last.text.encode())
        except StampError as error:
            self._stamp_from = now + STAMP_RETRY
            return str(error)
        self._within(lambda session: seal.append_stamp(session, now, last.id, token))
        return None

    def _within(self, closure: Callable[[Session], T]) -> T:
        return self._run_within(closure)  # type: ignore[return-value]

    def _alone(self, closure: Callable[[Session], object]) -> object:
        with writing(self._engine) as session:
            return closure(session)


def _digest(path: Path) -> tuple[int, str]:
    try:
        return seal.file_digest(path)
    except FileNotFoundError:  # it expired meanwhile
        return 0, ""
