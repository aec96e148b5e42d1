"""Stands before every route: who asks, by which name, from which page. What no route thought of is refused here.

Pure ASGI, so that long answers stream. The database is asked in a thread, and only for a request that brings credentials, or that
would be free where no account exists.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from fastapi import HTTPException
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from db.queries import accounts, tokens
from monitor.web import forms
from monitor.web.access import keys
from monitor.web.access.identity import ANYONE_HERE, NOBODY, READER, SCOPES, SIGN_IN, Identity
from monitor.web.access.policy import Access
from monitor.web.desk import Desk

IDLE, WHOLE = timedelta(days=7), timedelta(days=30)  # a session ends so long after the last visit, and after the first
NOTED = timedelta(minutes=5)  # a visit or use is written down this often
BODY_MOST = 8 << 20
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
BARE = ("/healthz", "/readyz", "/static/")  # what anybody may ask for, with no look at who asks
HUBS = "/websub/"  # whose address is the secret; a hub comes by whatever name the way to us has, with no page and no account
OPEN = ("/login", "/metrics")  # metrics decides by itself: they are for this machine too, where accounts exist
FEEDS = "/feeds/"  # where a token may stand in the address
OPEN_WRITES = ("/login", "/logout", "/preferences")  # and send: none of it is stored in the home
Refuse = Callable[[Request, Exception], Response]


class Sent(NamedTuple):
    """A token, and how it came."""

    secret: str
    way: Literal["bearer", "basic", "address"]


class Guard:
    """ASGI middleware. `refuse` renders an `HTTPException` or a database's error for whoever asked."""

    def __init__(self, app: ASGIApp, *, desk: Desk, access: Access, refuse: Refuse) -> None:
        self._app, self._desk, self._access, self._refuse = app, desk, access, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        refused = None if scope["path"].startswith(HUBS) else await self._refused(request)
        await (refused or self._app)(scope, receive if refused else _limited(receive), send)

    async def _refused(self, request: Request) -> Response | None:
        host = request.headers.get("host", "")
        if not self._access.answers_to(host):
            words = (
                "This is not a name that newswatch answers to. If it should be, add it to allowed_hosts under [web].\n"
            )
            return PlainTextResponse(words, status_code=400)
        if request.method in SAFE and request.scope["path"].startswith(BARE):
            return None
        try:
            request.state.identity = await self._identity(request)
            _permit(request, request.state.identity)
        except (HTTPException, DBAPIError) as error:
            return await run_in_threadpool(self._refuse, request, error)
        return None

    async def _identity(self, request: Request) -> Identity:
        stranger = READER if self._access.public else NOBODY
        request.state.identity = stranger
        token, secret = _token(request), request.cookies.get(cookie_name(request), "")
        if token is None and not secret and not self._access.everybody(request.headers):
            return stranger
        return await run_in_threadpool(self._known, request, token, secret) or stranger

    def _known(self, request: Request, token: Sent | None, secret: str) -> Identity | None:
        now = datetime.now(UTC)
        with self._desk.session() as session:
            if token is not None:
                return self._program(session, token, now)
            if secret and (found := self._person(session, request, secret, now)):
                return found
            free = self._access.everybody(request.headers) and not accounts.any_account(session)
            return ANYONE_HERE if free else None

    def _program(self, session: Session, token: Sent, now: datetime) -> Identity:
        record = tokens.by_digest(session, keys.digest(token.secret), now)
        if record is None:
            words = "This token is not known here, has expired or was revoked."
            raise HTTPException(401, words, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        if token.way == "address" and record.scopes - {"read"}:
            raise HTTPException(403, "A token in an address is seen by many; let it be one that may only read.")
        if record.last_used_at is None or now - record.last_used_at > NOTED:
            self._note(lambda writing: tokens.used(writing, record.id, now))
        scopes = (record.scopes & SCOPES) | {"read"} if token.way == "bearer" else {"read"}
        return Identity(record.name, frozenset(scopes), "token")

    def _person(self, session: Session, request: Request, secret: str, now: datetime) -> Identity | None:
        digest = keys.digest(secret)
        record = accounts.signed_in(session, digest, now)
        if record is None:
            return None
        if now - record.last_seen_at > NOTED:
            until = min(now + IDLE, record.created_at + WHOLE)
            self._note(lambda writing: accounts.seen(writing, digest, now, until))
        request.state.session = record
        request.state.bound_form_token = keys.form_token(secret)
        return Identity(record.name, SCOPES, "session")

    def _note(self, write: Callable[[Session], None]) -> None:
        # a busy database must not keep anybody out: the next request notes it
        with suppress(OperationalError), self._desk.writing() as session:
            write(session)


def cookie_name(request: Request) -> str:
    """Over TLS the name has a prefix by which browsers take the cookie from this host and over TLS alone (RFC 6265bis, 4.1.3)."""
    return "__Host-newswatch" if request.url.scheme == "https" else "newswatch"


def _token(request: Request) -> Sent | None:
    """The token sent.

    A feed reader sends it as the password of Basic: for reading alone, since a browser would send it by itself. One that knows no
    passwords has it in the feed's address.
    """
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if not kind and request.method in SAFE and request.scope["path"].startswith(FEEDS):
        given = request.query_params.get("token")
        return Sent(given, "address") if given else None
    if kind.lower() == "bearer":
        return Sent(value.strip(), "bearer")
    if kind.lower() != "basic":
        return None
    try:
        return Sent(base64.b64decode(value.strip(), validate=True).decode().partition(":")[2], "basic")
    except (binascii.Error, UnicodeDecodeError):
        return Sent("", "basic")


def _permit(request: Request, who: Identity) -> None:
    """Raises `HTTPException` for what this visitor may in no case do."""
    path = request.scope["path"]
    if request.method in SAFE:
        if not who.may("read") and path not in OPEN:
            raise HTTPException(401, SIGN_IN, headers=_challenge(request))
        return
    if who.via == "token":
        if who.scopes == {"read"}:
            raise HTTPException(403, "This token may only read.")
        return
    if not forms.same_origin(request):
        raise HTTPException(403, forms.STALE)
    if not who.known and path not in OPEN_WRITES:
        raise HTTPException(401, SIGN_IN, headers=_challenge(request))


def _challenge(request: Request) -> dict[str, str]:
    # a browser must not ask for a password in a window of its own: it names a mode of fetching, programs do not
    if "sec-fetch-mode" in request.headers:
        return {"WWW-Authenticate": "Bearer"}
    return {"WWW-Authenticate": 'Bearer, Basic realm="newswatch: a token as password", charset="UTF-8"'}


def _limited(receive: Receive) -> Receive:
    """The body, no more of it than a form of ours can have. Raises `HTTPException` 413."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > BODY_MOST:
            raise HTTPException(413, "This is too long.")
        return message

    return limited
