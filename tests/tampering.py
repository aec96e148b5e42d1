"""Alters one stored bit at a time, in any field or file of a home, and puts it back."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db.home import Home

# by table: what names a row, and marks that say what is still to be done, which are no evidence
TABLES = {
    "revision": ("id", {"compared"}),
    "reading": ("revision_id", set()),
    "change": ("id", set()),
    "leaf": ("idx", set()),
    "log_node": ("idx", set()),
    "checkpoint": ("id", set()),
    "archive_segment": ("name", set()),
}
NAMES = {"archive_segment": "archive file", "reading": "revision"}


@dataclass(frozen=True)
class Flip:
    """A bit that was turned: where, and the words that a finding of it must have one of."""

    what: str
    named: tuple[str, ...]


@contextmanager
def flipped_field(home: Home, chance: random.Random, table: str | None = None) -> Iterator[Flip]:
    """One bit of one field of one row. What is NULL gets a value."""
    database = home.path / "newswatch.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("PRAGMA synchronous=OFF")
        while True:
            chosen = table or chance.choice(list(TABLES))
            key, left_out = TABLES[chosen]
            columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{chosen}")')]
            column = chance.choice([name for name in columns if name not in left_out])
            (count,) = connection.execute(f'SELECT count(*) FROM "{chosen}"').fetchone()
            if not count:
                continue
            row = connection.execute(
                f'SELECT rowid, "{key}", "{column}", typeof("{column}") FROM "{chosen}" ORDER BY rowid LIMIT 1 OFFSET ?',
                [chance.randrange(count)],
            ).fetchone()
            rowid, named, old, kind = row
            if kind == "text":
                text = f'SELECT CAST("{column}" AS BLOB) FROM "{chosen}" WHERE rowid = ?'
                old = connection.execute(text, [rowid]).fetchone()[0]
            new = _turned(old, kind, chance)
            cast = "CAST(? AS TEXT)" if kind == "text" or isinstance(new, str) else "?"
            where = "rowid"
            try:
                connection.execute(f'UPDATE "{chosen}" SET "{column}" = {cast} WHERE {where} = ?', [new, rowid])
            except sqlite3.IntegrityError:
                continue  # another row has that key: the database itself refuses it
            break
        moved = new if _is_rowid(chosen, column) else rowid
        if (chosen, column) == ("checkpoint", "id"):
            named = new  # the row that stands there now says another number than was signed
        words = ("log node 8/0",) if chosen == "log_node" else (f"{NAMES.get(chosen, chosen)} {named}",)
        try:
            yield Flip(f"{chosen}.{column} of {named}", words)
        finally:
            cast = "CAST(? AS TEXT)" if kind == "text" else "?"
            connection.execute(f'UPDATE "{chosen}" SET "{column}" = {cast} WHERE rowid = ?', [old, moved])


def _is_rowid(table: str, column: str) -> bool:
    return (table, column) in {("revision", "id"), ("change", "id"), ("leaf", "idx"), ("checkpoint", "id")}


def _turned(old: Any, kind: str, chance: random.Random) -> Any:
    if kind == "null":
        return "x"
    if kind == "integer":
        return old ^ (1 << chance.randrange(20)) if old not in (0, 1) else 1 - old
    if not old:
        return b"x"
    data = bytearray(old)
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


@contextmanager
def flipped_file(home: Home, chance: random.Random) -> Iterator[Flip]:
    """One bit of one file: an archive file, by its size, or one of the keys."""
    files = [*sorted(home.archive_dir.glob("*.warc.gz")), home.path / "evidence.key", home.path / "evidence.pub"]
    (path,) = chance.choices(files, [max(file.stat().st_size, 1500) for file in files])
    at = chance.randrange(path.stat().st_size)
    with flipped_byte(path, at, 1 << chance.randrange(8)):
        yield Flip(f"{path.name} at {at}", (path.name,))


@contextmanager
def flipped_byte(path: Path, at: int, bit: int) -> Iterator[None]:
    def turn() -> None:
        with path.open("r+b") as file:
            file.seek(at)
            (byte,) = file.read(1)
            file.seek(at)
            file.write(bytes([byte ^ bit]))

    turn()
    try:
        yield
    finally:
        turn()
