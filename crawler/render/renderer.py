"""The engine's side of rendering: render processes, each given one page at a time, ended and begun again when one fails."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pickle
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from crawler.render.values import EXTRA, NO_BROWSER, Order, Rendered, RenderSettings, pack, rendered_of, unpack
from db.types import Fetched, FetchFailed, Reason

MODULE = "crawler.render"
_log = structlog.get_logger("newswatch")
GRACE_S = 45.0  # beyond a page's own time: to start a browser, and to end one that hangs
IDLE_S = 120.0  # then the browser's memory is given back
ENDED = "the render process ended before the page was done"


def missing_extra() -> str | None:
    """What to do where rendering's libraries are not installed; None where they are."""
    there = all(importlib.util.find_spec(name) is not None for name in ("playwright", "psutil"))
    return None if there else EXTRA


def trouble_of(settings: RenderSettings) -> str | None:
    """What to do before pages can be rendered here; None where they can, as far as can be told without a browser started."""
    if trouble := missing_extra():
        return trouble
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # not there without the extra

    from crawler.render.browser import program  # noqa: PLC0415

    path = program(settings)
    if path is None:
        with sync_playwright() as playwright:
            path = playwright.chromium.executable_path
        return None if Path(path).exists() else NO_BROWSER
    return None if shutil.which(path) else f"there is no program {path}: correct `browser` in [render]"


class Renderer:
    """Renders what the engine fetched. Processes start with the first page and end after two idle minutes."""

    def __init__(self, settings: RenderSettings, *, user_agent: str, allow: tuple[str, ...], most_bytes: int) -> None:
        self._settings, self._user_agent, self._allow, self._most_bytes = settings, user_agent, allow, most_bytes
        self._free: asyncio.LifoQueue[_Process] | None = None
        self._all: list[_Process] = []

    async def page(
        self, fetched: Fetched, *, rules: Any = None, zone: str | None = None, proxy: str | None = None
    ) -> Fetched | FetchFailed:
        """The answer with the rendered document as its body, `raw` as it was received; else why there is none.

        `rules` are the host's robots.txt rules, which hold for what the page asks of its own host.
        """
        result = await self.render(self._order(fetched, zone, proxy), fetched.body, rules)
        if result.trouble:
            return FetchFailed(
                url=fetched.url,
                reason=Reason.RENDER,
                detail=result.trouble,
                at=fetched.at,
                status=fetched.status,
                final_url=fetched.final_url,
                hops=fetched.hops,
                answer=fetched,
            )
        if result.refused:
            _log.info("addresses were refused to a rendered page", url=fetched.url, refused=dict(result.refused))
        return replace(fetched, body=result.html, rendered=True)

    async def render(self, order: Order, document: bytes, rules: Any = None) -> Rendered:
        """Render one page, when a process is free."""
        trouble = missing_extra()
        if trouble:
            return Rendered(trouble=trouble)
        free = self._processes()
        process = await free.get()
        try:
            return await process.render(order, document + (pickle.dumps(rules) if rules is not None else b""))
        finally:
            free.put_nowait(process)

    async def close(self) -> None:
        """End the processes."""
        await asyncio.gather(*(process.end() for process in self._all))

    def _order(self, fetched: Fetched, zone: str | None, proxy: str | None) -> Order:
        return Order(
            url=fetched.final_url,
            status=fetched.status,
            headers=fetched.headers,
            length=len(fetched.body),
            user_agent=self._user_agent,
            allow=self._allow,
            settings=self._settings,
            zone=zone,
            proxy=proxy,
            most_bytes=self._most_bytes,
        )

    def _processes(self) -> asyncio.LifoQueue[_Process]:
        if self._free is None:
            self._free = asyncio.LifoQueue()
            self._all = [_Process() for _ in range(self._settings.processes)]
            for process in self._all:
                self._free.put_nowait(process)
        return self._free


class _Process:
    """One render process, begun when it is needed."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._idle: asyncio.TimerHandle | None = None

    async def render(self, order: Order, body: bytes) -> Rendered:
        if self._idle:
            self._idle.cancel()
        try:
            result = await asyncio.wait_for(self._exchange(order, body), order.settings.timeout + GRACE_S)
        except (TimeoutError, asyncio.CancelledError) as error:
            await self.end()
            if isinstance(error, asyncio.CancelledError):
                raise
            return Rendered(trouble=f"the page was not done within {order.settings.timeout:g} s")
        except (ValueError, OSError) as error:
            await self.end()
            return Rendered(trouble=f"{ENDED} ({error})")
        if result.broken:
            await self.end()
        else:
            self._idle = asyncio.get_running_loop().call_later(IDLE_S, self._kill)
        return result

    async def _exchange(self, order: Order, body: bytes) -> Rendered:
        process = await self._begun()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(pack(order, body))
        await process.stdin.drain()
        frame = await unpack(process.stdout, order.most_bytes)
        return rendered_of(*frame) if frame else Rendered(trouble=ENDED, broken=True)

    async def _begun(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            # its own session: Ctrl-C is the engine's to handle, and the whole group can be ended
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                MODULE,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        return self._process

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def end(self) -> None:
        """End it: by its input's end, which takes the browser along, and by force after a moment."""
        process, self._process = self._process, None
        if self._idle:
            self._idle.cancel()
        if process is None:
            return
        if process.stdin is not None and process.returncode is None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 2.0)
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
