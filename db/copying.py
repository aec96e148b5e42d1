"""A whole database into another, of either sort, with nothing lost: SQLite to PostgreSQL and back.

All in one transaction of the target: where anything fails, or a digest differs at the end, the target stays as empty as it was.
"""

from __future__ import annotations

import hashlib
import json
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from itertools import islice
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Engine,
    Float,
    Integer,
    MetaData,
    Table,
    func,
    insert,
    inspect,
    literal_column,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError

from db.engine import OLDEST_NOTE
from db.models import Base
from db.queries import search

BATCH = 2000
_MODULUS = 1 << 256
_NOT_OURS = ("alembic_version", "sqlite_", "procrastinate_")
Row = Mapping[str, Any]


class CopyError(Exception):
    """The copy cannot be made; the message says why and what to do. The target is as it was."""


@dataclass(frozen=True, slots=True)
class Copied:
    """One table: its rows, and a digest over them that knows no order."""

    table: str
    rows: int
    digest: str


def tables() -> list[Table]:
    """Every table of the models, those that others refer to first."""
    import db  # noqa: PLC0415 - the package's own folder

    for module in pkgutil.iter_modules(db.__path__):
        if module.name.startswith("models"):
            import_module(f"db.{module.name}")
    # a JSON column's nothing is NULL on both sides, not JSON's own null
    plain = MetaData()
    made = [table.to_metadata(plain) for table in Base.metadata.sorted_tables]
    for table in made:
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type = JSON(none_as_null=bool(column.nullable))
    return made


def copy(source: Engine, target: Engine, tell: Callable[[Copied], None] = lambda _: None) -> list[Copied]:
    """Copy every row. Both are upgraded already; the target holds nothing. `tell` is called after each table.

    Raises `CopyError` where the target holds rows, where it does not take a value, or where what it holds at the end differs.
    """
    ours = tables()
    done = []
    with source.connect() as read, target.connect() as write:
        _steady(read)
        _known(read, ours)
        # the schema's own mark, which the source has as well
        write.execute(text("DELETE FROM note WHERE name = :name"), {"name": OLDEST_NOTE})
        _empty(write, ours)
        for table in ours:
            found = _table(read, write, table)
            done.append(found)
            tell(found)
        for found, table in zip(done, ours, strict=True):
            _number_on(read, write, table)
            _equal(found, _digest(write, table))
        write.commit()
    return done


def _steady(read: Connection) -> None:
    """One snapshot for the whole copy: SQLite's reading transaction is one; PostgreSQL is asked for it."""
    if read.dialect.name == "postgresql":
        read.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))


def _known(read: Connection, ours: list[Table]) -> None:
    names = {table.name for table in ours}
    for name in inspect(read).get_table_names():
        if name not in names and not name.startswith(_NOT_OURS) and search.belongs(name, "table"):
            raise CopyError(
                f"the table {name} is not known to this program, so that it would be lost; nothing was copied"
            )


def _empty(write: Connection, ours: list[Table]) -> None:
    for table in ours:
        if write.execute(select(literal_column("1")).select_from(table).limit(1)).first() is not None:
            raise CopyError(f"the target is not empty (its table {table.name} holds rows); name an empty database")


def _table(read: Connection, write: Connection, table: Table) -> Copied:
    total, rows = 0, 0
    found = _rows(read, table)
    while given := [_whole(row) for row in islice(found, BATCH)]:
        total = (total + sum(_hash(table, row) for row in given)) % _MODULUS
        rows += len(given)
        try:
            write.execute(insert(table), given)
        except DBAPIError as error:
            raise CopyError(f"the target does not take a row of {table.name}: {_why(table, given, error)}") from error
    return Copied(table.name, rows, f"{total:064x}")


def _rows(read: Connection, table: Table) -> Iterator[dict[str, Any]]:
    with read.execute(select(table).execution_options(yield_per=BATCH)) as streamed:
        for row in streamed.mappings():
            yield dict(row)


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    """PostgreSQL's texts hold no NUL, which no reader shows either: the sign for it stands there instead, in both digests."""
    return {key: value.replace("\x00", "\ufffd") if isinstance(value, str) else value for key, value in row.items()}


def _why(table: Table, given: list[dict[str, Any]], error: DBAPIError) -> str:
    """The value that is too long for its column, which SQLite never minds, or else what the database says."""
    for column in table.columns:
        most: int | None = getattr(column.type, "length", None)
        if most is None:
            continue
        for row in given:
            value = row[column.name]
            if isinstance(value, str) and len(value) > most:
                return f"{column.name} holds {len(value)} characters where {most} fit ({value[:40]!r}…)"
    return str(error.orig).splitlines()[0]


def _hash(table: Table, row: Row) -> int:
    state = hashlib.sha256()
    for column in table.columns:
        part = _canonical(column.type, row[column.name])
        state.update(f"{len(part)}:".encode())
        state.update(part)
    return int.from_bytes(state.digest())


def _canonical(type_: Any, value: Any) -> bytes:
    """A value as the same bytes, whichever database it came from."""
    if value is None:
        return b"-"
    if isinstance(value, bytes | memoryview):
        return b"b" + bytes(value)
    if isinstance(value, datetime):
        return b"t" + value.astimezone(UTC).isoformat().encode()
    if isinstance(type_, JSON):
        return b"j" + json.dumps(value, sort_keys=True, ensure_ascii=True).encode()
    if isinstance(type_, Float):
        return b"f" + repr(float(value)).encode()
    if isinstance(value, int):
        return b"i" + str(int(value)).encode()
    return b"s" + str(value).encode("utf-8", "surrogatepass")


def _digest(write: Connection, table: Table) -> Copied:
    total, rows = 0, 0
    for row in _rows(write, table):
        total = (total + _hash(table, row)) % _MODULUS
        rows += 1
    return Copied(table.name, rows, f"{total:064x}")


def _equal(read: Copied, written: Copied) -> None:
    if read != written:
        raise CopyError(
            f"{read.table} differs after the copy ({read.rows} rows read, {written.rows} written); nothing was kept"
        )


def _numbered(table: Table) -> str | None:
    """The column whose numbers the database gives, where there is one."""
    key = list(table.primary_key.columns)
    alone = len(key) == 1 and isinstance(key[0].type, Integer) and not key[0].foreign_keys
    return key[0].name if alone and key[0].autoincrement is not False else None


def _number_on(read: Connection, write: Connection, table: Table) -> None:
    """Numbers go on where they ended: one that was ever given, even to a row since removed, is not given again."""
    column = _numbered(table)
    if column is None:
        return
    last = max(_last_given(read, table, column), read.scalar(select(func.max(table.c[column]))) or 0)
    if not last:
        return
    if write.dialect.name == "postgresql":
        write.execute(text("SELECT setval(pg_get_serial_sequence(:name, :column), :last)"), _of(table, column, last))
    elif table.dialect_options["sqlite"]["autoincrement"]:
        write.execute(
            text("UPDATE sqlite_sequence SET seq = :last WHERE name = :name"), {"name": table.name, "last": last}
        )


def _of(table: Table, column: str, last: int) -> dict[str, Any]:
    return {"name": f'"{table.name}"', "column": column, "last": last}


def _last_given(read: Connection, table: Table, column: str) -> int:
    if read.dialect.name == "postgresql":
        query = text("SELECT pg_sequence_last_value(pg_get_serial_sequence(:name, :column)::regclass)")
        return int(read.scalar(query, {"name": f'"{table.name}"', "column": column}) or 0)
    if not table.dialect_options["sqlite"]["autoincrement"]:
        return 0
    return int(read.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name}) or 0)
