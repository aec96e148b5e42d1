"""`newswatch extract`: its contract with other programs, its exit codes, and what it says of bad input."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from monitor.cli import extract

KEYS = {
    "url", "headline", "headlines", "deck", "byline", "authors", "dateline", "published", "modified", "displayed_time", "section",
    "tags", "language", "publisher", "notices", "body", "body_complete", "images", "page_type", "provenance",
}  # fmt: skip


def page(number: int) -> str:
    story = "".join(
        f"<p>Paragraph {part} of story {number} tells at some length what the council of the harbour said.</p>"
        for part in range(9)
    )
    name = f"Story {number} of the harbour"
    return f"<html><head><title>{name}</title></head><body><h1>{name}</h1>{story}</body></html>"


def run(*arguments: str, given: str | None = None) -> Any:
    return CliRunner().invoke(extract.app, list(arguments), input=given)


def lines(result: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    rows = []
    for number in range(40):
        file = tmp_path / f"{number}.html"
        file.write_text(page(number), encoding="utf-8")
        rows.append(
            {"file": str(file), "url": f"https://news.example/2024/{number}", "fetched_at": "2024-05-01T10:00:00Z"}
        )
    path = tmp_path / "M.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_one_file(tmp_path: Path) -> None:
    file = tmp_path / "page.html.gz"
    file.write_bytes(gzip.compress(page(1).encode()))
    result = run(str(file), "--url", "https://news.example/2024/1")
    (made,) = lines(result)
    assert result.exit_code == 0
    assert made.keys() >= KEYS
    assert (made["url"], made["headline"]) == ("https://news.example/2024/1", "Story 1 of the harbour")
    assert made["body"][0] == {"role": "paragraph", "text": made["body"][0]["text"]}


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_manifest_is_answered_in_order(manifest: Path, jobs: str) -> None:
    result = run("--manifest", str(manifest), "--jobs", jobs)
    assert result.exit_code == 0
    assert [made["headline"] for made in lines(result)] == [f"Story {number} of the harbour" for number in range(40)]


def test_manifest_from_standard_input_and_without_addresses(manifest: Path) -> None:
    first = json.loads(manifest.read_text().splitlines()[0])
    given = json.dumps({"file": first["file"], "url": None}) + "\n\n"
    assert [made["headline"] for made in lines(run("--manifest", "-", given=given))] == ["Story 0 of the harbour"]


@pytest.mark.slow
def test_a_page_that_cannot_be_read_is_an_answer_and_the_next_is_read(manifest: Path, tmp_path: Path) -> None:
    broken, torn, empty = tmp_path / "x.png", tmp_path / "y.html.gz", tmp_path / "z.html"
    broken.write_bytes(b"\x89PNG\r\n\0\0\0")
    torn.write_bytes(gzip.compress(page(1).encode())[:40])
    empty.write_bytes(b"")
    rows = [
        {"file": str(file), "url": "https://news.example/x"} for file in (broken, torn, empty, tmp_path / "none.html")
    ]
    given = "".join(json.dumps(row) + "\n" for row in rows) + manifest.read_text().splitlines()[3] + "\n"
    result = run("--manifest", "-", "--jobs", "1", given=given)
    made = lines(result)
    assert [answer.get("error", {}).get("reason") for answer in made] == [
        "binary",
        "unreadable",
        "empty",
        "unreadable",
        None,
    ]
    assert all(answer["url"] == "https://news.example/x" for answer in made[:4])
    assert result.exit_code == 1


@pytest.mark.slow
def test_a_page_that_hangs_costs_itself_alone(manifest: Path, tmp_path: Path) -> None:
    hanging = tmp_path / "hangs.html"
    os.mkfifo(hanging)  # nobody ever writes to it: reading it takes for ever
    rows = manifest.read_text().splitlines()[:4]
    rows.insert(1, json.dumps({"file": str(hanging), "url": "https://news.example/hangs"}))
    result = run("--manifest", "-", "--jobs", "1", "--timeout", "3", given="\n".join(rows))
    made = lines(result)
    assert [answer.get("headline") for answer in made] == [
        "Story 0 of the harbour", None, "Story 1 of the harbour", "Story 2 of the harbour", "Story 3 of the harbour"
    ]  # fmt: skip
    assert made[1]["error"]["reason"] == "reader_timeout"
    assert made[1]["url"] == "https://news.example/hangs"
    assert result.exit_code == 1


@pytest.mark.slow
def test_a_bad_line_after_good_ones_ends_with_2(manifest: Path) -> None:
    result = run("--manifest", "-", given=manifest.read_text() + "{\n")
    assert result.exit_code == 2
    assert "line 41" in result.stderr


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("{", "line 1"),
        ("[]", 'line 1: each line should be an object {"file", "url"}'),
        ('{"url": "https://x/"}', "'file' and 'url' should be strings"),
        ('{"file": "a", "url": 1}', "'file' and 'url' should be strings"),
        ('{"file": "a", "url": "b", "fetched_at": "yesterday"}', "line 1"),
        ('{"file": "a", "url": "b", "headers": []}', "line 1"),
        ('{"file": "a", "url": "b", "headers": [1]}', "'headers' should be an object"),
        ('{"file": "a", "url": "b", "status": "ok"}', "'status' should be a number"),
    ],
)
def test_a_bad_manifest_line_is_named(given: str, says: str) -> None:
    result = run("--manifest", "-", given=given + "\n")
    if says == "line 1" and result.exit_code != 2:
        assert lines(result)[0]["error"]["reason"] == "unreadable"
    else:
        assert result.exit_code == 2
        assert says in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "give at least one FILE"),
        (["none.html"], "no such file: none.html"),
        (["--manifest", "none.jsonl"], "cannot read the manifest none.jsonl"),
        (["a.html", "--manifest", "b.jsonl"], "not both"),
        (["a.html", "b.html", "--url", "https://x/"], "--url goes with one FILE"),
        (["a.html", "--zone", "Middle/Earth"], "no such time zone"),
        (["--no-such-option"], "No such option"),
    ],
)
def test_wrong_use_ends_with_2_and_says_what_to_do(arguments: list[str], says: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert says in result.stderr


def test_explain_shows_candidates_and_reasons(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(
        page(1).replace("<head>", '<head><meta property="og:title" content="Harbour: story 1">'), encoding="utf-8"
    )
    result = run(str(file), "--url", "https://news.example/2024/1", "--explain")
    assert result.exit_code == 0
    for words in (
        "headline: Story 1 of the harbour",
        "why: h1",
        "Harbour: story 1",
        "page object ArticlePage",
        "body: 9 blocks",
    ):
        assert words in result.stdout


def test_zone_is_used_for_times_without_one(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(page(1).replace("</h1>", "</h1><div class=date>10:56 AM June 12, 2023</div>"), encoding="utf-8")
    (made,) = lines(run(str(file), "--url", "https://news.example/1", "--zone", "Asia/Manila"))
    assert made["published"] == "2023-06-12T10:56:00+08:00"
