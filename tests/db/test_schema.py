"""The schema that the migrations make is the one that the models say, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

import db.migrations
from db.engine import SchemaTooNewError, newest, open_engine, reading, schema_revision, upgrade, writing
from db.models import Base
from db.queries import jobs, notes, search


def test_migrations_make_what_the_models_say(engine: Engine) -> None:
    with engine.connect() as connection:
        opts = {"compare_type": False, "include_name": search.belongs}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, Base.metadata) == []


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    now, wanted = schema_revision(engine)
    assert now == wanted is not None


def test_the_newest_file_is_the_end_of_the_chain() -> None:
    """By its name alone a start knows that there is nothing to upgrade."""
    config = Config()
    config.set_main_option("script_location", str(Path(db.migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == newest()


def test_a_database_of_a_newer_program_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'future'"))
        connection.execute(text("DELETE FROM note"))
    with pytest.raises(SchemaTooNewError, match="newer than this program"):
        upgrade(engine)


def test_a_newer_schema_is_borne_where_it_says_so(engine: Engine) -> None:
    """A rolling upgrade: the first new worker upgrades, the old ones go on."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    upgrade(engine)
    assert schema_revision(engine)[0] == "9999"
    with writing(engine) as session:
        notes.put(session, "schema.oldest_code", "9998")
    with pytest.raises(SchemaTooNewError, match="newer than this program"):
        upgrade(engine)


@pytest.mark.xdist_group("postgres")
@pytest.mark.needs("postgres")
def test_workers_that_start_at_once_upgrade_one_after_the_other(empty_postgres: str) -> None:
    engines = [open_engine(empty_postgres) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(upgrade, engines))
    assert schema_revision(engines[0])[0] == schema_revision(engines[0])[1]
    for engine in engines:
        engine.dispose()


def test_an_instant_comes_back_in_utc_whatever_its_zone(engine: Engine) -> None:
    manila = datetime(2023, 6, 12, 10, 56, 1, 250000, tzinfo=timezone(timedelta(hours=8)))
    with writing(engine) as session:
        jobs.record(session, "discover", last_run_at=manila)
    with reading(engine) as session:
        (job,) = jobs.every(session)
    assert job.last_run_at == manila
    assert job.last_run_at is not None
    assert job.last_run_at.tzinfo is UTC


def test_an_instant_without_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(Exception, match="without a zone"), writing(engine) as session:
        jobs.record(session, "discover", last_run_at=datetime(2023, 6, 12))  # noqa: DTZ001 - the mistake under test


def test_sqlite_is_in_wal_with_full_sync(tmp_path: object) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/newswatch.db")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    engine.dispose()
