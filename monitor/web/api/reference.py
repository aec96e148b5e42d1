"""The API's reference at `/api` and `/api/values`: made on the server from the API's description, with the desk's templates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from monitor.web.desk import desk_of

router = APIRouter()
_CODE = re.compile(r"`([^`]+)`")
_LIMITS = (
    ("minimum", "from"),
    ("maximum", "to"),
    ("minLength", "at least"),
    ("maxLength", "at most"),
    ("maxItems", "at most"),
    ("default", "default"),
)


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter of a call, or a part of a value. `where` is `query`, `path`, `header` or empty."""

    name: str
    type: Markup
    words: Markup
    required: bool = False
    where: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One call."""

    key: str
    method: str
    path: str
    title: Markup
    words: Markup
    scope: str
    parameters: tuple[Field, ...]
    body: str | None
    status: str
    answer: Markup


@dataclass(frozen=True, slots=True)
class Shape:
    """A value that calls take or give."""

    name: str
    words: Markup
    fields: tuple[Field, ...]


def inline(text: str | None) -> Markup:
    """A docstring's words, code marked."""
    parts = _CODE.split(" ".join((text or "").split()))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else Markup("{}").format(part)
        for number, part in enumerate(parts)
    )


def type_of(schema: Mapping[str, Any]) -> Markup:
    """A schema's type in words, named values linked."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return Markup('<a href="/api/values#{0}">{0}</a>').format(name)
    if "anyOf" in schema:
        return Markup(" or ").join(type_of(part) for part in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        words = schema.get("enum") or [schema["const"]]
        return Markup(" · ").join(Markup("<code>{}</code>").format(word) for word in words)
    if schema.get("type") == "array":
        if "prefixItems" in schema:
            return Markup("[{}]").format(Markup(", ").join(type_of(part) for part in schema["prefixItems"]))
        return Markup("list of {}").format(type_of(schema.get("items", {})))
    if isinstance(schema.get("additionalProperties"), Mapping):
        return Markup("object of {}").format(type_of(schema["additionalProperties"]))
    return Markup("{}").format(schema.get("format") or schema.get("type") or "any value")


def _field(name: str, schema: Mapping[str, Any], *, required: bool, where: str = "", words: str = "") -> Field:
    parts = [schema, *schema.get("anyOf", ())]
    limits = [f"{label} {part[key]}" for part in parts for key, label in _LIMITS if part.get(key) not in (None, [])]
    text = " ".join(filter(None, (words or schema.get("description"), f"({', '.join(limits)})" if limits else "")))
    return Field(name, type_of(schema), inline(text), required, where)


def operations(description: Mapping[str, Any]) -> dict[str, list[Operation]]:
    """The calls by their tag, in the order declared."""
    found: dict[str, list[Operation]] = {}
    for path, methods in description["paths"].items():
        for method, told in methods.items():
            found.setdefault(told["tags"][0], []).append(_operation(path, method, told))
    return found


def _operation(path: str, method: str, told: Mapping[str, Any]) -> Operation:
    title, _, words = told.get("description", told["summary"]).partition(". ")
    status, good = next((code, answer) for code, answer in told["responses"].items() if code != "default")
    media: str = next(iter(good.get("content", {})), "")
    shape = (
        type_of(good["content"][media]["schema"])
        if media == "application/json"
        else Markup("{}").format(media or "nothing")
    )
    body = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    return Operation(
        key=told["operationId"],
        method=method.upper(),
        path=path,
        title=inline(title.rstrip(".")),
        words=inline(words),
        scope=next((names[0] for way in told.get("security", ()) for names in way.values()), ""),
        parameters=tuple(
            _field(
                one["name"],
                one["schema"],
                required=one.get("required", False),
                where=one["in"],
                words=one.get("description", ""),
            )
            for one in told.get("parameters", ())
        ),
        body=body.get("$ref", "").rsplit("/", 1)[-1] or None,
        status=status,
        answer=shape,
    )


def shapes(description: Mapping[str, Any]) -> list[Shape]:
    """The values, in order of the alphabet."""
    return [
        Shape(
            name,
            inline(schema.get("description")) if "properties" in schema else type_of(schema),
            tuple(
                _field(key, part, required=key in schema.get("required", ()))
                for key, part in schema.get("properties", {}).items()
            ),
        )
        for name, schema in sorted(description["components"]["schemas"].items())
    ]


@router.get("/api", response_class=HTMLResponse)
def reference(request: Request) -> HTMLResponse:
    """Every call of the API."""
    told = request.app.state.api.openapi()
    return desk_of(request).page(
        request,
        "api.html",
        words=inline(told["info"]["description"]),
        groups=operations(told),
        root=told["servers"][0]["url"],
        origin=str(request.base_url).rstrip("/"),
    )


@router.get("/api/values", response_class=HTMLResponse)
def values(request: Request) -> HTMLResponse:
    """Every value that calls take or give."""
    return desk_of(request).page(request, "api_values.html", shapes=shapes(request.app.state.api.openapi()))
