"""Errors as problem details (RFC 9457): one shape whatever went wrong."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import structlog
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.web.desk import desk_of
from monitor.web.trouble import database_trouble

MEDIA_TYPE = "application/problem+json"
RETRY_S = 5  # when a database that does not answer is worth asking again


class Mistake(BaseModel):
    """One part of a request that is wrong."""

    where: str = Field(description="The part: `query.limit`, `body.state`, `path.change_id` …")
    what: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = Field(default="about:blank", description="`about:blank`: the status says it all.")
    title: str = Field(description="The status in words.")
    status: int = Field(ge=400, le=599)
    detail: str | None = Field(default=None, description="What is wrong and what to do, for a person.")
    errors: list[Mistake] | None = Field(default=None, description="For a request that does not fit: each mistake.")


def problem(
    status: int, detail: str | None = None, *, errors: list[Mistake] | None = None, headers: Any = None
) -> Response:
    found = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors)
    return Response(found.model_dump_json(exclude_none=True), status, headers, media_type=MEDIA_TYPE)


def http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    plain = HTTPStatus(error.status_code).phrase
    detail = error.detail if error.detail != plain else None
    return problem(error.status_code, detail, headers=error.headers)


def bad_request(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = [Mistake(where=".".join(map(str, one["loc"])), what=str(one["msg"])) for one in error.errors()]
    return problem(422, "The request does not fit; `errors` says where.", errors=found)


def database_error(request: Request, error: Exception) -> Response:
    structlog.get_logger("newswatch").warning("the API could not ask the database", error=str(error))
    return problem(503, database_trouble(desk_of(request).engine), headers={"Retry-After": str(RETRY_S)})


def own_error(_request: Request, _error: Exception) -> Response:
    """An error of ours: its trace is in the log of the server."""
    return problem(500, "That is an error of newswatch itself; its log has the trace.")


def refused(request: Request, error: Exception) -> Response:
    """What was refused before the API was asked."""
    return (http_error if isinstance(error, HTTPException) else database_error)(request, error)
