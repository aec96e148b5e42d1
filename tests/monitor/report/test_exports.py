"""Changes as files for other programs: nothing lost, and nothing of an article that acts."""

from __future__ import annotations

import csv
import io
import json
from importlib import import_module
from types import ModuleType
from typing import Any

import lxml.html
import pyarrow.parquet
import pytest
from markdown_it import MarkdownIt

from db.records import ChangeRecord
from monitor.report import formats, markdown, parquet, table
from monitor.report.quotation import memento
from monitor.report.safe import markup_safe
from tests.monitor.report.samples import ABOUT, HOSTILE, hostile, record


def written(name: str, records: list[ChangeRecord]) -> bytes:
    return b"".join(formats.FORMATS[name].render(lambda: records, ABOUT))


def rows(records: list[ChangeRecord]) -> list[dict[str, str]]:
    text = written("csv", records).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_holds_every_column() -> None:
    (row,) = rows([record()])
    assert tuple(row) == table.COLUMNS
    assert (row["id"], row["before"], row["natures"]) == ("1", "Ferry with 12 aboard sinks", "number")
    assert row["not_before"] == "2026-05-04T08:00:00+00:00"
    assert row["permalink"] == "http://127.0.0.1:8765/changes/1"
    assert row["suppressed_by"] == ""


def test_no_cell_of_csv_is_a_formula_and_no_row_is_broken() -> None:
    found = rows(hostile())
    assert [row["id"] for row in found] == [str(number) for number in range(1, len(HOSTILE) + 1)]
    for text, row in zip(HOSTILE, found, strict=True):
        for name, cell in row.items():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")), (name, cell)
        assert row["after"].removeprefix("'") == markup_safe(text)


def test_markdown_shows_words_and_nothing_of_them_acts() -> None:
    text = written("markdown", hostile()).decode()
    html = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)
    tree = lxml.html.fromstring(html)
    tags = {element.tag for element in tree.iter() if isinstance(element.tag, str)}
    assert tags <= {"div", "h1", "h2", "p", "a", "strong", "br", "blockquote", "del", "ins", "ul", "li"}
    hrefs = tree.xpath("//a/@href")
    assert all(href.startswith(("http://127.0.0.1:8765/changes/", "https://harbour.example/?")) for href in hrefs)
    assert len(tree.xpath("//h2")) == len(HOSTILE)
    for shown, hostile_text in zip(tree.xpath("//blockquote//ins"), HOSTILE, strict=True):
        assert " ".join(shown.text_content().split()) == " ".join(markup_safe(hostile_text).split())
    for quoted in tree.xpath("//blockquote"):
        assert quoted.xpath("./p/del | ./p/ins")


def test_markdown_marks_the_words_and_tells_the_filters() -> None:
    _, section = written("markdown", [record()]).decode().split("\n## ")
    assert "<del>Ferry with 12 aboard sinks</del><ins>Ferry with 20 aboard sinks</ins>" in section
    assert "[change 1](<http://127.0.0.1:8765/changes/1>)" in section
    assert markdown.escape("a_b *c* <d> $e$") == "a\\_b \\*c\\* &lt;d&gt; \\$e\\$"


def test_json_lines_are_the_contracts_shape() -> None:
    lines = written("jsonl", hostile()).decode().split("\n")
    found = [json.loads(line) for line in lines[:-1]]
    assert len(found) == len(HOSTILE)
    assert found[0]["after"] == HOSTILE[0]


def test_parquet_keeps_types_and_words() -> None:
    read = pyarrow.parquet.read_table(io.BytesIO(written("parquet", [*hostile(), record(99, before=None)])))
    assert tuple(read.column_names) == table.COLUMNS
    assert str(read.schema.field("not_after").type) == "timestamp[us, tz=UTC]"
    last = read.slice(len(HOSTILE)).to_pylist()[0]
    assert (last["id"], last["before"], last["natures"]) == (99, None, ["number"])
    assert last["not_after"] == record(99).not_after
    assert read.column("after").to_pylist()[0] == HOSTILE[0]


def test_parquet_is_written_a_group_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "GROUP", 10)
    pieces = list(parquet.render([record(number) for number in range(35)], ABOUT))
    assert len([piece for piece in pieces if piece]) == 5
    assert pyarrow.parquet.read_metadata(io.BytesIO(b"".join(pieces))).num_row_groups == 4


def test_without_pyarrow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> ModuleType:
        if name.startswith("pyarrow"):
            raise ModuleNotFoundError(name)
        return import_module(name)

    monkeypatch.setattr(parquet, "import_module", missing)
    with pytest.raises(parquet.MissingError, match=r"newswatch\[parquet\]"):
        parquet.render([], ABOUT)


def test_text_is_each_change_in_full() -> None:
    text = written("text", [record(), *hostile()]).decode()
    assert "[-Ferry with 12 aboard sinks-]{+Ferry with 20 aboard sinks+}" in text
    assert not {"\x00", "\x1b", "\u202e"} & set(text)


@pytest.mark.parametrize("name", sorted(set(formats.FORMATS) - {"jsonl"}))
def test_nothing_to_export_is_a_whole_file(name: str) -> None:
    assert written(name, [])


@pytest.mark.parametrize("name", ["csv", "markdown", "jsonl", "text", "atom", "json-feed"])
def test_changes_are_taken_as_they_are_written(name: str) -> None:
    """Memory is that of a few changes: the first piece comes long before the last change is read."""
    taken = 0

    def endless() -> Any:
        nonlocal taken
        for number in range(1, 10_000):
            taken = number
            yield record(number)

    pieces = formats.FORMATS[name].render(endless, ABOUT)
    for _ in range(4):
        next(pieces)
    assert taken <= (4 * table.BATCH if name == "csv" else 4)
    pieces.close()  # type: ignore[attr-defined]


AT = "Mon, 04 May 2026 08:00:00 GMT"
COPY = "https://web.archive.org/web/20260504080000/https://harbour.example/ferry?a=1,2"

LINKS = (
    '<https://harbour.example/ferry>; rel="original", '
    '<https://web.archive.org/web/2025/x>; rel="first memento"; datetime="Sun, 04 May 2025 08:00:00 GMT", '
    f'<{COPY}>; rel="memento"; datetime="{AT}"'
)


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([("Content-Type", "text/html")], None),
        ([("memento-datetime", AT)], "https://harbour.example/asked"),
        (
            [
                ("Memento-Datetime", AT),
                ("Link", LINKS),
            ],
            COPY,
        ),
        ([("Memento-Datetime", AT), ("Link", f'<javascript:alert(1)>; rel="memento"; datetime="{AT}"')], None),
    ],
)
def test_a_copy_of_a_public_archive_tells_where_it_is_kept(headers: list[tuple[str, str]], found: str | None) -> None:
    assert memento("https://harbour.example/asked", headers) == found
