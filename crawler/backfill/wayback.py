"""Captures of a public archive that speaks the Wayback Machine's protocols: the list (CDX) and the copies (mementos, RFC 7089).

One request at a time, with a pause between; where the archive asks to wait (429, 503), that long. Copies are asked for as they
were received (`id_`), without the archive's own frame; what its answer says of itself (`Memento-Datetime`, `Link`) stays in the
record.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from heapq import merge
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from crawler.backfill.capture import Capture, ImportTroubleError
from crawler.fetch.decode import decode, layers
from crawler.fetch.reasons import Refusal
from db.types import Fetched

DEFAULT = "https://web.archive.org"
PAGE = 500  # rows of the list at a time
BODY_MOST = 32 << 20
TIMEOUT_S = 60.0
TRIES = 4
WAIT_MOST_S = 600.0
REDIRECTS_MOST = 5
_MOVED = frozenset({301, 302, 303, 307, 308})
_WAIT = frozenset({429, 503})
_FIELDS = "timestamp,original,statuscode,mimetype,digest"
_GONE = frozenset({"404", "410"})
_STAMP = "%Y%m%d%H%M%S"


class _Stay(HTTPRedirectHandler):
    """Redirects are followed here, where it is looked at where they lead."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the archive answered."""

    status: int
    headers: Message
    body: bytes


@dataclass(frozen=True, slots=True)
class Copy:
    """One row of the list."""

    stamp: str
    original: str
    digest: str
    status: int = 200


@dataclass
class Archive:
    """A public archive. `pause_s` lies between two requests; `agent` says who asks; `sleep` is how it waits; `skipped` is told
    why a copy was left out."""

    base: str = DEFAULT
    agent: str = "newswatch"
    pause_s: float = 1.0
    sleep: Callable[[float], None] = time.sleep
    skipped: Callable[[str], None] = lambda _: None
    asked: int = 0

    def __post_init__(self) -> None:
        self.base = self.base.rstrip("/")
        if urlsplit(self.base).scheme not in {"http", "https"} or not urlsplit(self.base).hostname:
            raise ImportTroubleError(f"not an archive's address: {self.base!r}; write one like {DEFAULT}")
        handlers = [_Stay()] if urlsplit(self.base).scheme == "https" else [_Stay(), ProxyHandler({})]
        self._opener = build_opener(*handlers)

    def copies(self, url: str, *, since: str | None = None, until: str | None = None) -> Iterator[Copy]:
        """The archive's copies of an address, oldest first: pages, equal ones in a row once, and each answer that it was gone.

        `since` and `until` are stamps as the list has them. Raises `ImportTroubleError` where the archive does not answer.
        """
        there = self._rows(url, since, until, (("filter", "statuscode:200"), ("collapse", "digest")))
        gone = self._rows(url, since, until, (("filter", "statuscode:(404|410)"),))
        return merge(there, gone, key=lambda copy: copy.stamp)

    def _rows(
        self, url: str, since: str | None, until: str | None, terms: tuple[tuple[str, str], ...]
    ) -> Iterator[Copy]:
        key: str | None = None
        while True:
            rows = self._list(url, since, until, key, terms)
            last, key = key, _resumption(rows)
            yield from _read(rows)
            if key in {None, last}:  # a list that leads to itself has no end
                return

    def capture(self, url: str, copy: Copy) -> Capture | None:
        """One copy as it was received; None, and `skipped` told, where the archive lists it but does not have it."""
        address = f"{self.base}/web/{copy.stamp}id_/{copy.original}"
        answer = self._followed(address)
        # an archive that has not the copy says 404 as well, and no time of one (RFC 7089, 4.5)
        kept = answer is not None and answer.status == copy.status and (copy.status == 200 or _is_memento(answer))
        if answer is None or not kept:
            self.skipped(f"listed but not given ({answer.status if answer else 'it leads elsewhere'})")
            return None
        at = _instant(answer.headers.get("Memento-Datetime")) or _moment(copy.stamp)
        headers = tuple((name, value) for name, value in answer.headers.items())
        try:
            body = decode(answer.body, layers(answer.headers.get_all("Content-Encoding") or []), BODY_MOST)
        except Refusal as refusal:
            self.skipped(str(refusal))
            return None
        return Capture(url, Fetched(url, url, answer.status, headers, answer.body, body, at, at))

    def _list(
        self, url: str, since: str | None, until: str | None, key: str | None, terms: tuple[tuple[str, str], ...]
    ) -> list[list[str]]:
        query: list[tuple[str, str]] = [("url", url), ("output", "json"), ("fl", _FIELDS), *terms]
        query += [("filter", "mimetype:text/html"), ("limit", str(PAGE))]
        query += [("showResumeKey", "true")]
        query += [(name, value) for name, value in (("from", since), ("to", until), ("resumeKey", key)) if value]
        answer = self._ask(f"{self.base}/cdx/search/cdx?{urlencode(query)}")
        if answer.status != 200:
            raise ImportTroubleError(f"{self.base} answered {answer.status} when asked for its list of {url}")
        try:
            rows = json.loads(answer.body or b"[]")
        except ValueError as error:
            raise ImportTroubleError(
                f"{self.base} answered with no list (CDX as JSON): is it such an archive?"
            ) from error
        if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            raise ImportTroubleError(f"{self.base} answered with no list (CDX as JSON): is it such an archive?")
        return [[str(value) for value in row] for row in rows]

    def _followed(self, address: str) -> Answer | None:
        """An answer behind the archive's own redirects, which lead to the nearest copy; never away from the archive."""
        for _ in range(REDIRECTS_MOST):
            answer = self._ask(address)
            if answer.status not in _MOVED:
                return answer
            address = urljoin(address, answer.headers.get("Location") or "")
            if not address.startswith(f"{self.base}/web/"):
                return None
        return None

    def _ask(self, address: str) -> Answer:
        for attempt in range(TRIES):
            if self.asked:
                self.sleep(self.pause_s)
            self.asked += 1
            try:
                answer = self._once(address)
            except (URLError, HTTPException, OSError) as error:
                if attempt == TRIES - 1:
                    raise ImportTroubleError(
                        f"{self.base} does not answer: {getattr(error, 'reason', error)}"
                    ) from error
                self.sleep(self.pause_s * 2**attempt)
                continue
            if answer.status not in _WAIT:
                return answer
            self.sleep(_wait(answer.headers.get("Retry-After"), attempt))
        raise ImportTroubleError(f"{self.base} asks to wait again and again; go on later, the same command resumes")

    def _once(self, address: str) -> Answer:
        plain = quote(address, safe="%/:=&?~+!$,;'@()*[]")
        request = Request(plain, headers={"User-Agent": self.agent, "Accept-Encoding": "identity"})  # noqa: S310 - its scheme is checked
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as response:
                return Answer(response.status, response.headers, response.read(BODY_MOST))
        except HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read(BODY_MOST))


