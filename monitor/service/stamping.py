"""Time stamps of an authority (RFC 3161): that a checkpoint existed by then, on the word of somebody else."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_S = 20.0
ANSWER_MOST = 1 << 20
EXTRA = "time stamps need an extra: pip install 'newswatch[timestamps]'"


class StampError(Exception):
    """No time stamp could be had, or it is none; the message says why."""


def _library() -> Any:
    try:
        import rfc3161_client  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise StampError(EXTRA) from error
    return rfc3161_client


def ask(url: str, data: bytes) -> bytes:
    """The authority's answer (DER) for these bytes, checked to be about them. Raises `StampError`."""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise StampError(f"not an address of a time-stamping authority: {url!r}")
    library = _library()
    wanted = library.TimestampRequestBuilder().data(data).hash_algorithm(library.HashAlgorithm.SHA256).build()
    head = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    request = urllib.request.Request(url, wanted.as_bytes(), head, method="POST")  # noqa: S310 - its scheme was looked at
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            token = answer.read(ANSWER_MOST)
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise StampError(f"{url} gives no time stamp: {getattr(error, 'reason', error)}") from error
    if stamped(token, data)[1] != wanted.nonce:
        raise StampError(f"{url} answered another request")
    return bytes(token)


def stamped(token: bytes, data: bytes) -> tuple[datetime, int | None]:
    """When an authority saw these bytes, and the nonce it answered. Raises `StampError` where the token is about other bytes.

    Whether the authority is to be trusted is for the reader: `openssl ts -verify` with its certificate tells.
    """
    library = _library()
    try:
        answer = library.decode_timestamp_response(token)
    except ValueError as error:
        raise StampError(f"no time-stamp answer: {error}") from error
    if answer.status not in (0, 1):
        raise StampError(f"the authority refused: {', '.join(answer.status_string) or answer.status}")
    said = answer.tst_info
    if bytes(said.message_imprint.message) != sha256(data).digest():
        raise StampError("the time stamp is about something else")
    return said.gen_time, said.nonce
