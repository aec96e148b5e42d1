"""Past versions enter between those that stand: true order, true windows, the same changes, nothing twice, nobody told."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from crawler.backfill.capture import Capture
from crawler.readers import Readers
from db.engine import open_engine, reading, upgrade, writing
from db.home import Home, home_at
from db.models import Delivery
from db.queries import changes, checks, pages, revisions
from db.queries.changes import ChangeFilter
from db.records import ChangeRecord, PageRecord, RevisionRecord
from db.types import Fetched, Outcome
from monitor.cli.app import run
from monitor.service.importing import Importer, Where
from monitor.service.sealing import Sealer
from tests.monitor.service.past_pages import DAY, URL, hours, page

A, B, C = page("Ferry with 12 aboard sinks"), page("Ferry with 20 aboard sinks"), page("Ferry with 31 aboard sinks")
STUB = page("Ferry with 20 aboard sinks", last="Reload.", lines=())


class Past:
    """A home that past sights are taken into."""

    def __init__(self, home: Home, readers: Readers) -> None:
        home.path.mkdir(parents=True, exist_ok=True)
        home.config_path.write_text('[newswatch]\ncontact = "desk@example.org"\n', encoding="utf-8")
        self.home, self._readers = home, readers
        self.engine: Engine = open_engine(home.database_url())
        upgrade(self.engine)

    def take(self, *sights: tuple[float, bytes], url: str = URL) -> Counter[str]:
        importer = Importer(self.home, self.engine, self._readers, Where(anyone=True))
        try:
            return asyncio.run(importer.take([_capture(hours(at), body, url) for at, body in sights]))
        finally:
            importer.close()

    def seal(self) -> None:
        Sealer(self.home, self.engine).run(hours(1000), ended="import")

    def page(self) -> PageRecord:
        with reading(self.engine) as session:
            found = pages.find(session, [URL])
        assert found
        return found

    def versions(self) -> list[RevisionRecord]:
        with reading(self.engine) as session:
            return revisions.of_page(session, self.page().id)

    def changes(self) -> list[ChangeRecord]:
        with reading(self.engine) as session:
            found = changes.find(session, ChangeFilter(limit=1000))
        return sorted(found, key=lambda record: (record.not_after, record.change.kind, record.change.surface or ""))

    def story(self) -> list[tuple[datetime | None, datetime, str | None, str | None]]:
        return [
            (found.not_before, found.not_after, found.change.before, found.change.after)
            for found in self.changes()
            if found.change.kind == "headline" and "moved" not in found.change.natures
        ]


def _capture(at: datetime, body: bytes, url: str) -> Capture:
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    return Capture(url, Fetched(url, url, 200, headers, body, body, at, at))


@pytest.fixture
def past(tmp_path: Path, readers: Readers) -> Iterator[Past]:
    made = Past(home_at(tmp_path / "home"), readers)
    yield made
    made.engine.dispose()


def headlines(versions: Sequence[RevisionRecord]) -> list[str]:
    return [(version.headline or "")[11:13] for version in versions]


@pytest.mark.slow
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_whatever_the_order_of_taking_in_the_story_is_the_same(past: Past, order: tuple[int, ...]) -> None:
    """Each sight in a run of its own."""
    sights = [(0.0, A), (5.0, B), (9.0, C)]
    for number in order:
        past.take(sights[number])
        past.seal()
    found = past.versions()
    assert headlines(found) == ["12", "20", "31"]
    assert [version.seq for version in found] == [1, 2, 3]
    assert [version.not_after for version in found] == [hours(0), hours(5), hours(9)]
    assert [version.not_before for version in found] == [None, hours(0), hours(5)]
    said = {(number, before, after) for number, _, before, after in past.story()}
    assert said == {
        (hours(0), "Ferry with 12 aboard sinks", "Ferry with 20 aboard sinks"),
        (hours(5), "Ferry with 20 aboard sinks", "Ferry with 31 aboard sinks"),
    }
    assert past.page().latest_revision_id == found[-1].id
    assert run(["--home", str(past.home.path), "verify"]) == 0


def test_equal_sights_narrow_the_window_and_add_no_version(past: Past) -> None:
    past.take((0, A), (10, B))
    assert past.take((4, A), (7, B)) == Counter({"same": 2})
    assert headlines(past.versions()) == ["12", "20"]
    assert {found[:2] for found in past.story()} == {(hours(4), hours(7))}
    assert past.versions()[1].not_after == hours(7)


def test_taking_in_twice_adds_nothing(past: Past) -> None:
    sights = ((0.0, A), (5.0, B), (9.0, A))
    past.take(*sights)
    before = (past.versions(), past.changes())
    assert past.take(*sights) == Counter({"known": 3})
    assert (past.versions(), past.changes()) == before
    assert before[0][2].same_as == before[0][0].id
    assert any("reverted" in found.change.natures for found in before[1])


def test_nobody_is_told(past: Past) -> None:
    past.take((0, A), (5, B))
    assert past.changes()
    with reading(past.engine) as session:
        assert session.scalar(select(func.count()).select_from(Delivery)) == 0
        assert revisions.to_compare(session) == []


def test_a_half_loaded_copy_is_no_version_until_another_says_the_same(past: Past) -> None:
    assert past.take((0, A), (5, STUB), (9, B))["held"] == 1
    assert headlines(past.versions()) == ["12", "20"]
    assert past.take((20, STUB)) == Counter({"held": 1})
    assert past.take((30, STUB))["changed"] == 1
    assert headlines(past.versions()) == ["12", "20", "20"]


def test_what_was_seen_again_later_came_back(past: Past) -> None:
    past.take((0, A), (10, A))
    past.take((5, B))
    assert headlines(past.versions()) == ["12", "20", "12"]
    assert [found[:2] for found in past.story()][-1] == (hours(5), hours(10))
    assert past.page().latest_revision_id == past.versions()[-1].id


def test_that_it_was_seen_again_is_known_after_old_looks_were_dropped(past: Past) -> None:
    past.take((0, A), (10, A))
    with writing(past.engine) as session:
        assert checks.delete_before(session, hours(1000)) == 1
    past.take((5, B))
    assert headlines(past.versions()) == ["12", "20", "12"]
    assert past.page().reading_digest == past.versions()[0].reading_digest


def test_a_later_look_of_our_own_is_not_overtaken(past: Past) -> None:
    """A version that stands is compared with the last past one before it, and stays the latest."""
    past.take((100, C))
    latest = past.page()
    past.seal()
    assert past.take((0, A), (5, B))["changes"] >= 2
    assert headlines(past.versions()) == ["12", "20", "31"]
    assert past.page().latest_revision_id == latest.latest_revision_id
    assert past.page().reading_digest == latest.reading_digest
    assert past.page().first_seen_at == DAY
    assert run(["--home", str(past.home.path), "verify", "--full"]) == 0


def test_a_change_that_came_earlier_keeps_its_number(past: Past) -> None:
    past.take((0, A), (10, C))
    numbers = {found.id for found in past.changes()}
    later = page("Ferry with 31 aboard sinks", last="The inquiry has begun, the minister told reporters on the quay.")
    past.take((20, later))
    past.take((4, C))
    assert numbers <= {found.id for found in past.changes()}
    assert {found.not_after for found in past.changes() if found.id in numbers} == {hours(4)}


def test_what_is_no_article_is_counted(past: Past) -> None:
    assert past.take((0, b"<html><body>Not found</body></html>")) == Counter({"unread": 1})
    with reading(past.engine) as session:
        assert pages.find(session, [URL]) is None


def test_looks_of_a_service_are_no_other_sort_of_sight(past: Past) -> None:
    """A 304 of our own counts as a sight of the version that stood."""
    past.take((0, A))
    with writing(past.engine) as session:
        checks.add(session, [checks.row(past.page().id, hours(3), Outcome.NOT_MODIFIED, status=304)])
    past.take((8, B))
    assert past.versions()[1].not_before == hours(3)
