"""Puts the review pages together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, ProgrammingError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from monitor.report.jinja import TEMPLATES
from monitor.web import (
    alike_page,
    archived,
    articles,
    change_page,
    crawl_page,
    evidence,
    exports,
    feeds,
    hub,
    inbox,
    judging,
    metrics,
    noise_page,
    notify_page,
    plan_page,
    preferences,
    search_page,
    sharing,
    source_page,
    stats_page,
)
from monitor.web.access import account_page, sign_in, tokens_page
from monitor.web.access.guard import Guard
from monitor.web.access.policy import THIS_MACHINE, Access
from monitor.web.access.sign_in import SignIns
from monitor.web.api import problems, reference
from monitor.web.api.app import PATH as API
from monitor.web.api.app import create_api
from monitor.web.desk import HERE, Desk, desk_of, environment
from monitor.web.trouble import database_trouble

# no script of an article can ever run: none of ours is inline, none of anyone else's is allowed
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # `no-referrer` would have browsers send forms with the origin `null`
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

PARTS = (
    inbox,
    judging,
    change_page,
    articles,
    alike_page,
    archived,
    source_page,
    crawl_page,
    evidence,
    noise_page,
    stats_page,
    notify_page,
    plan_page,
    preferences,
    search_page,
    reference,
    feeds,
    hub,
    exports,
    sharing,
    sign_in,
    account_page,
    tokens_page,
    metrics,
)


def create_app(
    engine: Engine,
    *,
    display_zone: str | None = None,
    access: Access = THIS_MACHINE,
    archive: Path | None = None,
) -> FastAPI:
    """The review pages over one home's database; `access` says where they listen and to whom.

    `archive` is the folder of raw answers; without it, versions say that their evidence is elsewhere.
    """
    app = FastAPI(title="newswatch", docs_url=None, redoc_url=None, openapi_url=None)
    desk = app.state.desk = Desk(engine, environment(), display_zone, archive=archive)
    app.state.sign_ins = SignIns()
    app.state.access = access
    app.add_middleware(Guard, desk=desk, access=access, refuse=_refuse)
    app.middleware("http")(_headers)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(OperationalError, _database_error)
    app.add_exception_handler(ProgrammingError, _database_error)
    for part in PARTS:
        app.include_router(part.router)
    app.add_exception_handler(RequestValidationError, _bad_words)
    app.get("/static/style.css", include_in_schema=False)(_style)
    app.state.api = create_api(desk)
    app.mount(API, app.state.api)
    app.mount("/static", StaticFiles(directory=HERE / "static"))
    return app


async def _headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 401 and sign_in.can_follow(request):
        return sign_in.go_there(request)
    response = desk_of(request).page(request, "error.html", status=error.status_code, what=error.detail)
    response.headers.update(error.headers or {})
    return response


def _refuse(request: Request, error: Exception) -> Response:
    """What the guard refused, told as the routes tell it."""
    if request.url.path.startswith(f"{API}/"):
        return problems.refused(request, error)
    return (_http_error if isinstance(error, HTTPException) else _database_error)(request, error)


def _bad_words(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    what = "; ".join(f"{found['loc'][-1]}: {found['msg'].lower()}" for found in error.errors())
    return desk_of(request).page(request, "error.html", status=422, what=f"The address or form has a mistake: {what}.")


def _database_error(request: Request, error: Exception) -> Response:
    desk = desk_of(request)
    return desk.page(request, "error.html", status=503, what=database_trouble(desk.engine))


def _style() -> FileResponse:
    return FileResponse(TEMPLATES / "style.css", media_type="text/css")
