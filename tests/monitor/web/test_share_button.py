"""The copy buttons of a change's page, in a real browser."""

from __future__ import annotations

import pytest

from monitor.web.desk import HERE
from tests import chromium

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium"), pytest.mark.xdist_group("chromium")]

PAGE = """<div id="said" role="status"></div><textarea id="quotation" readonly>“12” → “20”\nSHA-256 aa</textarea>
<button type="button" data-copy="quotation" hidden>Copy the quotation</button>"""


def test_the_quotation_is_copied_or_at_least_selected() -> None:
    with chromium.browser() as browser:
        page = browser.new_page()
        page.set_content(PAGE)
        assert page.get_by_role("button").count() == 0  # useless without the script, and so not shown
        page.add_script_tag(path=HERE / "static" / "share.js")
        page.evaluate(
            "Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (t) => { window.had = t }}})"
        )
        page.get_by_role("button", name="Copy the quotation").click()
        assert page.get_by_role("status").text_content() == "Copied."
        assert page.evaluate("window.had") == "“12” → “20”\nSHA-256 aa"
        page.evaluate("void (navigator.clipboard.writeText = async () => { throw new Error('not allowed') })")
        page.get_by_role("button", name="Copy the quotation").click()
        assert "Ctrl+C" in (page.get_by_role("status").text_content() or "")
        assert page.evaluate("getSelection().toString()") == "“12” → “20”\nSHA-256 aa"
