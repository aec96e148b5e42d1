"""Segment files: appended by one process, synced before anyone is told, cut at the last whole record after a crash.

Two series stand in a home's archive folder. `spool-*.warc.gz` takes every answer; whole files of it expire.
`keep-*.warc.gz` takes a copy of the records that revisions rest on; it stays for good.
"""

from __future__ import annotations

import os
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from db.archive.record import Archived, decode
from db.records import ArchiveRef

SEGMENT_BYTES = 256 * 1024 * 1024
_CHUNK = 1 << 20


class Segment:
    """The open segment of one series and process. Not safe for two threads at once."""

    def __init__(self, folder: Path, series: str, process: str, *, max_bytes: int = SEGMENT_BYTES) -> None:
        self._folder, self._series, self._process, self._max_bytes = folder, series, process, max_bytes
        self._file: BinaryIO | None = None
        self._dirty = False
        self.name = ""

    def append(self, around: bytes, member: bytes, digest: str) -> ArchiveRef:
        """Write a visit's records. Gives where the answer's lies. Raises `OSError` (disk full) with the file cut back."""
        file = self._open()
        start = file.tell()
        try:
            _write_whole(file, around)
            _write_whole(file, member)
        except OSError:
            self._cut_back(file, start)
            raise
        self._dirty = True
        return ArchiveRef(self.name, start + len(around), len(member), digest)

    def sync(self) -> None:
        """Force what was appended to the disk."""
        if self._file is not None and self._dirty:
            os.fsync(self._file.fileno())
            self._dirty = False

    def close(self) -> None:
        if self._file is not None:
            self.sync()
            self._file.close()
            self._file = None

    def _open(self) -> BinaryIO:
        if self._file is not None and self._file.tell() >= self._max_bytes:
            self.close()
        if self._file is None:
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


def read_member(folder: Path, ref: ArchiveRef) -> bytes:
    """The bytes of one record. Raises `OSError` where the segment is gone, `ValueError` where it is too short."""
    with path_of(folder, ref).open("rb") as file:
        file.seek(ref.offset)
        member = file.read(ref.length)
    if len(member) != ref.length:
        raise ValueError(f"segment {ref.segment} ends before the record at {ref.offset}")
    return member


def read(folder: Path, ref: ArchiveRef) -> Archived:
    """An archived answer. Raises `OSError` where the segment is gone, `ValueError` where the record is not whole."""
    return decode(read_member(folder, ref))


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
    end, position = 0, 0
    inflater = zlib.decompressobj(wbits=31)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            data = chunk
            while data:
                try:
                    inflater.decompress(data)
                except zlib.error:
                    return end
                if not inflater.eof:
                    position += len(data)
                    break
                used = len(data) - len(inflater.unused_data)
                position += used
                end = position
                data = inflater.unused_data
                inflater = zlib.decompressobj(wbits=31)
    return end


def expire(folder: Path, before: datetime) -> list[str]:
    """Remove spool segments last written before then. Gives their names."""
    gone = []
    for path in folder.glob("spool-*.warc.gz"):
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
            path.unlink()
            gone.append(path.name)
    return sorted(gone)
