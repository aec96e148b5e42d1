"""From what went wrong to the named reason on the check."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from OpenSSL import SSL
from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from service_identity import VerificationError
from twisted.internet import error
from twisted.web import http

from db.types import Reason

RETRIED = frozenset({Reason.CONNECTION, Reason.DNS, Reason.REFUSED, Reason.TRUNCATED})


class Refusal(IgnoreRequest):
    """We, not the server, end this visit: robots, guard, limits. Scrapy never retries an `IgnoreRequest`."""

    def __init__(self, reason: Reason, detail: str, *, retry_at: datetime | None = None) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.retry_at = retry_at


_BY_TYPE: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], Reason, str], ...] = (
    (DownloadTimeoutError, Reason.TIMEOUT, "no whole answer within the time limit"),
    ((error.TimeoutError, error.TCPTimedOutError, TimeoutError), Reason.TIMEOUT, "the connection timed out"),
    ((CannotResolveHostError, error.DNSLookupError), Reason.DNS, "the host's name has no address"),
    ((DownloadConnectionRefusedError, error.ConnectionRefusedError), Reason.REFUSED, "the host refused the connection"),
    (ResponseDataLossError, Reason.TRUNCATED, "the answer ended before its announced length"),
    (http._DataLoss, Reason.TRUNCATED, "the answer ended before its announced length"),  # noqa: SLF001  # no public name
    (DownloadCancelledError, Reason.TOO_LARGE, "the body is past the size limit"),
    (
        (SSL.Error, VerificationError, error.VerifyError, error.CertificateError, error.SSLError),
        Reason.TLS,
        "TLS failed",
    ),
    (UnicodeError, Reason.BAD_ADDRESS, "the host's name is malformed"),
    (UnsupportedURLSchemeError, Reason.BAD_ADDRESS, "the address is neither http nor https"),
)


def reason_of(exc: BaseException) -> tuple[Reason, str]:
    """The reason and one line for a person, whatever the libraries raised.

    The cause chain is searched from the outside in, with the failures that Twisted gathers in one error
    (`ResponseFailed.reasons`).
    """
    chain = list(_unwrap(exc)) or [exc]
    for inner in chain:
        if isinstance(inner, Refusal):
            return inner.reason, inner.detail
        for kinds, reason, words in _BY_TYPE:
            if isinstance(inner, kinds):
                return reason, _with(words, inner) if reason is Reason.TLS else words
    return Reason.CONNECTION, _with("the connection broke", chain[-1])


_EXPECTED = (
    IgnoreRequest,
    DownloadFailedError,
    OSError,
    UnicodeError,
    error.ConnectError,
    error.ConnectionClosed,
    error.ConnectingCancelledError,
    TunnelError,
)


def expected(exc: BaseException) -> bool:
    """Whether this is trouble of the network or a refusal of ours; anything else is a fault in the program."""
    return isinstance(exc, _EXPECTED) or any(isinstance(exc, kinds) for kinds, _, _ in _BY_TYPE)


def _unwrap(exc: BaseException | None, depth: int = 0) -> Iterator[BaseException]:
    if exc is None or depth > 8:
        return
    gathered = [getattr(failure, "value", failure) for failure in getattr(exc, "reasons", None) or ()]
    if not isinstance(exc, DownloadFailedError):
        yield exc
    for inner in gathered:
        yield from _unwrap(inner, depth + 1)
    yield from _unwrap(exc.__cause__, depth + 1)


def _with(words: str, exc: BaseException) -> str:
    """The words, and in brackets what the library said, on one line."""
    if isinstance(exc, SSL.Error) and exc.args and exc.args[0]:
        said = str(exc.args[0][0][-1])  # OpenSSL's own words, from its stack of (library, function, reason)
    else:
        said = " ".join(str(exc).split()).rstrip(".")
    return f"{words} ({said[:200]})" if said else words
