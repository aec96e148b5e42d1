"""Receivers of notifications on loopback: a web server that fails or hangs when told, a mail server, a verifier of signatures."""

from __future__ import annotations

import asyncio
import base64
import email
import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Post:
    """A request as received."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Hook:
    """A web server's memory. `statuses` are answered in turn, then 200; while `hang` is set, nothing is answered."""

    port: int = 0
    posts: list[Post] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    released: threading.Event = field(default_factory=threading.Event)
    hang: bool = False

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/hook?token=hidden-token"


@contextmanager
def hook() -> Iterator[Hook]:
    """A receiver of webhooks on a free port."""
    kept = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.posts.append(Post(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            if kept.hang:
                kept.released.wait(30)
            self.send_response(kept.statuses.pop(0) if kept.statuses else 200)
            for name, value in kept.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class's name
            del format, arguments

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that went away before the answer is what some tests are about."""

    server = Server((LOOPBACK, 0), Handler)
    kept.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        kept.released.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


def verified(post: Post, secret: str, now: float, *, tolerance_s: float = 300.0) -> bool:
    """Whether a request is signed after Standard Webhooks, written from its specification and from nothing of ours."""
    message_id, stamp = post.headers["webhook-id"], post.headers["webhook-timestamp"]
    if abs(now - int(stamp)) > tolerance_s:
        return False
    key = base64.b64decode(secret.split("whsec_", 1)[1])
    expected = hmac.new(key, f"{message_id}.{stamp}.".encode() + post.body, hashlib.sha256).digest()
    for one in post.headers["webhook-signature"].split(" "):
        version, _, given = one.partition(",")
        if version == "v1" and hmac.compare_digest(base64.b64decode(given), expected):
            return True
    return False


@dataclass
class Mailbox:
    """A mail server's memory. `refuse` are recipients that it does not know."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refuse: set[str] = field(default_factory=set)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's interface
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuse:
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(email.message_from_bytes(content, policy=default))  # type: ignore[arg-type]
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 taken"


@contextmanager
def mailbox(tls: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """A mail server on a free port; with `tls` it insists on STARTTLS."""
    kept = Mailbox()
    loop = asyncio.new_event_loop()

    def protocol() -> SMTP:
        return SMTP(kept, hostname="mail.example", tls_context=tls, require_starttls=tls is not None, loop=loop)

    server = loop.run_until_complete(loop.create_server(protocol, LOOPBACK, 0))
    kept.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(_settle(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _settle() -> None:
    """Let what still talks come to its end."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
