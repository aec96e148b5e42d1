"""Records taken out of archive files: a tombstone of the same length stands in each one's place, so that no other record moves.

A tombstone is a gzip member of a `metadata` record without content; the room left over is blanks in the member's own comment
field (RFC 1952, 2.3), which every reader passes over.
"""

from __future__ import annotations

import os
import shutil
import struct
import uuid
import zlib
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from db.archive import segments

_HEAD = struct.pack("<4BI2B", 0x1F, 0x8B, 8, 0x10, 0, 0, 255)  # the flag says that a comment follows
_LINES_MOST = 8192  # bytes of a record that its own header lines stand in
_ADDRESS = b"warc-target-uri"
Place = tuple[int, int]


def tombstone(length: int, at: datetime) -> bytes:
    """A gzip member of exactly that many bytes that says that a record went. Raises `ValueError` where it is too few."""
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = (
        f"WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Record-ID: <urn:uuid:{uuid.uuid4()}>\r\nWARC-Date: {stamp}\r\n"
        "Content-Length: 0\r\n\r\n\r\n\r\n"
    ).encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(text) + packer.flush()
    room = length - len(_HEAD) - 1 - len(packed) - 8
    if room < 0:
        raise ValueError(f"a record of {length} bytes is too short to be blanked")
    return _HEAD + b" " * room + b"\0" + packed + struct.pack("<2I", zlib.crc32(text), len(text))


def blank(archive: Path, segment: str, places: Sequence[Place], at: datetime) -> int:
    """Put a tombstone in the place of each record within `(offset, bytes)`; the file is written anew and takes the old one's
    name. Gives how many records. Nobody may append to the file meanwhile. Raises `OSError` as the disk says."""
    path = archive / segment
    found = [one for one in segments.members(path) if any(_within(one, place) for place in places)]
    if not found:
        return 0
    copy = path.with_name(f"{path.name}.tmp")
    try:
        shutil.copyfile(path, copy)  # a copy: a backup may be linked to the old file
        with copy.open("r+b") as file:
            for offset, length in found:
                file.seek(offset)
                file.write(tombstone(length, at))
            file.flush()
            os.fsync(file.fileno())
        times = path.stat()
        os.utime(copy, (times.st_atime, times.st_mtime))  # by which it expires
        copy.replace(path)
    finally:
        copy.unlink(missing_ok=True)
    return len(found)


def _within(member: Place, place: Place) -> bool:
    return place[0] <= member[0] and member[0] + member[1] <= place[0] + place[1]


def records_of(archive: Path, urls: Collection[str], *, series: str = "*") -> Iterator[tuple[str, Place]]:
    """Where records lie that are of one of these addresses: `(segment, (offset, bytes))`. Reads the whole series."""
    wanted = {sha256(url.encode("utf-8", "replace")).hexdigest() for url in urls}
    for path in sorted(archive.glob(f"{series}-*.warc.gz")):
        for place in records_in(path, wanted):
            yield path.name, place


def records_in(path: Path, digests: Collection[str]) -> Iterator[Place]:
    """Where records of one file lie whose address has one of these SHA-256."""
    with path.open("rb") as file:
        for offset, length in segments.members(path):
            file.seek(offset)
            address = _address(file.read(length))
            if address is not None and sha256(address).hexdigest() in digests:
                yield offset, length


def standing(path: Path, places: Sequence[Place]) -> list[Place]:
    """Records of one file within these places that no tombstone stands for yet."""
    found = []
    with path.open("rb") as file:
        for offset, length in segments.members(path) if places else ():
            file.seek(offset)
            if any(_within((offset, length), place) for place in places) and file.read(len(_HEAD)) != _HEAD:
                found.append((offset, length))
    return found


def _address(member: bytes) -> bytes | None:
    lines = zlib.decompressobj(wbits=31).decompress(member, _LINES_MOST).split(b"\r\n\r\n", 1)[0].split(b"\r\n")
    pairs = (line.partition(b":") for line in lines)
    return next((value.strip() for name, _, value in pairs if name.strip().lower() == _ADDRESS), None)
