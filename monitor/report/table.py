"""Changes as rows of a table: the columns that CSV and Parquet share."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from db.records import ChangeRecord
from monitor.report.about import About
from monitor.report.json_lines import change_json
from monitor.report.safe import markup_safe

COLUMNS = (
    "id",
    "source",
    "url",
    "headline",
    "kind",
    "surface",
    "significance",
    "natures",
    "before",
    "after",
    "facts",
    "not_before",
    "not_after",
    "count",
    "revision_before",
    "revision_after",
    "suppressed_by",
    "permalink",
)
BATCH = 200  # rows written at a time
# what a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection), in full width too
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(value: Any) -> str:
    """A value as a cell that no spreadsheet takes for a formula: one that begins like it gets an apostrophe before it."""
    if isinstance(value, int):
        return str(value)
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value if value is not None else "")
    dangerous = text.startswith(_FORMULA)
    return ("'" if dangerous else "") + markup_safe(text)


def render(records: Iterable[ChangeRecord], about: About) -> Iterator[bytes]:
    """CSV (RFC 4180) in UTF-8 with a byte order mark, without which Excel reads another encoding."""
    yield b"\xef\xbb\xbf"
    sink = io.StringIO(newline="")
    writer = csv.writer(sink)
    writer.writerow(COLUMNS)
    for number, record in enumerate(records, 1):
        row = change_json(record) | {"permalink": about.change_url(record.id)}
        writer.writerow([cell(row[name]) for name in COLUMNS])
        if number % BATCH == 0:
            yield _drain(sink)
    yield _drain(sink)


def _drain(sink: io.StringIO) -> bytes:
    piece = sink.getvalue().encode("utf-8", "replace")
    sink.seek(0)
    sink.truncate()
    return piece
