"""Puts the commands together and turns errors into one clear line."""

from __future__ import annotations

import os
import sys
from importlib import import_module, metadata
from pathlib import Path
from typing import Annotated, Any

import click
import typer

from monitor.cli.errors import CommandError

DEFAULT_HOME = Path("~/.newswatch")
# in the order a newcomer meets them
COMMANDS = (
    "run",
    "status",
    "changes",
    "show",
    "history",
    "report",
    "crawl",
    "sources",
    "doctor",
    "extract",
    "compare",
)

app = typer.Typer(
    name="newswatch",
    help="Watches news pages and tells what was edited after publication.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"newswatch {metadata.version('newswatch')}")
        raise typer.Exit


@app.callback()
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


for _name in COMMANDS:
    import_module(f"monitor.cli.{_name}").register(app)


def run(arguments: list[str]) -> int:
    """The command's exit code for these arguments. Errors are told on standard error."""
    try:
        code: Any = app(args=arguments, prog_name="newswatch", standalone_mode=False)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.UsageError as error:
        error.show(sys.stderr)
        return 2
    except click.Abort:
        return 130
    except click.ClickException as error:
        error.show(sys.stderr)
        return error.exit_code
    except CommandError as error:
        typer.echo(f"newswatch: {error}", err=True)
        return error.code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # the reader of our output went away (`newswatch changes | head`): nothing failed
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0
