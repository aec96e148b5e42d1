"""One Chromium, held by the render process, and one page in it: opened from the engine's bytes, read when it has come to rest."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from playwright.async_api import Browser, BrowserContext, Error, Page, Playwright, Request, Route

from crawler.fetch.policy import networks
from crawler.render.proxy import FilterProxy
from crawler.render.values import MIB, NO_BROWSER, Order, Rendered, RenderSettings

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# names lead nowhere but through the proxy; nothing leaves by UDP; nothing of the browser's own is asked for
ARGUMENTS = (
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-quic",
    "--force-webrtc-ip-handling-policy",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-features=WebTransport,NetworkPrediction,Prerender2,SpeculationRules,OptimizationHints",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
    "--mute-audio",
    "--blink-settings=imagesEnabled=false",
)
# the proxy holds the rule; these only take away what it could not serve
INIT = (
    """for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport"]) { delete window[name]; }"""
)
LENGTH = "() => document.body && document.readyState != 'loading' ? document.body.textContent.length : -1"
SIZE = "() => document.documentElement ? document.documentElement.outerHTML.length : 0"
BLOCKED = frozenset(
    {"image", "font", "media", "texttrack", "ping", "manifest", "cspviolationreport", "other", "document"}
)
AWAITED = frozenset({"script", "stylesheet", "xhr", "fetch"})
TICK_S = 0.1
QUIET_S = 0.5
WAITING_S = 3.0
CLOSE_S = 3.0
LAUNCH_S = 30.0
RELOADS = 2
_DROPPED = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive"})

Allowed = Callable[[str], bool]


class NotRenderedError(Exception):
    """The page could not be rendered; the message says why."""


class BrokenError(NotRenderedError):
    """Nor is the browser to be used again."""


def program(settings: RenderSettings) -> str | None:
    """Chromium's program as the settings name it or as the system has it, else None: Playwright's own, if it has one."""
    if settings.browser:
        return settings.browser
    return next((path for name in NAMES if (path := shutil.which(name))), None)


async def launch(playwright: Playwright, settings: RenderSettings, nowhere: str) -> Browser:
    """Start Chromium. `nowhere` is a proxy that refuses everything: what no page of ours asks for goes there.

    Raises `BrokenError` where there is no browser or it does not start.
    """
    path = program(settings)
    if path is None and not await asyncio.to_thread(Path(playwright.chromium.executable_path).exists):
        raise BrokenError(NO_BROWSER)
    heap = f"--js-flags=--max-old-space-size={max(settings.memory_mb // 2, 64)}"
    try:
        return await playwright.chromium.launch(
            executable_path=path,
            args=[*ARGUMENTS, heap],
            chromium_sandbox=settings.sandbox and os.geteuid() != 0,
            proxy={"server": nowhere, "bypass": "<-loopback>"},
            timeout=LAUNCH_S * 1000,
        )
    except Error as error:
        raise BrokenError(f"Chromium did not start: {_first_line(error)}") from error


