"""Segment files: appended by one process, synced before anyone is told, cut at the last whole record after a crash.

Two series stand in a home's archive folder. `spool-*.warc.gz` takes every answer; whole files of it expire.
`keep-*.warc.gz` takes a copy of the records that revisions rest on; it stays for good. What does not lie in the folder is read
from the folder's store, where it has one (`db.archive.store`).
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from db.archive import store
from db.archive.record import Archived, Original, RevisitError, decode, original_of
from db.records import ArchiveRef

SEGMENT_BYTES = 256 * 1024 * 1024
_CHUNK = 1 << 20


class Segment:
    """The open segment of one series and process. One thread appends; another may `rotate` it and ask what is `synced`."""

    def __init__(self, folder: Path, series: str, process: str, *, max_bytes: int = SEGMENT_BYTES) -> None:
        self._folder, self._series, self._process, self._max_bytes = folder, series, process, max_bytes
        self._file: BinaryIO | None = None
        self._dirty = False
        self._synced = 0
        self._lock = Lock()
        self.name = ""

    def append(self, around: bytes, member: bytes, digest: str) -> ArchiveRef:
        """Write a visit's records. Gives where the answer's lies. Raises `OSError` (disk full) with the file cut back."""
        with self._lock:
            return self._append(around, member, digest)

    def _append(self, around: bytes, member: bytes, digest: str) -> ArchiveRef:
        file = self._open()
        start = file.tell()
        try:
            _write_whole(file, around)
            _write_whole(file, member)
        except OSError:
            self._cut_back(file, start)
            raise
        self._dirty = True
        whole = hashlib.sha256(around + member).hexdigest()
        return ArchiveRef(self.name, start + len(around), len(member), digest, len(around), whole)

    def current(self) -> str:
        """The file that the next append goes to. Raises `OSError` where it cannot be opened."""
        with self._lock:
            self._open()
            return self.name

    def synced(self) -> tuple[str, int] | None:
        """The open file and how many of its bytes are on the disk for good; None where none is open."""
        with self._lock:
            return (self.name, self._synced) if self._file is not None else None

    def sync(self) -> None:
        """Force what was appended to the disk."""
        with self._lock:
            self._sync()

    def close(self) -> None:
        """End the open file; the next append begins another."""
        with self._lock:
            self._close()

    def _sync(self) -> None:
        if self._file is not None and self._dirty:
            os.fsync(self._file.fileno())
            self._dirty, self._synced = False, self._file.tell()

    def _close(self) -> None:
        if self._file is not None:
            self._sync()
            self._file.close()
            self._file = None

    def _open(self) -> BinaryIO:
        if self._file is not None and self._file.tell() >= self._max_bytes:
            self._close()
        if self._file is None:
            self._synced = 0
            self._folder.mkdir(parents=True, exist_ok=True)
            stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
            self.name = f"{self._series}-{stamp}-{self._process}.warc.gz"
            # unbuffered: a write that fails fails here, and no byte of it is left to be written later
            self._file = (self._folder / self.name).open("xb", buffering=0)
            _sync_folder(self._folder)
        return self._file

    def _cut_back(self, file: BinaryIO, start: int) -> None:
        file.truncate(start)
        file.seek(start)


def _write_whole(file: BinaryIO, data: bytes) -> None:
    """An unbuffered write may take a part alone, as on a disk that is nearly full; the rest then fails with its reason."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def path_of(folder: Path, ref: ArchiveRef) -> Path:
    """The file of a reference. Raises `ValueError` for a name that leads out of the archive."""
    if Path(ref.segment).name != ref.segment or not ref.segment.endswith(".warc.gz"):
        raise ValueError(f"not a segment's name: {ref.segment!r}")
    return folder / ref.segment


def read_member(folder: Path, ref: ArchiveRef, *, here: bool = False) -> bytes:
    """The bytes of one record; `here` alone, or from the store as well. Raises `OSError` where the segment is gone, `ValueError`
    where it is too short."""
    path = path_of(folder, ref)
    try:
        with path.open("rb") as file:
            file.seek(ref.offset)
            member = file.read(ref.length)
    except FileNotFoundError:
        away = None if here else store.of(folder)
        if away is None:
            raise
        member = away.read(ref.segment, ref.offset, ref.length)
    if len(member) != ref.length:
        raise ValueError(f"segment {ref.segment} ends before the record at {ref.offset}")
    return member


def read_visit(folder: Path, ref: ArchiveRef, *, here: bool = False) -> tuple[bytes, bytes]:
    """The bytes of a visit's records: `(those around the answer, the answer)`. Raises as `read_member`."""
    around = ref.around or 0
    data = read_member(folder, replace(ref, offset=ref.offset - around, length=ref.length + around), here=here)
    return data[:around], data[around:]


