"""A database file, or a dump of MySQL, as a SQLite database to ask."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

_MAGIC = b"SQLite format 3\x00"
_CREATE = re.compile(r"^CREATE TABLE (?:IF NOT EXISTS )?`(\w+)` \(\n(.*?)^\)[^\n]*;", re.MULTILINE | re.DOTALL)
_COLUMN = re.compile(r"^\s+`(\w+)`", re.MULTILINE)
_INSERT = re.compile(r"^INSERT INTO `(\w+)`(?: \(([^)]*)\))? VALUES\s*", re.MULTILINE)
_VALUE = re.compile(r"\s*(?:(NULL)|'((?:[^'\\]|\\.|'')*+)'|(0x[0-9A-Fa-f]*)|(-?[\d.eE+-]+))\s*", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)|''", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "Z": "\x1a", "b": "\b"}


def as_database(file: Path) -> sqlite3.Connection:
    """A SQLite file opened for reading, or a dump of `mysqldump` in memory. Raises `sqlite3.Error` for what is neither, `OSError`
    as the disk says."""
    with file.open("rb") as opened:
        if opened.read(len(_MAGIC)) == _MAGIC:
            return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
    return _loaded(file.read_text(encoding="utf-8", errors="replace"))


def _loaded(text: str) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    columns: dict[str, list[str]] = {}
    for made in _CREATE.finditer(text):
        columns[made[1]] = _COLUMN.findall(made[2])
        names = ", ".join(f'"{name}"' for name in columns[made[1]])
        database.execute(f'CREATE TABLE IF NOT EXISTS "{made[1]}" ({names})')
    for insert in _INSERT.finditer(text):
        table = insert[1]
        order = re.findall(r"`(\w+)`", insert[2]) if insert[2] else columns.get(table, [])
        if table in columns and order:
            given = ", ".join(f'"{name}"' for name in order)
            marks = ", ".join("?" * len(order))
            rows = [row for row in _tuples(text, insert.end()) if len(row) == len(order)]
            database.executemany(f'INSERT INTO "{table}" ({given}) VALUES ({marks})', rows)  # noqa: S608 - names of letters alone
    return database


def _tuples(text: str, at: int) -> list[tuple[object, ...]]:
    """The rows of one INSERT, up to its end or to what cannot be read."""
    rows: list[tuple[object, ...]] = []
    while text[at : at + 1] == "(":
        row, at = _row(text, at + 1)
        rows.append(row)
        while text[at : at + 1] in {",", "\n", " "}:
            at += 1
    return rows


def _row(text: str, at: int) -> tuple[tuple[object, ...], int]:
    row: list[object] = []
    while match := _VALUE.match(text, at):
        row.append(_value(match))
        at = match.end()
        if text[at : at + 1] != ",":
            break
        at += 1
    return tuple(row), at + 1


def _value(match: re.Match[str]) -> object:
    if match[1]:
        return None
    if match[2] is not None:
        return _ESCAPED.sub(lambda found: "'" if found[1] is None else _ESCAPES.get(found[1], found[1]), match[2])
    number = match[4] or match[3]
    return int(number) if number.lstrip("-").isdecimal() else number
