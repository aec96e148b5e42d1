"""Each test of the database runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from db.engine import open_engine, sqlite_url, upgrade
from tests.databases import ADMIN, SERVER

BOTH = [
    "sqlite",
    pytest.param("postgresql", marks=[pytest.mark.xdist_group("postgres"), pytest.mark.needs("postgres")]),
]


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    yield SERVER.url(ADMIN)
    SERVER.close()


@pytest.fixture
def empty_postgres(postgres_url: str) -> str:
    """A new database on the session's server."""
    name = f"nw_{uuid.uuid4().hex}"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return make_url(postgres_url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with nothing in it, one of each sort."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'newswatch.db'}"
    return str(request.getfixturevalue("empty_postgres"))


@pytest.fixture
def upgraded_postgres(postgres_url: str, tmp_path: Path) -> Iterator[str]:
    """A database at this program's schema."""
    del postgres_url
    path = tmp_path / "upgraded.db"
    yield SERVER.url(SERVER.make(path))
    SERVER.drop(path)


@pytest.fixture(params=BOTH)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database at this program's schema, one of each sort."""
    on_sqlite = request.param == "sqlite"
    engine = open_engine(
        sqlite_url(tmp_path / "newswatch.db") if on_sqlite else request.getfixturevalue("upgraded_postgres")
    )
    if on_sqlite:
        upgrade(engine)
    yield engine
    engine.dispose()
