"""The review page in a process of its own: begun, watched and begun again when it ends."""

from __future__ import annotations

import asyncio
import errno
import importlib.util
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

MODULE = "monitor.web"
STEADY_S = 30.0
BACKOFF_MOST_S = 60.0
END_S = 3.0
TAKEN_RETRY_S = 60.0


def available() -> bool:
    """Whether there is a review page to run."""
    return importlib.util.find_spec(f"{MODULE}.__main__") is not None


def taken(host: str, port: int) -> bool:
    """Whether something else listens there, so that a server of ours could not."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
            probe.bind(address)
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False


class WebServer:
    """Supervises `python -m monitor.web --home DIR --port N`, with `more` arguments and a few variables of its environment."""

    def __init__(
        self,
        home: Path,
        host: str,
        port: int,
        say: Callable[[str], None],
        *,
        more: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._host, self._port = host, port
        self._arguments = ["--home", str(home), "--host", host, "--port", str(port), *more]
        self._environment = {**os.environ, **(environment or {})}
        self._say = say
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.ensure_future(self._supervise())

    async def _supervise(self) -> None:
        backoff = 1.0
        loop = asyncio.get_running_loop()
        while True:
            await self._port_free()
            began = loop.time()
            # its own session: Ctrl-C is the engine's to handle, which ends it in order
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "monitor.service.child",
                MODULE,
                *self._arguments,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=self._environment,
            )
            code = await self._process.wait()
            backoff = 1.0 if loop.time() - began > STEADY_S else min(backoff * 2, BACKOFF_MOST_S)
            self._say(f"the review page ended (exit code {code}); it starts again in {backoff:.0f} s")
            await asyncio.sleep(backoff)

    async def _port_free(self) -> None:
        """Wait for the port, which is asked for now and then; the service goes on without the page meanwhile."""
        said = False
        while await asyncio.to_thread(taken, self._host, self._port):
            if not said:
                self._say(f"port {self._port} is taken; choose another with --port (no review page until then)")
                said = True
            await asyncio.sleep(TAKEN_RETRY_S)

    async def stop(self) -> None:
        """End it, by force after three seconds."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), END_S)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
