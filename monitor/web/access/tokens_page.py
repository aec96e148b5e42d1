"""Tokens of programs: made, seen, ended. The secret is on the page once, when it is made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from db.queries import tokens
from monitor.web.access import keys
from monitor.web.access.identity import SCOPE_WORDS, SCOPES, needs
from monitor.web.desk import NUMBER_MOST, desk_of
from monitor.web.forms import go, own_form

router = APIRouter(prefix="/tokens", dependencies=[Depends(needs("admin"))])
NAME_MOST = 80
DAYS = (7, 30, 90, 365)


@router.get("")
def page(request: Request) -> Response:
    return _page(request)


def _page(request: Request, *, status: int = 200, trouble: str = "", secret: str = "", made: str = "") -> Response:
    desk = desk_of(request)
    with desk.session() as session:
        every = tokens.every(session)
    values = {"tokens": every, "trouble": trouble, "secret": secret, "made": made}
    shown = desk.page(request, "tokens.html", status=status, scopes=SCOPE_WORDS, days=DAYS, most=NAME_MOST, **values)
    shown.headers["Cache-Control"] = "no-store"
    return shown


@router.post("", dependencies=[Depends(own_form)])
def make(
    request: Request,
    name: Annotated[str, Form(max_length=NAME_MOST)] = "",
    scope: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    days: Annotated[int, Form(ge=0, le=3650)] = 90,
) -> Response:
    """Make a token; with 0 days it has no end. The answer alone holds it."""
    named, wanted = " ".join(name.split()), {"read", *scope}
    if not named or wanted - SCOPES:
        return _page(request, status=422, trouble=f"A token needs a name, and scopes of {', '.join(SCOPE_WORDS)}.")
    secret, now = keys.token_secret(), datetime.now(UTC)
    until = now + timedelta(days=days) if days else None
    try:
        with desk_of(request).writing() as session:
            tokens.add(session, named, keys.digest(secret), wanted, now=now, until=until)
    except ValueError as error:
        return _page(request, status=409, trouble=f"{str(error).capitalize()}. End it first, or take another name.")
    return _page(request, secret=secret, made=named)


@router.post("/{token_id}/revoke", dependencies=[Depends(own_form)])
def revoke(request: Request, token_id: int) -> Response:
    with desk_of(request).writing() as session:
        tokens.revoke(session, max(0, min(token_id, NUMBER_MOST)), datetime.now(UTC))
    return go("/tokens")
