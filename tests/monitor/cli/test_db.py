"""`newswatch db copy`: wrong use told in words; a home moved to another database."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.engine import open_engine, reading, sqlite_url
from db.home import Home
from db.queries import changes
from db.queries.changes import ChangeFilter
from monitor.cli.app import run
from monitor.service.lock import engine_lock
from tests.databases import database_at
from tests.monitor.seeded import seeded_home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return seeded_home(tmp_path / "home")


def newswatch(home: Home, *arguments: str) -> int:
    return run(["--home", str(home.path), "db", "copy", *arguments])


def test_a_home_is_moved_and_uses_the_copy(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = sqlite_url(tmp_path / "other.db")
    assert newswatch(home, target, "--use") == 0
    assert "both databases hold the same" in capsys.readouterr().out
    assert f'database = "{target}"' in home.config_path.read_text()
    engine = open_engine(target)
    with reading(engine) as session:
        assert changes.count(session, ChangeFilter()) > 0
    engine.dispose()
    assert run(["--home", str(home.path), "changes"]) == 0
    assert "Ferry" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("target", "words", "code"),
    [
        ("nonsense", "is no database address", 2),
        ("oracle9+x://a/b", "is no database address", 2),
        ("sqlite:////nowhere/at/all/x.db", "does not answer", 1),
    ],
)
def test_a_target_that_cannot_be_is_told(
    home: Home, target: str, words: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert newswatch(home, target) == code
    assert words in capsys.readouterr().err


def test_the_homes_own_database_and_a_filled_one_are_refused(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert newswatch(home, home.database_url()) == 2
    assert "own database" in capsys.readouterr().err
    other = seeded_home(tmp_path / "filled")
    assert newswatch(home, database_at(other.path / "newswatch.db")) == 1
    assert "not empty" in capsys.readouterr().err


def test_a_home_whose_service_runs_is_refused(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with engine_lock(home.lock_path, "service"):
        assert newswatch(home, sqlite_url(tmp_path / "other.db")) == 1
    assert "stop it first" in capsys.readouterr().err
