"""kill -9 between any two steps of the straight way loses no stored revision, doubles none, and tells each change."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.faults import POINTS
from db.archive import segments
from db.engine import reading
from db.queries import revisions
from tests.acceptance.homes import Homestead
from tests.newsroom.newsroom import Newsroom
from tests.newsroom.noise import Noise

pytestmark = pytest.mark.slow

ONCE = ("run", "--once", "--no-web")
HEADLINE = "Ministers agree to reopen the northern line"


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_each_point_loses_and_doubles_nothing(
    point: str, make_newsroom: Callable[..., Newsroom], tmp_path: Path
) -> None:
    room = make_newsroom(stories=1, outlets=["harbour"], noise=Noise.quiet())
    stead = Homestead(tmp_path / "home", room)
    assert stead.run(*ONCE)[0] == 0
    story = room.story("harbour")
    room.edit_headline(story, HEADLINE)
    stead.all_due()
    code, output = stead.run(*ONCE, fault=point)
    assert code == -signal.SIGKILL, output
    stead.all_due()
    code, output = stead.run(*ONCE)
    assert code == 0, output
    assert stead.rows("SELECT seq FROM revision ORDER BY seq") == [(1,), (2,)]
    assert stead.rows("SELECT count(DISTINCT reading_digest) FROM revision") == [(2,)]
    assert stead.rows("SELECT count(*) FROM revision WHERE NOT compared") == [(0,)]
    told = stead.rows(
        "SELECT c.after FROM change c WHERE c.kind = 'headline' AND c.surface IS NULL OR c.surface = 'h1'"
    )
    assert told == [(HEADLINE,)]
    assert set(stead.rows("SELECT state FROM delivery")) == {("sent",)}
    assert stead.rows("SELECT count(*) - count(DISTINCT change_id) FROM delivery") == [(0,)]
    _archive_is_whole(stead)


def _archive_is_whole(stead: Homestead) -> None:
    """The raw answer of each revision can be read."""
    with stead.engine() as engine, reading(engine) as session:
        for (page_id,) in stead.rows("SELECT id FROM page"):
            for revision in revisions.of_page(session, int(str(page_id))):
                assert revision.ref is not None
                assert segments.read(stead.home.archive_dir, revision.ref).status == 200
