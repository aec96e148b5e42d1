"""kill -9 between any two steps of the straight way loses no stored revision, doubles none, and tells each change."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.faults import POINTS
from crawler.readers import Readers
from db.archive import segments
from db.engine import reading
from db.queries import revisions
from tests.acceptance.homes import Homestead
from tests.conftest import LoopThread
from tests.newsroom.newsroom import Newsroom
from tests.newsroom.noise import Noise
from tests.watching import Watching, quick

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kill")]

ONCE = ("run", "--once", "--no-web")
HEADLINE = "Ministers agree to reopen the northern line"


@pytest.fixture(scope="module")
def room() -> Iterator[Newsroom]:
    with Newsroom(stories=1, outlets=["harbour"], noise=Noise.quiet()) as made:
        yield made


@pytest.fixture(scope="module")
def edited(room: Newsroom, tmp_path_factory: pytest.TempPathFactory) -> Homestead:
    """A home that has read the story, before an edit that it has not seen."""
    stead = Homestead(tmp_path_factory.mktemp("kill") / "home", room)
    code, output = stead.run(*ONCE)
    assert code == 0, output
    room.edit_headline(room.story("harbour"), HEADLINE)
    stead.all_due()
    return stead


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_each_point_loses_and_doubles_nothing(
    point: str, room: Newsroom, edited: Homestead, *, tmp_path: Path, reactor_loop: LoopThread, readers: Readers
) -> None:
    stead = edited.copy(tmp_path / "home")
    code, output = stead.run(*ONCE, fault=point)
    assert code == -signal.SIGKILL, output

    watching = Watching(reactor_loop, stead.home.path, quick(room), readers)
    try:
        watching.discover()
        watching.check()
        reactor_loop.run(watching.works.comparing.leftovers())
        watching.deliver()
    finally:
        watching.stop()

    assert stead.rows("SELECT seq FROM revision ORDER BY seq") == [(1,), (2,)]
    assert stead.rows("SELECT count(DISTINCT reading_digest) FROM revision") == [(2,)]
    assert stead.rows("SELECT count(*) FROM revision WHERE NOT compared") == [(0,)]
    told = stead.rows("SELECT after FROM change WHERE kind = 'headline' AND coalesce(surface, 'h1') = 'h1'")
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
