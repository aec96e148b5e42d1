"""Where a page shows a part of its story only."""

from __future__ import annotations

import pytest

from crawler.extract.reader import read
from db.types import Article

PARAGRAPH = (
    "<p>The harbour court ordered a new trial on Tuesday, saying that the first one had heard no defence at all.</p>"
)
WALL = '<div class="paywall-overlay"><h3>Subscribe to read on</h3><a href="/subscribe">Subscribe</a></div>'


def is_complete(paragraphs: int, wall: str, head: str = "") -> bool:
    story = "".join(PARAGRAPH.replace("Tuesday", f"day {number}") for number in range(paragraphs))
    page = (
        f"<html><head><title>Court orders a new trial</title>{head}</head><body><article><h1>Court orders a new trial</h1>"
        f"<div class='story-body'>{story}{wall}</div></article></body></html>"
    )
    found = read(page.encode(), "https://news.test/court")
    assert isinstance(found, Article)
    assert not any("Subscribe" in block.text for block in found.body)
    return found.body_complete


def test_a_visible_wall_after_a_short_part_cuts_the_story() -> None:
    assert not is_complete(4, WALL)


@pytest.mark.parametrize(
    "wall",
    [
        "",
        WALL.replace("<div", '<div style="display: none"'),
        WALL.replace("<div", "<div hidden"),
        f"<template>{WALL}</template>",
        '<div class="paywall"></div>',
    ],
)
def test_walls_that_nobody_sees_cut_nothing(wall: str) -> None:
    assert is_complete(4, wall)


def test_a_whole_story_before_a_wall_is_whole() -> None:
    assert is_complete(20, WALL)


def test_a_page_that_says_it_is_free_is_whole() -> None:
    free = '<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":true}</script>'
    assert is_complete(4, WALL, free)
