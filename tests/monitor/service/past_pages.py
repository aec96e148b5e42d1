"""Pages of one story at several times, and WARC files of them, written with warcio's own writer."""

from __future__ import annotations

import gzip
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

URL = "https://harbour.example/news/ferry-sinks"
DAY = datetime(2024, 5, 4, 8, 0, tzinfo=UTC)
_LINES = (
    "A ferry sank off the southern coast on Monday, the coast guard said, and rescue boats searched the bay all night.",
    "The vessel had left the harbour shortly before noon and was due on the island two hours later, the operator said.",
    "Officials said that the weather had been calm and that the cause was not known; an inquiry will begin this week.",
    "Relatives waited at the quay while divers looked for those who were still missing as the evening fell on the town.",
)


def page(headline: str, *, last: str = _LINES[3], lines: Sequence[str] = _LINES[:3]) -> bytes:
    paragraphs = "".join(f"<p>{line}</p>" for line in [*lines, last])
    return (
        f"<!doctype html><html lang=en><head><title>{headline}</title></head><body><article><h1>{headline}</h1>"
        f'<p class="byline">By Ana Ruiz</p>{paragraphs}</article></body></html>'
    ).encode()


def hours(number: float) -> datetime:
    return DAY + timedelta(hours=number)


def warc_file(
    path: Path,
    visits: Sequence[tuple[datetime, bytes]],
    *,
    url: str = URL,
    version: str = "1.1",
    packed: bool = True,
    content_type: str = "text/html; charset=utf-8",
    encoding: str | None = None,
    chunked: bool = False,
    status: str = "200 OK",
) -> Path:
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=packed, warc_version=version)
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "a test"}))
        for at, body in visits:
            headers = [("Content-Type", content_type)]
            payload = body
            if encoding:
                headers.append(("Content-Encoding", encoding))
                payload = gzip.compress(body)
            if chunked:
                headers.append(("Transfer-Encoding", "chunked"))
                payload = b"%x\r\n%s\r\n0\r\n\r\n" % (len(payload), payload)
            head = StatusAndHeaders(status, headers, protocol="HTTP/1.1")
            date = {"WARC-Date": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
            writer.write_record(
                writer.create_warc_record(
                    url, "response", io.BytesIO(payload), length=len(payload), http_headers=head, warc_headers_dict=date
                )
            )
    return path
