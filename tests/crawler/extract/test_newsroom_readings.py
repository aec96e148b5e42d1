"""What is read from the newsroom's six markups: as published, and the same on every noisy visit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest

from crawler.digest import reading_digest
from crawler.extract.reader import read
from db.types import Article
from tests.newsroom import Newsroom
from tests.newsroom.outlets import Outlet
from tests.newsroom.story import Story

pytestmark = pytest.mark.slow

OUTLETS = ("harbour", "meridian", "valley", "elbe", "faro", "minato")
VISITS = 3


@dataclass(frozen=True)
class Case:
    """A story and the readings of its visits."""

    room: Newsroom
    outlet: Outlet
    story: Story
    readings: tuple[Article, ...]

    @property
    def first(self) -> Article:
        return self.readings[0]


def visit(client: httpx.Client, room: Newsroom, story: Story) -> Article:
    answer = client.get(room.url(story))
    zone = room.outlet(story.outlet).zone
    found = read(answer.content, room.url(story), headers=dict(answer.headers), fetched_at=datetime.now(UTC), zone=zone)
    assert isinstance(found, Article)
    return found


@pytest.fixture(scope="module", params=[1, 5, 9])
def room(request: pytest.FixtureRequest) -> Iterator[Newsroom]:
    with Newsroom(seed=request.param, stories=8) as made:
        for story in made.stories():
            if story.id % 2:
                made.bump_modified(story)
            if story.id % 3 == 0:
                made.correct(story)
        yield made


@pytest.fixture(scope="module", params=OUTLETS)
def cases(request: pytest.FixtureRequest, room: Newsroom) -> list[Case]:
    outlet = room.outlet(request.param)
    with httpx.Client() as client:
        return [
            Case(room, outlet, story, tuple(visit(client, room, story) for _ in range(VISITS)))
            for story in outlet.stories
        ]


def spaced(text: str | None) -> str:
    return " ".join((text or "").split())


def test_visits_differ_in_nothing_that_is_compared(cases: list[Case]) -> None:
    for case in cases:
        assert len({reading_digest(each) for each in case.readings}) == 1, case.first.url


def test_headline_and_byline(cases: list[Case]) -> None:
    for case in cases:
        assert case.first.headline == spaced(case.story.headline)
        assert tuple(case.first.authors) == case.story.now.byline


def test_dateline(cases: list[Case]) -> None:
    for case in cases:
        assert case.first.dateline is not None
        assert case.first.dateline.text.strip() == case.room.dateline(case.story).strip()
        assert case.first.dateline.place


def test_body_is_the_story_and_nothing_else(cases: list[Case]) -> None:
    for case in cases:
        told = [block.text for block in case.first.body if block.role in {"paragraph", "heading", "quote"}]
        assert told == [spaced(text.removeprefix("## ").removeprefix("> ")) for text in case.story.now.paragraphs]


def test_caption(cases: list[Case]) -> None:
    for case in cases:
        captions = {block.text for block in case.first.body if block.role == "caption"}
        captions |= {image.caption for image in case.first.images if image.caption}
        assert captions == {case.story.now.caption}


def test_notices(cases: list[Case]) -> None:
    for case in cases:
        told = [(notice.nature, notice.text.removeprefix("【訂正】")) for notice in case.first.notices]
        assert told == [(notice.nature, notice.text) for notice in case.story.now.notices]


def test_tags(cases: list[Case]) -> None:
    for case in cases:
        assert tuple(case.first.tags) == case.story.now.tags


def test_times(cases: list[Case]) -> None:
    for case in cases:
        published = datetime.fromisoformat(case.first.published or "")
        assert abs((published - case.story.now.published).total_seconds()) < 60
        line = spaced(case.room.time_line(case.story)).removeprefix("/ ")
        shown = (case.first.displayed_time or "").removeprefix("Stand: ").removeprefix("Erstveröffentlichung: ")
        assert shown.removeprefix("/ ") == line.removeprefix("Stand: ")


def test_an_update_leaves_the_displayed_time_as_it_was(cases: list[Case]) -> None:
    case = cases[0]
    with httpx.Client() as client:
        case.room.bump_modified(case.story)
        after = visit(client, case.room, case.story)
    assert after.published == case.first.published
    assert spaced(after.displayed_time).endswith(spaced(case.first.displayed_time).removeprefix("Stand: "))
