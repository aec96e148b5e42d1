"""`newswatch compare`: its contract with other programs, its exit codes, what it says of bad input, and that no pair stops it."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from monitor.cli import compare

KEYS = {"kind", "natures", "significance", "before", "after", "ops", "facts"}
URL = "https://news.example/2024/harbour"
SENTENCE = "The council of the harbour said on day {} that the ferry would sail with {} people."


def page(headline: str = "Ferry sails again", people: int = 12, extra: str = "") -> str:
    story = "".join(f"<p>{SENTENCE.format(part, people)} {SENTENCE.format(part + 40, 90)}</p>" for part in range(9))
    return (
        f"<html lang=en><head><title>{headline}</title></head><body><article><h1>{headline}</h1>"
        f"{story}{extra}</article></body></html>"
    )


def run(*arguments: str, given: str | None = None) -> Any:
    return CliRunner().invoke(compare.app, list(arguments), input=given)


def lines(result: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def write_manifest(path: Path, rows: list[Any]) -> str:
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows), encoding="utf-8")
    return str(path)


@pytest.fixture
def pages(tmp_path: Path) -> tuple[str, str]:
    old, new = tmp_path / "old.html", tmp_path / "new.html.gz"
    old.write_text(page(), encoding="utf-8")
    new.write_bytes(gzip.compress(page("Ferry stays ashore", people=20).encode()))
    return str(old), str(new)


def test_two_files_plain_and_gzipped(pages: tuple[str, str]) -> None:
    result = run(*pages, "--url", URL)
    (told,) = lines(result)
    assert result.exit_code == 0
    assert [c["kind"] for c in told["changes"]] == ["headline", "body"]
    assert all(c.keys() >= KEYS for c in told["changes"])
    headline, body = told["changes"]
    assert (headline["before"], headline["after"]) == ("Ferry sails again", "Ferry stays ashore")
    assert "number 12 → 20" in body["facts"]
    assert "error" not in told


def test_a_page_against_itself_is_silent(pages: tuple[str, str]) -> None:
    result = run(pages[0], pages[0])
    assert (result.exit_code, lines(result)) == (0, [{"changes": []}])


def test_a_manifest_mixes_files_and_readings_in_order(pages: tuple[str, str], tmp_path: Path) -> None:
    rows = [
        {"before": {"headline": "Old harbour opens"}, "after": {"headline": "New harbour opens"}, "url": URL},
        {"before": "old.html", "after": "new.html.gz", "url": URL},
        {"before": {"headline": "One"}, "after": {"headline": "One"}},
        {"before": "old.html", "after": "old.html", "url": URL},
    ]
    result = run("--manifest", write_manifest(tmp_path / "P.jsonl", rows), "--jobs", "2")
    assert result.exit_code == 0
    assert [[c["kind"] for c in told["changes"]] for told in lines(result)] == [
        ["headline"],
        ["headline", "body"],
        [],
        [],
    ]


def test_a_manifest_on_standard_input_reads_files_from_here(
    pages: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    row = {"before": str(Path(pages[0])), "after": str(Path(pages[1])), "url": URL}
    result = run("--manifest", "-", given=json.dumps(row) + "\n\n")
    assert [c["kind"] for c in lines(result)[0]["changes"]] == ["headline", "body"]


def test_hidden_changes_are_printed_on_demand(tmp_path: Path) -> None:
    reading = {"headline": "Ferry sails", "deck": "It had been ashore since spring."}
    rows = [{"before": reading, "after": {"headline": "Ferry sails"}, "url": URL}]
    name = write_manifest(tmp_path / "P.jsonl", rows)
    assert lines(run("--manifest", name)) == [{"changes": []}]
    (told,) = lines(run("--manifest", name, "--all"))
    assert [(c["kind"], c["suppressed_by"]) for c in told["changes"]] == [("deck", "missing_field")]


def test_a_side_that_cannot_be_read_is_told_in_its_line(pages: tuple[str, str], tmp_path: Path) -> None:
    rows = [
        {"before": "nowhere.html", "after": "old.html", "url": URL},
        {"before": {"published": 7}, "after": {"headline": "x"}},
        {"before": "old.html", "after": "new.html.gz", "url": URL},
    ]
    result = run("--manifest", write_manifest(tmp_path / "P.jsonl", rows))
    missing, bad, fine = lines(result)
    assert result.exit_code == 1
    assert (missing["changes"], missing["error"]["reason"]) == ([], "unreadable")
    assert missing["error"]["detail"].startswith("before: cannot read")
    assert (bad["changes"], bad["error"]["reason"]) == ([], "bad_reading")
    assert len(fine["changes"]) == 2


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{not json", "line 2"),
        ('["a", "b"]', "line 2: each line should be an object"),
        ('{"before": 3, "after": "b"}', "'before' should be a file's name or a reading"),
        ('{"before": "a"}', "'after' should be a file's name or a reading"),
        ('{"before": "a", "after": "b", "url": 7}', "'url' should be a string"),
    ],
)
def test_a_bad_line_is_named_after_the_lines_before_it(bad: str, said: str, tmp_path: Path) -> None:
    rows = [{"before": {"headline": "A b"}, "after": {"headline": "A c"}}, bad]
    result = run("--manifest", write_manifest(tmp_path / "P.jsonl", rows), "--jobs", "2")
    assert result.exit_code == 2
    assert len(lines(result)) == 1
    assert said in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give BEFORE and AFTER"),
        (("only-one.html",), "give BEFORE and AFTER"),
        (("none.html", "nor.html"), "no such file: none.html"),
        (("a.html", "b.html", "--manifest", "P.jsonl"), "not both"),
        (("--manifest", "nowhere.jsonl"), "cannot read the manifest nowhere.jsonl"),
    ],
)
def test_wrong_use_is_said_and_exits_two(arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


@pytest.mark.slow
def test_a_pair_that_hangs_costs_its_own_line(pages: tuple[str, str], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "endless.html")  # whoever opens it waits for a writer that never comes
    fine = {"before": "old.html", "after": "new.html.gz", "url": URL}
    rows = [fine, {"before": "endless.html", "after": "old.html", "url": URL}, fine]
    result = run("--manifest", write_manifest(tmp_path / "P.jsonl", rows), "--timeout", "5")
    first, hung, last = lines(result)
    assert result.exit_code == 1
    assert len(first["changes"]) == len(last["changes"]) == 2
    assert hung == {"changes": [], "error": {"reason": "timeout", "detail": "not compared within 5 s"}}
