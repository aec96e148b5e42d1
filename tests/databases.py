"""Which database a test's homes stand on: SQLite, or PostgreSQL where `NEWSWATCH_TEST_DATABASE=postgresql` says so.

On PostgreSQL each database file that a test would make is a database of its own on the session's server, copied from an upgraded
template (some 30 ms) when it is first asked for and dropped after the module. Processes that a test starts are told of it by
`environment`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

from db.engine import open_engine, sqlite_url, upgrade
from db.home import Home
from tests import postgres

VARIABLE = "NEWSWATCH_TEST_DATABASE"
ON_POSTGRESQL = os.environ.get(VARIABLE, "") == "postgresql"
ADMIN, TEMPLATE = "postgres", "nw_template"


class Server:
    """A PostgreSQL server with a template, begun when first asked."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._url: URL | None = None
        self._names: dict[Path, str] = {}
        self._numbers = count(1)

    def url(self, name: str) -> str:
        """The address of one of its databases."""
        if self._url is None:
            self._url = make_url(self._stack.enter_context(postgres.server()))
            self.do(f"CREATE DATABASE {TEMPLATE}")
            engine = open_engine(self.url(TEMPLATE))
            upgrade(engine)
            engine.dispose()
        return self._url.set(database=name).render_as_string(hide_password=False)

    def do(self, statement: str) -> None:
        """Run a statement that stands in no transaction."""
        with psycopg.connect(psycopg_address(self.url(ADMIN)), autocommit=True) as connection:
            connection.execute(statement.encode())

    def make(self, path: Path, template: str = TEMPLATE) -> str:
        """The name of the database that stands for a file, made where there is none."""
        path = path.resolve()
        if path not in self._names:
            self.url(ADMIN)
            name = f"nw_{next(self._numbers)}"
            self.do(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
            self._names[path] = name
        return self._names[path]

    def drop(self, path: Path) -> None:
        """Drop what stands for a file."""
        self.do(f"DROP DATABASE {self._names.pop(path.resolve())} WITH (FORCE)")

    def forget(self) -> None:
        """Drop what stands for files."""
        for path in list(self._names):
            self.drop(path)

    def close(self) -> None:
        self._stack.close()


SERVER = Server()


def psycopg_address(url: str) -> str:
    """SQLAlchemy's address as libpq takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def database_at(path: Path) -> str:
    """The address of the database for this file; upgraded on PostgreSQL, not yet there on SQLite."""
    return SERVER.url(SERVER.make(path)) if ON_POSTGRESQL else sqlite_url(path)


def copy(home: Path, to: Path) -> None:
    """A home's database for another home. On SQLite it was copied with the folder."""
    if ON_POSTGRESQL:
        SERVER.make(to / "newswatch.db", SERVER.make(home / "newswatch.db"))


def environment(home: Home) -> dict[str, str]:
    """What a process that works on a home is told in its environment."""
    return {"NEWSWATCH_DATABASE": home.database_url()} if ON_POSTGRESQL else {}


def _database_url(self: Home, configured: str | None = None) -> str:
    return configured or database_at(self.path / "newswatch.db")


@pytest.fixture(scope="session", autouse=ON_POSTGRESQL)
def homes_on_postgresql() -> Iterator[None]:
    """Homes without a configured database are on PostgreSQL."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Home, "database_url", _database_url)
        yield
    SERVER.close()


@pytest.fixture(scope="module", autouse=ON_POSTGRESQL)
def databases_of_a_module() -> Iterator[None]:
    """Nothing of a module's databases stays behind."""
    yield
    SERVER.forget()
