"""Text helpers: what two readings of the same words must agree on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from crawler.extract import normalise


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("  two\n\t words\u00a0here ", "two words here"),
        ("Caf\u0065\u0301", "Café"),
        ("zero\u200bwidth\ufeff and soft\u00adhyphen", "zerowidth and softhyphen"),
        ("Tom &amp;quot;Tiger&amp;quot; Smith", 'Tom "Tiger" Smith'),
        ("AT&T and R&D &copyright", "AT&T and R&D &copyright"),
        ("می\u200cرود", "می\u200cرود"),
        ("東京\u3000大阪", "東京 大阪"),
        ("a\x00b", "ab"),
    ],
)
def test_text(given_text: str, expected: str) -> None:
    assert normalise.text(given_text) == expected


@given(st.text(max_size=200))
def test_text_is_idempotent_once_entities_are_gone(value: str) -> None:
    once = normalise.text(value.replace("&", "+"))
    assert normalise.text(once) == once
    assert "  " not in once


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<h1>One<br>two</h1>", "One two"),
        ("<div><p>One</p><p>two</p></div>", "One two"),
        ("<p>in<b>li</b>ne</p>", "inline"),
        ("<p>seen<script>var x</script><style>p{}</style> too</p>", "seen too"),
        ("<p>seen <span style='display: none'>unseen</span>too</p>", "seen too"),
        ("<p>seen <span class='sr-only'>unseen</span>too</p>", "seen too"),
        ("<p>seen <span hidden>unseen <b>deep</b></span>too</p>", "seen too"),
        ("<h1><span>Kicker</span> <span>Head</span></h1>", "Kicker Head"),
    ],
)
def test_element_text(markup: str, expected: str) -> None:
    assert normalise.element_text(html.fragment_fromstring(markup)) == expected


def test_deep_nesting_is_read_without_recursion() -> None:
    root = html.Element("div")
    inner = root
    for _ in range(5000):
        inner = html.etree.SubElement(inner, "span")
    inner.text = "bottom"
    assert normalise.element_text(root) == "bottom"
