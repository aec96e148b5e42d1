"""The offline report opened from disk in a real browser: nothing runs, nothing is asked for, anyone can read it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from monitor.report import formats
from tests import chromium
from tests.monitor.report.samples import ABOUT, NOW, hostile, record

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium"), pytest.mark.xdist_group("chromium")]

RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.browser() as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    yield context.new_page()
    context.close()


def written(folder: Path, many: int = 0) -> Path:
    extra = [
        record(100 + number, not_after=NOW + timedelta(hours=number), source=f"Outlet {number % 30}")
        for number in range(many)
    ]
    file = folder / "report.html"
    file.write_bytes(b"".join(formats.FORMATS["html"].render(lambda: [*extra, *hostile()], ABOUT)))
    return file


def test_hostile_articles_never_run_and_nothing_is_asked_for(page: Page, tmp_path: Path) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))
    file = written(tmp_path)
    page.goto(file.as_uri())
    assert asked == [file.as_uri()]
    assert page.locator("script, iframe, img, object, base, form").count() == 0
    assert page.locator("main a:not([href^='https://harbour.example/'])").count() == 0
    assert page.locator("article").count() == len(hostile())
    assert page.evaluate("getComputedStyle(document.querySelector('ins')).textDecorationLine") == "underline"


def test_axe_finds_no_violation_light_dark_or_narrow(page: Page, tmp_path: Path) -> None:
    page.goto(written(tmp_path, many=10).as_uri())
    page.evaluate("for (const folded of document.querySelectorAll('details')) folded.open = true")
    broken = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options={"runOnly": RULES})
        broken += [
            (scheme, rule["id"], node["html"][:160]) for rule in found.response["violations"] for node in rule["nodes"]
        ]
    assert broken == []
    for width in (320, 768):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_thousand_changes_stay_handy_and_print(page: Page, tmp_path: Path) -> None:
    file = written(tmp_path, many=1000)
    assert file.stat().st_size < 1_500_000
    page.goto(written(tmp_path, many=40).as_uri())
    page.emulate_media(media="print")
    assert page.locator("details:not([open])").first.is_hidden()
    assert page.evaluate("getComputedStyle(document.querySelector('article')).breakInside") == "avoid"
    assert len(page.pdf(format="A4")) > 10_000