def read(folder: Path, ref: ArchiveRef) -> Archived:
    """An archived answer. Raises `OSError` where the segment is gone, `ValueError` where the record is not whole."""
    return resolve(folder, read_member(folder, ref))


def resolve(folder: Path, data: bytes) -> Archived:
    """The answer in a gzip member, its body fetched from where a revisit record says it lies. Raises as `read`."""
    try:
        return decode(data)
    except RevisitError as revisit:
        return decode(data, decode(member_at(folder, revisit.segment, revisit.offset)).raw)


def original(folder: Path, ref: ArchiveRef) -> Original | None:
    """An archived answer as one that others may refer to; None where it cannot be, or cannot be read in this folder:
    whoever writes does not wait for a store."""
    try:
        return original_of(read_member(folder, ref, here=True), ref.segment, ref.offset)
    except (OSError, ValueError):
        return None


def member_at(folder: Path, segment: str, offset: int) -> bytes:
    """The gzip member that begins there. Raises `OSError` where the segment is gone, `ValueError` where none begins there."""
    data = bytearray()
    inflater = zlib.decompressobj(wbits=31)
    for chunk in _chunks(folder, segment, offset):
        try:
            inflater.decompress(chunk)
        except zlib.error as error:
            raise ValueError(f"no record in segment {segment} at {offset}: {error}") from error
        data += chunk
        if inflater.eof:
            return bytes(data[: len(data) - len(inflater.unused_data)])
    raise ValueError(f"segment {segment} ends within the record at {offset}")


def _chunks(folder: Path, segment: str, offset: int) -> Iterator[bytes]:
    """A segment's bytes from there on."""
    try:
        with path_of(folder, ArchiveRef(segment, offset, 0, "")).open("rb") as file:
            file.seek(offset)
            while chunk := file.read(_CHUNK):
                yield chunk
            return
    except FileNotFoundError:
        away = store.of(folder)
        if away is None:
            raise
    while chunk := away.read(segment, offset, _CHUNK):
        yield chunk
        offset += len(chunk)


def recover(folder: Path, process: str) -> list[tuple[str, int]]:
    """Cut torn tails off this process's segments. Gives `(segment, bytes cut)` for each that was torn.

    Only the newest segment of a series can be torn: older ones were closed. Empty files are removed.
    """
    torn = []
    for series in ("spool", "keep"):
        segments = sorted(folder.glob(f"{series}-*-{process}.warc.gz"))
        for path in segments[-1:]:
            size, whole = path.stat().st_size, whole_length(path)
            if whole < size:
                with path.open("r+b") as file:
                    file.truncate(whole)
                    os.fsync(file.fileno())
                torn.append((path.name, size - whole))
            if whole == 0:
                path.unlink()
    return torn


def whole_length(path: Path) -> int:
    """How many bytes of a segment are whole gzip members."""
    return max((offset + length for offset, length in members(path)), default=0)


def closed(folder: Path, series: str) -> list[Path]:
    """A series' files that nobody appends to any more, oldest first: all but the newest of each process."""
    newest: dict[str, Path] = {}
    every = sorted(folder.glob(f"{series}-*.warc.gz"))
    for path in every:
        newest[path.name.split("-", 2)[-1]] = path
    return [path for path in every if path not in newest.values()]


def expire(folder: Path, before: datetime, most_bytes: int | None = None) -> list[str]:
    """Remove spool segments last written before then, and the oldest where the archive takes more than `most_bytes`. Gives their
    names. What is kept for good, and a file still appended to, stays whatever its size."""
    gone = []
    left = size(folder) if most_bytes is not None else 0
    for path in closed(folder, "spool"):
        found = path.stat()
        too_much = most_bytes is not None and left > most_bytes
        if too_much or datetime.fromtimestamp(found.st_mtime, UTC) < before:
            path.unlink()
            left -= found.st_size
            gone.append(path.name)
    return sorted(gone)


def size(folder: Path, series: str = "*") -> int:
    """Bytes that the archive, or one series of it, takes."""
    return sum(path.stat().st_size for path in folder.glob(f"{series}-*.warc.gz"))


def members(path: Path) -> Iterator[tuple[int, int]]:
    """Where each gzip member of a segment begins and how long it is. Ends before what is no whole member."""
    begin = position = 0
    inflater = zlib.decompressobj(wbits=31)
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            while data:
                try:
                    inflater.decompress(data)
                except zlib.error:
                    return
                if not inflater.eof:
                    position += len(data)
                    break
                position += len(data) - len(inflater.unused_data)
                yield begin, position - begin
                begin, data = position, inflater.unused_data
                inflater = zlib.decompressobj(wbits=31)
