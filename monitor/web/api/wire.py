"""What stands between the API and the wire: HEAD, entity tags of packed answers, and the headers of the rate limit."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PACKED = "-gzip"


class Wire:
    """Pure ASGI, around everything else.

    HEAD is answered as GET without the body (RFC 9110, 9.3.2). A packed answer has another strong entity tag than the plain one
    (8.8.3.3): the suffix is added on the way out and taken off on the way in, as Apache does.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"
        state = scope.setdefault("state", {})
        state["head"] = head
        inner = {**scope, "method": "GET" if head else scope["method"], "headers": _plain_tags(scope["headers"])}

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                _finish(message, state)
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app(inner, receive, sent)


def _plain_tags(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    conditional = {b"if-match", b"if-none-match"}
    suffix, plain = f'{PACKED}"'.encode(), b'"'
    return [(name, value.replace(suffix, plain) if name in conditional else value) for name, value in headers]


def _finish(message: Message, state: dict[str, Any]) -> None:
    headers = MutableHeaders(raw=message["headers"])
    for name, value in state.get("rate", {}).items():
        headers[name] = value
    tag = headers.get("etag")
    if tag and headers.get("content-encoding") == "gzip":
        headers["etag"] = f'{tag[:-1]}{PACKED}"'
    message["headers"] = headers.raw


def is_head(scope: Scope) -> bool:
    """Whether only the head of an answer is asked for."""
    return bool(scope.get("state", {}).get("head"))
