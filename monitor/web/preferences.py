"""How a visitor wants times and colours: kept in their browser, nowhere else."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse

from monitor.web.desk import THEME_COOKIE, THEMES, ZONE_COOKIE, zone_names

router = APIRouter()
YEAR_S = 365 * 86400


@router.post("/preferences")
def prefer(
    request: Request,
    zone: Annotated[str, Form()] = "",
    theme: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/",
) -> RedirectResponse:
    # only a path of our own: a form of another site must not send a visitor elsewhere
    target = back if back.startswith("/") and not urlsplit(back).netloc and not back.startswith(("//", "/\\")) else "/"
    response = RedirectResponse(target, status_code=303)
    secure = request.url.scheme == "https"
    if zone in zone_names():
        response.set_cookie(ZONE_COOKIE, zone, max_age=YEAR_S, samesite="lax", httponly=True, secure=secure)
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=YEAR_S, samesite="lax", httponly=True, secure=secure)
    return response
