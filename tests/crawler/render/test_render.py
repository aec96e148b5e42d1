"""Pages of scripts in a real browser, through the fetch engine: what is read, what is refused, what ends a page."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

import psutil
import pytest

from crawler.fetch.engine import FetchEngine, FetchJob, FetchSettings, Pace
from crawler.readers import RENDERED, PageBytes, PageReading, read_page
from crawler.render.browser import program
from crawler.render.values import NO_BROWSER, RenderSettings
from db.types import Fetched, FetchFailed, Reason
from tests import chromium
from tests.conftest import LoopThread
from tests.crawler.fetch.shop import Shop
from tests.newsroom.newsroom import Newsroom
from tests.newsroom.wire import Reply
from tests.newsroom.zoo_pages import TEXT, TITLE

pytestmark = pytest.mark.slow
QUICK = {"timeout": 15.0, "settle": 5.0, "memory_mb": 500, "data_mb": 4}
ZOO_HOST = "127.0.0.9/32"


class Rendering:
    """An engine that renders, driven from the test's thread."""

    def __init__(self, loop: LoopThread, **limits: object) -> None:
        self.loop = loop
        settings = RenderSettings(**{**QUICK, **limits})  # type: ignore[arg-type]
        self.engine = FetchEngine(
            FetchSettings(allow_addresses=(ZOO_HOST,), pace=Pace(0.0, 4), timeout=5.0, retries=0, render=settings)
        )
        loop.run(self.engine.start())

    def visit(self, url: str, **job: object) -> Fetched | FetchFailed:
        return self.loop.run(self.engine.fetch(FetchJob(url, render=True, **job)))  # type: ignore[arg-type]

    def read(self, url: str, **job: object) -> PageReading:
        got = self.visit(url, **job)
        assert isinstance(got, Fetched), got
        assert got.rendered
        given = PageBytes(got.final_url, got.body, got.read_headers, got.at, got.status, None, None, got.rendered)
        return read_page(given)

    def headline(self, url: str, **job: object) -> str | None:
        made = self.read(url, **job)
        assert made.article, made.failure
        return made.article.headline

    def trouble(self, url: str) -> str:
        got = self.visit(url)
        assert isinstance(got, FetchFailed), got
        assert got.reason == Reason.RENDER
        assert got.answer is not None
        return got.detail

    def stop(self) -> None:
        self.loop.run(self.engine.stop())


@pytest.fixture(scope="module")
def rendering(reactor_loop: LoopThread) -> Iterator[Rendering]:
    """One engine for all well-behaved pages: a browser takes a second to start."""
    if program(RenderSettings()) is None:
        chromium.missing()
    made = Rendering(reactor_loop)
    yield made
    made.stop()


@pytest.fixture
def make_rendering(rendering: Rendering, reactor_loop: LoopThread) -> Iterator[Callable[..., Rendering]]:
    made: list[Rendering] = []

    def make(**limits: object) -> Rendering:
        made.append(Rendering(reactor_loop, **limits))
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture(scope="module")
def zoo() -> Iterator[Newsroom]:
    with Newsroom(outlets=()) as room:
        yield room


def browsers() -> set[int]:
    """The browsers' processes that we began."""
    return {p.pid for p in psutil.Process(os.getpid()).children(recursive=True) if "chrom" in p.name().lower()}


def test_a_story_that_comes_by_script_is_read(rendering: Rendering, zoo: Newsroom) -> None:
    zoo.log.clear()
    url = zoo.zoo("js-story")
    made = rendering.read(url)
    assert made.article
    assert made.article.headline == TITLE
    assert [block.text for block in made.article.body] == list(TEXT)
    assert made.article.published == "2026-03-03T08:15:00+00:00"
    assert made.reader_version.endswith(RENDERED)
    # the document is fetched once, by the engine; the browser asks only for what the page loads
    assert [r.path for r in zoo.log.all()] == ["/robots.txt", "/zoo/js-story", "/zoo/js-story.json"]
    again = rendering.visit(url)
    assert isinstance(again, Fetched)
    assert b'<div id="app"></div>' in again.raw, "what was received stays as it was"
    # a text that never stands still is read when its time is up; its browser is used on
    assert rendering.headline(zoo.zoo("js-restless")) == TITLE
    assert rendering.headline(zoo.zoo("js-clock"), zone="Asia/Manila") == "Asia/Manila"


