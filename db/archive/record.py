"""One visit as WARC 1.1 records: each redirect with its request, then request, metadata and answer.

Each record is a gzip member of its own (WARC 1.1, annex D), so that one can be read without the others. Heads and body stand as
they went over the wire, but for Transfer-Encoding: the body was received whole, so that header is kept under the name
`X-Crawler-Transfer-Encoding`, as Common Crawl does. Content-Encoding stays. `WARC-Protocol` and `WARC-Cipher-Suite` are the
community's names for what the connection was (iipc/warc-specifications, issue 42).
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from isal import isal_zlib
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from db.types import RENDERED_HEADERS, Fetched, Hop, Wire

GZIP_LEVEL = 1  # ISA-L: a 320 KB page to 24 % in 0.5 ms, where zlib takes 2.5 ms
REVISIT_PROFILE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
REVISIT_FROM_BYTES = 1024  # a shorter body is not worth the reference
STATUS = "X-HTTP-Status"  # of the answer that a rendered document was made of
_MOVED = {"transfer-encoding": "X-Crawler-Transfer-Encoding"}
_HOP_BY_HOP = frozenset({"transfer-encoding", "connection", "keep-alive"})
_REASONS = {200: "OK", 301: "Moved Permanently", 302: "Found", 304: "Not Modified", 404: "Not Found", 410: "Gone"}


class _Head(StatusAndHeaders):  # type: ignore[misc] # warcio has no types
    """A head written as received: HTTP's own bytes (latin-1), which warcio would percent-encode."""

    def compute_headers_buffer(self, header_filter: Any = None) -> None:
        lines = [f"{self.protocol} {self.statusline}".strip(), *(f"{name}: {value}" for name, value in self.headers)]
        self.headers_buff = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


class _RawHead(StatusAndHeaders):  # type: ignore[misc]
    """A head as it went over the wire."""

    def __init__(self, text: str) -> None:
        super().__init__(text.split("\n", 1)[0], [])
        self._lines = [_moved(line.rstrip("\r")) for line in text.split("\n")]

    def compute_headers_buffer(self, header_filter: Any = None) -> None:
        self.headers_buff = ("\r\n".join(line for line in self._lines if line) + "\r\n\r\n").encode("latin-1")


def _moved(line: str) -> str:
    name, colon, value = line.partition(":")
    return f"{_MOVED[name.strip().lower()]}:{value}" if colon and name.strip().lower() in _MOVED else line


@dataclass(frozen=True, slots=True)
class Archived:
    """What an archived answer holds: enough to read the page again as on its first day. Where it was `rendered`, `raw` is the
    document as a browser made it, and the server's answer lies before it."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    raw: bytes
    at: datetime
    ip: str | None = None
    rendered: bool = False


@dataclass(frozen=True, slots=True)
class Original:
    """An archived answer whose body later ones may refer to instead of holding it again. `offset` is its record's place in
    `segment`; the rest are its WARC headers."""

    segment: str
    offset: int
    record_id: str
    url: str
    date: str


@dataclass(frozen=True, slots=True)
class Encoded:
    """A visit's records as gzip members: those around the answer, which are written first, and the answer."""

    around: bytes
    member: bytes
    record_id: str
    url: str
    date: str


class RevisitError(ValueError):
    """The record holds no body of its own: `segment` and `offset` say where the answer lies that does."""

    def __init__(self, segment: str, offset: int) -> None:
        super().__init__(f"the body lies in {segment} at {offset}")
        self.segment, self.offset = segment, offset


def payload_digest(raw: bytes) -> str:
    """SHA-256 of a body as received, in hex."""
    return hashlib.sha256(raw).hexdigest()


def payload_of(fetched: Fetched) -> bytes:
    """What a version rests on: the body as received, or the document that a browser made of it."""
    return fetched.body if fetched.rendered else fetched.raw


def encode(fetched: Fetched, digest: str | None = None, original: Original | None = None) -> Encoded:
    """The records of a visit. With `original`, whose body is the same, the answer is a `revisit` record without a body.

    `digest` is the `payload_digest` of `payload_of(fetched)`, where the caller has it already.
    """
    response_id, digest = new_id(), digest or payload_digest(payload_of(fetched))
    around = [record for hop in fetched.hops for record in _hop(hop, fetched.at)]
    asked = fetched.wire.asked if fetched.wire else ""
    if asked or fetched.request_headers:
        around.append(_request(fetched, asked, response_id))
    around.append(_metadata(fetched, response_id))
    headers = _answer_headers(fetched, response_id, payload_digest(fetched.raw) if fetched.rendered else digest)
    if original:
        answer = _build(fetched.final_url, "revisit", _answered(fetched), b"", headers | _refers_to(original))
    else:
        answer = _build(fetched.final_url, "response", _answered(fetched), fetched.raw, headers)
    if fetched.rendered:
        around.append(answer)
        answer = _conversion(fetched, response_id, digest)
    url = _one_line(fetched.final_url)
    return Encoded(b"".join(map(member, around)), member(answer), response_id, url, _stamp(fetched.at))


def new_id() -> str:
    return f"<urn:uuid:{uuid.uuid4()}>"


