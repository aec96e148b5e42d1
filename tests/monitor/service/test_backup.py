"""The restore drill: a backup made while an engine writes becomes a home that verifies and goes on; damage is found."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard

from crawler.readers import Readers
from db.engine import open_engine, reading
from db.home import Home, home_at
from db.queries import revisions
from monitor.cli.app import run
from monitor.service import backup
from monitor.service.backup import BackupError
from tests.conftest import LoopThread
from tests.monitor.seeded import seeded_home
from tests.newsroom.newsroom import Newsroom
from tests.newsroom.noise import Noise
from tests.watching import Watching, quick

NOW = datetime(2026, 5, 4, 8, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = seeded_home(tmp_path / "home")
    if not found.config_path.exists():
        found.config_path.write_text('[newswatch]\ncontact = "desk@example.org"\n', encoding="utf-8")
    return found


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.parametrize("name", ["copy", "copy.tar.zst"])
def test_a_backup_made_while_the_engine_writes_is_a_home_that_goes_on(
    name: str, tmp_path: Path, reactor_loop: LoopThread, readers: Readers, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, target = tmp_path / "home", tmp_path / name
    folder.mkdir()
    (folder / "newswatch.toml").write_text('[newswatch]\ncontact = "desk@example.org"\n', encoding="utf-8")
    with Newsroom(stories=3, outlets=["meridian"], noise=Noise.quiet()) as room:
        watching = Watching(reactor_loop, folder, quick(room), readers)
        watching.works.archive._spool._max_bytes = watching.works.archive._kept._max_bytes = 10_000
        watching.discover()
        watching.check()
        reactor_loop.run(watching.works.seal(datetime.now(UTC)))
        failed: list[BaseException] = []
        copying = threading.Thread(target=_backup, args=(home_at(folder), target, failed))
        copying.start()
        for number in range(4):
            room.edit_headline(room.story("meridian"), f"Ferry with {number + 10} aboard sinks")
            watching.check()
        copying.join(60)
        watching.stop()
        assert failed == []
        assert run(["--home", str(folder), "restore", str(target), str(tmp_path / "new")]) == 0
        assert run(["--home", str(tmp_path / "new"), "verify", "--full"]) == 0
        assert "Nothing was altered" in capsys.readouterr().out
        again = Watching(reactor_loop, tmp_path / "new", quick(room), readers)
        before = _versions(home_at(tmp_path / "new"))
        room.edit_headline(room.story("meridian"), "Ferry with 99 aboard sinks")
        again.check()
        assert before >= 3
        assert _versions(home_at(tmp_path / "new")) > before
        again.stop()


def _backup(home: Home, target: Path, failed: list[BaseException]) -> None:
    try:
        backup.make(home, None, target, NOW)
    except BaseException as error:  # noqa: BLE001 - the test's own thread asks what it was
        failed.append(error)


def _versions(home: Home) -> int:
    engine = open_engine(home.database_url())
    with reading(engine) as session:
        found = revisions.count(session)
    engine.dispose()
    return found


@pytest.mark.sqlite
@pytest.mark.parametrize("harm", ["alter", "remove", "add", "manifest"])
def test_what_was_done_to_a_backup_is_found(home: Home, tmp_path: Path, harm: str) -> None:
    target = tmp_path / "copy"
    backup.make(home, None, target, NOW)
    victim = target / "newswatch.db"
    if harm == "alter":
        data = bytearray(victim.read_bytes())
        data[len(data) // 2] ^= 1
        victim.write_bytes(data)
    elif harm == "remove":
        victim.unlink()
    elif harm == "add":
        (target / "more.txt").write_text("x")
    else:
        (target / "manifest.json").write_text("[]")
    with pytest.raises(BackupError, match=r"newswatch\.db|more\.txt|manifest"):
        backup.restore(target, home_at(tmp_path / "new"))
    assert not (tmp_path / "new").exists()


@pytest.mark.sqlite
def test_a_file_that_is_cut_off_or_none_is_refused(home: Home, tmp_path: Path) -> None:
    target = tmp_path / "copy.tar.zst"
    backup.make(home, None, target, NOW)
    assert target.stat().st_mode & 0o077 == 0
    target.write_bytes(target.read_bytes()[:-200])
    other = tmp_path / "x.tar.zst"
    other.write_bytes(b"nonsense")
    for source in (target, other):
        with pytest.raises(BackupError):
            backup.restore(source, home_at(tmp_path / "new"))


@pytest.mark.sqlite
def test_a_backup_that_leads_out_of_the_home_is_refused(tmp_path: Path) -> None:
    import io
    import tarfile

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        found = tarfile.TarInfo("../outside.txt")
        found.size = 1
        tar.addfile(found, io.BytesIO(b"x"))
    source = tmp_path / "evil.tar.zst"
    source.write_bytes(zstandard.ZstdCompressor().compress(buffer.getvalue()))
    with pytest.raises(BackupError):
        backup.restore(source, home_at(tmp_path / "new"))
    assert not (tmp_path / "outside.txt").exists()


@pytest.mark.sqlite
def test_neither_target_nor_home_is_written_over(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def newswatch(*words: str) -> int:
        return run(["--home", str(home.path), *words])

    assert newswatch("backup", str(tmp_path / "copy")) == 0
    assert newswatch("backup", str(tmp_path / "copy")) == 1
    assert newswatch("backup", str(home.path / "inside")) == 1
    assert newswatch("restore", str(tmp_path / "copy"), str(home.path)) == 1
    assert newswatch("restore", str(tmp_path / "none"), str(tmp_path / "new")) == 2
    told = capsys.readouterr().err
    assert "is there already" in told
    assert "lies in the home itself" in told
    assert "is not empty" in told


@pytest.mark.sqlite
def test_a_restored_home_does_not_write_into_a_database_elsewhere(home: Home, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    (home.path / "newswatch.db").rename(other)
    home.config_path.write_text(f'[newswatch]\ndatabase = "sqlite:///{other}"\n', encoding="utf-8")
    backup.make(home, f"sqlite:///{other}", tmp_path / "copy", NOW)
    backup.restore(tmp_path / "copy", home_at(tmp_path / "new"))
    assert "database" not in (tmp_path / "new" / "newswatch.toml").read_text()
    assert _versions(home_at(tmp_path / "new")) > 0


def test_postgresql_without_its_tools_is_told(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="pg_dump"):
        backup.make(home, "postgresql+psycopg://desk@localhost/news", tmp_path / "copy", NOW)
    assert not (tmp_path / "copy").exists()
    assert json.dumps(sorted(path.name for path in tmp_path.iterdir())) == '["home"]'
