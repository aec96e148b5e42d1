"""`newswatch replay` on a home that a service filled from a real server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from db.engine import writing
from db.types import Outcome
from monitor.cli.app import run
from tests.newsroom.config import write_config
from tests.newsroom.newsroom import Newsroom
from tests.newsroom.noise import Noise
from tests.watching import Watching

pytestmark = pytest.mark.slow

OUTLET = "harbour"


@pytest.fixture
def room(make_newsroom: Callable[..., Newsroom]) -> Newsroom:
    return make_newsroom(stories=2, outlets=[OUTLET], noise=Noise.quiet())


@pytest.fixture
def home(room: Newsroom, tmp_path: Path) -> Path:
    write_config(room, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def watching(room: Newsroom, watch: Callable[..., Watching], home: Path) -> Watching:
    """Two edits seen: a headline and a body."""
    del home
    made = watch(room)
    made.discover()
    made.check()
    room.edit_headline(room.story(OUTLET), "Ministers agree to reopen the northern line")
    room.add_paragraph(room.story(OUTLET), "A paragraph that nobody had read before this afternoon.")
    made.check()
    return made


def replay(home: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert run(["--home", str(home), "replay", "--json", *arguments]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def as_an_older_reader(watching: Watching) -> None:
    """As if all had been read by a reader that missed the body's edit and made up a byline's."""
    with writing(watching.works.engine) as session:
        session.execute(text("UPDATE page SET reader_version = 'old', reading_digest = 'x', body_digest = NULL"))
        session.execute(text("UPDATE page SET etag = NULL, last_modified = NULL"))
        session.execute(text("UPDATE revision SET reader_version = 'old', reading_digest = 'x' || id"))
        session.execute(text("UPDATE reading SET reader_version = 'old'"))
        session.execute(text("UPDATE change SET kind = 'byline' WHERE kind = 'body'"))


def stood(watching: Watching) -> list[tuple[object, ...]]:
    return [
        (c.id, c.change.kind, c.change.natures, c.change.before, c.change.after, c.change.suppressed_by)
        for c in watching.changes(hidden=True)
    ]


def test_a_home_read_by_todays_reader_has_no_differences(
    watching: Watching, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stood(watching)
    assert replay(home, capsys) == []


def test_a_better_reader_lists_then_applies_then_can_be_taken_back(
    room: Newsroom, watching: Watching, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    as_an_older_reader(watching)
    with writing(watching.works.engine) as session:  # the row's columns say byline; its detail is what is compared
        session.execute(text("UPDATE change SET detail = (SELECT detail FROM change WHERE kind = 'headline' LIMIT 1)"))
    before = stood(watching)
    told = watching.deliver()
    listed = replay(home, capsys, "--source", "Harbour Post")
    assert {(d["verdict"], d["kind"]) for d in listed} >= {("appear", "body"), ("vanish", "headline")}
    assert stood(watching) == before

    assert replay(home, capsys, "--apply") == listed
    after = {(row[1], row[5]) for row in stood(watching)}
    assert ("body", None) in after
    assert ("headline", "replay") in after
    assert watching.deliver() == []
    assert replay(home, capsys) == []

    visits = watching.check()
    assert {visit.outcome for visit in visits} <= {Outcome.SAME, Outcome.NOT_MODIFIED}
    assert {(row[1], row[5]) for row in stood(watching)} == after

    assert run(["--home", str(home), "replay", "--undo"]) == 0
    shown = [row for row in stood(watching) if row[5] is None]
    assert shown == [row for row in before if row[5] is None]
    assert len(told) >= 1
    assert run(["--home", str(home), "replay", "--undo"]) == 1
    del room


def test_an_upgrade_of_the_reader_gives_no_phantom_change(
    room: Newsroom, watching: Watching, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count = len(stood(watching))
    as_an_older_reader(watching)
    assert {visit.outcome for visit in watching.check()} == {Outcome.SAME}
    assert len(stood(watching)) == count
    room.edit_headline(room.story(OUTLET), "And an edit after the upgrade is seen")
    watching.check()
    assert [c.change.after for c in watching.changes(kinds=("headline",))][-1]
    assert len(stood(watching)) > count
    del home, capsys


def test_what_was_lost_is_counted_and_wrong_use_is_told(
    room: Newsroom, watching: Watching, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    as_an_older_reader(watching)
    with writing(watching.works.engine) as session:
        session.execute(text("UPDATE revision SET segment = 'gone.warc.gz'"))
    assert run(["--home", str(home), "replay", "--url", room.url(room.story(OUTLET))]) == 0
    assert "1 pairs could not be read again" in capsys.readouterr().out
    assert run(["--home", str(home), "replay", "--source", "No Such"]) == 2
    assert run(["--home", str(home), "replay", "--undo", "--apply"]) == 2
    assert run(["--home", str(home), "replay", "--undo"]) == 1
