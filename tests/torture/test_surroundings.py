"""Faults of what lies around: the disk and the clock. Each has its named outcome, and all goes on after it.

The database locked and the wall of a full segment stand in tests/monitor/service/test_trouble.py, PostgreSQL restarted in
tests/fleet, the memory of readers in tests/crawler/test_readers.py.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from crawler.readers import Readers
from db.archive.segments import Segment
from db.engine import writing
from db.records import ArchiveRef
from db.types import Outcome, Reason
from tests.conftest import LoopThread
from tests.newsroom.newsroom import Newsroom
from tests.newsroom.noise import Noise
from tests.watching import Watching, quick

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kill")]
OUTLET = "harbour"
HEADLINE = "Ministers agree to reopen the northern line"


@pytest.fixture
def room() -> Iterator[Newsroom]:
    with Newsroom(stories=1, outlets=[OUTLET], noise=Noise.quiet()) as made:
        yield made


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    pool = Readers(1)
    yield pool
    pool.close()


@pytest.fixture
def watching(room: Newsroom, reactor_loop: LoopThread, readers: Readers, tmp_path: Path) -> Iterator[Watching]:
    made = Watching(reactor_loop, tmp_path / "home", quick(room), readers)
    made.discover()
    made.check()
    yield made
    made.stop()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EMFILE])
def test_a_disk_that_takes_nothing_is_a_check_that_says_so(
    room: Newsroom, watching: Watching, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuses(*_: object) -> ArchiveRef:
        raise OSError(code, os.strerror(code))

    room.edit_headline(room.story(OUTLET), HEADLINE)
    with monkeypatch.context() as patch:
        patch.setattr(Segment, "append", refuses)
        (visit,) = watching.check()
    assert (visit.outcome, visit.reason) == (Outcome.FAILED, Reason.DISK_FULL)
    assert os.strerror(code) in visit.detail
    (visit,) = watching.check()
    assert visit.outcome == Outcome.CHANGED
    assert len(watching.revisions(room.url(room.story(OUTLET)))) == 2


def test_a_slow_disk_is_waited_for(room: Newsroom, watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    append = Segment.append

    def slowly(segment: Segment, around: bytes, member: bytes, digest: str) -> ArchiveRef:
        time.sleep(0.5)
        return append(segment, around, member, digest)

    monkeypatch.setattr(Segment, "append", slowly)
    room.edit_headline(room.story(OUTLET), HEADLINE)
    (visit,) = watching.check()
    assert visit.outcome == Outcome.CHANGED


@pytest.mark.parametrize("jump", [timedelta(hours=-3), timedelta(hours=3), timedelta(days=-400), timedelta(days=400)])
def test_after_a_jump_of_the_clock_an_edit_is_seen_once_and_its_window_is_no_nonsense(
    room: Newsroom, watching: Watching, jump: timedelta
) -> None:
    """Everything stored so far stands at another time: a jump back makes it the future."""
    with writing(watching.works.engine) as session:
        for table, column in (("page_check", "at"), ("page", "last_check_at"), ("page", "last_success_at")):
            for key, at in session.execute(text(f"SELECT id, {column} FROM {table}")).all():
                moved = datetime.fromisoformat(str(at)).replace(tzinfo=None) - jump
                session.execute(
                    text(f"UPDATE {table} SET {column} = :at WHERE id = :id"),
                    {"at": moved.isoformat(" ", "microseconds"), "id": key},
                )
    room.edit_headline(room.story(OUTLET), HEADLINE)
    watching.check(3)
    loop = watching.loop
    loop.run(watching.works.comparing.leftovers())
    (told,) = [one for one in watching.changes(kinds=("headline",)) if one.change.surface in {None, "h1"}]
    assert told.change.after == HEADLINE
    assert told.not_before is None or told.not_before <= told.not_after
    assert abs(told.not_after - datetime.now(UTC)) < timedelta(minutes=5)
