"""`newswatch noise`: counted, with examples; shown again on demand, recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from db.engine import open_engine, reading, writing
from db.home import Home
from db.queries import changes, rulings, suppressions
from db.queries.changes import ChangeFilter
from monitor.cli.app import run
from tests.monitor.seeded import NOW, URL, seeded_home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with one change that the rule `ticker` hid."""
    made = seeded_home(tmp_path / "home")
    engine = open_engine(made.database_url())
    with writing(engine) as session:
        suppressions.count(session, 1, "ticker", NOW)
    engine.dispose()
    return made


def hidden(home: Home) -> list[int]:
    engine = open_engine(home.database_url())
    with reading(engine) as session:
        found = changes.find(session, ChangeFilter(suppressed=True))
    engine.dispose()
    return [record.id for record in found if record.change.suppressed_by]


def newswatch(home: Home, *arguments: str) -> int:
    return run(["--home", str(home.path), *arguments])


def test_it_counts_by_rule_source_and_article_and_shows_examples(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert newswatch(home, "noise") == 0
    told = capsys.readouterr().out
    assert "ticker  hid 1 on 1 articles" in told
    assert "Harbour Post 1" in told
    assert f"change {hidden(home)[0]}, body" in told
    assert URL in told
    assert newswatch(home, "noise", "--source", "Quiet Daily") == 0
    assert "Nothing was hidden." in capsys.readouterr().out


def test_json_is_a_line_a_rule_and_article(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert newswatch(home, "noise", "--json") == 0
    (row,) = (json.loads(text) for text in capsys.readouterr().out.splitlines())
    assert (row["rule"], row["source"], row["url"], row["count"]) == ("ticker", "Harbour Post", URL, 1)


@pytest.mark.parametrize("by_rule", [False, True])
def test_undo_shows_it_again_and_counts_that(home: Home, capsys: pytest.CaptureFixture[str], by_rule: bool) -> None:
    (change,) = hidden(home)
    assert newswatch(home, "noise", "undo", *(["--rule", "ticker"] if by_rule else [str(change)])) == 0
    assert "1 change is shown again" in capsys.readouterr().out
    assert hidden(home) == []
    engine = open_engine(home.database_url())
    with reading(engine) as session:
        assert rulings.undone_by_rule(session) == {"ticker": 1}
    engine.dispose()
    assert newswatch(home, "noise") == 0
    assert "1 shown again" in capsys.readouterr().out


def test_wrong_use_says_what_to_do(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert newswatch(home, "noise", "undo") == 2
    assert "--rule" in capsys.readouterr().err
    assert newswatch(home, "noise", "undo", "999") == 1
    assert "changes --all" in capsys.readouterr().err
    assert newswatch(home, "noise", "undo", "--event", "4") == 1
    assert newswatch(home, "noise", "--source", "No Such") == 2
