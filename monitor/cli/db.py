"""`newswatch db`: the home's database moved to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import tomlkit
import typer
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from monitor.cli.common import console, database, existing_home, home_of, settings_of
from monitor.cli.errors import CommandError, UsageError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from db.copying import Copied
    from db.home import Home

group = typer.Typer(no_args_is_help=True, help="The home's database.")


@group.command("copy")
def copy(
    context: typer.Context,
    target: Annotated[
        str,
        typer.Argument(
            help="An empty database: postgresql+psycopg://USER@HOST/NAME or sqlite:///FILE.", metavar="TARGET-URL"
        ),
    ],
    use: Annotated[bool, typer.Option("--use", help="Have the home's configuration name it from then on.")] = False,
) -> None:
    """Copy the home's database into an empty one, SQLite to PostgreSQL or back, and prove that both hold the same.

    The archive's files stay where they are. Stop the service first.
    """
    from db.copying import CopyError
    from monitor.service.lock import HomeBusyError, engine_lock

    home = existing_home(home_of(context))
    settings = settings_of(home)
    out = console()
    try:
        with engine_lock(home.lock_path, "copy"), database(home, settings) as source:
            found = _into(source, target, lambda table: out.print(_line(table), markup=False))
    except HomeBusyError as error:
        raise CommandError(str(error)) from error
    except CopyError as error:
        raise CommandError(str(error)) from error
    out.print(f"{sum(table.rows for table in found)} rows of {len(found)} tables copied; both databases hold the same.")
    if use:
        _use(home, target)
    else:
        out.print(
            f'Write database = "{_shown(target)}" under [newswatch] in {home.config_path} to use it.', markup=False
        )


def _into(source: Engine, target: str, tell: Any) -> list[Copied]:
    from db.copying import copy as copy_all
    from db.engine import open_engine, upgrade

    try:
        url = make_url(target)
        if url.render_as_string() == source.url.render_as_string():
            raise UsageError("the target is the home's own database")
        engine = open_engine(target)
    except (ArgumentError, NoSuchModuleError) as error:
        raise UsageError("the target is no database address; write postgresql+psycopg://USER@HOST/NAME") from error
    except ModuleNotFoundError as error:
        raise CommandError(f"{error.name} is missing: pip install 'newswatch[postgres]'") from error
    try:
        upgrade(engine)
        return copy_all(source, engine, tell)
    except DBAPIError as error:
        why = str(error.orig).splitlines()[0]
        raise CommandError(f"the target does not answer or refuses: {why}") from error
    finally:
        engine.dispose()


def _line(table: Copied) -> str:
    return f"{table.table:20}{table.rows:>12}  {table.digest[:16]}"


def _shown(target: str) -> str:
    return make_url(target).render_as_string(hide_password=True)


def _use(home: Home, target: str) -> None:
    document = tomlkit.parse(home.config_path.read_text(encoding="utf-8"))
    table = document.setdefault("newswatch", tomlkit.table())
    table["database"] = target
    home.config_path.write_text(tomlkit.dumps(document), encoding="utf-8")
    console().print(f"{home.config_path.name} names it from now on.", markup=False)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="db")
