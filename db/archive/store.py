"""The shared store of archive files, behind fsspec: S3 and its like, or any folder that fsspec reaches.

A complete file is one object of the file's own name. Of a file that is still appended to, `NAME.tail/BEGIN-END` holds the bytes
between. Whatever is written is read back and compared before anyone is told. The archive folder's file `store.url` says where the
store is; credentials come from the environment, as the library of the protocol reads them.
"""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

MARK = "store.url"
EXTRA = "archive_store needs an extra: pip install 'newswatch[objects]'"
CACHE_BYTES = 32 << 20  # of records read lately, a process
CHUNK = 8 << 20
_WHOLE_AT_ONCE = {
    "s3",
    "s3a",
    "gs",
    "gcs",
    "abfs",
    "abfss",
    "az",
    "adl",
    "oci",
    "oss",
    "memory",
}  # no half object is ever seen
_PIECE = re.compile(r"(\d{12,})-(\d{12,})")


class StoreError(OSError):
    """The store cannot be used or does not answer; the message says why."""


def checked(url: str) -> str:
    """A store's address as it may stand in a configuration. Raises `ValueError` for one that is none or holds credentials."""
    parts = urlsplit(url)
    if (
        not re.fullmatch(r"[a-z][a-z0-9+.-]*", parts.scheme)
        or "::" in url
        or not (parts.netloc or parts.path.strip("/"))
    ):
        raise ValueError("write it as s3://bucket/prefix or file:///folder")
    if "@" in parts.netloc and parts.scheme not in {"abfs", "abfss"} and ":" in parts.netloc.rpartition("@")[0]:
        raise ValueError("credentials belong in the environment, not in archive_store")
    if parts.query or parts.fragment:
        raise ValueError("a store's address has no ? and no #; the protocol's library is set up by the environment")
    return url.rstrip("/")


