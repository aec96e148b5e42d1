"""Signing in and out."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from db.queries import accounts
from db.queries.accounts import AccountRecord
from monitor.web.access import keys, passwords
from monitor.web.access.backoff import Backoff
from monitor.web.access.guard import IDLE, SAFE, WHOLE, cookie_name
from monitor.web.access.policy import address_key
from monitor.web.desk import desk_of
from monitor.web.forms import COOKIE as FORM_COOKIE
from monitor.web.forms import go, own_form, own_path

router = APIRouter()
log = logging.getLogger("newswatch.access")
NAME_MOST = 80
AGENT_MOST = 120
_WRONG = "This name and password do not belong together."
_BUSY = "Many are signing in just now. Try again in a minute."


@dataclass(frozen=True)
class SignIns:
    """Tries at signing in. A whole address may be made to wait a quarter of an hour; an account, whose owner would wait with the
    guesser, a minute."""

    by_address: Backoff = field(default_factory=lambda: Backoff(most=900.0))
    by_account: Backoff = field(default_factory=lambda: Backoff(most=60.0))

    def take(self, address: str, name: str) -> float:
        """Count a try; else the seconds to wait."""
        return self.by_address.take(address) or self.by_account.take(name)

    def clear(self, address: str, name: str) -> None:
        self.by_address.clear(address)
        self.by_account.clear(name)


def sign_ins(request: Request) -> SignIns:
    found = request.app.state.sign_ins
    assert isinstance(found, SignIns)
    return found


def can_follow(request: Request) -> bool:
    """Whether who asks would rather be led to the page for signing in than told: a person who opens a page."""
    return request.method in SAFE and "text/html" in request.headers.get("accept", "")


def go_there(request: Request) -> RedirectResponse:
    back = str(request.url.replace(scheme="", netloc=""))
    return RedirectResponse(f"/login?{urlencode({'back': back})}", status_code=303)


def address_of(request: Request) -> str:
    return address_key(request.client.host if request.client else "")


@router.get("/login")
def page(request: Request, back: str = "/") -> Response:
    return _page(request, back)


def _page(request: Request, back: str, *, status: int = 200, name: str = "", trouble: str = "") -> Response:
    desk = desk_of(request)
    with desk.session() as session:
        some = accounts.any_enabled(session)
    response = desk.page(
        request, "login.html", status=status, back=own_path(back), name=name, trouble=trouble, accounts=some
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/login", dependencies=[Depends(own_form)])
def sign_in(
    request: Request,
    name: Annotated[str, Form(max_length=NAME_MOST)] = "",
    password: Annotated[str, Form(max_length=passwords.LONGEST)] = "",
    back: Annotated[str, Form()] = "/",
) -> Response:
    """Sign in. A wrong name and a wrong password are told alike and take as long."""
    address = address_of(request)
    wait = sign_ins(request).take(address, name)
    if wait:
        words = f"Too many tries. The next one can be made in {ceil(wait)} seconds."
        response = _page(request, back, status=429, name=name, trouble=words)
        response.headers["Retry-After"] = str(ceil(wait))
        return response
    try:
        found = _account(request, name, password)
    except passwords.BusyError:
        return _page(request, back, status=503, name=name, trouble=_BUSY)
    if found is None:
        # not the name: people type their password into the wrong field
        log.warning("sign-in refused for a visitor from %s", address)
        return _page(request, back, status=401, name=name, trouble=_WRONG)
    sign_ins(request).clear(address, name)
    response = go(back)
    start(request, response, found.id)
    return response


def _account(request: Request, name: str, password: str) -> AccountRecord | None:
    desk = desk_of(request)
    with desk.session() as session:
        found = accounts.by_name(session, name)
    usable = found if found and not found.disabled else None
    if not passwords.matches(usable.hash if usable else None, password) or usable is None:
        return None
    if passwords.outdated(usable.hash):
        with desk.writing() as session:
            accounts.set_hash(session, usable.id, passwords.hashed(password))
    return usable


def start(request: Request, response: Response, account_id: int) -> None:
    """Begin a session with a secret of its own; the one that the browser had ends."""
    secret, now = keys.session_secret(), datetime.now(UTC)
    old = request.cookies.get(cookie_name(request), "")
    agent = request.headers.get("user-agent", "")[:AGENT_MOST]
    with desk_of(request).writing() as session:
        if old:
            accounts.end_session(session, keys.digest(old))
        accounts.sign_in(session, account_id, keys.digest(secret), now=now, until=now + IDLE, agent=agent)
    secure = request.url.scheme == "https"
    most = int(WHOLE.total_seconds())
    name = cookie_name(request)
    response.set_cookie(name, secret, max_age=most, httponly=True, samesite="lax", secure=secure, path="/")
    response.delete_cookie(FORM_COOKIE, path="/")


@router.post("/logout", dependencies=[Depends(own_form)])
def sign_out(request: Request) -> Response:
    """End this browser's session."""
    secret = request.cookies.get(cookie_name(request), "")
    with desk_of(request).writing() as session:
        accounts.end_session(session, keys.digest(secret))
    return leave(request)


def leave(request: Request) -> Response:
    """Forget the session in this browser, with the pages that it kept."""
    response = go("/login")
    secure = request.url.scheme == "https"
    response.delete_cookie(cookie_name(request), path="/", secure=secure, httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response
