"""The shared store of archive files: whole objects and the pieces of open ones, on a folder and in memory."""

from __future__ import annotations

import random
import shutil
import uuid
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.archive import segments, store
from db.archive.store import Store, StoreError
from db.records import ArchiveRef
from tests.db.test_archive import answer

NAME = "keep-20260504T080000000000-w1.warc.gz"


@pytest.fixture(params=["file", "memory"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "file":
        return Store(f"file://{tmp_path}/store")
    return Store(f"memory://{uuid.uuid4().hex}/store")


def written(path: Path, size: int = 50_000) -> bytes:
    data = random.Random(size).randbytes(size)
    path.write_bytes(data)
    return data


def test_a_whole_file_is_read_by_ranges(shared: Store, tmp_path: Path) -> None:
    data = written(tmp_path / "x")
    size, digest = shared.put(NAME, tmp_path / "x")
    assert (size, len(digest)) == (len(data), 64)
    assert shared.read(NAME, 1000, 500) == data[1000:1500]
    assert shared.read(NAME, len(data) - 10, 100) == data[-10:]
    assert b"".join(shared.stream(NAME)) == data
    shared.drop(NAME)
    shared.drop(NAME)
    shared.forget_reads()
    with pytest.raises(FileNotFoundError):
        shared.read(NAME, 0, 1)


def test_pieces_of_an_open_file_are_read_as_one_and_go_once_it_is_whole(shared: Store, tmp_path: Path) -> None:
    data = written(tmp_path / "x", 900)
    for begin, end in ((0, 100), (100, 500), (500, 900)):
        shared.put_piece(NAME, begin, data[begin:end])
    assert shared.read(NAME, 50, 700) == data[50:750]
    shared.put_piece(NAME, 0, data[:500])
    shared.forget_reads()
    assert shared.read(NAME, 0, 900) == data, "old parts beside the piece that holds them"
    shared.drop_pieces(NAME, 500)
    shared.forget_reads()
    assert shared.read(NAME, 0, 900) == data
    shared.put(NAME, tmp_path / "x")
    shared.drop_pieces(NAME)
    shared.forget_reads()
    assert shared.read(NAME, 0, 900) == data


def test_what_lies_nowhere_is_gone_and_what_is_cut_off_is_short(shared: Store) -> None:
    with pytest.raises(FileNotFoundError):
        shared.read(NAME, 0, 10)
    shared.put_piece(NAME, 0, b"abcdef")
    assert shared.read(NAME, 4, 10) == b"ef"


@given(cuts=st.lists(st.integers(1, 299), unique=True, max_size=8), at=st.integers(0, 299), length=st.integers(1, 300))
def test_any_cut_of_a_file_reads_the_same(cuts: list[int], at: int, length: int) -> None:
    data = random.Random(1).randbytes(300)
    shared = Store(f"memory://{uuid.uuid4().hex}/store")
    edges = [0, *sorted(cuts), 300]
    for begin, end in pairwise(edges):
        shared.put_piece(NAME, begin, data[begin:end])
    assert shared.read(NAME, at, length) == data[at : at + length]


def test_an_upload_that_came_out_otherwise_is_not_confirmed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = Store(f"file://{tmp_path}/store")
    written(tmp_path / "x")

    def half(here: str, there: str) -> None:
        Path(there).parent.mkdir(parents=True, exist_ok=True)
        Path(there).write_bytes(Path(here).read_bytes()[:100])

    with monkeypatch.context() as patch:
        patch.setattr(shared._fs, "put_file", half)
        with pytest.raises(StoreError, match="otherwise than it was written"):
            shared.put(NAME, tmp_path / "x")
    assert shared.put(NAME, tmp_path / "x")[0] == 50_000, "the next try writes it whole"


def test_an_upload_that_is_broken_off_is_never_taken_for_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = Store(f"file://{tmp_path}/store")
    data = written(tmp_path / "x")

    def broken(here: str, there: str) -> None:
        Path(there).parent.mkdir(parents=True, exist_ok=True)
        Path(there).write_bytes(Path(here).read_bytes()[:100])
        raise OSError("the line is cut")

    shared.put_piece(NAME, 0, data[:2000])
    with monkeypatch.context() as patch:
        patch.setattr(shared._fs, "put_file", broken)
        with pytest.raises(StoreError, match="the line is cut"):
            shared.put(NAME, tmp_path / "x")
    assert shared.read(NAME, 0, 2000) == data[:2000], "its pieces still serve"


def test_a_folder_reads_here_first_and_else_in_its_store(
    tmp_path: Path, archive_of: Callable[[Path], list[ArchiveRef]]
) -> None:
    here, other = tmp_path / "here", tmp_path / "other"
    ref = archive_of(here)[0]
    store.attach(other, f"file://{tmp_path}/store")
    with pytest.raises(FileNotFoundError):
        segments.read(other, ref)
    shared = store.of(other)
    assert shared
    shared.put(ref.segment, here / ref.segment)
    assert segments.read(other, ref).raw == segments.read(here, ref).raw
    assert segments.member_at(other, ref.segment, ref.offset) == segments.read_member(here, ref)
    assert segments.original(other, ref) is None, "whoever writes does not wait for a store"
    store.attach(other, None)
    with pytest.raises(FileNotFoundError):
        segments.read(other, ref)


@pytest.fixture
def archive_of() -> Callable[[Path], list[ArchiveRef]]:
    from db.archive.writer import ArchiveWriter

    def make(folder: Path) -> list[ArchiveRef]:
        writer = ArchiveWriter(folder)
        refs = [writer.append(answer(bytes([65 + n]) * 3000)).result(5) for n in range(2)]
        writer.close()
        return refs

    return make


def test_a_store_that_is_down_is_an_error_of_the_disk_to_readers(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("no folder", encoding="utf-8")
    store.attach(tmp_path / "archive", f"file://{tmp_path}/store")
    shared = store.of(tmp_path / "archive")
    assert shared
    (tmp_path / "x").write_bytes(b"x")
    with pytest.raises(StoreError, match="fails"):
        shared.put(NAME, tmp_path / "x")
    shutil.rmtree(tmp_path / "archive")


@pytest.mark.parametrize(
    "url",
    ["bucket/prefix", "s3://", "s3://key:secret@bucket/x", "simplecache::s3://b/x", "s3://b/x?token=1", "S 3://x"],
)
def test_an_address_that_is_none_or_holds_a_secret_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"write it as|credentials|no \?"):
        store.checked(url)


def test_a_protocol_without_its_library_says_which_is_missing() -> None:
    with pytest.raises(StoreError, match="needs another library"):
        Store("abfs://container/prefix")