def stamp(at: datetime) -> str:
    """An instant as the list writes it."""
    return at.astimezone(UTC).strftime(_STAMP)


def _resumption(rows: list[list[str]]) -> str | None:
    """The key to go on with: the last row, behind an empty one."""
    if len(rows) >= 2 and not rows[-2] and len(rows[-1]) == 1:
        return rows[-1][0]
    return None


def _read(rows: list[list[str]]) -> Iterator[Copy]:
    names = rows[0] if rows else []
    if "timestamp" not in names or "original" not in names:
        return
    for row in rows[1:]:
        given = dict(zip(names, row, strict=False))
        if len(row) == len(names) and _is_stamp(given["timestamp"]):
            status = given.get("statuscode", "")
            yield Copy(
                given["timestamp"], given["original"], given.get("digest", ""), int(status) if status in _GONE else 200
            )


def _is_memento(answer: Answer) -> bool:
    return _instant(answer.headers.get("Memento-Datetime")) is not None


def _is_stamp(text: str) -> bool:
    try:
        _moment(text)
    except ValueError:
        return False
    return True


def _moment(text: str) -> datetime:
    return datetime.strptime(text, _STAMP).replace(tzinfo=UTC)


def _instant(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    except ValueError:
        return None


def _wait(text: str | None, attempt: int) -> float:
    """Seconds that an archive asks to wait, as a number or a date; some where it names none, never for ever."""
    default: float = 30.0 * 2**attempt
    if text is None:
        return default
    if text.strip().isdecimal():
        return min(float(text), WAIT_MOST_S)
    at = _instant(text)
    seconds = (at - datetime.now(UTC)).total_seconds() if at else default
    return min(max(seconds, 1.0), WAIT_MOST_S)
