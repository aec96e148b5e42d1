"""`python -m crawler.render`: the render process. Takes orders on standard input, gives results on standard output.

It ends with its input, so it never outlives the engine; and after a page that hung, crashed or swelled, taking the browser
with it: the engine starts another.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from typing import BinaryIO

from playwright.async_api import Browser, Error, Playwright, async_playwright

from crawler.fetch.limits import ROBOTS_AGENT
from crawler.render.browser import Allowed, BrokenError, NotRenderedError, OnePage, kill_browser, launch
from crawler.render.proxy import FilterProxy
from crawler.render.values import Order, Rendered, RenderSettings, order_of, pack, unpack

PAGES_OF_A_BROWSER = 100
MOST_BYTES = 1 << 30


def _rules(order: Order, body: bytes) -> tuple[bytes, Allowed]:
    """The document, and the host's robots.txt behind it as the engine pickled it."""
    document, rules = body[: order.length], body[order.length :]
    if not rules:
        return document, lambda _: True
    parser = pickle.loads(rules)  # noqa: S301 - from the engine, our parent, over our own pipe
    return document, lambda url: bool(parser.can_fetch(url, ROBOTS_AGENT))


class Rendering:
    """The browser, started with the first page and again after many."""

    def __init__(self, playwright: Playwright) -> None:
        self._playwright = playwright
        self._browser: Browser | None = None
        self._settings: RenderSettings | None = None
        self._nowhere = FilterProxy(None)
        self._pages = 0

    async def render(self, order: Order, body: bytes) -> Rendered:
        """Render one page. Raises `NotRenderedError`; after a `BrokenError` the process is to end."""
        browser = await self._opened(order.settings)
        document, allowed = _rules(order, body)
        self._pages += 1
        return await OnePage(order, document, allowed).render(browser)

    async def _opened(self, settings: RenderSettings) -> Browser:
        worn = self._pages >= PAGES_OF_A_BROWSER or settings != self._settings
        if self._browser is not None and worn:
            await self._browser.close()
            self._browser = None
        if self._browser is None or not self._browser.is_connected():
            nowhere = await self._nowhere.start()
            self._browser, self._settings, self._pages = await launch(self._playwright, settings, nowhere), settings, 0
        return self._browser


async def _serve(out: BinaryIO) -> None:
    reader = asyncio.StreamReader(limit=1 << 20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    async with async_playwright() as playwright:
        rendering = Rendering(playwright)
        while (frame := await unpack(reader, MOST_BYTES)) is not None:
            order = order_of(frame[0])
            try:
                result = await rendering.render(order, frame[1])
            except (NotRenderedError, Error) as error:
                result = Rendered(trouble=str(error), broken=isinstance(error, BrokenError | Error))
            out.write(pack(result, result.html))
            out.flush()
            if result.broken:
                break
    kill_browser()
    os._exit(0)  # a browser that hangs must not keep its process


def main() -> None:
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing else may write between two frames
    asyncio.run(_serve(out))


if __name__ == "__main__":
    main()