def test_robots_hold_and_nothing_is_kept_between_pages(rendering: Rendering, zoo: Newsroom) -> None:
    zoo.log.clear()
    assert rendering.headline(zoo.zoo("js-forbidden")) == TITLE
    assert "/zoo/disallowed" not in [r.path for r in zoo.log.all()]
    assert [rendering.headline(zoo.zoo("js-remembers")) for _ in range(2)] == ["Never seen", "Never seen"]


def test_no_way_leads_to_an_address_that_is_refused(rendering: Rendering, zoo: Newsroom) -> None:
    with Shop() as inside:  # on 127.0.0.1, which these settings do not open
        port = inside.host.rpartition(":")[2]
        for host in ("127.0.0.1", "localhost"):
            url = f"{zoo.zoo('js-private')}?to=http://{host}:{port}"
            assert rendering.headline(url) == TITLE
        assert inside.log.all() == []


@pytest.mark.parametrize(
    ("animal", "words"),
    [
        ("js-leads-away", "leads the browser elsewhere: http.*/zoo/article"),
        ("js-reloads", "elsewhere: itself, again and again"),
        ("js-flood", "loaded more than 4 MB"),
    ],
)
def test_a_page_that_has_no_end_is_a_failure(rendering: Rendering, zoo: Newsroom, animal: str, words: str) -> None:
    assert re.search(words, rendering.trouble(zoo.zoo(animal)))


def test_a_page_that_hangs_or_swells_takes_its_browser_along_and_no_other_page(
    make_rendering: Callable[..., Rendering], zoo: Newsroom
) -> None:
    hostile = make_rendering(timeout=2.5, settle=2.0)
    before = browsers()
    assert "not done within 2.5 s" in hostile.trouble(zoo.zoo("js-loop"))
    assert not browsers() - before, "its browser is gone"
    assert re.search("memory|browser", hostile.trouble(zoo.zoo("js-swell")))
    assert not browsers() - before, "as is that of the next page, which had one of its own"


def test_a_killed_process_is_a_failure_and_another_takes_its_place(rendering: Rendering, zoo: Newsroom) -> None:
    assert rendering.headline(zoo.zoo("js-story")) == TITLE
    for process in psutil.Process(os.getpid()).children():
        if "crawler.render" in " ".join(process.cmdline()):
            process.kill()
            process.wait(10)
    found = rendering.visit(zoo.zoo("js-story"))
    if isinstance(found, FetchFailed):  # noticed with this page or before it, as the kill is heard of
        assert "ended before" in found.detail
    assert rendering.headline(zoo.zoo("js-story")) == TITLE


def test_no_browser_is_a_failure_that_says_what_to_do(make_rendering: Callable[..., Rendering], zoo: Newsroom) -> None:
    assert "did not start" in make_rendering(browser="/nowhere/chromium").trouble(zoo.zoo("js-story"))
    assert "browser` in [render]" in NO_BROWSER


def test_a_source_behind_a_proxy_is_rendered_through_it(rendering: Rendering) -> None:
    with Shop(host="127.0.0.9") as proxy:
        script = "fetch('/story').then(a => a.text()).then(t => document.body.innerHTML = t)"
        shell = f"<title>x</title><body><script>{script}</script>"
        proxy.pages["/page"] = Reply(200, shell.encode())
        proxy.pages["/story"] = Reply(200, f"<article><h1>{TITLE}</h1><p>{TEXT[0]}</p></article>".encode())
        assert rendering.headline("http://news.example/page", proxy=f"http://{proxy.host}") == TITLE
        assert proxy.asked() == ["/robots.txt", "/page", "/story"]
        assert {record.headers["host"] for record in proxy.log.all()} == {"news.example"}


def test_what_is_no_page_is_not_rendered(rendering: Rendering) -> None:
    with Shop(host="127.0.0.9") as shop:
        shop.pages["/data"] = Reply(200, b"{}", content_type="application/json")
        got = rendering.visit(shop.url("/data"))
        assert isinstance(got, Fetched)
        assert not got.rendered
        assert isinstance(rendering.visit(shop.url("/missing")), FetchFailed)