def member(record: Any) -> bytes:
    """A record as a gzip member."""
    packed = _Packed()
    _Writer(packed, gzip=False, warc_version="1.1").write_record(record)
    return b"".join(packed.parts)


class _Writer(WARCWriter):  # type: ignore[misc]
    """Hands a payload over whole: in pieces, compressing would give the interpreter's lock away a dozen times a page."""

    @staticmethod
    def _iter_stream(stream: Any) -> Iterator[bytes]:
        yield stream.read()


class _Packed:
    """What the writer writes to: compressed part by part, where a copy of the whole record would cost half as much again."""

    def __init__(self) -> None:
        self._stream = isal_zlib.compressobj(GZIP_LEVEL, wbits=31)
        self.parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.parts.append(self._stream.compress(data))

    def flush(self) -> None:
        self.parts.append(self._stream.flush())


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _safe(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Headers that cannot end their line early: a server's words never become a record's structure."""
    return [(_one_line(name), _one_line(value)) for name, value in headers if name.lower() not in _HOP_BY_HOP]


def _one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")


def _answered(fetched: Fetched) -> Any:
    if fetched.wire and fetched.wire.answered:
        return _RawHead(fetched.wire.answered)
    status = f"{fetched.status} {_REASONS.get(fetched.status, '')}".strip()
    return _Head(status, _safe(fetched.headers), protocol="HTTP/1.1")


def _answer_headers(fetched: Fetched, record_id: str, digest: str) -> dict[str, str]:
    extra = {"WARC-Date": _stamp(fetched.at), "WARC-Record-ID": record_id, "WARC-Payload-Digest": f"sha256:{digest}"}
    return extra | _connection(fetched.ip, fetched.wire)


def _connection(ip: str | None, wire: Wire | None) -> dict[str, str]:
    found = {"WARC-IP-Address": ip} if ip else {}
    if wire and wire.tls:
        found["WARC-Protocol"] = "tls/" + wire.tls.removeprefix("TLSv")
        found["WARC-Cipher-Suite"] = _one_line(wire.cipher or "")
    if wire and wire.certificate:
        found["WARC-TLS-Certificate-Digest"] = f"sha256:{wire.certificate}"
    return found


def _request(fetched: Fetched, asked: str, response_id: str) -> Any:
    head = (
        _RawHead(asked)
        if asked
        else _Head(f"GET {_one_line(fetched.final_url)} HTTP/1.1", _safe(fetched.request_headers), is_http_request=True)
    )
    extra = {"WARC-Date": _stamp(fetched.started_at), "WARC-Concurrent-To": response_id}
    return _build(fetched.final_url, "request", head, b"", extra)


def _hop(hop: Hop, at: datetime) -> Iterator[Any]:
    """A redirect's answer, and what was asked for it."""
    date, record_id = _stamp(hop.at or at), new_id()
    wire = hop.wire
    if wire and wire.asked:
        extra = {"WARC-Date": date, "WARC-Concurrent-To": record_id}
        yield _build(hop.url, "request", _RawHead(wire.asked), b"", extra)
    head = _RawHead(wire.answered) if wire and wire.answered else None
    head = head or _Head(f"{hop.status} Redirect", _safe([("Location", hop.location)]), protocol="HTTP/1.1")
    extra = {"WARC-Date": date, "WARC-Record-ID": record_id} | _connection(hop.ip, wire)
    yield _build(hop.url, "response", head, hop.raw, extra)


def _metadata(fetched: Fetched, response_id: str) -> Any:
    """How the answer came (application/warc-fields): times, address asked, and the server's certificate."""
    taken = (fetched.at - fetched.started_at).total_seconds() * 1000
    fields = [
        ("fetchTimeMs", f"{taken:.0f}"),
        ("fetchBegan", _stamp(fetched.started_at)),
        ("fetchEnded", _stamp(fetched.at)),
    ]
    if fetched.url != fetched.final_url:
        fields.append(("via", _one_line(fetched.url)))
    if fetched.wire and fetched.wire.certificate:
        fields.append(("tlsVersion", _one_line(fetched.wire.tls or "")))
        fields.append(("tlsCertificateSha256", fetched.wire.certificate))
    block = "".join(f"{name}: {value}\r\n" for name, value in fields).encode()
    writer = WARCWriter(io.BytesIO(), gzip=False, warc_version="1.1")
    return writer.create_warc_record(
        _one_line(fetched.final_url),
        "metadata",
        payload=io.BytesIO(block),
        length=len(block),
        warc_content_type="application/warc-fields",
        warc_headers_dict={"WARC-Date": _stamp(fetched.at), "WARC-Concurrent-To": response_id},
    )


def _conversion(fetched: Fetched, response_id: str, digest: str) -> Any:
    """The document as a browser made it of the answer (WARC 1.1, 6.8)."""
    extra = {"WARC-Date": _stamp(fetched.at), "WARC-Refers-To": response_id, STATUS: str(fetched.status)}
    extra["WARC-Payload-Digest"] = f"sha256:{digest}"
    writer = WARCWriter(io.BytesIO(), gzip=False, warc_version="1.1")
    return writer.create_warc_record(
        _one_line(fetched.final_url),
        "conversion",
        payload=io.BytesIO(fetched.body),
        length=len(fetched.body),
        warc_content_type=RENDERED_HEADERS[0][1],
        warc_headers_dict=extra | _connection(fetched.ip, fetched.wire),
    )


def _refers_to(original: Original) -> dict[str, str]:
    """The headers of WARC 1.1, 6.7.2, and beside them, as Heritrix writes them, where the record lies."""
    return {
        "WARC-Profile": REVISIT_PROFILE,
        "WARC-Refers-To": original.record_id,
        "WARC-Refers-To-Target-URI": original.url,
        "WARC-Refers-To-Date": original.date,
        "WARC-Refers-To-Filename": original.segment,
        "WARC-Refers-To-File-Offset": str(original.offset),
    }


def _build(url: str, kind: str, http: Any, payload: bytes, extra: dict[str, str]) -> Any:
    http.compute_headers_buffer()
    block = hashlib.sha1(http.headers_buff, usedforsecurity=False)
    block.update(payload)
    # as the library would write it, without its two walks through the payload in pieces
    digest = {"WARC-Block-Digest": "sha1:" + base64.b32encode(block.digest()).decode()}
    writer = WARCWriter(io.BytesIO(), gzip=False, warc_version="1.1")
    return writer.create_warc_record(
        _one_line(url),
        kind,
        payload=io.BytesIO(payload),
        length=len(payload),
        http_headers=http,
        warc_headers_dict=extra | digest,
    )


def parsed(data: bytes) -> tuple[Any, bytes]:
    """A gzip member as a parsed record and its payload. Raises `ValueError` where the bytes are no whole record."""
    try:
        record = next(iter(ArchiveIterator(io.BytesIO(data))))
        return record, record.raw_stream.read()
    except (StopIteration, OSError, EOFError) as error:
        raise ValueError(f"no readable archive record: {error}") from error


def decode(data: bytes, payload: bytes | None = None) -> Archived:
    """Read an answer's record back. Header names are written as the fetcher writes them, whatever their case on the wire.

    Raises `RevisitError` where the body lies elsewhere and is not given as `payload`, `ValueError` where the bytes are no whole
    record of an answer.
    """
    record, body = parsed(data)
    if record.rec_type == "conversion":
        return _rendered(record.rec_headers, body)
    if record.rec_type not in {"response", "revisit"} or record.http_headers is None:
        raise ValueError(f"an archive record of type {record.rec_type}, not an answer")
    warc = record.rec_headers
    if record.rec_type == "revisit":
        if payload is None:
            raise RevisitError(*_target(warc))
        body = payload
    return Archived(
        url=warc.get_header("WARC-Target-URI"),
        status=int(record.http_headers.get_statuscode()),
        headers=tuple((name.title(), value) for name, value in record.http_headers.headers),
        raw=body,
        at=datetime.fromisoformat(warc.get_header("WARC-Date")),
        ip=warc.get_header("WARC-IP-Address"),
    )


def _rendered(warc: Any, body: bytes) -> Archived:
    at = datetime.fromisoformat(warc.get_header("WARC-Date"))
    status, ip = int(warc.get_header(STATUS) or 200), warc.get_header("WARC-IP-Address")
    return Archived(warc.get_header("WARC-Target-URI"), status, RENDERED_HEADERS, body, at, ip, rendered=True)


def _target(warc: Any) -> tuple[str, int]:
    name, offset = warc.get_header("WARC-Refers-To-Filename"), warc.get_header("WARC-Refers-To-File-Offset")
    if not name or not str(offset).isdecimal():
        raise ValueError("a revisit record that does not say where its answer lies")
    return name, int(offset)


def original_of(data: bytes, segment: str, offset: int) -> Original | None:
    """An answer's record as one to refer to; None where it is a revisit itself."""
    record, _ = parsed(data)
    warc = record.rec_headers
    if record.rec_type != "response":
        return None
    found = (warc.get_header(name) for name in ("WARC-Record-ID", "WARC-Target-URI", "WARC-Date"))
    return Original(segment, offset, *found)


def as_response(data: bytes, payload: bytes) -> bytes:
    """A revisit's record with its body put back: the record that would have been written without an original."""
    return _again(data, "response", payload, {})


def as_revisit(data: bytes, original: Original) -> bytes:
    """An answer's record without its body, which is the original's."""
    return _again(data, "revisit", b"", _refers_to(original))


def _again(data: bytes, kind: str, payload: bytes, extra: dict[str, str]) -> bytes:
    text = gzip.decompress(data)
    record, _ = parsed(data)
    left = {"warc-type", "content-length", "content-type", "warc-block-digest", "warc-profile"}
    headers = {
        name: value
        for name, value in record.rec_headers.headers
        if name.lower() not in left and not name.lower().startswith("warc-refers-to")
    }
    head = text.split(b"\r\n\r\n", 2)[1].decode("latin-1")
    return member(_build(headers.pop("WARC-Target-URI"), kind, _RawHead(head), payload, headers | extra))