class Store:
    """One store, for any number of threads. Raises `FileNotFoundError` for what is not there, `StoreError` for all else."""

    def __init__(self, url: str) -> None:
        self.url = checked(url)
        self._fs, self._root = _opened(self.url)
        self._cache: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._cached, self._lock = 0, Lock()

    def read(self, name: str, offset: int, length: int) -> bytes:
        """That many bytes of an archive file, or as many as the store has; the whole object's first, else those of its pieces."""
        key = name, offset, length
        with self._lock:
            if key in self._cache:
                self._cache.move_to_end(key)
                return self._cache[key]
        try:
            data = self._range(self._path(name), offset, offset + length)
        except FileNotFoundError:
            data = self._of_pieces(name, offset, length)
        self._keep(key, data)
        return data

    def ask(self) -> None:
        """Whether the store answers. Raises `StoreError` where not."""
        with suppress(FileNotFoundError):  # nothing was stored yet
            self._done(self._fs.info, self._root)

    def forget_reads(self) -> None:
        """Ask the store anew from now on."""
        with self._lock:
            self._cache.clear()
            self._cached = 0

    def stream(self, name: str, size: int | None = None) -> Iterator[bytes]:
        """A whole object's bytes, up to `size`."""
        whole = self.size(name)
        end = whole if size is None else min(size, whole)
        for begin in range(0, end, CHUNK):
            yield self._range(self._path(name), begin, min(begin + CHUNK, end))

    def bytes_of(self, name: str, size: int) -> Iterator[bytes]:
        """The first `size` bytes of an archive file, whole or in pieces, or as many as there are."""
        try:
            yield from self.stream(name, size)
        except FileNotFoundError:
            for begin in range(0, size, CHUNK):
                yield self.read(name, begin, min(CHUNK, size - begin))

    def size(self, name: str) -> int:
        return int(self._done(self._fs.info, self._path(name))["size"])

    def put(self, name: str, path: Path) -> tuple[int, str]:
        """Store a complete file. Gives its size and SHA-256 once the store gave the same bytes back."""
        digest, size = sha256(), 0
        with path.open("rb") as file:
            while data := file.read(CHUNK):
                digest.update(data)
                size += len(data)
        if self._whole_at_once:
            self._done(self._fs.put_file, str(path), self._path(name))
        else:
            beside = self._path(f"{name}.new")
            self._done(self._fs.put_file, str(path), beside)
            self._settle(beside, self._path(name))
        self._confirm(name, size, digest.hexdigest())
        return size, digest.hexdigest()

    def put_piece(self, name: str, begin: int, data: bytes) -> None:
        """Store what was appended to an open file behind `begin`."""
        piece = f"{name}.tail/{begin:012}-{begin + len(data):012}"
        if self._whole_at_once:
            self._done(self._fs.pipe_file, self._path(piece), data)
        else:
            beside = self._path(f"{name}.new")
            self._done(self._fs.pipe_file, beside, data)
            self._settle(beside, self._path(piece))
        self._confirm(piece, len(data), sha256(data).hexdigest())

    def drop_pieces(self, name: str, before: int | None = None) -> None:
        """Remove an open file's pieces, or those that one from 0 to `before` holds as well."""
        for begin, end, path in self._pieces(name):
            if before is None or (end <= before and (begin, end) != (0, before)):
                self._remove(path)

    def drop(self, name: str) -> None:
        """Remove an archive file with its pieces; one that is not there is no error."""
        self._remove(self._path(name))
        self.drop_pieces(name)

    @property
    def _whole_at_once(self) -> bool:
        return urlsplit(self.url).scheme in _WHOLE_AT_ONCE

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _keep(self, key: tuple[str, int, int], data: bytes) -> None:
        with self._lock:
            if len(data) > CACHE_BYTES // 4 or key in self._cache:
                return
            self._cache[key] = data
            self._cached += len(data)
            while self._cached > CACHE_BYTES:
                self._cached -= len(self._cache.popitem(last=False)[1])

    def _range(self, path: str, begin: int, end: int) -> bytes:
        return bytes(self._done(self._fs.cat_file, path, start=begin, end=end)) if end > begin else b""

    def _of_pieces(self, name: str, offset: int, length: int) -> bytes:
        pieces, found, at = self._pieces(name), bytearray(), offset
        if not pieces:
            raise FileNotFoundError(2, "it is neither here nor in the store", name)
        while at < offset + length:
            # pieces overlap where several were made one and the parts are not removed yet
            reach = max(
                (piece for piece in pieces if piece[0] <= at < piece[1]), key=lambda piece: piece[1], default=None
            )
            if reach is None:
                break
            begin, end, path = reach
            until = min(end, offset + length)
            data = self._range(path, at - begin, until - begin)
            if not data:
                break
            found += data
            at += len(data)
        return bytes(found)

    def _pieces(self, name: str) -> list[tuple[int, int, str]]:
        try:
            paths = self._done(self._fs.find, self._path(f"{name}.tail"))
        except FileNotFoundError:
            return []
        matches = [(_PIECE.fullmatch(str(path).rpartition("/")[2]), str(path)) for path in paths]
        return sorted((int(match[1]), int(match[2]), path) for match, path in matches if match)

    def _remove(self, path: str) -> None:
        try:
            self._done(self._fs.rm_file, path)
        except FileNotFoundError:
            return

    def _settle(self, beside: str, path: str) -> None:
        """Give what was written whole the name that readers look for."""
        if self._local:
            with Path(beside).open("rb") as file:
                os.fsync(file.fileno())
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(beside).replace(path)
            return
        self._done(self._fs.makedirs, path.rpartition("/")[0], exist_ok=True)
        self._remove(path)
        self._done(self._fs.mv, beside, path)

    @property
    def _local(self) -> bool:
        return urlsplit(self.url).scheme in {"file", "local"}

    def _confirm(self, name: str, size: int, digest: str) -> None:
        found = sha256()
        for data in self.stream(name):
            found.update(data)
        if self.size(name) != size or found.hexdigest() != digest:
            raise StoreError(f"{name} came back from the store otherwise than it was written")

    def _done(self, call: Any, *given: Any, **more: Any) -> Any:
        try:
            return call(*given, **more)
        except FileNotFoundError:
            raise
        except Exception as error:  # each protocol's library has its own
            why = (str(error).splitlines() or [""])[0][:200]
            raise StoreError(f"the store {self.url} fails: {type(error).__name__}: {why}") from error


def _opened(url: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise StoreError(EXTRA) from error
    more = {"auto_mkdir": True} if urlsplit(url).scheme in {"file", "local"} else {}
    try:
        system, root = url_to_fs(url, use_listings_cache=False, **more)
    except ImportError as error:
        raise StoreError(f"{urlsplit(url).scheme}:// needs another library: {error}") from error
    except Exception as error:
        raise StoreError(f"the store {url} cannot be used: {error}") from error
    return system, str(root).rstrip("/")


# ------------------------------------------------------------------------------------------- which store a folder has

_stores: dict[str, Store] = {}


def attach(folder: Path, url: str | None) -> None:
    """Have an archive folder know its store, or that it has none. Raises `StoreError` where it cannot be used."""
    mark = folder / MARK
    if url is None:
        mark.unlink(missing_ok=True)
        return
    store = _store(url)
    if _marked(folder) != store.url:
        folder.mkdir(parents=True, exist_ok=True)
        beside = mark.with_name(f"{MARK}.{os.getpid()}")
        beside.write_text(store.url + "\n", encoding="utf-8")
        beside.replace(mark)


def of(folder: Path) -> Store | None:
    """The store of an archive folder, if it has one. Raises `StoreError` where it cannot be used."""
    url = _marked(folder)
    return _store(url) if url else None


def _marked(folder: Path) -> str | None:
    try:
        return (folder / MARK).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def _store(url: str) -> Store:
    url = url.rstrip("/")
    if url not in _stores:
        _stores[url] = Store(url)
    return _stores[url]
