"""Opens a home's database and upgrades its schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from alembic.config import Config

BUSY_TIMEOUT_S = 10.0
# Migrations only add, so that workers of two releases run side by side; one that older programs cannot bear raises this.
OLDEST_CODE = "0010"
OLDEST_NOTE = "schema.oldest_code"
_UPGRADING = 0x6E657773  # "news"
_MIGRATIONS = Path(__file__).parent / "migrations"


class SchemaTooNewError(Exception):
    """The database was written by a newer newswatch."""


class _Compiler(SQLiteCompiler):
    """Writes `active` and `NOT compared` where the library writes `active = 1` and `compared = 0`: SQLite takes a partial index
    only for the very words of its WHERE (sqlite.org/partialindex.html, 3.1), and ours are those."""

    def visit_is_true_unary_operator(self, element: Any, operator: Any, **kw: Any) -> str:
        del operator
        return str(self.process(element.element, **kw))

    def visit_is_false_unary_operator(self, element: Any, operator: Any, **kw: Any) -> str:
        del operator
        return f"NOT {self.process(element.element, **kw)}"


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


def open_engine(url: str) -> Engine:
    """An engine with the settings that the design counts on: WAL, full sync, foreign keys, explicit BEGIN on SQLite."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False})
    engine.dialect.statement_compiler = _Compiler
    _spare_savepoints(engine.dialect)
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)
    return engine


def _spare_savepoints(dialect: Any) -> None:
    """Tell the driver itself of SAVEPOINTs: each closure of the writer has one, and the library makes a statement of its words
    anew each time, for a quarter of what the closure costs."""

    def saying(words: str) -> Callable[[Connection, str], None]:
        return lambda connection, name: connection.connection.cursor().execute(f"{words} {name}").close()

    dialect.do_savepoint = saying("SAVEPOINT")
    dialect.do_release_savepoint = saying("RELEASE SAVEPOINT")
    dialect.do_rollback_to_savepoint = saying("ROLLBACK TO SAVEPOINT")


def _on_sqlite_connect(connection: Any, _record: Any) -> None:
    # the driver's own transaction handling breaks SAVEPOINT; BEGIN is ours (SQLAlchemy's documentation, pysqlite)
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "mmap_size=268435456",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _on_sqlite_begin(connection: Any) -> None:
    # a reader that later writes would fail with SQLITE_BUSY at once; writers say so at the start
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session for reading; nothing is committed."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A short write transaction of a process that is not the engine (web, command line). Commits at the end."""
    bound = engine.execution_options(begin="IMMEDIATE")
    with Session(bound, expire_on_commit=False) as session, session.begin():
        yield session


def _config(engine: Engine) -> Config:
    from alembic.config import Config  # noqa: PLC0415 - see `_is_current`

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine) -> None:
    """Bring the schema to this version, one process at a time. A newer program's schema is left as it is where it says that this
    program may work on it; raises `SchemaTooNewError` where it does not."""
    if _is_current(engine):
        return
    with _alone(engine):
        _upgrade(engine)


def _is_current(engine: Engine) -> bool:
    """Whether there is nothing to do, as nearly always: Alembic and its migrations take a quarter of a second to load."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        current = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return current == newest() and _oldest(connection) == OLDEST_CODE


def newest() -> str:
    """The schema that this program wants: migrations are numbered, each after the one before."""
    return max(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def _upgrade(engine: Engine) -> None:
    from alembic import command  # noqa: PLC0415
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = _config(engine)
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        if current and current not in known:
            oldest = _oldest(connection)
            if oldest is None or oldest > (scripts.get_current_head() or ""):
                raise SchemaTooNewError(
                    f"the database is at schema {current}, newer than this program; install the newer newswatch"
                )
            return
    command.upgrade(config, "head")
    with engine.begin() as connection:
        if (_oldest(connection) or "") < OLDEST_CODE:  # what is stored may ask for a newer program than the schema does
            connection.execute(text("DELETE FROM note WHERE name = :name"), {"name": OLDEST_NOTE})
            connection.execute(
                text("INSERT INTO note VALUES (:name, :value)"), {"name": OLDEST_NOTE, "value": OLDEST_CODE}
            )


def _oldest(connection: Connection) -> str | None:
    """The schema of the oldest program that may work on this database; None where an old program wrote it."""
    found: str | None = connection.scalar(text("SELECT value FROM note WHERE name = :name"), {"name": OLDEST_NOTE})
    return found


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Workers that start at once on PostgreSQL upgrade one after the other."""
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _UPGRADING})
        connection.commit()
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _UPGRADING})
            connection.commit()


def schema_revision(engine: Engine) -> tuple[str | None, str | None]:
    """The schema's revision now, and the one this program wants."""
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415

    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current, newest()
