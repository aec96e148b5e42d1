"""`newswatch worker` and a scheduler: what they need is told in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.cli.app import run

POSTGRES = 'database = "postgresql+psycopg://nobody@/none?host=/nowhere"\n'


@pytest.mark.parametrize(
    ("settings", "arguments", "words"),
    [
        ("", ["worker"], "many machines need PostgreSQL"),
        (POSTGRES, ["worker"], "write queue = true"),
        (POSTGRES + "queue = true\n", ["worker", "--queues", "crawl,sing"], "there is no queue 'sing'"),
        (POSTGRES + "queue = true\n", ["worker", "--queues", ","], "name a queue"),
        ("queue = true\n", ["run", "--no-web"], "many machines need PostgreSQL"),
        (POSTGRES + "queue = true\n", ["run", "--once", "--no-web"], "--once is for one machine"),
        ("stall_s = 1\n", ["worker"], "stall_s"),
    ],
)
def test_what_is_missing_is_told(
    tmp_path: Path, settings: str, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "newswatch.toml").write_text(f"[newswatch]\n{settings}")
    assert run(["--home", str(tmp_path), *arguments]) == 2
    assert words in capsys.readouterr().err


def test_a_database_that_does_not_answer_is_waited_for_and_then_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.service.fleet.run.PATIENCE_S", 0.0)
    (tmp_path / "newswatch.toml").write_text(f"[newswatch]\n{POSTGRES}queue = true\n")
    assert run(["--home", str(tmp_path), "worker"]) == 1
    assert "the database does not answer" in capsys.readouterr().err
