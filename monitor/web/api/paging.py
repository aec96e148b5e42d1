"""Answers: pages of lists by keyset, entity tags, and what is not sent again."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from fastapi import HTTPException, Path
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import Response

from monitor.web.conditional import etag_of, fresh
from monitor.web.desk import NUMBER_MOST

LIMIT_MOST = 200
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T", re.ASCII)
T = TypeVar("T")
Item = TypeVar("Item")

PathId = Annotated[int, Path(ge=1, le=NUMBER_MOST)]
Id = Annotated[int, Field(ge=1, le=NUMBER_MOST)]
# a NUL cannot be stored by every database
Words = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=200)]


def _written(value: object) -> object:
    if not isinstance(value, str) or not _INSTANT.match(value):
        raise ValueError("write an instant as 2026-05-04T08:30:00+02:00")
    return value


def _utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("this instant lies outside the calendar") from error


Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_utc)]
"""An instant with its offset (RFC 3339), and not a number of seconds."""


class Given(BaseModel):
    """What a request gives: a name that is not known is a mistake, not nothing."""

    model_config = ConfigDict(extra="forbid")


class Paging(Given):
    """Which part of a list."""

    after: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]*$", max_length=600)] | None = Field(
        default=None, description="Where to go on from: the `next` of the page before, as it was given."
    )
    limit: int = Field(default=50, ge=1, le=LIMIT_MOST, description="How many at most.")


class Listed(BaseModel, Generic[Item]):
    """A page of a list. It may hold fewer than `limit`; the list goes on while there is a `next`."""

    items: list[Item]
    next: str | None = Field(default=None, description="The `after` of the next page; null at the end.")


def cursor(*values: int | str) -> str:
    """A place in a list, opaque to the reader."""
    return urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def place(after: str | None, kind: type[T]) -> T | None:
    """The value in a cursor that `cursor` made of one. Raises `HTTPException` 400 for anything else."""
    if after is None:
        return None
    try:
        (value,) = json.loads(urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    except (ValueError, TypeError) as error:
        raise HTTPException(400, "`after` is no cursor of this list; take the `next` of a page.") from error
    if type(value) is not kind or (isinstance(value, int) and not -NUMBER_MOST <= value <= NUMBER_MOST):
        raise HTTPException(400, "`after` is a cursor of another list.")
    assert isinstance(value, kind)
    return value


def sliced(items: Iterable[T], key: Callable[[T], str], paging: Paging) -> tuple[list[T], str | None]:
    """A page of a short list that is at hand whole, in order of its key, which is unique."""
    after = place(paging.after, str)
    left = [item for item in sorted(items, key=key) if after is None or key(item) > after]
    return cut(left, paging.limit, key)


def cut(found: Sequence[T], limit: int, key: Callable[[T], int | str]) -> tuple[list[T], str | None]:
    """The first `limit`, and the cursor of what follows; ask for one more than the limit."""
    kept = list(found[:limit])
    return kept, cursor(key(kept[-1])) if len(found) > limit else None


def answer(request: Request, value: BaseModel, *, status: int = 200, **headers: str) -> Response:
    """A value with its entity tag; 304 where the reader has it already. A page of a list links to the next."""
    body = value.model_dump_json().encode()
    tag = etag_of(body)
    sent = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie", **headers}
    if isinstance(value, Listed) and value.next:
        sent["Link"] = f'<{_with(request.url, after=value.next)}>; rel="next"'
    if request.method == "GET" and fresh(request, tag):
        return Response(status_code=304, headers=sent)
    return Response(body, status, sent, media_type="application/json")


def _with(url: URL, **query: str) -> str:
    return str(url.include_query_params(**query).replace(scheme="", netloc=""))


def unaltered(request: Request, now: Callable[[], BaseModel]) -> None:
    """Hold a write to what its sender saw. Raises `HTTPException` 412 where `If-Match` names another state than `now` gives."""
    given = request.headers.get("if-match")
    if given is None:
        return
    tags = {tag.strip() for tag in given.split(",")}  # a weak one never fits (RFC 9110, 13.1.1)
    if "*" not in tags and etag_of(now().model_dump_json().encode()) not in tags:
        raise HTTPException(412, "It was altered since you read it. Read it again, and repeat what you want.")
