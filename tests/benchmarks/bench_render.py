"""What a rendered page costs: seconds, CPU and memory, against a plain visit to the same page.

`python -m tests.benchmarks.bench_render` serves on loopback a page of real weight whose story comes by script (a document of
60 KB, a script bundle of 1 MB, a style sheet, ten pictures, a JSON of the story), renders it again and again and prints one
JSON line: medians of seconds (with the settling time in them), CPU seconds of the browser and its driver, peak memory that is
the browser's alone, and requests.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from statistics import median
from typing import Any

import psutil

from crawler.fetch.engine import FetchEngine, FetchJob, FetchSettings, Pace
from crawler.readers import PageBytes, read_page
from crawler.render.renderer import Renderer
from crawler.render.values import Order, RenderSettings
from db.types import Fetched
from tests.crawler.fetch.shop import Shop
from tests.newsroom.wire import Reply
from tests.newsroom.zoo_pages import TEXT, TITLE
from tests.newsroom.zoo_scripts import SHOW

ALLOW = ("127.0.0.0/8",)
FUNCTION = "function f{n}(a) {{ let b = a * {n}; for (let i = 0; i < 3; i++) b += Math.sqrt(b + i); return b; }}\n"
BUNDLE = "".join(FUNCTION.format(n=n) for n in range(11_000))
WORK = "let sum = 0; for (let i = 0; i < 2e6; i++) sum += Math.sin(i);"


def lay_out(shop: Shop) -> str:
    """Put the page and what it loads on the server. Gives its address."""
    pictures = "".join(f'<img src="/picture-{n}.png">' for n in range(10))
    menu = "".join(f'<li><a href="/section/{n}">Section {n} of the paper</a></li>' for n in range(900))
    load = f"{SHOW} {WORK} fetch('/story.json').then(a => a.json()).then(show);"
    shop.pages["/story"] = Reply(
        200,
        (
            f"<!doctype html><title>The Calder Post</title><link rel=stylesheet href=/style.css><nav>{menu}</nav>{pictures}"
            f"<div id=app></div><script src=/bundle.js></script><script>{load}</script>"
        ).encode(),
    )
    story = {"title": TITLE, "paragraphs": list(TEXT) * 4}
    shop.pages["/bundle.js"] = Reply(200, BUNDLE.encode(), content_type="text/javascript")
    shop.pages["/style.css"] = Reply(200, b"nav { columns: 3 } " * 2000, content_type="text/css")
    shop.pages["/story.json"] = Reply(200, json.dumps(story).encode(), content_type="application/json")
    return shop.url("/story")


def spent() -> float:
    """CPU seconds of every process below this one, with those that ended and were waited for."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += sum(times[:4])  # of its own and of its ended children, as user and system
    return total


async def measure(url: str, count: int) -> dict[str, Any]:
    """Visits and renders, one after another, by one render process."""
    engine = FetchEngine(FetchSettings(allow_addresses=ALLOW, pace=Pace(0.0, 4)))
    await engine.start()
    plain: list[float] = []
    for _ in range(count):
        began = time.monotonic()
        fetched = await engine.fetch(FetchJob(url))
        plain.append(time.monotonic() - began)
    assert isinstance(fetched, Fetched), fetched
    renderer = Renderer(RenderSettings(), user_agent="newswatch", allow=ALLOW, most_bytes=40 << 20)
    order = Order(url, 200, fetched.headers, len(fetched.body), "newswatch", ALLOW, RenderSettings())
    seconds, cpu, memory = [], [], []
    for _ in range(count + 1):
        began, before = time.monotonic(), spent()
        made = await renderer.render(order, fetched.body)
        assert made.trouble is None, made.trouble
        seconds.append(time.monotonic() - began)
        cpu.append(spent() - before)
        memory.append(made.memory_mb)
    read = read_page(PageBytes(url, made.html, (), fetched.at, 200, None, rendered=True))
    assert read.article
    assert read.article.headline == TITLE
    await renderer.close()
    await engine.stop()
    return {
        "pages": count,
        "plain_s": round(median(plain), 4),
        "first_s": round(seconds[0], 2),
        "rendered_s": round(median(seconds[1:]), 2),
        "cpu_s": round(median(cpu[1:]), 2),
        "memory_mb": round(max(memory)),
        "requests": made.requests,
        "received_kb": round(made.received / 1024),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pages", type=int, default=15)
    pages = parser.parse_args().pages
    with Shop() as shop:
        url = lay_out(shop)
        print(json.dumps(asyncio.run(measure(url, pages))))


if __name__ == "__main__":
    main()
