"""A public archive on loopback that speaks the Wayback Machine's two protocols: the list with resumption keys, and mementos."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

STAMP = "%Y%m%d%H%M%S"


class Wayback:
    """Copies of one address, with 200 or their `status`. `missing` are listed and not given; `moved` lead to another copy;
    `busy` ask to wait."""

    def __init__(self, url: str, copies: Sequence[tuple[datetime, bytes]]) -> None:
        self.url = url
        self.copies = {at.strftime(STAMP): body for at, body in copies}
        self.page = 3
        self.missing: set[str] = set()
        self.status: dict[str, int] = {}
        self.moved: dict[str, str] = {}
        self.away: dict[str, str] = {}
        self.busy: list[tuple[int, str | None]] = []
        self.asked: list[str] = []
        self.base = ""

    def list(self, query: dict[str, list[str]]) -> bytes:
        names = query["fl"][0].split(",")
        stamps = [stamp for stamp in sorted(self.copies) if query["url"] == [self.url]]
        stamps = [s for s in stamps if s >= query.get("from", [""])[0] and s <= query.get("to", ["9" * 14])[0]]
        wanted = next(one.partition(":")[2] for one in query["filter"] if one.startswith("statuscode:"))
        stamps = [s for s in stamps if re.fullmatch(wanted, str(self.status.get(s, 200)))]
        begin = int(query.get("resumeKey", ["0"])[0].removeprefix("key "))
        some = stamps[begin : begin + self.page]
        rows: list[list[str]] = [names] if some else []
        for stamp in some:
            row = {
                "timestamp": stamp,
                "original": self.url,
                "statuscode": str(self.status.get(stamp, 200)),
                "mimetype": "text/html",
            }
            rows.append([row.get(name, "D" + stamp) for name in names])
        if begin + self.page < len(stamps):
            rows += [[], [f"key {begin + self.page}"]]
        return json.dumps(rows).encode()

    @contextmanager
    def serving(self) -> Iterator[Wayback]:
        archive = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                archive.asked.append(self.path)
                if archive.busy:
                    status, wait = archive.busy.pop(0)
                    self._answer(status, b"slow down", {"Retry-After": wait} if wait else {})
                elif self.path.startswith("/cdx/"):
                    self._answer(200, archive.list(parse_qs(urlsplit(self.path).query)), {})
                else:
                    self._memento(self.path.removeprefix("/web/").split("id_/", 1)[0])

            def _memento(self, stamp: str) -> None:
                if stamp in archive.moved:
                    self._answer(302, b"", {"Location": f"/web/{archive.moved[stamp]}id_/{archive.url}"})
                elif stamp in archive.away:
                    self._answer(302, b"", {"Location": archive.away[stamp]})
                elif stamp in archive.missing or stamp not in archive.copies:
                    self._answer(404, b"not here", {})
                else:
                    at = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
                    said = format_datetime(at, usegmt=True)
                    link = f'<{archive.base}/web/{stamp}/{archive.url}>; rel="memento"; datetime="{said}"'
                    given = {"Content-Type": "text/html; charset=utf-8", "Memento-Datetime": said, "Link": link}
                    self._answer(archive.status.get(stamp, 200), archive.copies[stamp], given)

            def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.base = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join(5)
