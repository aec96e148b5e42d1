"""The archive keeps answers as received, and survives a torn write."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from db.archive import segments
from db.archive.record import payload_digest
from db.archive.writer import ArchiveWriter
from db.records import ArchiveRef
from db.types import Fetched, Hop

NOW = datetime(2026, 5, 4, 8, 30, 15, 123456, tzinfo=UTC)


def answer(raw: bytes = b"<html>\x00\xff</html>", **values: object) -> Fetched:
    base = {
        "url": "https://news.example/old",
        "final_url": "https://news.example/story",
        "status": 200,
        "headers": (
            ("Content-Type", "text/html"),
            ("Content-Encoding", "br"),
            ("X-Bad", "a\r\nInjected: yes"),
            ("X-É", "ü"),
        ),
        "raw": raw,
        "body": raw,
        "started_at": NOW,
        "at": NOW,
        "hops": (Hop("https://news.example/old", 301, "/story"),),
        "request_headers": (("User-Agent", "newswatch"),),
        "ip": "127.0.0.1",
    }
    return Fetched(**{**base, **values})  # type: ignore[arg-type]


@pytest.fixture
def archive(tmp_path: Path) -> ArchiveWriter:
    return ArchiveWriter(tmp_path / "archive")


def test_an_answer_comes_back_as_received(archive: ArchiveWriter, tmp_path: Path) -> None:
    fetched = answer()
    ref = archive.append(fetched).result(5)
    archive.close()
    found = segments.read(tmp_path / "archive", ref)
    assert (found.url, found.status, found.raw, found.at, found.ip) == (
        "https://news.example/story",
        200,
        fetched.raw,
        NOW,
        "127.0.0.1",
    )
    assert ("Content-Encoding", "br") in found.headers
    assert ("X-É", "ü") in found.headers
    assert not any(name == "Injected" for name, _ in found.headers)
    assert ref.digest == payload_digest(fetched.raw)


def test_other_programs_read_the_segment_with_its_redirect_and_request(archive: ArchiveWriter, tmp_path: Path) -> None:
    ref = archive.append(answer()).result(5)
    archive.close()
    data = (tmp_path / "archive" / ref.segment).read_bytes()
    kinds = []
    for record in ArchiveIterator(io.BytesIO(data), check_digests="raise"):
        kinds.append((record.rec_type, record.rec_headers.get_header("WARC-Target-URI")))
        record.raw_stream.read()
    assert kinds == [
        ("response", "https://news.example/old"),
        ("request", "https://news.example/story"),
        ("response", "https://news.example/story"),
    ]


def test_a_kept_record_is_the_same_record(archive: ArchiveWriter, tmp_path: Path) -> None:
    ref = archive.append(answer(b"kept")).result(5)
    kept = archive.keep(ref)
    archive.sync_kept()
    archive.close()
    assert kept.segment.startswith("keep-")
    assert segments.read(tmp_path / "archive", kept).raw == b"kept"


def test_a_torn_tail_is_cut_and_whole_records_stay(archive: ArchiveWriter, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    first = archive.append(answer(b"one" * 1000)).result(5)
    second = archive.append(answer(b"two" * 1000)).result(5)
    archive.close()
    path = folder / first.segment
    path.write_bytes(path.read_bytes()[:-7])
    cut = segments.recover(folder, "engine")
    assert cut[0][0] == first.segment
    assert segments.read(folder, first).raw == b"one" * 1000
    with pytest.raises(ValueError, match="ends before"):
        segments.read(folder, second)


def test_garbage_after_whole_records_is_cut(archive: ArchiveWriter, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    ref = archive.append(answer()).result(5)
    archive.close()
    path = folder / ref.segment
    size = path.stat().st_size
    path.write_bytes(path.read_bytes() + b"\x00" * 512)
    assert segments.recover(folder, "engine") == [(ref.segment, 512)]
    assert path.stat().st_size == size
    assert segments.recover(folder, "engine") == []


def test_segments_rotate(tmp_path: Path) -> None:
    archive = ArchiveWriter(tmp_path, max_bytes=10)
    names = {archive.append(answer()).result(5).segment for _ in range(3)}
    archive.close()
    assert len(names) == 3


def test_old_spool_expires_and_the_kept_stays(archive: ArchiveWriter, tmp_path: Path) -> None:
    ref = archive.append(answer()).result(5)
    kept = archive.keep(ref)
    archive.close()
    folder = tmp_path / "archive"
    assert segments.expire(folder, datetime.now(UTC) - timedelta(days=1)) == []
    assert segments.expire(folder, datetime.now(UTC) + timedelta(days=1)) == [ref.segment]
    assert segments.read(folder, kept).status == 200


def test_a_disk_that_takes_no_more_is_the_callers_error_and_leaves_no_half_record(tmp_path: Path) -> None:
    segment = segments.Segment(tmp_path, "spool", "engine")
    whole = segment.append(b"", b"x" * 10, "d")

    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            super().write(bytes(data)[:3])  # type: ignore[arg-type]
            raise OSError(28, "No space left on device")

    real = segment._file
    full = Full(b"x" * 10)
    full.seek(10)
    segment._file = full  # type: ignore[assignment]
    with pytest.raises(OSError, match="No space"):
        segment.append(b"", b"y" * 10, "d")
    assert full.getvalue() == b"x" * 10
    segment._file = real
    assert segments.read_member(tmp_path, whole) == b"x" * 10
    segment.close()


def test_a_reference_cannot_lead_out_of_the_archive(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a segment"):
        segments.read(tmp_path, ArchiveRef("../secret.warc.gz", 0, 1, ""))
