"""Pages in the layouts of the world's content systems, and odd ones: every field as a reader sees it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extract.reader import read
from db.types import Article
from tests.crawler.extract.layouts import odd, states, systems, world
from tests.crawler.extract.layouts.case import Case

FETCHED = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)
CASES = (*systems.CASES, *odd.CASES, *states.CASES, *world.CASES)


def reading(case: Case) -> Article:
    direction = ' dir="rtl"' if case.lang in {"ar", "he", "fa", "ur"} else ""
    made = read(
        f'<!DOCTYPE html><html lang="{case.lang}"{direction}>{case.html}</html>'.encode(), case.url, fetched_at=FETCHED
    )
    assert isinstance(made, Article)
    return made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_head(case: Case) -> None:
    made = reading(case)
    assert (made.headline, made.authors, made.published, made.modified) == (
        case.headline,
        case.authors,
        case.published,
        case.modified,
    )
    assert (made.dateline.place if made.dateline else None) == case.place
    assert made.page_type == case.page_type
    if case.deck is not None:
        assert made.deck == case.deck


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_story(case: Case) -> None:
    made = reading(case)
    told = [block.text for block in made.body if block.role not in {"caption", "heading"}]
    assert told == list(case.story)
    assert [block.text for block in made.body if block.role == "heading"] == list(case.headings)
    assert [block.text for block in made.body if block.role == "caption"] == list(case.captions)
    assert [notice.text for notice in made.notices] == list(case.notices)
