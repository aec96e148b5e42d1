"""Puts the API together: an application of its own below `/api/v1`, with its own errors and its own description."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from monitor.web.api import arrivals, articles, changes, crawls, plan, problems, searching, sources, triage, views
from monitor.web.api.guard import SECURITY, Limits
from monitor.web.api.problems import MEDIA_TYPE, Problem
from monitor.web.api.streams import Shared
from monitor.web.api.wire import Wire
from monitor.web.desk import Desk

PATH = "/api/v1"
PARTS = (arrivals, changes, triage, articles, searching, sources, crawls, plan, views)
PACKED_FROM = 1024  # bytes
DESCRIPTION = (
    "What the review pages show and do, for programs. Lists go on from a cursor (`next`, and a `Link` header); reads carry "
    "entity tags (`If-None-Match`); errors are problem details (RFC 9457); calls are limited by identity (`RateLimit`). Send a "
    "token as `Authorization: Bearer …`; its scopes are `read`, `triage`, `crawl`, `admin`."
)


def create_api(desk: Desk, limits: Limits | None = None) -> FastAPI:
    """The API over a desk, to be mounted at `PATH`."""
    api = FastAPI(
        title="newswatch",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        generate_unique_id_function=lambda route: route.name,
        middleware=[Middleware(Wire), Middleware(GZipMiddleware, minimum_size=PACKED_FROM, compresslevel=5)],
        responses={"default": {"model": Problem, "description": "What went wrong."}},
        redirect_slashes=False,
    )
    api.state.desk, api.state.limits, api.state.shared = desk, limits or Limits(), Shared()
    for part in PARTS:
        api.include_router(part.router)
    api.add_exception_handler(HTTPException, _http_error)
    api.add_exception_handler(RequestValidationError, problems.bad_request)
    api.add_exception_handler(DBAPIError, problems.database_error)
    api.add_exception_handler(Exception, problems.own_error)
    api.openapi = lambda: described(api)  # type: ignore[method-assign]
    return api


def _http_error(request: Request, error: Exception) -> Response:
    response = problems.http_error(request, error)
    allowed = _methods(request.scope) if isinstance(error, HTTPException) and error.status_code == 405 else set()
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _methods(scope: Scope) -> set[str]:
    """What may be done at a path, whichever of its routes was asked first."""
    found: set[str] = set()
    for part in PARTS:
        fit = (route for route in part.router.routes if isinstance(route, APIRoute))
        found = found.union(*(route.methods or () for route in fit if route.matches(scope)[0] != Match.NONE))
    return found | ({"HEAD"} if "GET" in found else set())


def described(api: FastAPI) -> dict[str, Any]:
    """The description in OpenAPI 3.1. Errors are of their own media type, which FastAPI has no word for."""
    if api.openapi_schema is None:
        made = get_openapi(
            title=api.title,
            version=api.version,
            description=api.description,
            routes=api.routes,
            servers=[{"url": PATH}],
        )
        made["components"]["securitySchemes"] = {SECURITY: {"type": "http", "scheme": "bearer"}}
        for operations in made["paths"].values():
            for operation in operations.values():
                problem = operation["responses"]["default"]
                problem["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        api.openapi_schema = made
    return api.openapi_schema
