"""The thread that serves: one event loop for all listeners."""

from __future__ import annotations

import asyncio
import socket
import threading

from tests.newsroom.log import RequestLog
from tests.newsroom.wire import Listener, close_listener, open_listener

START_SECONDS = 10.0


class Running:
    """Serves listeners from a daemon thread between `start` and `stop`."""

    def __init__(self, listeners: list[Listener], log: RequestLog) -> None:
        self._listeners = listeners
        self._log = log
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._stopping: asyncio.Event = asyncio.Event()
        self._thread = threading.Thread(target=self._serve, name="newsroom", daemon=True)

    def start(self) -> None:
        self._thread.start()
        if not self._ready.wait(START_SECONDS):
            raise TimeoutError("the newsroom did not start")
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(START_SECONDS)

    def _serve(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._main())
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that started this one
            self._failure = error
        finally:
            self._ready.set()

    async def _main(self) -> None:
        for listener in self._listeners:
            await open_listener(listener, self._log)
        self._ready.set()
        await self._stopping.wait()
        for listener in self._listeners:
            await close_listener(listener)


def closed_port(host: str = "127.0.0.1") -> int:
    """A port that was free a moment ago and where nobody listens."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
