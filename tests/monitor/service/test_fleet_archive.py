"""Several homes on one PostgreSQL and one store: what one stored, another reads again, a third verifies and forgets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from warcio.archiveiterator import ArchiveIterator

from crawler.readers import Readers
from crawler.reread import Rereader
from db.archive import store
from db.engine import open_engine, reading, writing
from db.evidence import checkpoints, keys
from db.home import Home, home_at
from db.models import Reading
from db.models_archive import ArchiveFile
from db.queries import erasures, pages, revisions
from monitor.cli.app import run
from monitor.service.keeping import Keeper
from monitor.service.sealing import Sealer
from tests.conftest import LoopThread
from tests.databases import SERVER
from tests.newsroom.newsroom import Newsroom
from tests.newsroom.noise import Noise
from tests.watching import Watching, quick

pytestmark = [pytest.mark.xdist_group("postgres"), pytest.mark.needs("postgres"), pytest.mark.slow]

NAME = "Zenobia Quill"


@dataclass
class Fleet:
    folder: Path
    url: str
    one: Watching
    engine: Engine

    def home(self, name: str, *, shared: bool = True, queue: bool = True) -> Home:
        """A home of the fleet with its configuration; without `shared`, one that does not know of the store."""
        home = home_at(self.folder / name)
        home.path.mkdir(parents=True, exist_ok=True)
        lines = ['contact = "desk@example.org"', f'database = "{self.url}"', f"queue = {str(queue).lower()}"]
        lines += [f'archive_store = "file://{self.store}"'] if shared else []
        home.config_path.write_text("[newswatch]\n" + "\n".join(lines) + "\n", encoding="utf-8")
        store.attach(home.archive_dir, f"file://{self.store}" if shared else None)
        return home

    @property
    def store(self) -> Path:
        return self.folder / "store"

    def kept(self, now: datetime | None = None) -> None:
        """A round of the first worker."""
        at = now or datetime.now(UTC)
        self.one.works.sealer.run(at)
        assert self.one.works.keeper.run(at).trouble is None


def newswatch(home: Home, *words: str) -> int:
    return run(["--home", str(home.path), *words])


@pytest.fixture
def fleet(tmp_path: Path, reactor_loop: LoopThread, readers: Readers) -> Iterator[Fleet]:
    url = SERVER.url(SERVER.make(tmp_path / "fleet.db"))
    with Newsroom(stories=2, outlets=["meridian"], noise=Noise.quiet()) as room:
        first = home_at(tmp_path / "one")
        store.attach(first.archive_dir, f"file://{tmp_path}/store")
        watching = Watching(reactor_loop, first.path, replace(quick(room), database=url), readers)
        archive = watching.works.archive
        archive._spool._max_bytes = archive._kept._max_bytes = 6_000
        watching.discover()
        watching.check()
        story = room.story("meridian")
        for words in (f"{NAME} seen at the harbour", "Ferry with 12 aboard sinks"):
            room.edit_headline(story, words)
            watching.check()
        reactor_loop.run(watching.works.comparing.leftovers())
        engine = open_engine(url)
        made = Fleet(tmp_path, url, watching, engine)
        made.home("one")
        made.kept()
        yield made
        engine.dispose()
        watching.stop()
    SERVER.drop(tmp_path / "fleet.db")


def test_what_one_worker_stored_another_reads_again_and_a_third_home_verifies(
    fleet: Fleet,
    reactor_loop: LoopThread,
    readers: Readers,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    second, engine = fleet.home("two"), fleet.engine
    with reading(engine) as session:
        page = max(pages.of_source(session, 1), key=lambda page: page.latest_revision_id or 0)
        version = revisions.get(session, page.latest_revision_id or 0, with_article=True)
    assert version is not None
    with monkeypatch.context() as patch:  # as where today's reader is newer: no reading by it is stored
        patch.setattr(revisions, "article", lambda *_: None)
        zone = fleet.one.works.sources.zone(page.source_id)
        rereader = Rereader(engine, second.archive_dir, readers)
        former = reactor_loop.run(rereader.former(page, version.reader_version, zone))
    assert (former.digest, former.article) == (version.reading_digest, version.article)
    third = fleet.home("three")
    assert newswatch(third, "verify", "--full", "--json") == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert said[-1]["summary"]["away"] == {}
    assert said[-1]["summary"]["reread"] >= 4
    assert said[-1]["summary"]["bytes"] > 6_000
    whole = min(fleet.store.glob("keep-*.warc.gz"))
    data = bytearray(whole.read_bytes())
    data[len(data) // 2] ^= 1
    whole.write_bytes(data)
    assert newswatch(third, "verify") == 1
    assert whole.name in capsys.readouterr().out


def test_without_a_store_what_other_machines_hold_is_counted_apart(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    third, engine = fleet.home("three", shared=False), fleet.engine
    with writing(engine) as session:
        session.execute(update(ArchiveFile).values(holder="press-7-0a1b2c3d"))
    assert newswatch(third, "verify") == 0
    out = capsys.readouterr().out
    assert "held on press-7-0a1b2c3d: not checked here" in out
    assert "Nothing that was looked at was altered." in out
    with writing(engine) as session:
        session.execute(update(ArchiveFile).values(holder=""))
    assert newswatch(third, "verify") == 1


def test_one_home_signs_for_all_until_another_is_told_to(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    second, engine, now = fleet.home("two"), fleet.engine, datetime.now(UTC)
    assert newswatch(second, "checkpoint", "sign") == 0
    capsys.readouterr()
    with writing(engine) as session:
        session.execute(update(Reading).values(leaf=None))
    assert Sealer(second, engine).run(now + timedelta(days=2)).checkpoint is None
    assert not (second.path / "evidence.key").exists()
    assert newswatch(second, "checkpoint", "sign") == 0
    assert "Another home signs" in capsys.readouterr().out
    assert newswatch(second, "checkpoint", "key", "--new") == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert Sealer(second, engine).run(now + timedelta(days=2)).checkpoint is not None
    with reading(engine) as session:
        names = [found.name for found in keys.known(session, fleet.home("three").path)]
        assert [one.text.split("\n")[0] for one in checkpoints.every(session)] == names


def test_a_name_is_forgotten_in_every_archive_and_in_the_store(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    third, engine, now = fleet.home("three"), fleet.engine, datetime.now(UTC)
    assert holds(fleet) > 0
    assert newswatch(third, "forget", "--text", NAME, "--yes") == 0
    assert "--status" in capsys.readouterr().out
    assert newswatch(third, "forget", "--status") == 0
    assert "left: " in capsys.readouterr().out
    for minutes in (0, 3, 4, 5):
        fleet.kept(now + timedelta(minutes=minutes))
    assert holds(fleet) == 0
    with reading(engine) as session:
        assert [one.left for one in erasures.standing(session)] == [()]
    assert newswatch(third, "forget", "--status") == 0
    assert "done everywhere" in capsys.readouterr().out
    assert newswatch(third, "verify") == 0
    late = fleet.home("late")
    late.archive_dir.mkdir(exist_ok=True)
    Keeper(late, engine).run(now + timedelta(minutes=9))


def holds(fleet: Fleet) -> int:
    """How many records say the name, here and in the store."""
    count = 0
    for path in [*fleet.folder.rglob("*.warc.gz"), *fleet.folder.rglob("*.tail/*")]:
        with path.open("rb") as file:
            count += sum(NAME.encode() in record.content_stream().read() for record in ArchiveIterator(file))
    return count
