"""The review pages in a real browser: keys, live arrival, hostile articles, accessibility, layout."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from db.engine import open_engine, reading, writing
from db.queries import changes, triage
from db.types import Change
from monitor.web.app import create_app
from tests.databases import database_at
from tests.monitor.seeded import seed
from tests.monitor.web import hostile
from tests.monitor.web.serving import serving

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium"), pytest.mark.xdist_group("chromium")]

NOW = datetime.now(UTC)
PATHS = ["/", "/?match=Busan&kind=headline&hidden=true&state=all", "/changes/1", "/changes/1?view=side", "/articles/1"]
PATHS += ["/articles/1/compare?old=1&new=2", "/versions/1", "/versions/1/archived", "/sources", "/sources/1", "/crawls"]
PATHS += [
    "/search",
    "/search?q=ferry+-gone",
    "/crawls/1",
    "/noise",
    "/statistics?period=90d",
    "/preferences",
    "/api",
    "/api/values",
]
PATHS += [
    "/articles/1/elsewhere",
    "/plan?url=https://harbour.example/ferry",
    "/notifications",
    "/notifications/hook",
    "/nowhere",
]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(database_at(tmp_path / "newswatch.db"))
    seed(engine)
    hostile.poison(engine, tmp_path / "archive", hostile.TEXTS[:10])
    yield engine
    engine.dispose()


@pytest.fixture
def address(engine: Engine, tmp_path: Path) -> Iterator[str]:
    """The application on a port of its own."""
    app = create_app(engine, archive=tmp_path / "archive")
    with serving(app) as found:
        yield found


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(base_url=address)
    found = context.new_page()
    yield found
    context.close()


def _states(engine: Engine) -> dict[int, str]:
    with reading(engine) as session:
        every = triage.of(session, range(1, 100))
    return {key: judged.state for key, judged in every.items() if judged.state != "new"}


def test_a_change_is_judged_in_two_keys_and_taken_back_in_one(page: Page, engine: Engine) -> None:
    page.goto("/?source=Harbour+Post")
    page.keyboard.press("j")
    expect(page.locator(".edit").first).to_be_focused()
    page.keyboard.press("c")
    expect(page.get_by_role("status")).to_contain_text("1 edit confirmed")
    assert set(_states(engine).values()) == {"confirmed"}
    page.keyboard.press("u")
    expect(page.get_by_role("status")).to_contain_text("Undone")
    assert _states(engine) == {}


def test_many_are_ticked_and_judged_at_once(page: Page, engine: Engine) -> None:
    page.goto("/")
    for key in ("j", "x", "j", "x", "k", "d"):
        page.keyboard.press(key)
    expect(page.get_by_role("status")).to_contain_text("2 edits dismissed")
    expect(page.locator(".edit .state.dismissed")).to_have_count(2)
    assert len(_states(engine)) == 2
    page.reload()
    shown = page.locator(".edit").count()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".edit")).to_have_count(shown + 2)
    assert _states(engine) == {}


def test_the_other_keys(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.get_by_label("Search")).to_be_focused()
    page.keyboard.type("Busan j c d")
    page.keyboard.press("Escape")
    page.get_by_label("Search").fill("Busan")
    page.keyboard.press("Enter")
    expect(page.locator(".edit")).to_have_count(1)
    page.wait_for_load_state("load")  # the script is there
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/changes/*", wait_until="load")
    page.keyboard.press("f")
    expect(page.locator("[data-state]")).to_have_text("flagged")


def test_new_changes_are_told_without_moving_the_page(page: Page, engine: Engine) -> None:
    page.goto("/?source=Harbour+Post")
    before = page.locator("h1").bounding_box()
    with writing(engine) as session:
        change = Change("headline", ("reworded",), "substantive", "a", "b")
        when = {"not_before": None, "not_after": NOW, "now": NOW}
        changes.add(session, 1, 1, change, key="late", headline="Late", **when)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    pill = page.get_by_role("link", name="1 new change")
    expect(pill).to_be_visible()
    assert page.locator("h1").bounding_box() == before
    pill.click()
    expect(page.get_by_role("heading", name="Late")).to_be_visible()


def test_everything_works_without_script(browser: Browser, address: str, engine: Engine) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/?source=Harbour+Post")
    page.get_by_role("checkbox").first.check()
    page.locator(".bulk").get_by_role("button", name="Flag").click()
    expect(page.locator(".edit .state.flagged")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    assert _states(engine) == {}
    page.goto("/crawls")
    page.get_by_label("Addresses to look at now").fill("https://harbour.example/new")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Crawl 2")).to_be_visible()
    context.close()


def test_hostile_articles_never_run_and_nothing_is_fetched(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))
    for path in [*PATHS, "/articles/2", "/versions/3", "/versions/3/archived", "/changes/8", "/changes/8?view=side"]:
        page.goto(path)
        for frame in page.frames:
            if frame is page.main_frame:
                assert frame.evaluate("window.ran") is None, path
            assert frame.locator("script:not([src])").count() == 0, path
        assert page.locator("base, meta[http-equiv]").count() == 0, path
    ours = page.url.split("/versions")[0].split("/changes")[0]
    assert [url for url in asked if not url.startswith((ours, "data:"))] == []


def test_axe_finds_no_violation_light_or_dark(page: Page) -> None:
    broken = []
    for path in PATHS:
        page.goto(path)
        page.evaluate("for (const folded of document.querySelectorAll('main details')) folded.open = true")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]})
            broken += [
                (path, scheme, rule["id"], node["html"][:160], node["failureSummary"][:200])
                for rule in found.response["violations"]
                for node in rule["nodes"]
            ]
    assert broken == []


def test_no_page_is_wider_than_its_window_and_first_data_is_small(page: Page) -> None:
    for path in PATHS:
        answer = page.goto(path)
        assert answer
        assert len(answer.body()) < 70_000, path
        for width in (320, 390, 768, 1600):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
