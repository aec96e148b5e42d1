"""The archive keeps answers as received, and survives a torn write."""

from __future__ import annotations

import gzip
import hashlib
import io
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fastwarc
import pytest
from warcio.archiveiterator import ArchiveIterator

from db.archive import segments
from db.archive.record import REVISIT_PROFILE, Original, encode, payload_digest
from db.archive.writer import ArchiveWriter
from db.records import ArchiveRef
from db.types import Fetched, Hop, Wire

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
        ("metadata", "https://news.example/story"),
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
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert segments.expire(folder, tomorrow) == [], "a file that is appended to is not taken away"
    later = ArchiveWriter(folder)
    later.append(answer()).result(5)
    later.close()
    assert segments.expire(folder, tomorrow - timedelta(days=2)) == []
    assert segments.expire(folder, tomorrow) == [ref.segment]
    assert segments.read(folder, kept).status == 200


def test_a_budget_takes_the_oldest_of_the_spool_and_never_what_is_kept(tmp_path: Path) -> None:
    archive = ArchiveWriter(tmp_path, max_bytes=10)
    refs = [archive.append(answer(bytes([65 + n]) * 5000)).result(5) for n in range(4)]
    kept = [archive.keep(ref) for ref in refs]
    archive.close()
    long_ago = datetime.now(UTC) - timedelta(days=9)
    most = segments.size(tmp_path) - 1
    assert segments.expire(tmp_path, long_ago, most) == [refs[0].segment]
    assert segments.expire(tmp_path, long_ago, 1) == [refs[1].segment, refs[2].segment]
    assert [segments.read(tmp_path, ref).raw[:1] for ref in kept] == [b"A", b"B", b"C", b"D"]


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


WIRE = Wire(
    "GET /story HTTP/1.1\r\nHost: news.example\r\nuser-agent: x",
    "HTTP/1.1 200 All right\r\nserver: a\r\nno colon here\r\nTransfer-Encoding: chunked\r\nX-\xc9: \xfc",
    "TLSv1.3",
    "TLS_AES_256_GCM_SHA384",
    "ab" * 32,
)


def test_heads_stand_as_they_went_over_the_wire(archive: ArchiveWriter, tmp_path: Path) -> None:
    hop = Hop("https://news.example/old", 301, "/story", NOW, "127.0.0.2", b"<p>moved</p>", WIRE)
    ref = archive.append(answer(wire=WIRE, hops=(hop,))).result(5)
    archive.close()
    around, data = segments.read_visit(tmp_path / "archive", ref)
    assert ref.record_digest == hashlib.sha256(around + data).hexdigest()
    text = b"".join(gzip.decompress(around + data).split(b"\r\n\r\n")).decode("latin-1")
    assert (
        "HTTP/1.1 200 All right\r\nserver: a\r\nno colon here\r\nX-Crawler-Transfer-Encoding: chunked\r\nX-É: ü" in text
    )
    assert "GET /story HTTP/1.1\r\nHost: news.example\r\nuser-agent: x" in text
    records = list(fastwarc.ArchiveIterator(io.BytesIO(around + data), parse_http=False))
    assert [record.headers["WARC-Type"] for record in records] == [
        "request",
        "response",
        "request",
        "metadata",
        "response",
    ]
    assert records[1].headers["WARC-IP-Address"] == "127.0.0.2"
    assert records[-1].headers["WARC-Protocol"] == "tls/1.3"
    assert records[-1].headers["WARC-TLS-Certificate-Digest"] == "sha256:" + "ab" * 32
    found = segments.read(tmp_path / "archive", ref)
    assert ("Server", "a") in found.headers, "header names are read as the fetcher writes them"


@pytest.mark.parametrize("name", ["spool", "keep"])
def test_fastwarc_reads_every_record_and_finds_its_digests_right(tmp_path: Path, name: str) -> None:
    archive = ArchiveWriter(tmp_path)
    same = b"<p>the same</p>" * 200
    refs = [archive.append(answer(raw, wire=WIRE)).result(5) for raw in (same, b"other" * 300, same, b"")]
    kept = [archive.keep(refs[0]), archive.keep(refs[1])]
    kept.append(archive.keep(refs[2], kept[0]))
    archive.close()
    path = tmp_path / (refs if name == "spool" else kept)[0].segment
    kinds = []
    for record in fastwarc.ArchiveIterator(io.BytesIO(path.read_bytes()), parse_http=False):
        kinds.append(record.headers["WARC-Type"])
        assert record.verify_block_digest()
    assert [kind for kind in kinds if kind in {"response", "revisit"}][1::2].count("revisit") == 1
    with path.open("rb") as file:
        for record in ArchiveIterator(file, check_digests="raise"):
            record.raw_stream.read()


def test_an_identical_body_is_written_once_and_read_as_whole(tmp_path: Path) -> None:
    archive = ArchiveWriter(tmp_path)
    raw = random.Random(1).randbytes(50_000)
    first, second = (archive.append(answer(raw, at=NOW + timedelta(hours=n))).result(5) for n in (0, 1))
    assert second.length < 1500 < first.length
    assert (segments.read(tmp_path, second).raw, segments.read(tmp_path, second).at) == (raw, NOW + timedelta(hours=1))
    record = next(iter(ArchiveIterator(io.BytesIO(segments.read_member(tmp_path, second)))))
    assert record.rec_headers.get_header("WARC-Profile") == REVISIT_PROFILE
    assert record.rec_headers.get_header("WARC-Refers-To-Target-URI") == "https://news.example/story"
    archive.close()


def test_what_is_kept_never_refers_to_what_expires(tmp_path: Path) -> None:
    archive = ArchiveWriter(tmp_path)
    raw = random.Random(1).randbytes(5000)
    first, again = (archive.append(answer(raw, at=NOW + timedelta(hours=n))).result(5) for n in (0, 1))
    kept = archive.keep(again)
    twin = archive.keep(first, kept)
    archive.close()
    assert twin.length < 1500
    for path in tmp_path.glob("spool-*"):
        path.unlink()
    assert [segments.read(tmp_path, ref).raw for ref in (kept, twin)] == [raw, raw]
    assert segments.read(tmp_path, kept).at == NOW + timedelta(hours=1)


def test_a_revisit_that_leads_out_of_the_archive_is_refused(tmp_path: Path) -> None:
    archive = ArchiveWriter(tmp_path)
    original = Original("../secret.warc.gz", 0, "<urn:x>", "https://news.example/", "2026-05-04T08:30:15Z")
    made = encode(answer(), None, original)
    archive.close()
    with pytest.raises(ValueError, match="not a segment"):
        segments.resolve(tmp_path, made.member)


def test_a_rendered_document_is_what_a_version_rests_on(tmp_path: Path) -> None:
    archive = ArchiveWriter(tmp_path)
    ref = archive.append(answer(b"<div id=app></div>", body="<h1>Été</h1>".encode(), rendered=True)).result(5)
    kept = archive.keep(ref)
    archive.close()
    found = segments.read(tmp_path, kept)
    assert (found.raw.decode(), found.rendered, found.status) == ("<h1>Été</h1>", True, 200)
    assert ref.digest == payload_digest("<h1>Été</h1>".encode())
    around, _ = segments.read_visit(tmp_path, kept)
    assert b"<div id=app></div>" in gzip.decompress(around)
