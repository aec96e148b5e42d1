"""A source whose stories come by script: rendered, archived, compared and replayed like any other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest

from crawler.readers import RENDERED, Readers
from crawler.render.browser import program
from crawler.render.values import RenderSettings
from crawler.watched import Watched
from db.archive import segments
from db.archive.record import payload_digest
from db.engine import reading
from db.queries import replays
from db.types import Kind, Outcome, Reason
from monitor.cli.app import run
from monitor.service.looking import NOT_NEEDED, Asked, _check
from monitor.service.replaying import Replayer
from tests import chromium
from tests.crawler.fetch.shop import Shop
from tests.newsroom.wire import Reply
from tests.newsroom.zoo_pages import TEXT
from tests.newsroom.zoo_scripts import SHELL, SHOW
from tests.watching import QUICK_FETCH, Watching

pytestmark = pytest.mark.slow

STORY = "/2026/11/the-harbour-bridge-closes"
SHELL_PAGE = SHELL.replace("{head}", "").replace(
    "{script}", SHOW + 'fetch("/api/story.json").then(a => a.json()).then(show);'
)
QUICK_RENDER = replace(QUICK_FETCH, timeout=15.0, render=RenderSettings(timeout=15.0, settle=6.0))


class Outlet(Shop):
    """One story behind a script, in a feed."""

    def __enter__(self) -> Self:
        super().__enter__()
        item = f"<item><title>Bridge</title><link>{self.url(STORY)}</link></item>"
        feed = f"<rss version='2.0'><channel><title>N</title>{item}</channel></rss>"
        self.pages["/feed"] = Reply(200, feed.encode(), content_type="application/rss+xml")
        self.pages[STORY] = Reply(200, SHELL_PAGE.encode(), (("ETag", '"shell"'),))
        self.says("The harbour bridge closes")
        return self

    def says(self, headline: str) -> None:
        body = json.dumps({"title": headline, "paragraphs": TEXT}).encode()
        self.pages["/api/story.json"] = Reply(200, body, content_type="application/json")

    def source(self, **settings: object) -> tuple[object, ...]:
        lists = [(self.url("/feed"), "feed")]
        return ("News", self.url("/"), {"pace": 0.0, **settings}, lists)


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    if program(RenderSettings()) is None:
        chromium.missing()
    with Outlet() as served:
        yield served


def test_a_story_by_script_is_watched_archived_compared_and_replayed(
    watch: Callable[..., Watching], readers: Readers, outlet: Outlet
) -> None:
    watching = watch(None, declared=(outlet.source(render=True),), fetch=QUICK_RENDER)
    watching.discover()
    (first,) = watching.check()
    assert (first.outcome, first.reason) == (Outcome.NEW, None)
    (again,) = watching.check()
    assert again.outcome == Outcome.SAME
    outlet.says("The harbour bridge closes for good")
    (edited,) = watching.check()
    assert edited.outcome == Outcome.CHANGED, "the document is the same; what it loads is not"
    assert {record.change.kind for record in watching.changes()} == {Kind.HEADLINE}

    archive = watching.works.home.archive_dir
    one, two = watching.revisions(first.url)
    for revision in (one, two):
        assert revision.reader_version.endswith(RENDERED)
        assert revision.ref is not None
        archived = segments.read(archive, revision.ref)
        assert archived.rendered
        assert payload_digest(archived.raw) == revision.ref.digest
    with reading(watching.works.engine) as session:
        pairs = replays.pairs(session)

    async def replayed() -> int:
        replayer = Replayer(watching.works.engine, archive, readers, zone_of=lambda _: None, table=None)
        return sum([len(step.differences) async for step in replayer.steps(pairs)])

    assert len(pairs) == 1
    assert asyncio.run(replayed()) == 0


def test_switching_rendering_on_or_off_bases_a_page_anew_and_flags_nothing(
    watch: Callable[..., Watching], outlet: Outlet
) -> None:
    plain = "<title>The Calder Post</title><h1>Bridge</h1>" + "".join(f"<p>{text}</p>" for text in TEXT)
    outlet.pages[STORY] = Reply(200, SHELL_PAGE.replace('<div id="app">', f'<div id="app">{plain}').encode())
    watching = watch(None, declared=(outlet.source(),), fetch=QUICK_RENDER)
    watching.discover()
    assert [visit.outcome for visit in watching.check()] == [Outcome.NEW]
    (item,) = watching.crawl(outlet.url(STORY), render=True)
    assert item.outcome == Outcome.REBASED
    assert watching.page(outlet.url(STORY)).render is True
    assert [visit.outcome for visit in watching.check()] == [Outcome.SAME], "it is rendered from now on"
    assert watching.crawl(outlet.url(STORY), render=False)[0].outcome == Outcome.REBASED
    assert [visit.outcome for visit in watching.check()] == [Outcome.SAME]
    assert watching.changes(hidden=True) == []


def test_a_page_that_cannot_be_rendered_is_a_failed_check_and_no_removal(
    watch: Callable[..., Watching], outlet: Outlet
) -> None:
    nowhere = replace(QUICK_RENDER, render=RenderSettings(browser="/nowhere/chromium", timeout=5.0))
    watching = watch(None, declared=(outlet.source(render_pages=["/2026/"]),), fetch=nowhere)
    watching.discover()
    for _ in range(2):
        (visit,) = watching.check()
        assert (visit.outcome, visit.reason) == (Outcome.FAILED, Reason.RENDER)
    assert watching.revisions(visit.url) == []
    assert watching.page(visit.url).state == "unseen"


def config(outlet: Outlet, more: str = "") -> str:
    return (
        '[newswatch]\nallow_addresses = ["127.0.0.0/8"]\npace = 0\n[render]\nsettle_s = 5\n'
        f'[[source]]\nname = "News"\nhome = "{outlet.url("/")}"\nfeeds = ["{outlet.url("/feed")}"]\n{more}'
    )


def checked(home: Path, text: str) -> tuple[int, str]:
    """A check by the command, in a process of its own: the reactor here belongs to another loop."""
    import subprocess
    import sys

    (home / "newswatch.toml").write_text(text)
    ended = subprocess.run(
        [sys.executable, "-m", "monitor.cli", "--home", str(home), "sources", "check"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_the_check_of_a_source_says_when_rendering_is_needed_and_when_not(
    tmp_path: Path, watch: Callable[..., Watching], outlet: Outlet
) -> None:
    code, said = checked(tmp_path, config(outlet))
    assert code == 1
    assert "the plain page has no story; render = true would read it" in said

    watching = watch(None, fetch=QUICK_RENDER)  # for its fetch engine

    def remark(**settings: object) -> str | None:
        asked = Asked([(outlet.url("/feed"), "feed")], Watched("News", None, settings))
        (seen,) = watching.loop.run(_check(watching.works.fetcher, asked)).pages
        assert seen.article is not None, seen
        assert seen.trouble is None
        return seen.remark

    assert remark(render=True) is None
    outlet.pages[STORY] = Reply(200, f"<h1>Bridge</h1>{''.join(f'<p>{text}</p>' for text in TEXT)}".encode())
    assert remark(render=True) == NOT_NEEDED
    assert remark() is None


def test_the_doctor_tells_whether_pages_can_be_rendered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = '[newswatch]\ncontact = "me@a.example"\n[[source]]\nname = "News"\n'
    (tmp_path / "newswatch.toml").write_text(text)
    assert run(["--home", str(tmp_path), "sources", "set", "News", "--render"]) == 0
    if program(RenderSettings()):
        assert run(["--home", str(tmp_path), "doctor"]) == 0
        assert "rendering: asked for by News" in capsys.readouterr().out
    (tmp_path / "newswatch.toml").write_text(text + '[render]\nbrowser = "/nowhere/chromium"\n')
    assert run(["--home", str(tmp_path), "doctor"]) == 1
    assert "there is no program /nowhere/chromium" in " ".join(capsys.readouterr().out.split())


def test_rendering_by_command_is_for_pages_that_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "newswatch.toml").write_text("")
    assert run(["--home", str(tmp_path), "crawl", "--due", "--render"]) == 2
    assert "for pages that you name" in capsys.readouterr().err
