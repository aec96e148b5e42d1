"""Server-sent events: what happens, told as it happens, by one question a second to the database however many listen."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import structlog
from fastapi import HTTPException
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from monitor.web.access import identify
from monitor.web.api.wire import is_head

T = TypeVar("T")
EVERY_S = 1.0
HEARTBEAT_S = 15.0
LIFE_S = 3600.0  # then the reader comes back, and is asked again who it is
RETRY_MS = 2000  # when a reader that was cut off comes back
STREAMS_MOST, STREAMS_EACH = 200, 20

EVENT_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events until it ends or you leave. Send the last id as `Last-Event-ID` to go on from there.",
        "content": {"text/event-stream": {}},
    }
}


@dataclass
class _Asked(Generic[T]):
    """One question: its last answer, how often it changed, and who waits for the next."""

    turn: asyncio.Condition = field(default_factory=asyncio.Condition)
    listeners: int = 0
    number: int = 0
    value: Any = None
    task: asyncio.Task[None] | None = None


class Shared:
    """Questions that are asked once a second while anyone listens. A process has one, on its event loop."""

    def __init__(self, every_s: float = EVERY_S, life_s: float = LIFE_S) -> None:
        self._every_s, self._life_s = every_s, life_s
        self._asked: dict[Hashable, _Asked[Any]] = {}
        self._streams: Counter[str] = Counter()

    async def listen(self, key: Hashable, ask: Callable[[], T], heartbeat_s: float) -> AsyncIterator[T | None]:
        """The answer now and each time it differs; None where it did not for a while. Ends when its life is over."""
        asked: _Asked[T] = self._asked.setdefault(key, _Asked())
        asked.listeners += 1
        if asked.task is None:
            asked.task = asyncio.create_task(self._ask(asked, ask))
        try:
            heard, clock = 0, asyncio.get_running_loop().time
            end = clock() + self._life_s
            while (left := end - clock()) > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(heartbeat_s, left)), asked.turn:
                        await asked.turn.wait_for(lambda seen=heard: asked.number > seen)  # type: ignore[misc]
                if asked.task.done():  # it died of an error of ours, which its trace tells
                    asked.task.result()
                fresh, heard = asked.number > heard, asked.number
                yield asked.value if fresh else None
        finally:
            asked.listeners -= 1
            if not asked.listeners:
                asked.task.cancel()
                self._asked.pop(key, None)

    async def _ask(self, asked: _Asked[T], ask: Callable[[], T]) -> None:
        while True:
            try:
                value = await run_in_threadpool(ask)
            except DBAPIError as error:  # it is asked again; readers hear that we live
                structlog.get_logger("newswatch").warning("a stream could not ask the database", error=str(error))
            else:
                if not asked.number or value != asked.value:
                    async with asked.turn:
                        asked.value, asked.number = value, asked.number + 1
                        asked.turn.notify_all()
            await asyncio.sleep(self._every_s)

    @property
    def questions(self) -> int:
        """How many questions are being asked."""
        return len(self._asked)

    @property
    def listeners(self) -> int:
        """How many readers wait for an answer."""
        return sum(asked.listeners for asked in self._asked.values())

    def enter(self, who: str) -> None:
        """One more stream. Raises `HTTPException` 429 where there are too many."""
        if self._streams.total() >= STREAMS_MOST or self._streams[who] >= STREAMS_EACH:
            raise HTTPException(429, "Too many streams are open; close one.", headers={"Retry-After": "10"})
        self._streams[who] += 1

    def leave(self, who: str) -> None:
        self._streams[who] -= 1
        self._streams += Counter()  # those at nought are forgotten


def shared_of(request: Request) -> Shared:
    shared = request.app.state.shared
    assert isinstance(shared, Shared)
    return shared


def event(name: str, value: BaseModel, event_id: str | None = None) -> bytes:
    """One event on the wire."""
    return format_sse_event(data_str=value.model_dump_json(), event=name, id=event_id)


def stream(request: Request, events: Callable[[], AsyncIterator[bytes]]) -> Response:
    """An answer that goes on. Raises `HTTPException` 429 where this reader has too many open."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    if is_head(request.scope):
        return Response(headers=headers, media_type="text/event-stream")
    who, shared = identify(request), shared_of(request)
    name = f"{who.via}:{who.name or (request.client.host if request.client else '')}"
    shared.enter(name)

    async def body() -> AsyncIterator[bytes]:
        try:
            yield format_sse_event(retry=RETRY_MS)
            async for part in events():
                yield part
        finally:
            shared.leave(name)

    return StreamingResponse(body(), headers=headers, media_type="text/event-stream")


def alive() -> bytes:
    """What keeps a quiet line open."""
    return KEEPALIVE_COMMENT


def last_event(request: Request) -> int | None:
    """The number in `Last-Event-ID`. Raises `HTTPException` 400 where it is none of ours."""
    given = request.headers.get("last-event-id", "").strip()
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise HTTPException(400, "`Last-Event-ID` is the id of an event of this stream.")
    return int(given)
