"""One's own account: the password, and the browsers that are signed in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException
from starlette.requests import Request
from starlette.responses import Response

from db.queries import accounts
from db.queries.accounts import SessionRecord
from monitor.web.access import passwords
from monitor.web.access.identity import SIGN_IN
from monitor.web.access.sign_in import address_of, leave, sign_ins, start
from monitor.web.desk import desk_of
from monitor.web.forms import go, own_form


def signed_in(request: Request) -> SessionRecord:
    """The session that asks. Raises `HTTPException` 401 where nobody is signed in."""
    found = getattr(request.state, "session", None)
    if found is None:
        raise HTTPException(401, SIGN_IN, headers={"WWW-Authenticate": "Bearer"})
    assert isinstance(found, SessionRecord)
    return found


router = APIRouter(prefix="/account")
Me = Annotated[SessionRecord, Depends(signed_in)]


@router.get("")
def page(request: Request, me: Me, changed: bool = False) -> Response:
    return _page(request, me, changed=changed)


def _page(
    request: Request, me: SessionRecord, *, status: int = 200, trouble: str = "", changed: bool = False
) -> Response:
    desk = desk_of(request)
    with desk.session() as session:
        every = accounts.sessions_of(session, me.account_id, datetime.now(UTC))
    shown = desk.page(
        request,
        "account.html",
        status=status,
        me=me,
        sessions=every,
        trouble=trouble,
        changed=changed,
        shortest=passwords.SHORTEST,
    )
    shown.headers["Cache-Control"] = "no-store"
    return shown


Word = Annotated[str, Form(max_length=passwords.LONGEST + 1)]


@router.post("/password", dependencies=[Depends(own_form)])
def change(request: Request, me: Me, old: Word = "", new: Word = "", again: Word = "") -> Response:
    """Change the password; every other browser is signed out."""
    trouble = passwords.problem(new, me.name) or ("The two new ones differ." if new != again else None)
    if trouble:
        return _page(request, me, status=422, trouble=trouble)
    tries = sign_ins(request)
    if tries.take(address_of(request), me.name):
        return _page(request, me, status=429, trouble="Too many tries. Wait a minute.")
    desk = desk_of(request)
    with desk.session() as session:
        account = accounts.by_name(session, me.name)
    if not passwords.matches(account.hash if account else None, old):
        return _page(request, me, status=403, trouble="The password of now is another.")
    tries.clear(address_of(request), me.name)
    with desk.writing() as session:
        accounts.set_hash(session, me.account_id, passwords.hashed(new))
        accounts.sign_out(session, me.account_id)
    response = go("/account", changed="true")
    start(request, response, me.account_id)
    return response


@router.post("/logout-everywhere", dependencies=[Depends(own_form)])
def sign_out_everywhere(request: Request, me: Me) -> Response:
    """End every session of this account."""
    with desk_of(request).writing() as session:
        accounts.sign_out(session, me.account_id)
    return leave(request)
