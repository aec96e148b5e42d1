"""`newswatch report` in each format, with the filters of `newswatch changes`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import lxml.html
import pyarrow.parquet
import pytest

from monitor.cli import report as command
from monitor.report import parquet
from tests.monitor.cli.test_reports import Shell, home, shell  # noqa: F401 - fixtures
from tests.monitor.report.atom_rules import broken
from tests.monitor.seeded import URL

ALL = ("report", "--since", "2026-05-04")


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        ([], {"headline", "dateline", "body"}),
        (["--kind", "dateline"], {"dateline"}),
        (["--nature", "place"], {"dateline"}),
        (["--source", "Quiet Daily"], set()),
        (["--url", URL, "--limit", "1"], {"body"}),
        (["--match", "tokyo"], {"dateline"}),
        (["--min-significance", "substantive"], {"headline", "dateline", "body"}),
        (["--until", "2026-05-04T08:05"], set()),
    ],
)
def test_filters_narrow_as_in_changes(shell: Shell, options: list[str], kinds: set[str]) -> None:  # noqa: F811
    assert shell(*ALL, "--format", "jsonl", *options) == 0
    assert {found["kind"] for found in shell.lines()} == kinds


def test_every_format_goes_to_a_file(shell: Shell, tmp_path: Path) -> None:  # noqa: F811
    for name in command.Format:
        out = tmp_path / f"report.{name}"
        assert shell(*ALL, "--format", name, "--output", str(out)) == 0, shell.err
        assert out.stat().st_size > 100
        assert not shell.out
    assert not list(tmp_path.glob("*.part"))
    assert broken((tmp_path / "report.atom").read_bytes()) == ["no self link"]
    assert json.loads((tmp_path / "report.json-feed").read_bytes())["version"].startswith("https://jsonfeed.org/")
    assert pyarrow.parquet.read_table(tmp_path / "report.parquet").num_rows == 3
    text = (tmp_path / "report.csv").read_text(encoding="utf-8-sig")
    assert [row["kind"] for row in csv.DictReader(io.StringIO(text))] == ["body", "dateline", "headline"]
    tree = lxml.html.fromstring((tmp_path / "report.html").read_bytes())
    assert len(tree.xpath("//svg[contains(@class, 'plot')]")) == 2  # all in one hour: no plot over time
    assert "with the words" not in tree.text_content()


def test_the_report_says_what_narrows_it(shell: Shell) -> None:  # noqa: F811
    assert shell(*ALL, "--kind", "headline", "--match", "Busan", "--format", "markdown") == 0
    assert "- kind: headline" in shell.out
    assert "- with the words: Busan" in shell.out
    assert "from 2026-05-04 00:00" in shell.out


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--format", "pdf"], 2, "pdf"),
        (["--source", "nobody"], 2, "no such source"),
        (["--nature", "nonsense"], 2, "no such nature"),
        (["--until", "tomorrow"], 2, "not a time"),
        (["--url", "https://harbour.example/unseen"], 1, "never seen here"),
        (["--output", "/nonexistent/x.csv", "--format", "csv"], 1, "cannot write"),
    ],
)
def test_wrong_use_is_told_in_a_line(shell: Shell, options: list[str], code: int, words: str) -> None:  # noqa: F811
    assert shell(*ALL, *options) == code
    assert words in shell.err


def test_parquet_without_its_extra_or_on_a_terminal(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(command, "on_terminal", lambda: True)
    assert shell(*ALL, "--format", "parquet") == 2
    assert "--output" in shell.err
    monkeypatch.setattr(command, "on_terminal", lambda: False)

    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(parquet, "import_module", missing)
    assert shell(*ALL, "--format", "parquet") == 1
    assert "pip install 'newswatch[parquet]'" in shell.err


def test_a_change_is_drawn_and_quoted(shell: Shell, tmp_path: Path) -> None:  # noqa: F811
    card = tmp_path / "card.png"
    assert shell("show", "1", "--card", str(card), "--quote") == 0
    assert card.read_bytes().startswith(b"\x89PNG")
    assert "Before: “Ferry with 12 aboard sinks off Busan”" in shell.out
    assert f"SHA-256 {'b' * 64}" in shell.out
    assert "Evidence: http://127.0.0.1:8765/changes/1" in shell.out
    assert shell("show", "1", "--card", "/nonexistent/card.png") == 1
    assert "cannot write" in shell.err
