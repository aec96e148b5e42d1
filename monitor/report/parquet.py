"""Changes as a Parquet file (extra `parquet`), a row group at a time. Instants are UTC microseconds, lists are lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import islice
from types import ModuleType
from typing import Any

from db.records import ChangeRecord
from monitor.report.about import About
from monitor.report.json_lines import change_json
from monitor.report.safe import markup_safe
from monitor.report.table import COLUMNS

GROUP = 2000  # rows of a row group
_NUMBERS = frozenset({"id", "count", "revision_before", "revision_after"})
_LISTS = frozenset({"natures", "facts"})
_INSTANTS = frozenset({"not_before", "not_after"})


class MissingError(Exception):
    """The library that writes Parquet is not installed."""


class _Sink:
    """A file that is only written to: what came since the last look is taken out."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        self.closed = True

    def drain(self) -> bytes:
        found, self._pieces = b"".join(self._pieces), []
        return found


def library() -> tuple[ModuleType, ModuleType]:
    """pyarrow and its writer, loaded at the first need: it is an optional extra. Raises `MissingError` that names it."""
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingError("Parquet needs the extra `parquet`: pip install 'newswatch[parquet]'") from error


def render(records: Iterable[ChangeRecord], about: About) -> Iterator[bytes]:
    """The file in pieces. Raises `MissingError` at once where the extra is missing."""
    arrow, parquet = library()
    return _pieces(arrow, parquet, records, about)


def _pieces(arrow: Any, parquet: Any, records: Iterable[ChangeRecord], about: About) -> Iterator[bytes]:
    schema = _schema(arrow)
    sink = _Sink()
    rows = iter(records)
    with parquet.ParquetWriter(arrow.PythonFile(sink, mode="w"), schema, compression="zstd") as writer:
        while group := [_row(record, about) for record in islice(rows, GROUP)]:
            writer.write_table(arrow.Table.from_pylist(group, schema=schema))
            yield sink.drain()
    yield sink.drain()


def _schema(arrow: Any) -> Any:
    return arrow.schema([(name, _type(arrow, name)) for name in COLUMNS])


def _type(arrow: Any, name: str) -> Any:
    if name in _NUMBERS:
        return arrow.int64()
    if name in _INSTANTS:
        return arrow.timestamp("us", tz="UTC")
    return arrow.list_(arrow.string()) if name in _LISTS else arrow.string()


def _row(record: ChangeRecord, about: About) -> dict[str, Any]:
    row = change_json(record) | {"permalink": about.change_url(record.id)}
    row |= {"not_before": record.not_before, "not_after": record.not_after}
    return {name: _value(row[name]) for name in COLUMNS}


def _value(value: Any) -> Any:
    """Words as words: no formula is read from this format, and control characters are shown."""
    if isinstance(value, str):
        return markup_safe(value)
    return [markup_safe(part) for part in value] if isinstance(value, list) else value
