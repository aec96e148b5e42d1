"""Hostile articles in a real browser: in every view nothing of them runs, loads, leads away or covers what is ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect
from sqlalchemy import Engine

from db.engine import open_engine
from monitor.web import archived
from monitor.web.app import PARTS, create_app
from tests.databases import database_at
from tests.monitor.seeded import seed
from tests.monitor.web import hostile
from tests.monitor.web.serving import serving

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium"), pytest.mark.xdist_group("chromium")]

STANDS = {  # what a route's parameters are in the poisoned home
    "change_id": "8",
    "page_id": "2",
    "revision_id": "3",
    "source_id": "2",
    "crawl_id": "1",
    "view_id": "1",
    "event_id": "1",
    "name": "hook",
    "token": "nobody",
    "ending": "html",
    "written": "atom",
}
QUERIES = {
    "/articles/{page_id}/compare": "?old=3&new=3",
    "/articles/{page_id}/at": "?when=<script>window.ran=1</script>",
}
ATTACK = "%22%3E%3Cscript%3Ewindow.ran%3D1%3C%2Fscript%3E"
MORE = [f"/?match={ATTACK}&state=all&hidden=true&tag={ATTACK}", f"/?source={ATTACK}", "/?state=all&hidden=true"]
MORE += [
    "/articles/1",
    "/versions/1/archived",
    "/changes/8?view=side",
    "/changes/8?view=whole",
    "/changes/40?view=inline",
]
MORE += ["/articles/1/compare?old=1&new=2", f"/login?back={ATTACK}", f"/preferences?back={ATTACK}", f"/{ATTACK}"]
MORE += [f"/changes/{ATTACK}", f"/statistics?period={ATTACK}", f"/articles/2/at?when={ATTACK}"]
TRAP = """
window.refused = [];
document.addEventListener('securitypolicyviolation', (event) =>
  window.refused.push(event.violatedDirective + ' ' + event.blockedURI));
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Engine]:
    engine = open_engine(database_at(folder / "newswatch.db"))
    seed(engine)
    assert hostile.poison(engine, folder / "archive") == 3
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def address(engine: Engine, folder: Path) -> Iterator[str]:
    with serving(create_app(engine, archive=folder / "archive")) as found:
        yield found


class Visitor:
    """A page that notes what was asked for, said and opened."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.asked: list[str] = []
        self.said: list[str] = []
        self.held: list[str] = []  # requests that a policy stopped before they left the browser
        context.on("request", lambda request: self.asked.append(request.url))
        context.on("requestfailed", self._failed)
        context.on("dialog", lambda dialog: self.said.append(f"dialog {dialog.message}") or dialog.dismiss())
        context.on("console", lambda message: self.said.append(message.text))
        self.context, self.address, self.page = context, address, context.new_page()

    def _failed(self, request: Request) -> None:
        if request.failure in {"csp", "origin"}:
            self.held.append(request.url)

    def strangers(self) -> list[str]:
        """Requests to elsewhere."""
        return [url for url in self.asked if not url.startswith((self.address, "data:", "about:"))]

    def refused(self) -> list[str]:
        """What our policies had to refuse: markup that came through."""
        return [text for text in self.said if "Content Security Policy" in text or "Refused" in text]


@pytest.fixture
def visitor(browser: Browser, address: str) -> Iterator[Visitor]:
    context = browser.new_context(base_url=address, viewport={"width": 390, "height": 800})
    context.add_init_script(TRAP)
    yield Visitor(context, address)
    context.close()


def _every_page() -> list[str]:
    """Every address of the application that can be opened, with the poisoned things for its parameters."""
    routes = [route for part in PARTS for route in part.router.routes if isinstance(route, APIRoute)]
    asked = [route.path for route in routes if "GET" in route.methods]
    return [path.format_map(STANDS) + QUERIES.get(path, "") for path in asked]


def _nothing_ran(page: Page, path: str) -> None:
    assert page.main_frame.evaluate("window.ran") is None, path
    assert page.main_frame.evaluate("window.refused ?? []") == [], path
    assert page.locator("base, meta[http-equiv], script:not([src]), object, embed, [onload], [onerror]").count() == 0, (
        path
    )


def test_nothing_runs_and_nothing_is_asked_for_elsewhere_on_any_page(visitor: Visitor) -> None:
    page = visitor.page
    for path in [*_every_page(), *MORE]:
        answer = visitor.context.request.get(path)
        assert answer.status < 500 or path == "/readyz", (path, answer.status)  # no engine runs here
        kind, attached = answer.headers["content-type"], "attachment" in answer.headers.get("content-disposition", "")
        assert answer.headers["x-content-type-options"] == "nosniff", path
        if attached or not ("html" in kind or "xml" in kind):
            continue
        page.goto(path)
        _nothing_ran(page, path)
        assert len(visitor.context.pages) == 1, path
        if "html" in kind:
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    assert visitor.strangers() == []
    assert visitor.refused() == []
    assert [text for text in visitor.said if text.startswith("dialog")] == []


def test_our_own_parts_cannot_be_covered_or_taken(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("/?state=all&hidden=true&source=%3Cscript%3Ewindow.ran%3D1%3C%2Fscript%3E")
    expect(page.get_by_role("heading", name="What was edited")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    for name in ("help", "keys", "triage", "said"):
        assert page.locator(f"#{name}").count() == 1, name
    assert page.evaluate("getComputedStyle(document.querySelector('.meta span')).unicodeBidi") == "isolate"


def test_an_archived_page_is_words_alone(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("/versions/3/archived/frame")
    expect(page.get_by_text("Words of the story stay.")).to_be_visible()
    assert (
        page.locator("a, form, input, button, iframe, img, video, svg, math, link, object, [style], [id]").count() == 0
    )
    assert page.locator("style").count() == 1
    assert page.main_frame.evaluate("window.ran") is None
    assert visitor.strangers() == []
    assert visitor.refused() == []


def test_the_frame_and_its_policy_hold_without_the_sanitiser(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archived, "sanitised", lambda html: html)
    page = visitor.page
    page.goto("/versions/3/archived")
    page.locator("iframe.copy").scroll_into_view_if_needed()
    inner = page.frame_locator("iframe.copy")
    expect(inner.get_by_text("Words of the story stay.")).to_be_attached()
    page.wait_for_timeout(300)
    assert page.main_frame.evaluate("window.ran") is None
    assert page.url.endswith("/versions/3/archived")
    assert len(visitor.held) > 3  # there was something to hold back
    assert [url for url in visitor.strangers() if url not in visitor.held] == []
