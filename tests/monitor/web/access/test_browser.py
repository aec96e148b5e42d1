"""Signing in, changing the password, making a token and signing out in a real browser, by keyboard alone; and the public desk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from db.engine import open_engine, writing
from db.queries import accounts
from monitor.web.access import passwords
from monitor.web.access.policy import Access
from monitor.web.app import create_app
from tests.databases import database_at
from tests.monitor.seeded import seed
from tests.monitor.web.serving import serving

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium"), pytest.mark.xdist_group("chromium")]

PASSWORD, NEW = "correct horse battery", "a much better password"
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(database_at(tmp_path / "newswatch.db"))
    seed(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    yield context.new_page()
    context.close()


def clean(page: Page) -> None:
    """No violation of axe's rules in light and dark, and no page wider than a phone."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options={"runOnly": RULES})
        assert [
            (rule["id"], node["html"][:160]) for rule in found.response["violations"] for node in rule["nodes"]
        ] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of that name has the focus."""
    wanted = page.get_by_label(name, exact=True).or_(page.get_by_role("button", name=name)).first
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
    pytest.fail(f"the keyboard does not reach {name!r}")


def fill(page: Page, *fields: tuple[str, str], press: str) -> None:
    for name, text in fields:
        tab_to(page, name)
        page.keyboard.type(text)
    tab_to(page, press)
    page.keyboard.press("Enter")


def test_a_person_signs_in_works_and_signs_out_by_keyboard(page: Page, engine: Engine) -> None:
    with writing(engine) as session:
        accounts.add(session, "ada", passwords.hashed(PASSWORD), datetime.now(UTC))
    with serving(create_app(engine)) as address:
        page.goto(f"{address}/sources")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        clean(page)
        fill(page, ("Name", "ada"), ("Password", "not the password"), press="Sign in")
        expect(page.get_by_role("alert")).to_contain_text("do not belong together")
        clean(page)
        fill(page, ("Password", PASSWORD), press="Sign in")
        expect(page.get_by_role("heading", name="Sources")).to_be_visible()

        page.goto(f"{address}/account")
        clean(page)
        changed = (
            ("Password of now", PASSWORD),
            ("New password, at least 12 characters", NEW),
            ("The new one again", NEW),
        )
        fill(page, *changed, press="Change")
        expect(page.get_by_text("The password is changed")).to_be_visible()

        page.goto(f"{address}/tokens")
        fill(page, ("Name", "feeds"), press="Make")
        secret = page.get_by_label("Token", exact=True)
        assert secret.input_value().startswith("nw_")
        clean(page)

        page.goto(f"{address}/")
        page.keyboard.press("j")
        page.keyboard.press("c")
        expect(page.get_by_role("status")).to_contain_text("confirmed")
        page.goto(f"{address}/account")
        fill(page, press="Sign out")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        page.go_back()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_public_desk_is_read_by_key_and_has_nothing_to_press(page: Page, engine: Engine) -> None:
    with serving(create_app(engine, access=Access(public=True))) as address:
        for path in ("/", "/changes/1", "/articles/1", "/sources", "/noise"):
            page.goto(address + path)
            clean(page)
            assert page.locator("form[method=post]").count() == 0, path
        page.goto(address)
        page.keyboard.press("j")
        expect(page.locator(".edit").first).to_be_focused()
        page.keyboard.press("c")
        page.keyboard.press("x")
        expect(page.locator(".edit .state")).to_have_count(0)
        page.get_by_role("link", name="Sign in").click()
        expect(page.get_by_role("heading", name="There is no account yet")).to_be_visible()
