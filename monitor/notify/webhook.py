"""Signed webhooks after Standard Webhooks (standardwebhooks.com): JSON by POST, HMAC-SHA256 over `id.timestamp.body`.

The address guard holds: a name is resolved once, every address it has is judged, and the connection goes to the one judged.
Redirects are not followed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlsplit

from monitor.notify.channel import SendError, scrub
from monitor.report.message import Message, payload

ANSWER_MOST = 16 * 1024  # bytes read of an answer; a receiver has nothing to tell us
SECRET_PREFIX = "whsec_"  # noqa: S105 - the standard's mark of a secret in base64
SECRET_LEAST = 16  # bytes
AFTER_MOST_S = 3600.0
_KEPT = "%/:=&?~+!$,;'@()*[]"
Judge = Callable[[str], str | None]
Resolve = Callable[[str, int], Sequence[str]]


def key_of(secret: str) -> bytes:
    """The key of a secret: base64 behind `whsec_`, else its text. Raises `ValueError` for one that cannot be used."""
    try:
        key = (
            base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
            if secret.startswith(SECRET_PREFIX)
            else secret.encode()
        )
    except binascii.Error:
        raise ValueError("a secret that begins with whsec_ goes on in base64") from None
    if len(key) < SECRET_LEAST:
        raise ValueError(f"a webhook's secret has at least {SECRET_LEAST} bytes; `openssl rand -base64 32` makes one")
    return key


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, by the system's resolver. Raises `OSError`."""
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in infos))


class Webhook:
    """Posts to one address. `judge` says of an IP address why it is refused, None where it may be contacted."""

    def __init__(
        self,
        name: str,
        url: str,
        key: bytes,
        *,
        judge: Judge,
        timeout_s: float,
        resolver: Resolve = resolve,
        context: ssl.SSLContext | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("a webhook's address begins with https:// and names a host")
        self._name, self._key, self._judge, self._timeout, self._resolver = name, key, judge, timeout_s, resolver
        self._tls = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port or (443 if self._tls else 80)
        self._path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_KEPT)
        self._basic = f"{parts.username}:{parts.password or ''}" if parts.username else None
        self._context = context
        self.secrets = [
            part for part in (self._path, parts.query, parts.username, parts.password) if part and part != "/"
        ]

    @property
    def target(self) -> str:
        """Where it goes, without what may be secret."""
        return f"{'https' if self._tls else 'http'}://{self._host}:{self._port}/…"

    def headers(self, message: Message, body: bytes, at: int) -> dict[str, str]:
        """The headers of one attempt."""
        found = {
            "Content-Type": "application/json",
            "User-Agent": "newswatch-webhook/1",
            "Connection": "close",
            "webhook-id": message.key,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(self._key, message.key, at, body),
            "Idempotency-Key": message.key,
        }
        if self._basic:
            found["Authorization"] = "Basic " + base64.b64encode(self._basic.encode()).decode()
        return found

    def body(self, message: Message) -> bytes:
        return json.dumps(payload(message, self._name), ensure_ascii=False, separators=(",", ":")).encode()

    def send(self, message: Message) -> None:
        until = time.monotonic() + self._timeout
        body = self.body(message)
        connection = self._connect(until)
        try:
            asked = False
            try:
                connection.request("POST", self._path, body, self.headers(message, body, int(time.time())))
                asked = True
                with connection.getresponse() as answer:
                    status, after = answer.status, answer.getheader("Retry-After")
                    _drain(answer, until)
            except (OSError, http.client.HTTPException) as error:
                words = scrub(f"{type(error).__name__}: {error}", self.secrets)
                raise SendError(f"no answer ({words})", unknown=asked) from error
        finally:
            connection.close()
        if not 200 <= status < 300:
            raise SendError(_refusal(status), after_s=_after(after), unknown=status >= 500)

    def _connect(self, until: float) -> http.client.HTTPConnection:
        """A connection to an address that was judged. The names are checked by the certificate, not by the address."""
        connection = http.client.HTTPConnection(self._host, self._port)
        try:
            sock = self._socket(until)
            if self._tls:
                context = self._context or ssl.create_default_context()
                sock = context.wrap_socket(sock, server_hostname=self._host)
        except OSError as error:
            raise SendError(f"no connection ({scrub(str(error), self.secrets)})") from error
        connection.sock = sock
        if self._tls:
            connection.default_port = 443  # else the Host header would name the port
        return connection

    def _socket(self, until: float) -> socket.socket:
        problem: OSError = OSError("no address")
        for address in self._addresses():
            try:
                sock = socket.create_connection((address, self._port), timeout=max(0.1, until - time.monotonic()))
            except OSError as error:
                problem = error
                continue
            sock.settimeout(max(0.1, until - time.monotonic()))
            return sock
        raise problem

    def _addresses(self) -> Sequence[str]:
        try:
            found = self._resolver(self._host, self._port)
        except (OSError, UnicodeError) as error:
            raise SendError(f"the name {self._host} has no address") from error
        why = next((why for address in found if (why := self._judge(address))), None)
        if why:
            raise SendError(f"{self._host} is refused: {why}; allow_private = true lets it through")
        return found


def _drain(answer: http.client.HTTPResponse, until: float) -> None:
    """Read the beginning of an answer, in the time that is left. Its status was told: that the rest fails changes nothing."""
    left = ANSWER_MOST
    with suppress(OSError, http.client.HTTPException):
        while left > 0 and time.monotonic() < until:
            part = answer.read1(left)
            if not part:
                return
            left -= len(part)


def _refusal(status: int) -> str:
    if 300 <= status < 400:
        return f"HTTP {status}: redirects are not followed; name the last address in the configuration"
    reason = http.client.responses.get(status, "")
    return f"HTTP {status} {reason}".strip()


def _after(value: str | None) -> float | None:
    """Seconds that a Retry-After asks for, at most an hour."""
    if not value:
        return None
    try:
        seconds = float(value) if value.strip().isdigit() else parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), AFTER_MOST_S)
