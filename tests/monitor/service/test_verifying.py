"""What was altered is found and located, whichever byte it is; what was not is never accused."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, update

from crawler.readers import Readers
from db import copying
from db.engine import open_engine, reading, sqlite_url, upgrade, writing
from db.evidence import forget
from db.evidence.audit import ERROR, Finding, Scope
from db.home import Home
from db.models import ChangeRow, Reading
from db.queries import changes, revisions, sources
from db.queries.changes import ChangeFilter
from monitor.service.verifying import Verifier
from tests.conftest import LoopThread
from tests.databases import SERVER
from tests.sealed import sealed_home
from tests.tampering import Flip, flipped_field, flipped_file

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sealed(reactor_loop: LoopThread, readers: Readers, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return sealed_home(tmp_path_factory.mktemp("sealed") / "home", reactor_loop, readers)


def verifier_of(home: Home, engine: Engine) -> Verifier:
    with reading(engine) as session:
        zones = {record.id: record.effective.get("zone") for record in sources.every(session)}
    return Verifier(home, engine, zone_of=zones.get, table=None)


@pytest.fixture
def verifier(sealed: Home) -> Iterator[Verifier]:
    engine = open_engine(sealed.database_url())
    yield verifier_of(sealed, engine)
    engine.dispose()


def errors(verifier: Verifier) -> list[Finding]:
    return [found for found in verifier.stored(Scope()) if found.level == ERROR]


def test_a_home_that_nobody_altered_is_clean(verifier: Verifier) -> None:
    assert list(verifier.stored(Scope())) == []
    assert len(verifier.tally.revisions) > 260
    assert verifier.tally.changes > 2
    assert verifier.tally.bytes > 20_000


def derived(verifier: Verifier, loop: LoopThread, readers: Readers) -> list[Finding]:
    async def every() -> list[Finding]:
        ids = [number for number in verifier.tally.revisions if number < 10]
        return [found async for found in verifier.derived(ids, readers, 1) if found.level == ERROR]

    return loop.run(every())


def test_versions_and_changes_come_out_of_the_archive_as_they_are_stored(
    verifier: Verifier, reactor_loop: LoopThread, readers: Readers
) -> None:
    assert errors(verifier) == []
    assert derived(verifier, reactor_loop, readers) == []
    assert (verifier.tally.reread, verifier.tally.other_reader) == (5, 0)
    assert verifier.tally.rederived == 3


def test_what_was_altered_and_sealed_anew_does_not_come_out_of_the_archive(
    sealed: Home, reactor_loop: LoopThread, readers: Readers, tmp_path: Path
) -> None:
    """Whoever holds the home and its key can make a log that adds up; the archived bytes still speak against it."""
    copy = Home(tmp_path / "copy")
    shutil.copytree(sealed.path, copy.path)
    engine = open_engine(copy.database_url())
    with writing(engine) as session:
        record = changes.find(session, ChangeFilter(kinds=("headline",), limit=1))[0]
        assert record.revision_after is not None
        revision = revisions.get(session, record.revision_after, with_article=True)
        assert revision is not None
        assert revision.article is not None
        forged = replace(revision.article, headline="A headline that never stood there")
        session.execute(delete(Reading).where(Reading.revision_id == revision.id))
        revisions.add_reading(session, revision.id, revision.reader_version, forged)
        session.execute(update(ChangeRow).where(ChangeRow.id == record.id).values(after="never", leaf=None))
    verifier = verifier_of(copy, engine)
    list(verifier.stored(Scope()))
    found = {(finding.where.split()[0], finding.what) for finding in derived(verifier, reactor_loop, readers)}
    engine.dispose()
    assert ("revision", "the same reader reads a field otherwise that is stored beside the compared ones") in found
    assert any(where == "change" and "same rules" in what for where, what in found)


def test_what_was_forgotten_is_no_finding(sealed: Home, tmp_path: Path) -> None:
    copy = Home(tmp_path / "copy")
    shutil.copytree(sealed.path, copy.path)
    engine = open_engine(copy.database_url())
    with writing(engine) as session:
        ((segment, *_), *_) = forget.forget_revisions(session, [1])
        forget.reopen_segment(session, segment)
    found = list(verifier_of(copy, engine).stored(Scope()))
    engine.dispose()
    assert [finding for finding in found if finding.level == ERROR] == []


def test_one_change_is_looked_at_alone(sealed: Home, verifier: Verifier) -> None:
    scope = Scope(revisions=(1, 3), changes=(1,))
    with flipped_field(sealed, random.Random(1), "archive_segment"):
        assert [found for found in verifier.stored(scope) if found.where.startswith("archive file")] == []
    assert (verifier.tally.revisions, verifier.tally.changes) == ([1, 3], 1)


def located(flip: Flip, found: list[Finding]) -> bool:
    return any(words in f"{one.where} {one.what}" for words in flip.named for one in found)


@pytest.mark.parametrize("seed", range(2))
def test_a_bit_that_was_turned_in_any_field_is_found_and_located(sealed: Home, verifier: Verifier, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(8):
        with flipped_field(sealed, chance) as flip:
            found = errors(verifier)
        assert found, flip.what
        assert located(flip, found), (flip, found)


@pytest.mark.parametrize("seed", range(2))
def test_a_bit_that_was_turned_in_any_file_is_found_and_located(sealed: Home, verifier: Verifier, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(8):
        with flipped_file(sealed, chance) as flip:
            found = errors(verifier)
        assert found, flip.what
        assert located(flip, found), (flip, found)
    assert errors(verifier) == []


@pytest.mark.sqlite
@pytest.mark.xdist_group("postgres")
@pytest.mark.needs("postgres")
def test_a_database_moved_to_postgresql_and_back_still_verifies(sealed: Home, tmp_path: Path) -> None:
    given, moved = open_engine(sealed.database_url()), open_engine(SERVER.url(SERVER.make(tmp_path / "moved.db")))
    back = open_engine(sqlite_url(tmp_path / "back.db"))
    upgrade(back)
    copying.copy(given, moved)
    copying.copy(moved, back)
    for engine in (moved, back):
        verifier = verifier_of(sealed, engine)
        assert list(verifier.stored(Scope())) == []
        assert verifier.tally.changes > 2
    with writing(moved) as session:
        session.execute(update(ChangeRow).where(ChangeRow.id == 1).values(after="never"))
    assert [found.where for found in errors(verifier_of(sealed, moved))] == ["change 1"]
    for engine in (given, moved, back):
        engine.dispose()
    SERVER.drop(tmp_path / "moved.db")