class OnePage:
    """One page's visit. `allowed` says whether robots.txt lets an address of the page's own host be asked."""

    def __init__(self, order: Order, body: bytes, allowed: Allowed) -> None:
        self._order, self._body, self._allowed = order, body, allowed
        self._origin = _origin(order.url)
        self._served = 0
        self._astray: str | None = None
        self._crashed = False
        self._under_way: set[Request] = set()
        self._ended_at = 0.0
        self._settled = True
        self.proxy = FilterProxy(
            networks(order.allow), upstream=_upstream(order.proxy), most_bytes=order.settings.data_mb * MIB
        )
        self.peak_mb = 0.0

    async def render(self, browser: Browser) -> Rendered:
        """Open, wait, read. Raises `NotRenderedError`, `BrokenError`."""
        began = time.monotonic()
        settings = self._order.settings
        work = asyncio.ensure_future(self._work(browser))
        watch = asyncio.ensure_future(self._watch_memory(settings.memory_mb))
        try:
            done, _ = await asyncio.wait({work, watch}, timeout=settings.timeout, return_when=asyncio.FIRST_COMPLETED)
            if work not in done:
                raise BrokenError(self._late(watch))
            html = work.result()
        except Error as error:
            raise BrokenError(self._died(error)) from error
        finally:
            work.cancel()
            watch.cancel()
            await self.proxy.close()
        return Rendered(
            settled=self._settled,
            refused=tuple(self.proxy.refused.items()),
            requests=self.proxy.requests,
            received=self.proxy.received,
            seconds=time.monotonic() - began,
            memory_mb=self.peak_mb,
            html=html,
        )

    def _late(self, watch: asyncio.Task[None]) -> str:
        if watch.done():
            return f"the page needed more than {self._order.settings.memory_mb} MB of memory"
        return f"the page was not done within {self._order.settings.timeout:g} s"

    def _died(self, error: Error) -> str:
        return "the page brought the browser down" if self._crashed else f"the browser failed: {_first_line(error)}"

    async def _work(self, browser: Browser) -> bytes:
        context = await self._context(browser)
        try:
            page = await context.new_page()
            page.on("crash", self._crash)
            page.on("request", self._begun)
            page.on("requestfinished", self._ended)
            page.on("requestfailed", self._ended)
            context.on("page", lambda other: asyncio.ensure_future(_close(other)))
            await context.route("**/*", lambda route, request: self._route(page, route, request))
            with suppress(Error):  # a navigation that the page itself replaced; what stands there then is judged below
                await page.goto(self._order.url, wait_until="commit", timeout=self._order.settings.timeout * 1000)
            await self._rest(page)
            html = await self._read(page)
        finally:
            with suppress(TimeoutError, Error):
                await asyncio.wait_for(context.close(), CLOSE_S)
        return html

    async def _context(self, browser: Browser) -> BrowserContext:
        server = await self.proxy.start()
        context = await browser.new_context(
            proxy={"server": server, "bypass": "<-loopback>"},
            user_agent=self._order.user_agent,
            timezone_id=self._order.zone or "UTC",
            accept_downloads=False,
            service_workers="block",
        )
        await context.grant_permissions([])
        await context.add_init_script(INIT)
        return context

    def _crash(self, _page: Page) -> None:
        self._crashed = True

    def _begun(self, request: Request) -> None:
        if request.resource_type in AWAITED:
            self._under_way.add(request)

    def _ended(self, request: Request) -> None:
        self._under_way.discard(request)
        self._ended_at = time.monotonic()

    async def _route(self, page: Page, route: Route, request: Request) -> None:
        with suppress(Error):  # the page went away meanwhile
            if request.is_navigation_request() and request.frame == page.main_frame:
                await self._document(route, request)
            elif request.resource_type in BLOCKED or not self._may(request.url):
                await route.abort("blockedbyclient")
            else:
                await route.continue_()

    def _may(self, url: str) -> bool:
        return _origin(url) != self._origin or self._allowed(url)

    async def _document(self, route: Route, request: Request) -> None:
        """The document is what the engine got: it is not asked for twice, and a page cannot lead to another one."""
        same = _bare(request.url) == _bare(self._order.url) and request.method == "GET"
        if not same or self._served > RELOADS:
            self._astray = request.url[:200] if not same else "itself, again and again"
            await route.abort("blockedbyclient")
            return
        self._served += 1
        headers = {name: value for name, value in self._order.headers if name.lower() not in _DROPPED}
        await route.fulfill(status=self._order.status, headers=headers, body=self._body)

    async def _rest(self, page: Page) -> None:
        """Wait until nothing that could bring text is under way and the text stands still; at most the settling time."""
        began = still = time.monotonic()
        length = -1
        while True:
            self._judge()
            now = time.monotonic()
            found = await self._length(page)
            if found != length or found < 0:
                length, still = found, now
            calm = not self._under_way and now - self._ended_at >= QUIET_S
            if now - still >= (QUIET_S if calm else WAITING_S):
                return
            if now - began >= self._order.settings.settle:
                self._settled = False
                return
            await asyncio.sleep(TICK_S)

    async def _length(self, page: Page) -> int:
        """Characters of the document's text; -1 while there is none, being loaded or replaced."""
        try:
            return int(await page.evaluate(LENGTH))
        except Error:
            if self._crashed or page.is_closed():
                raise
            return -1

    def _judge(self) -> None:
        if self._astray:
            raise NotRenderedError(f"the page leads the browser elsewhere: {self._astray}")
        if self.proxy.spent:
            raise NotRenderedError(f"the page loaded more than {self._order.settings.data_mb} MB")

    async def _read(self, page: Page) -> bytes:
        self._judge()
        if _origin(page.url) != self._origin:
            raise NotRenderedError(f"the page leads the browser elsewhere: {page.url[:200]}")
        if int(await page.evaluate(SIZE)) > self._order.most_bytes:
            raise NotRenderedError(f"the rendered page is past {self._order.most_bytes} bytes")
        html = (await page.content()).encode("utf-8", "replace")
        if len(html) > self._order.most_bytes:
            raise NotRenderedError(f"the rendered page is past {self._order.most_bytes} bytes")
        return html

    async def _watch_memory(self, most_mb: float) -> None:
        """Ends where the browser uses more than it may."""
        while True:
            used = await asyncio.to_thread(memory_mb)
            self.peak_mb = max(self.peak_mb, used)
            if used > most_mb:
                return
            await asyncio.sleep(TICK_S * 2)


def memory_mb() -> float:
    """MB of memory of the browser's processes that is theirs alone."""
    total = 0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            used = process.memory_info()
            total += used.rss - getattr(used, "shared", 0)
    return total / MIB


def kill_browser() -> None:
    """End every process that the render process began, by force."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            process.kill()


async def _close(page: Page) -> None:
    with suppress(Error):
        await page.close()


def _first_line(error: Error) -> str:
    return (error.message.strip().splitlines() or ["no reason given"])[0][:200]


def _bare(url: str) -> str:
    return url.partition("#")[0]


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _upstream(proxy: str | None) -> tuple[str, int] | None:
    if proxy is None:
        return None
    parts = urlsplit(proxy)
    return (parts.hostname or "", parts.port or 80)
