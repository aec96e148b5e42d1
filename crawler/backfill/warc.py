"""Pages in WARC files, of whatever program made them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed

from crawler.backfill.capture import Capture, ImportTroubleError
from crawler.discover.address import AddressError, canonical
from crawler.fetch.decode import decode, layers
from crawler.fetch.reasons import Refusal
from db.types import Fetched

BODY_MOST = 32 << 20  # bytes of one page, packed or not
HTML = ("text/html", "application/xhtml+xml")


def pages(path: Path, wanted: Callable[[str], bool], skipped: Callable[[str], None]) -> Iterator[Capture]:
    """Every page in a file that was answered with 200 and whose address is wanted, in the file's order.

    `skipped` is told why a record of a wanted address was left out. Raises `ImportTroubleError` for a file that is none.
    """
    kept: dict[str, bytes] = {}
    try:
        with path.open("rb") as file:
            for record in _records(file):
                made = _page(record, wanted, skipped, kept)
                if made:
                    yield made
    except OSError as error:
        raise ImportTroubleError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ArchiveLoadFailed, EOFError, ValueError) as error:
        raise ImportTroubleError(f"{path} is no WARC file that can be read to its end: {error}") from error


def _records(file: BinaryIO) -> Iterator[Any]:
    """The records of a file. warcio trips over heads that lack what it takes for granted."""
    records = iter(ArchiveIterator(file))
    while True:
        try:
            record = next(records)
        except StopIteration:
            return
        except (AttributeError, IndexError, KeyError, TypeError) as error:
            raise ArchiveLoadFailed(f"the head of a record is damaged ({error})") from error
        yield record


def _page(
    record: Any, wanted: Callable[[str], bool], skipped: Callable[[str], None], kept: dict[str, bytes]
) -> Capture | None:
    if record.rec_type not in {"response", "revisit"} or record.http_headers is None:
        return None
    url = _address(record.rec_headers.get_header("WARC-Target-URI"))
    if url is None or not wanted(url):
        return None
    if str(record.http_headers.get_statuscode()) != "200":
        skipped("not answered with 200")
        return None
    headers = tuple((str(name), str(value)) for name, value in record.http_headers.headers)
    if not str(record.http_headers.get_header("Content-Type") or "").lower().startswith(HTML):
        skipped("not a page")
        return None
    at = _instant(record.rec_headers.get_header("WARC-Date"))
    raw = _body(record, kept, url)
    if at is None or raw is None:
        skipped("no date" if at is None else "its body is cut off, lies elsewhere or is too large")
        return None
    return _capture(url, headers, raw, at, skipped, ip=record.rec_headers.get_header("WARC-IP-Address"))


def _capture(
    url: str,
    headers: tuple[tuple[str, str], ...],
    raw: bytes,
    at: datetime,
    skipped: Callable[[str], None],
    *,
    ip: str | None,
) -> Capture | None:
    try:
        body = decode(raw, layers(value for name, value in headers if name.lower() == "content-encoding"), BODY_MOST)
    except Refusal as refusal:
        skipped(str(refusal))
        return None
    return Capture(url, Fetched(url, url, 200, headers, raw, body, at, at, ip=ip))


def _body(record: Any, kept: dict[str, bytes], url: str) -> bytes | None:
    """The body as received, chunks put together. A revisit's is that of the last record with its digest and address."""
    digest = f"{url} {record.rec_headers.get_header('WARC-Payload-Digest')}"
    if record.rec_type == "revisit":
        return kept.get(digest)
    stream = record.raw_stream
    if "chunked" in str(record.http_headers.get_header("Transfer-Encoding") or "").lower():
        stream = ChunkedDataReader(stream, decomp_type=None)
    parts, size = [], 0
    while chunk := stream.read(1 << 16):
        parts.append(chunk)
        size += len(chunk)
        if size > BODY_MOST:
            return None
    if _cut_off(record, size):
        return None
    kept.clear()  # of one page: files hold an address's visits together, or too far apart to keep them
    kept[digest] = b"".join(parts)
    return kept[digest]


def _cut_off(record: Any, size: int) -> bool:
    """Whether a body ends early: the file does, its maker said so, or the server sent less than it said."""
    if record.rec_headers.get_header("WARC-Truncated") or getattr(record.raw_stream, "limit", 0):
        return True
    said = str(record.http_headers.get_header("Content-Length") or "")
    chunked = record.http_headers.get_header("Transfer-Encoding")
    return said.isdecimal() and not chunked and size < int(said)


def _address(url: str | None) -> str | None:
    try:
        return canonical(str(url or "").strip("<>"))
    except AddressError:
        return None


def _instant(text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
