"""How a visitor wants times and colours: kept in their browser, nowhere else."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from monitor.web.desk import THEME_COOKIE, THEMES, ZONE_COOKIE, desk_of, zone_names
from monitor.web.forms import go, own_form, own_path

router = APIRouter()
YEAR_S = 365 * 86400


@router.get("/preferences", response_class=HTMLResponse)
def page(request: Request, back: str = "/") -> HTMLResponse:
    names = sorted(zone_names())
    return desk_of(request).page(request, "preferences.html", zones=names, themes=THEMES, back=own_path(back))


@router.post("/preferences", dependencies=[Depends(own_form)])
def prefer(
    request: Request,
    zone: Annotated[str, Form()] = "",
    theme: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/",
) -> RedirectResponse:
    response = go(back)
    secure = request.url.scheme == "https"
    if zone in zone_names():
        response.set_cookie(ZONE_COOKIE, zone, max_age=YEAR_S, samesite="lax", httponly=True, secure=secure)
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=YEAR_S, samesite="lax", httponly=True, secure=secure)
    return response
