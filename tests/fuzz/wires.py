"""Targets that take what another program sends: archives, lists, readings, pushes, requests."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email.message import Message
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl

from fastapi import HTTPException
from pydantic import TypeAdapter, ValidationError

from crawler.backfill import monitors, warc, wayback
from crawler.backfill.capture import ImportTroubleError
from crawler.fetch.decode import decode, layers
from crawler.fetch.reasons import Refusal
from db.jsonable import article_from_json, article_to_json
from monitor.changes import compare
from monitor.web import filters, hub
from monitor.web.access import keys
from monitor.web.api.paging import Moment, place

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
URL = "https://news.example/story"
LIMIT = 1 << 20


@cache
def _file() -> Path:
    return Path(tempfile.mkdtemp(prefix="nw-fuzz-")) / "given"


def _written(data: bytes) -> Path:
    _file().write_bytes(data)
    return _file()


def archives(data: bytes) -> None:
    with suppress(ImportTroubleError):
        for made in warc.pages(_written(data), lambda _: True, lambda why: None):
            assert made.fetched.status in {200, 404, 410}


def databases(data: bytes) -> None:
    for reader in (lambda file: monitors.newsdiffs(file, None), monitors.diffengine):
        with suppress(ImportTroubleError, sqlite3.Error):
            list(reader(_written(data)))


class _Told(wayback.Archive):
    """An archive that answers with what it is told."""

    def tell(self, data: bytes) -> _Told:
        self.said = data
        return self

    def _ask(self, address: str) -> wayback.Answer:
        headers = Message()
        head, _, body = self.said.partition(b"\n\n")
        if "/web/" not in address:
            return wayback.Answer(200, headers, self.said)
        for line in head.decode("latin-1").splitlines()[:8]:
            name, _, value = line.partition(":")
            if name.strip():
                headers[name.strip()] = value.strip()
        return wayback.Answer(200, headers, body)


def lists(data: bytes) -> None:
    told = _Told("https://archive.example").tell(data)
    with suppress(ImportTroubleError):
        for number, copy in enumerate(told.copies(URL)):
            told.capture(URL, copy)
            if number > 8:  # a key to go on with leads to the same list for ever here
                break


def codings(data: bytes) -> None:
    head, _, body = data.partition(b"\n")
    with suppress(Refusal):
        assert len(decode(body, layers([head.decode("latin-1")]), LIMIT)) <= LIMIT


def readings(data: bytes) -> None:
    lines = data.split(b"\n")[:2]
    try:
        before, after = (article_from_json({"url": URL, **json.loads(line)}) for line in lines)
    except (ValueError, TypeError, RecursionError):
        return
    compare(before, after)
    assert compare(before, before) == ()
    assert article_from_json(article_to_json(before)) == before


def pushes(data: bytes) -> None:
    header, _, body = data.partition(b"\n")
    assert not hub.is_signed("a secret of the subscription", body, header.decode("latin-1"))
    hub._lease(header.decode("latin-1"))


def requests(data: bytes) -> None:
    text = data.decode("latin-1")
    assert len(keys.digest(text)) == 64
    for kind in (int, str):
        with suppress(HTTPException):
            place(text[:600], kind)
    with suppress(ValidationError):
        TypeAdapter(Moment).validate_python(text)
    given = filters.known(dict(parse_qsl(text, keep_blank_values=True)))
    filters.wanted(given, now=NOW)
    filters.sentences(given)
    assert filters.address(given).startswith("/")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "warc": archives,
    "database": databases,
    "cdx": lists,
    "coding": codings,
    "reading": readings,
    "push": pushes,
    "request": requests,
}
