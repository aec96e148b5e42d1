"""Puts the commands together and turns errors into one clear line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from importlib import import_module, metadata
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.errors import CommandError
from monitor.report.safe import safe

DEFAULT_HOME = Path("~/.newswatch")
# in the order a newcomer meets them
COMMANDS = (
    "run",
    "worker",
    "status",
    "review",
    "changes",
    "show",
    "history",
    "siblings",
    "search",
    "noise",
    "notify",
    "replay",
    "report",
    "verify",
    "checkpoint",
    "export",
    "crawl",
    "plan",
    "sources",
    "account",
    "token",
    "doctor",
    "db",
    "importing",
    "backup",
    "forget",
    "extract",
    "compare",
    "sites",
)

# the commands of a module, where they are not one of its name
OF_MODULE = {
    "crawl": ("crawl", "watch"),
    "plan": ("plan", "pin"),
    "importing": ("import",),
    "backup": ("backup", "restore"),
}
MODULES = {name: module for module in COMMANDS for name in OF_MODULE.get(module, (module,))}


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"newswatch {metadata.version('newswatch')}")
        raise typer.Exit


def _root(
    context: typer.Context,
    home: Annotated[
        Path,
        typer.Option(
            envvar="NEWSWATCH_HOME", help="The folder where newswatch keeps its configuration, database and archive."
        ),
    ] = DEFAULT_HOME,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version
    context.obj = home


def app(modules: Iterable[str] = COMMANDS) -> typer.Typer:
    """The program with the commands of these modules."""
    made = typer.Typer(
        name="newswatch",
        help="Watches news pages and tells what was edited after publication.",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )
    made.callback()(_root)
    for name in modules:
        import_module(f"monitor.cli.{name}").register(made)
    return made


def needed(arguments: list[str]) -> Iterable[str]:
    """The modules that these arguments need: the command's own, whose libraries alone are loaded then; else all."""
    left = iter(arguments)
    for argument in left:
        if argument == "--home":
            next(left, None)
        elif argument == "--version":
            return ()
        elif not argument.startswith("-"):
            return (MODULES[argument],) if argument in MODULES else COMMANDS
        elif not argument.startswith("--home="):
            break
    return COMMANDS


def run(arguments: list[str]) -> int:
    """The command's exit code for these arguments. Errors are told on standard error, never as a traceback.

    `NEWSWATCH_DEBUG=1` lets an error of ours through as it is.
    """
    try:
        app(needed(arguments))(args=arguments, prog_name="newswatch")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except CommandError as error:
        return _told(str(error), error.code)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # the reader of our output went away (`newswatch changes | head`): nothing failed
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("NEWSWATCH_DEBUG"):
            raise
        what = str(error).splitlines()[0] if str(error) else "no message"
        return _told(f"unexpected {type(error).__name__}: {what} (NEWSWATCH_DEBUG=1 shows where; please report it)", 1)
    return 0


def _told(message: str, code: int) -> int:
    typer.echo(f"newswatch: {safe(message)}", err=True)
    return code
