"""Texts kept as zstd blobs: an article's reading, a change's operations and facts.

A blob may need a dictionary (`db.dictionaries`), whose number stands in the blob's own header. Such a blob carries a checksum of
what it holds, and so does one that was freed of its dictionary later: `stored` says what the log of evidence digests of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from threading import Lock
from typing import Any

import zstandard
from zstandard import ZstdCompressionDict

LEVEL = 3  # measured in the design's storage study: 18 µs in, 6 µs out a body
LEVEL_BY_DICTIONARY = 6  # a twelfth smaller than level 3 (docs/benchmarks.md)
Load = Callable[[int], bytes | None]


class UnknownDictionaryError(ValueError):
    """A blob needs a dictionary that no open database has."""


class Dictionaries:
    """Dictionaries that this process has seen, by number. A number is drawn from the dictionary's own bytes, so that one of
    another home is never taken for it; `loaders` ask the open databases for one that is not at hand."""

    def __init__(self) -> None:
        self.loaders: list[Load] = []
        self._known: dict[int, ZstdCompressionDict] = {}
        self._lock = Lock()

    def add(self, data: bytes) -> ZstdCompressionDict:
        made = ZstdCompressionDict(data, dict_type=zstandard.DICT_TYPE_FULLDICT)
        made.precompute_compress(level=LEVEL_BY_DICTIONARY)
        with self._lock:
            return self._known.setdefault(made.dict_id(), made)

    def get(self, number: int) -> ZstdCompressionDict:
        """Raises `UnknownDictionaryError`."""
        found = self._known.get(number)
        if found is not None:
            return found
        for load in list(self.loaders):
            data = load(number)
            if data is not None:
                return self.add(data)
        raise UnknownDictionaryError(
            f"a text needs dictionary {number}, which this database does not hold; restore it from a backup"
        )


DICTIONARIES = Dictionaries()


def raw(value: Any) -> bytes:
    """JSON as blobs hold it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def pack(value: Any, dictionary: int | None = None) -> bytes:
    """JSON, compressed, by a dictionary where one is named."""
    return squeeze(raw(value), dictionary) if dictionary else zstandard.ZstdCompressor(level=LEVEL).compress(raw(value))


def squeeze(data: bytes, dictionary: int | None = None) -> bytes:
    """Bytes compressed, with a checksum, by a dictionary or without one."""
    known = DICTIONARIES.get(dictionary) if dictionary else None
    level = LEVEL_BY_DICTIONARY if known else LEVEL
    return zstandard.ZstdCompressor(level=level, dict_data=known, write_checksum=True).compress(data)


def dictionary_of(blob: bytes) -> int:
    """The number of the dictionary that a blob needs, 0 for none."""
    return int(zstandard.get_frame_parameters(blob).dict_id)


def unpack(blob: bytes) -> Any:
    """The value that `pack` packed. Raises `UnknownDictionaryError` where its dictionary is lost."""
    return json.loads(inflate(blob))


def inflate(blob: bytes) -> bytes:
    """The bytes that were compressed."""
    number = dictionary_of(blob)
    known = DICTIONARIES.get(number) if number else None
    return zstandard.ZstdDecompressor(dict_data=known).decompress(blob)


def stored(blob: bytes) -> bytes:
    """What the log of evidence digests of a blob: its bytes as they are kept, or, of one that has or had a dictionary, the bytes
    that it holds, which stay the same when a dictionary has to go."""
    return inflate(blob) if zstandard.get_frame_parameters(blob).has_checksum else blob
