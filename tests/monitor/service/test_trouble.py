"""Trouble that is nobody's edit: walls, a full disk, a locked database, an error of ours. Each has its reason; all goes on."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any, NoReturn

import pytest

import db.engine
from crawler.ingest import Ingest
from crawler.readers import PageReading
from db.archive import segments
from db.archive.segments import Segment
from db.engine import reading, writing
from db.queries import checks, feeds, pages
from db.records import ArchiveRef, CheckRecord
from db.types import Fetched, FetchFailed, Outcome, Reason
from tests.newsroom.newsroom import Newsroom
from tests.newsroom.noise import Noise
from tests.watching import Watching

pytestmark = pytest.mark.slow

Watch = Callable[..., Watching]
OUTLET = "meridian"


class FullSegment(Segment):
    """The segment of a disk that has no room left."""

    def append(self, around: bytes, member: bytes, digest: str) -> ArchiveRef:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def room(make_newsroom: Callable[..., Newsroom]) -> Newsroom:
    return make_newsroom(stories=1, outlets=[OUTLET], noise=Noise.quiet())


@pytest.fixture
def watching(room: Newsroom, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> Watching:
    monkeypatch.setattr(db.engine, "BUSY_TIMEOUT_S", 0.1)
    made = watch(room)
    made.discover()
    made.check()
    return made


def latest(watching: Watching, url: str) -> CheckRecord:
    with reading(watching.works.engine) as session:
        return checks.of_page(session, watching.page(url).id)[0]


def due_again(watching: Watching, url: str) -> None:
    with writing(watching.works.engine) as session:
        pages.record(session, watching.page(url).id, next_check_at=datetime.now(UTC))


@contextmanager
def full(watching: Watching, series: str) -> Iterator[None]:
    archive = watching.works.archive
    real = getattr(archive, f"_{series}")
    disk = FullSegment(watching.works.home.archive_dir, series, "engine")
    setattr(archive, f"_{series}", disk)
    yield
    setattr(archive, f"_{series}", real)
    disk.close()


@pytest.mark.parametrize("fault", ["challenge-403", "challenge-503", "http-403"])
def test_a_wall_with_an_error_status_is_blocked_and_kept_as_evidence(
    room: Newsroom, watching: Watching, fault: str
) -> None:
    story = room.story(OUTLET)
    room.break_page(story, fault)
    watching.check()
    seen = latest(watching, room.url(story))
    assert (seen.outcome, seen.reason) == (Outcome.FAILED, Reason.BLOCKED)
    assert seen.ref is not None
    kept = segments.read(watching.works.home.archive_dir, seen.ref)
    assert kept.status == seen.status
    assert watching.changes(hidden=True) == []
    assert len(watching.revisions(room.url(story))) == 1


def test_the_answer_that_says_gone_is_kept(room: Newsroom, watching: Watching) -> None:
    story = room.story(OUTLET)
    room.remove(story)
    watching.check()
    seen = latest(watching, room.url(story))
    assert (seen.outcome, seen.reason) == (Outcome.GONE, Reason.GONE)
    assert seen.ref is not None


@pytest.mark.parametrize("series", ["spool", "kept"])
def test_a_full_disk_is_a_check_that_says_so(room: Newsroom, watching: Watching, series: str) -> None:
    story = room.story(OUTLET)
    room.edit_headline(story, "The headline that finds no room")
    with full(watching, series):
        (visit,) = watching.check()
    assert (visit.outcome, visit.reason) == (Outcome.FAILED, Reason.DISK_FULL)
    assert "No space left" in visit.detail
    assert latest(watching, room.url(story)).reason == Reason.DISK_FULL
    assert len(watching.revisions(room.url(story))) == 1
    (visit,) = watching.check()
    assert visit.outcome == Outcome.CHANGED


@pytest.mark.sqlite
def test_a_locked_database_leaves_the_page_due(room: Newsroom, watching: Watching) -> None:
    url = room.url(room.story(OUTLET))
    room.edit_headline(room.story(OUTLET), "The headline that meets a lock")
    before = latest(watching, url)
    with closing(sqlite3.connect(watching.works.engine.url.database or "", isolation_level=None)) as other:
        due_again(watching, url)
        other.execute("BEGIN EXCLUSIVE")
        visit = watching.visit(url)
        other.execute("ROLLBACK")
    assert (visit.outcome, visit.reason, visit.stored) == (Outcome.FAILED, Reason.DATABASE, False)
    assert latest(watching, url) == before
    with reading(watching.works.engine) as session:
        assert [page.url for page in pages.due(session, datetime.now(UTC), 10)] == [url]
    assert watching.visit(url).outcome == Outcome.CHANGED


def test_an_error_of_ours_ends_a_crawl_as_failed(
    room: Newsroom, watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_page: object, _result: Fetched | FetchFailed) -> None:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(watching.works.ingest, "take", broken)
    (item,) = watching.crawl(room.url(room.story(OUTLET)))
    assert (item.state, item.reason) == ("failed", Reason.UNREADABLE)
    assert "a fault of ours" in (item.detail or "")


def test_an_error_of_ours_puts_the_page_off_and_no_edit_is_missed(
    room: Newsroom, watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object, **_named: object) -> NoReturn:
        raise ZeroDivisionError("a fault of ours")

    url = room.url(room.story(OUTLET))
    room.edit_headline(room.story(OUTLET), "The headline that meets a fault")
    with monkeypatch.context() as patched:
        patched.setattr(watching.works.ingest._store, "read", broken)
        (visit,) = watching.check()
    assert (visit.outcome, visit.reason, visit.stored) == (Outcome.FAILED, Reason.INTERNAL, True)
    assert (latest(watching, url).outcome, latest(watching, url).reason) == (Outcome.FAILED, Reason.INTERNAL)
    with reading(watching.works.engine) as session:
        assert pages.due(session, datetime.now(UTC), 10) == []
    assert watching.check()[0].outcome == Outcome.CHANGED
    assert watching.page(url).failures == 0


def test_a_fetch_that_raises_puts_the_page_off(
    room: Newsroom, watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_job: object) -> NoReturn:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(watching.works.rounds, "_fetch", broken)
    (visit,) = watching.check()
    assert (visit.outcome, visit.reason, visit.stored) == (Outcome.FAILED, Reason.INTERNAL, True)
    with reading(watching.works.engine) as session:
        assert checks.of_page(session, watching.page(room.url(room.story(OUTLET))).id)[0].reason == Reason.INTERNAL


def test_a_list_that_we_stumble_over_is_put_off(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_source_id: int) -> NoReturn:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(watching.works.discovery, "_rules_of", broken)
    ends = {(visit.reason, visit.detail) for visit in watching.discover()}
    assert ends == {(Reason.INTERNAL, "ZeroDivisionError: a fault of ours")}
    with reading(watching.works.engine) as session:
        assert feeds.due(session, datetime.now(UTC)) == []


def test_the_very_same_bytes_are_read_again_by_another_reader_alone(
    room: Newsroom, watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest, read = watching.works.ingest, []

    async def reading_noted(*given: Any) -> PageReading:
        read.append(given)
        return await Ingest.read(ingest, *given)

    monkeypatch.setattr(ingest, "read", reading_noted)
    monkeypatch.setattr(ingest, "_versions", {})  # as after a start of the program
    url = room.url(room.story(OUTLET))

    def visit(**known: str) -> str:
        with writing(watching.works.engine) as session:
            pages.record(session, watching.page(url).id, etag=None, last_modified=None, **known)
        return watching.visit(url).outcome

    assert [visit() for _ in range(3)] == [Outcome.SAME] * 3
    assert len(read) == 1
    assert visit(reader_version="another") == Outcome.SAME
    assert len(read) == 2
    assert watching.page(url).reader_version != "another"


def test_a_crawl_that_cannot_be_begun_ends_as_failed(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_target: str) -> list[str]:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(watching.works.oneoffs, "_addresses", broken)
    (item,) = watching.crawl("http://127.0.0.1:9/story")
    assert (item.state, item.outcome) == ("failed", Outcome.FAILED)
