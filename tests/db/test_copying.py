"""A whole database copied to the other sort and back: nothing lost, nothing half done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, inspect, select, text

from db import copying
from db.copying import CopyError, copy
from db.engine import open_engine, reading, sqlite_url, upgrade, writing
from db.queries import changes, notes, pages, revisions, sources
from db.queries.changes import ChangeFilter
from tests.monitor.seeded import seed

pytestmark = [pytest.mark.xdist_group("postgres"), pytest.mark.needs("postgres")]

AT = datetime(2026, 5, 4, 8, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(sqlite_url(tmp_path / "from.db"))
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def target(upgraded_postgres: str) -> Iterator[Engine]:
    engine = open_engine(upgraded_postgres)
    yield engine
    engine.dispose()


def every_table(engine: Engine) -> dict[str, list[Any]]:
    with engine.connect() as connection:
        found = {table.name: sorted(map(repr, connection.execute(select(table)))) for table in copying.tables()}
    found["note"] = [note for note in found["note"] if "schema.oldest_code" not in note]
    return found


def test_there_and_back_everything_is_the_same(sqlite: Engine, target: Engine, tmp_path: Path) -> None:
    ids = seed(sqlite)
    told: list[str] = []
    found = copy(sqlite, target, lambda table: told.append(table.table))
    assert told == [table.name for table in copying.tables()]
    assert {table.table: table.rows for table in found}["change"] == len(ids)
    assert every_table(target) == every_table(sqlite)

    back = open_engine(sqlite_url(tmp_path / "back.db"))
    upgrade(back)
    copy(target, back)
    assert every_table(back) == every_table(sqlite)
    with reading(back) as session:
        assert len(changes.find(session, ChangeFilter(match="Ferry with 20"))) > 0
        assert revisions.article(session, 2) is not None
    back.dispose()


def test_numbers_go_on_where_they_ended_even_after_a_removed_row(sqlite: Engine, target: Engine) -> None:
    last = seed(sqlite)[-1]
    with writing(sqlite) as session:
        session.execute(text("DELETE FROM change WHERE id = :id"), {"id": last})
        before = pages.add(session, 1, "https://harbour.example/two", "harbour.example", AT)
    copy(sqlite, target)
    with writing(target) as session:
        after = pages.add(session, 1, "https://harbour.example/three", "harbour.example", AT)
        found = changes.find(session, ChangeFilter(limit=1))[0]
        given = changes.add(
            session, 1, 1, found.change, key="new", headline=None, not_before=None, not_after=AT, now=AT
        )
    assert after.id == before.id + 1
    assert given == last + 1


def test_a_target_with_rows_is_refused_and_left_alone(sqlite: Engine, target: Engine) -> None:
    seed(sqlite)
    with writing(target) as session:
        notes.put(session, "mine", "x")
    with pytest.raises(CopyError, match="not empty"):
        copy(sqlite, target)
    assert sum(map(len, every_table(target).values())) == 1


def test_a_value_that_does_not_fit_leaves_the_target_empty(sqlite: Engine, target: Engine) -> None:
    seed(sqlite)
    with writing(sqlite) as session:
        session.execute(text("UPDATE page_check SET reason = :long"), {"long": "x" * 90})
    with pytest.raises(CopyError, match="reason holds 90 characters where 40 fit"):
        copy(sqlite, target)
    assert not any(every_table(target).values())


def test_a_table_that_this_program_does_not_know_is_not_lost_in_silence(sqlite: Engine, target: Engine) -> None:
    with sqlite.begin() as connection:
        connection.execute(text("CREATE TABLE own (x INTEGER)"))
    with pytest.raises(CopyError, match="the table own is not known"):
        copy(sqlite, target)


def test_a_nul_that_postgresql_cannot_hold_becomes_the_sign_for_it(sqlite: Engine, target: Engine) -> None:
    with writing(sqlite) as session:
        notes.put(session, "odd", "a\x00b")
    copy(sqlite, target)
    with reading(target) as session:
        assert notes.get(session, "odd") == "a\ufffdb"


def test_the_models_know_every_table_of_the_migrations(sqlite: Engine) -> None:
    names = {table.name for table in copying.tables()}
    found = {
        name
        for name in inspect(sqlite).get_table_names()
        if not name.startswith(("alembic", "change_search", "text_search"))
    }
    assert found == names


@pytest.mark.slow
def test_a_hundred_thousand_rows(sqlite: Engine, target: Engine) -> None:
    table = {table.name: table for table in copying.tables()}["page_check"]
    with writing(sqlite) as session:
        source = sources.ensure(session, "Harbour Post", AT)
        page = pages.add(session, source.id, "https://harbour.example/a", "harbour.example", AT)
        rows = [
            {"page_id": page.id, "at": AT + timedelta(seconds=number), "outcome": "same", "digest": f"{number:064x}"}
            for number in range(100_000)
        ]
        session.execute(insert(table), rows)
    found = {copied.table: copied for copied in copy(sqlite, target)}
    assert found["page_check"].rows == 100_000
    with reading(target) as session:
        assert session.scalar(text("SELECT count(DISTINCT digest) FROM page_check")) == 100_000
