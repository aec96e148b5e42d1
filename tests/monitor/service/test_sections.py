"""Section pages as lists: new stories, changed headlines as hints, and sources that have nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from db.engine import writing
from db.queries import pages
from db.types import Kind, Outcome
from tests.crawler.fetch.shop import Shop
from tests.newsroom.wire import Reply
from tests.newsroom.zoo_pages import TEXT, page
from tests.watching import Watching

pytestmark = pytest.mark.slow


class Paper(Shop):
    """A section page that links to stories; no feed, no sitemap."""

    def __init__(self) -> None:
        super().__init__()
        self.stories: dict[str, tuple[str, str]] = {}
        self.pages["/world/"] = lambda _: Reply(200, self._section().encode())
        home = '<title>The Paper</title><nav><a href="/world/">World</a><a href="/login">Log in</a></nav><p>Welcome.'
        self.pages["/"] = Reply(200, home.encode())

    def publish(self, path: str, headline: str, *, listed: str | None = None) -> None:
        self.stories[path] = listed or headline, headline
        self.pages[path] = Reply(200, page(headline, TEXT))

    def _section(self) -> str:
        cards = (
            f'<article><h2><a href="{path}">{title}</a></h2></article>' for path, (title, _) in self.stories.items()
        )
        return f'<title>World</title><nav><a href="/world/">World</a></nav><main>{"".join(cards)}</main>'


@pytest.fixture
def paper() -> Iterator[Paper]:
    with Paper() as served:
        today = datetime.now(UTC)
        for number in range(4):
            served.publish(f"/{today:%Y/%m/%d}/story-{number}", f"Story number {number} of the day")
        old = today - timedelta(days=40)
        served.publish(f"/{old:%Y/%m/%d}/an-old-story", "A story of last month that is linked for good")
        yield served


def test_stories_are_found_and_a_changed_headline_is_a_hint_and_never_a_version(
    watch: Callable[..., Watching], paper: Paper
) -> None:
    watching = watch(None, declared=(("Paper", paper.url("/"), {"pace": 0.0}, [(paper.url("/world/"), "section")]),))
    (first,) = watching.discover()
    assert (first.new, first.listed, first.reason) == (4, 5, None)
    assert {visit.outcome for visit in watching.check()} == {Outcome.NEW}
    (again,) = watching.discover()
    assert (again.new, again.hinted) == (0, 0)

    path = next(iter(paper.stories))
    page_of = watching.page(paper.url(path))
    paper.stories[path] = "Story number 0 of the day, told anew", paper.stories[path][1]
    later = datetime.now(UTC) + timedelta(hours=1)
    with writing(watching.works.engine) as session:
        pages.record(session, page_of.id, next_check_at=later)
    (heard,) = watching.discover()
    assert heard.hinted == 1
    due = watching.page(paper.url(path)).next_check_at
    assert due is not None
    assert due > datetime.now(UTC) + timedelta(minutes=3), "it was looked at a moment ago"

    paper.stories[path] = "Story number 0 of the day, told once more", paper.stories[path][1]
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    with writing(watching.works.engine) as session:
        pages.record(session, page_of.id, last_check_at=an_hour_ago, next_check_at=later)
    (heard,) = watching.discover()
    assert heard.hinted == 1
    hinted = watching.page(paper.url(path))
    assert hinted.hinted
    assert hinted.next_check_at is not None
    assert hinted.next_check_at <= datetime.now(UTC)
    assert watching.visit(hinted.url).outcome == Outcome.SAME
    assert watching.changes(hidden=True) == [], "the list's words are no version of the page"
    (quiet,) = watching.discover()
    assert quiet.hinted == 0

    paper.publish(path, "Story number 0 of the day, corrected")
    with writing(watching.works.engine) as session:
        pages.record(session, page_of.id, last_check_at=an_hour_ago, next_check_at=later)
    assert watching.discover()[0].hinted == 1
    assert watching.visit(hinted.url).outcome == Outcome.CHANGED
    assert {record.change.kind for record in watching.changes()} == {Kind.HEADLINE}


def newswatch(home: Path, *words: str) -> tuple[int, str]:
    ended = subprocess.run(
        [sys.executable, "-m", "monitor.cli", "--home", str(home), *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_an_outlet_without_feeds_is_added_by_its_sections(tmp_path: Path, paper: Paper) -> None:
    (tmp_path / "newswatch.toml").write_text('[newswatch]\nallow_addresses = ["127.0.0.0/8"]\npace = 0\n')
    code, said = newswatch(tmp_path, "sources", "add", paper.url("/"), "--to-file")
    assert (code, "section " in said) == (0, True), said
    assert f'sections = ["{paper.url("/world/")}"]' in (tmp_path / "newswatch.toml").read_text()
    code, said = newswatch(tmp_path, "sources", "check")
    assert (code, "5 articles" in said, "Story number 0" in said) == (0, True, True), said
