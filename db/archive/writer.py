"""The archive's writer: one thread spools answers and syncs many at once, before any caller is told."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from pathlib import Path

from db.archive import segments
from db.archive.record import (
    REVISIT_FROM_BYTES,
    Original,
    RevisitError,
    as_response,
    as_revisit,
    decode,
    encode,
    payload_digest,
    payload_of,
)
from db.archive.segments import Segment
from db.records import ArchiveRef
from db.types import Fetched

BATCH_MAX = 64
ROTATE_S = 10.0
_NOWHERE = ArchiveRef("", 0, 0, "")

Task = tuple[Fetched | None, "Future[ArchiveRef]"]  # without an answer: begin another spool file


class ArchiveWriter:
    """Spools answers (`append`) and copies those of revisions for good (`keep`).

    `append` may be called from any thread; its future resolves once the record is on the disk, or raises the `OSError` that
    kept it from there. `keep` and `sync_kept` belong to the thread that writes the database: the kept copy must be on the
    disk before the commit that refers to it.
    """

    def __init__(self, folder: Path, process: str = "engine", *, max_bytes: int = segments.SEGMENT_BYTES) -> None:
        self._folder = folder
        self._spool = Segment(folder, "spool", process, max_bytes=max_bytes)
        self._kept = Segment(folder, "keep", process, max_bytes=max_bytes)
        self._seen: dict[str, Original] = {}  # answers in the open spool segment, by the digest of their body
        self._queue: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="archive", daemon=True)
        self._thread.start()

    def append(self, fetched: Fetched) -> Future[ArchiveRef]:
        """Spool an answer as received."""
        future: Future[ArchiveRef] = Future()
        self._queue.put((fetched, future))
        return future

    def keep(self, ref: ArchiveRef, like: ArchiveRef | None = None) -> ArchiveRef:
        """Copy a spooled visit to the kept series; on the disk after `sync_kept`.

        `like` is an answer of the same page, kept already, whose body has the same digest: it is referred to, not written again.
        What is kept never refers to what expires.
        """
        around, data = segments.read_visit(self._folder, ref)
        try:
            found = decode(data)
        except RevisitError:
            found = segments.resolve(self._folder, data)
            data = as_response(data, found.raw)
        worth = len(found.raw) >= REVISIT_FROM_BYTES and not found.rendered
        if worth and like is not None and like.digest == ref.digest:
            original = segments.original(self._folder, like)
            data = as_revisit(data, original) if original else data
        return self._kept.append(around, data, ref.digest)

    def sync_kept(self) -> None:
        self._kept.sync()

    def open_files(self) -> dict[str, int]:
        """The files that are appended to, and how many bytes of each are on the disk for good."""
        return dict(found for found in (self._spool.synced(), self._kept.synced()) if found)

    def rotate(self, series: str) -> None:
        """End the open file of a series; what comes goes to another. From any thread; waits for what is queued.
        Raises `TimeoutError` where the writer was closed meanwhile."""
        if series == "keep":
            self._kept.close()
            return
        future: Future[ArchiveRef] = Future()
        self._queue.put((None, future))
        future.result(ROTATE_S)

    def close(self) -> None:
        """Write what is queued, sync, end the thread."""
        self._queue.put(None)
        self._thread.join()
        self._spool.close()
        self._kept.close()

    def _run(self) -> None:
        while (task := self._queue.get()) is not None:
            batch, ended = [task], False
            while len(batch) < BATCH_MAX and not ended:
                try:
                    following = self._queue.get_nowait()
                except queue.Empty:
                    break
                ended = following is None
                if following is not None:
                    batch.append(following)
            self._write(batch)
            if ended:
                return

    def _write(self, batch: list[Task]) -> None:
        written = []
        for fetched, future in batch:
            if fetched is None:
                self._spool.close()
                future.set_result(_NOWHERE)
                continue
            try:
                written.append((future, self._spooled(fetched)))
            except Exception as error:  # noqa: BLE001 - the caller's, by its future; the spool goes on
                future.set_exception(error)
        try:
            self._spool.sync()
        except OSError as error:
            for future, _ in written:
                future.set_exception(error)
            return
        for future, ref in written:
            future.set_result(ref)

    def _spooled(self, fetched: Fetched) -> ArchiveRef:
        """Write a visit. A body that lies in the same segment already is referred to: both expire with it."""
        digest, name = payload_digest(payload_of(fetched)), self._spool.current()
        known = None if fetched.rendered else self._seen.get(digest)
        if known and known.segment != name:
            self._seen, known = {}, None
        made = encode(fetched, digest, known)
        ref = self._spool.append(made.around, made.member, digest)
        if known is None and len(fetched.raw) >= REVISIT_FROM_BYTES and not fetched.rendered:
            self._seen[digest] = Original(ref.segment, ref.offset, made.record_id, made.url, made.date)
        return ref
