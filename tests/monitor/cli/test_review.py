"""`newswatch review`: the desk on a terminal, driven by keys as a person drives it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from db.engine import open_engine, reading, writing
from db.queries import changes, triage, views
from db.types import Change
from monitor.cli.app import run
from monitor.cli.errors import UsageError
from monitor.cli.screen.app import Help, Review
from monitor.cli.screen.desk import Desk
from monitor.cli.screen.words import filters_of, line_of
from tests.databases import database_at
from tests.monitor.seeded import NOW, URL, seed, seeded_home

Play = Callable[[Pilot[None]], Awaitable[None]]
pytestmark = pytest.mark.slow

NARROW, WIDE = (80, 24), (140, 40)


class Screen:
    """A seeded home and the screen over it."""

    def __init__(self, engine: Engine, archive: Path) -> None:
        self.engine = engine
        self.ids = seed(engine)
        self.app = Review(Desk(engine, archive, ZoneInfo("Asia/Tokyo")))

    def play(self, play: Play, size: tuple[int, int] = NARROW) -> None:
        async def whole() -> None:
            async with self.app.run_test(size=size) as pilot:
                await pilot.pause()
                await play(pilot)

        asyncio.run(whole())

    def add(self, change: Change, headline: str, key: str) -> int:
        """One more change of the same article, an event of its own."""
        later = datetime.now(UTC)
        with writing(self.engine) as session:
            record = changes.get(session, self.ids[0])
            assert record is not None
            found = changes.add(
                session,
                record.page_id,
                1,
                change,
                key=key,
                headline=headline,
                not_before=later - timedelta(minutes=5),
                not_after=later,
                now=later,
            )
        assert found is not None
        return found

    def states(self) -> set[str]:
        with reading(self.engine) as session:
            return {judged.state for judged in triage.of(session, self.ids).values()}

    def drawn(self) -> str:
        """What stands on the screen."""
        return "\n".join("".join(part.text for part in strip) for strip in self.app.screen._compositor.render_strips())

    def detail(self) -> str:
        return str(self.app.query_one("#words", Static).content)

    def rows(self) -> list[str]:
        return [str(option.prompt) for option in self.app.query_one("#edits", OptionList).options]


@pytest.fixture
def screen(tmp_path: Path) -> Screen:
    return Screen(open_engine(database_at(tmp_path / "newswatch.db")), tmp_path / "archive")


async def settled(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_an_edit_stands_in_the_list_and_in_full_beside_it(screen: Screen, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await settled(pilot)
        assert len(screen.rows()) == 1
        assert "headline" in screen.rows()[0]
        told = screen.detail()
        assert "Ferry with [-12 -]{+20 +}aboard sinks off Busan" in told
        assert "number 12 → 20" in told
        assert "2026-05-04 17:00 – 17:07 (Asia/Tokyo)" in told
        assert "aaaaaaaa" in told
        assert "The archive file is gone" in told
        assert "ticker" not in told
        drawn = screen.drawn()
        assert "Ferry with 20 aboard sinks off Busan" in drawn
        assert "Confirm" in drawn

    screen.play(play, size)


def test_keys_judge_and_undo(screen: Screen) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("j", "c")
        await settled(pilot)
        assert screen.states() == {"confirmed"}
        assert "✓" in screen.rows()[0]
        await pilot.press("u")
        await settled(pilot)
        assert screen.states() == {"new"}
        assert "✓" not in screen.rows()[0]
        await pilot.press("u", "d", "r")
        await settled(pilot)
        assert screen.states() == {"dismissed"}
        assert screen.rows() == []
        assert "Nothing left to judge" in screen.detail()
        await pilot.press("c", "x", "o", "j", "u")
        await settled(pilot)
        assert len(screen.rows()) == 1

    screen.play(play)


def test_those_ticked_are_judged_together(screen: Screen) -> None:
    screen.add(Change("headline", ("reworded",), "substantive", "One", "Two"), "Two", "other")

    async def play(pilot: Pilot[None]) -> None:
        assert len(screen.rows()) == 2
        await pilot.press("x", "j", "x")
        assert [row[0] for row in screen.rows()] == ["■", "■"]
        await pilot.press("f")
        await settled(pilot)
        assert [row[:2] for row in screen.rows()] == ["·!", "·!"]
        assert screen.states() == {"flagged"}

    screen.play(play)


def test_the_search_line_filters_and_says_what_cannot_be(screen: Screen) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("slash")
        line = screen.app.query_one("#search", Input)
        line.value = "kind:hedline"
        await pilot.press("enter")
        assert screen.app.chosen == {}
        assert line.has_focus
        line.value = 'kind:headline source:"Harbour Post" busan'
        await pilot.press("enter")
        await settled(pilot)
        assert screen.app.chosen == {"kind": "headline", "source": "Harbour Post", "match": "busan"}
        assert len(screen.rows()) == 1
        await pilot.press("slash")
        assert line.value == "kind:headline source:'Harbour Post' busan"
        line.value = "nothing like it"
        await pilot.press("enter")
        await settled(pilot)
        assert "Nothing fits" in screen.detail()

    screen.play(play)


def test_a_saved_view_is_taken_and_help_is_shown(screen: Screen) -> None:
    with writing(screen.engine) as session:
        views.save(session, "Night [b]desk[/b]", {"kind": "headline"}, NOW)

    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("v", "down", "enter")
        await settled(pilot)
        assert screen.app.chosen == {"kind": "headline"}
        assert "Night [b]desk[/b]" in screen.drawn()
        await pilot.press("question_mark")
        assert isinstance(screen.app.screen, Help)
        await pilot.press("escape", "q")

    screen.play(play)


def test_what_arrives_is_told_and_taken_in(screen: Screen) -> None:
    async def play(pilot: Pilot[None]) -> None:
        screen.add(Change("headline", ("reworded",), "substantive", "One", "Two"), "Two", "late")
        screen.app.look()
        await settled(pilot)
        assert "1 new: press r" in screen.drawn()
        await pilot.press("r")
        await settled(pilot)
        assert len(screen.rows()) == 2
        assert "new: press r" not in screen.drawn()

    screen.play(play)


def test_hostile_text_is_shown_and_never_obeyed(screen: Screen) -> None:
    evil = "[red]a[/red] [/] [@click=app.quit]b[/] \x1b[31mc\x1b]0;t\x07 \u202ed"
    screen.add(Change("body", ("reworded",), "substantive", evil, f"{evil} more", facts=(evil,)), evil, "evil")

    async def play(pilot: Pilot[None]) -> None:
        await settled(pilot)
        assert "[red]a[/red] [/] [@click=app.quit]b[/]" in screen.detail()
        assert "[red]a[/red]" in screen.drawn()
        for seen in (screen.drawn(), screen.detail(), *screen.rows()):
            assert not {"\x1b", "\x07", "\u202e"} & set(seen)

    screen.play(play, WIDE)


def test_addresses_asked_for_are_kept_to_be_printed(screen: Screen) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("o", "o")

    screen.play(play)
    assert screen.app.addresses == [URL]


@pytest.mark.parametrize(
    ("line", "chosen"),
    [
        ("", {}),
        ("ferry busan", {"match": "ferry busan"}),
        ("https://a.example/x", {"match": "https://a.example/x"}),
        ("state:all tag:night", {"state": "all", "tag": "night"}),
        ("kind: x", {"match": "kind: x"}),
    ],
)
def test_a_typed_line_becomes_filters_and_back(line: str, chosen: dict[str, str]) -> None:
    assert filters_of(line) == chosen
    assert filters_of(line_of(chosen)) == chosen


@pytest.mark.parametrize("line", ["kind:nothing", "period:9y", "state:[red]", 'source:"open', "source:Nowhere"])
def test_a_line_that_cannot_be_is_refused(line: str) -> None:
    with pytest.raises(UsageError):
        filters_of(line, ("Harbour Post",))


def test_without_a_terminal_it_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = seeded_home(tmp_path / "home")
    assert run(["--home", str(home.path), "review"]) == 2
    assert "this needs a terminal" in capsys.readouterr().err
