"""`verify` and `checkpoint` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from db.engine import open_engine
from db.evidence import key
from db.evidence.note import Head, opened
from db.home import Home
from monitor.cli.app import run
from tests.monitor.seeded import seeded_home

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """The seeded home; its archive is not there, so that nothing of it was ever to be found."""
    made = seeded_home(tmp_path / "home")
    execute(made, 'UPDATE revision SET segment = NULL, "offset" = NULL, length = NULL')
    return made


def execute(home: Home, *statements: str) -> None:
    """Write to the home's database past the program."""
    engine = open_engine(home.database_url())
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def newswatch(home: Home, *arguments: str) -> int:
    return run(["--home", str(home.path), *arguments])


def test_a_checkpoint_is_signed_listed_and_exported(home: Home, tmp_path: Path, capsys: Capture) -> None:
    assert newswatch(home, "checkpoint", "list") == 0
    assert "No checkpoint" in capsys.readouterr().out
    assert newswatch(home, "checkpoint", "key") == 1
    assert "nothing was signed" in capsys.readouterr().err
    assert newswatch(home, "checkpoint", "sign") == 0
    assert "Checkpoint 1 over" in capsys.readouterr().out
    assert newswatch(home, "checkpoint", "sign") == 0
    assert "Nothing was stored" in capsys.readouterr().out
    assert newswatch(home, "checkpoint", "list", "--json") == 0
    (said,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert newswatch(home, "checkpoint", "export", "--out", str(tmp_path / "c")) == 0
    head = Head.parse(opened((tmp_path / "c").read_text(), key.verifiers(home.path)))
    assert (head.number, head.size, head.root.hex()) == (1, said["size"], said["root"])
    capsys.readouterr()
    assert newswatch(home, "checkpoint", "export", "1") == 0
    assert capsys.readouterr().out == (tmp_path / "c").read_text()
    assert newswatch(home, "checkpoint", "export", "7") == 1
    assert newswatch(home, "checkpoint", "key") == 0
    assert capsys.readouterr().out.splitlines() == [found.text for found in key.verifiers(home.path)]


def test_a_home_that_is_as_sealed_ends_with_0_and_an_altered_one_with_1(home: Home, capsys: Capture) -> None:
    newswatch(home, "checkpoint", "sign")
    capsys.readouterr()
    assert newswatch(home, "verify") == 0
    assert "Nothing was altered" in capsys.readouterr().out
    execute(home, "UPDATE change SET after = 'altered' WHERE id = 2")
    assert newswatch(home, "verify", "--json") == 1
    lines = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert lines[0] | {"what": ""} == {"level": "error", "where": "change 2", "what": ""}
    assert lines[-1]["summary"]["errors"] == 1


def test_a_log_rewritten_since_an_exported_checkpoint_is_told(home: Home, tmp_path: Path, capsys: Capture) -> None:
    newswatch(home, "checkpoint", "sign")
    newswatch(home, "checkpoint", "export", "--out", str(tmp_path / "held"))
    assert newswatch(home, "verify", "--checkpoint", str(tmp_path / "held")) == 0
    execute(home, *(f"UPDATE {table} SET leaf = NULL" for table in ("revision", "reading", "change")))
    execute(home, *(f"DELETE FROM {table}" for table in ("archive_segment", "log_node", "leaf", "checkpoint")))
    newswatch(home, "checkpoint", "sign")
    assert newswatch(home, "verify") == 0, "by itself, a log that was made anew adds up"
    capsys.readouterr()
    assert newswatch(home, "verify", "--checkpoint", str(tmp_path / "held")) == 1
    assert "the log was rewritten" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("verify", "999"), 1, "there is no change 999"),
        (("verify", "https://unknown.example/x"), 1, "never seen"),
        (("verify", "1", "--since", "1d"), 2, "leave them out"),
        (("verify", "--since", "soon"), 2, "not a time"),
        (("verify", "--checkpoint", "/nowhere/x"), 2, "cannot be read"),
    ],
)
def test_wrong_use_is_told(home: Home, capsys: Capture, arguments: tuple[str, ...], code: int, words: str) -> None:
    assert newswatch(home, *arguments) == code
    assert words in capsys.readouterr().err


def test_a_spoilt_key_is_told(home: Home, capsys: Capture) -> None:
    (home.path / "evidence.key").write_text("nonsense")
    assert newswatch(home, "checkpoint", "sign") == 1
    assert "cannot sign" in capsys.readouterr().err
