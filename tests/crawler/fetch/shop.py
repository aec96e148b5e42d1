"""A small loopback server whose answers a test lays out path by path."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Self

from tests.newsroom.log import RequestLog
from tests.newsroom.running import Running
from tests.newsroom.wire import Listener, Raw, Reply, Request, encode

Answer = Reply | Raw | Callable[[Request], Reply | Raw]
OK = Reply(200, b"<p>news</p>")


class Shop:
    """Answers `pages` by path, 404 otherwise; `log` keeps what was asked. `robots` None gives a 404 there."""

    def __init__(self, *, robots: str | None = None, host: str = "127.0.0.1") -> None:
        self.pages: dict[str, Answer] = {"/a": OK, "/b": OK, "/c": OK}
        if robots is not None:
            self.pages["/robots.txt"] = text(robots)
        self.log = RequestLog()
        self._listener = Listener("shop", self._answer, host)
        self._running = Running([self._listener], self.log)

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    @property
    def host(self) -> str:
        return self._listener.netloc

    def asked(self) -> list[str]:
        """The paths asked, oldest first."""
        return [record.path for record in self.log.all()]

    def __enter__(self) -> Self:
        self._running.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.stop()

    def _answer(self, request: Request) -> Reply | Raw:
        found = self.pages.get(request.path, Reply(404, b"not here"))
        return found(request) if callable(found) else found


def text(body: str) -> Reply:
    return Reply(200, body.encode(), content_type="text/plain")


def late(reply: Reply, seconds: float) -> Raw:
    """The reply after a while."""

    async def write(writer: asyncio.StreamWriter, request: Request) -> None:
        await asyncio.sleep(seconds)
        writer.write(encode(reply, request))

    return Raw(reply.status, write)


def moved(location: str, *headers: tuple[str, str], status: int = 302) -> Reply:
    return Reply(status, b"", (("Location", location), *headers))
