"""Plots drawn as SVG: right lengths, words escaped, nothing that a strict policy would refuse."""

from __future__ import annotations

import lxml.etree
import pytest

from monitor.report import plots

NS = {"s": "http://www.w3.org/2000/svg"}


def tree(svg: str) -> lxml.etree._Element:
    return lxml.etree.fromstring(str(svg).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def test_bars_are_as_long_as_their_values() -> None:
    found = tree(plots.bars([("Harbour <Post>", 40), ("Quiet", 10), ("None", 0)]))
    widths = [float(width) for width in found.xpath("//s:rect/@width", namespaces=NS)]
    assert widths[0] == pytest.approx(4 * widths[1])
    assert widths[2] == 1
    words = found.xpath("//s:text/text()", namespaces=NS)
    assert words[:2] == ["Harbour <Post>", "40"]
    assert not found.xpath("//@style | //s:script", namespaces=NS)


def test_shares_are_told_in_percent_and_long_names_cut() -> None:
    words = tree(plots.bars([("A" * 40, 0.25)], percent=True)).xpath("//s:text/text()", namespaces=NS)
    assert words == ["A" * 23 + "…", "25%"]


def test_columns_stand_on_one_line() -> None:
    found = tree(plots.columns([("< 1 h", 3), ("1–2 h", 0), ("7 d +", 6)]))
    feet = {float(rect.get("y")) + float(rect.get("height")) for rect in found.xpath("//s:rect", namespaces=NS)}
    assert feet == {plots.COLUMN_HEIGHT - 20}


@pytest.mark.parametrize("draw", [plots.bars, plots.columns])
def test_nothing_to_draw_is_an_empty_plot(draw: object) -> None:
    assert not tree(draw([])).xpath("//s:rect", namespaces=NS)  # type: ignore[operator]


def test_a_sparkline_tells_its_values_to_those_who_hear_it() -> None:
    drawn = plots.sparklines({"byline": [1.0, 0.5], "deck": []})
    assert tree(drawn["byline"]).get("aria-label") == "byline: 100%, 50%"
    assert not tree(drawn["deck"]).xpath("//s:circle", namespaces=NS)


def test_bins_are_named_by_their_bounds() -> None:
    assert plots.delay_labels((1, 6, 24, 48, 168)) == ["< 1 h", "1–6 h", "6–24 h", "1–2 d", "2–7 d", "7 d +"]
