"""Forms that only our own pages can send: a token in a cookie and in the form (OWASP's double submit), and the sender's origin.

A route that writes declares `dependencies=[Depends(own_form)]`; its template holds `{{ form_token() }}`. Scripts send the token
as the header `X-Form-Token`.
"""

from __future__ import annotations

import re
import secrets
from hmac import compare_digest
from urllib.parse import urlencode, urlsplit

from fastapi import HTTPException
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.web.access.identity import identify

COOKIE, FIELD, HEADER = "form", "form_token", "x-form-token"
_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")
STALE = "This form was not sent from a page of ours, or is too old. Go back, load the page again and repeat it."


def token(request: Request) -> str:
    """The visitor's token; a new one is remembered for `give`."""
    standing = _standing(request)
    if _SHAPE.fullmatch(standing):
        return standing
    if not hasattr(request.state, "form_token"):
        request.state.form_token = secrets.token_urlsafe(32)
    return str(request.state.form_token)


def field(request: Request) -> Markup:
    """The hidden field of a form."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token(request))


def give(request: Request, response: Response) -> None:
    """Set the cookie of a token that was made for this answer."""
    made = getattr(request.state, "form_token", None)
    if made:
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, made, samesite="lax", httponly=True, secure=secure, path="/")


def _standing(request: Request) -> str:
    """The token that a form must bring: the signed-in session's, else the cookie's."""
    bound = getattr(request.state, "bound_form_token", None)
    return str(bound or request.cookies.get(COOKIE, ""))


async def own_form(request: Request) -> None:
    """Refuse what another site sent. Raises `HTTPException` 403.

    A program's token needs no form token: no browser sends it by itself.
    """
    if identify(request).via == "token":
        return
    if not same_origin(request):
        raise HTTPException(403, STALE)
    given = request.headers.get(HEADER)
    if given is None:
        value = (await request.form()).get(FIELD)
        given = value if isinstance(value, str) else ""
    standing = _standing(request)
    if not _SHAPE.fullmatch(standing) or not compare_digest(standing.encode(), given.encode()):
        raise HTTPException(403, STALE)


def same_origin(request: Request) -> bool:
    """Whether the browser says the request comes from our own pages; older browsers say nothing, and the token decides."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


def own_path(back: str) -> str:
    """A path of our own, whatever was asked for: a form of another site must not send a visitor elsewhere."""
    own = back.startswith("/") and not urlsplit(back).netloc and not back.startswith(("//", "/\\"))
    return back if own and not set(back) & {"\r", "\n", "\\"} else "/"


def go(back: str, **query: str) -> RedirectResponse:
    """Back to a page of ours after a form was taken."""
    target = own_path(back)
    return RedirectResponse(f"{target}?{urlencode(query)}" if query else target, status_code=303)
