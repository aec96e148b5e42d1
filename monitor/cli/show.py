"""`newswatch show`: one change in full."""

from __future__ import annotations

from typing import Annotated

import typer

from db.change_json import change_to_json
from db.engine import reading
from db.queries import changes
from monitor.cli.common import console, database, existing_home, home_of, settings_of, zone_of
from monitor.cli.errors import CommandError
from monitor.report.json_lines import change_json, line
from monitor.report.terminal import change_page


def show(
    context: typer.Context,
    change: Annotated[int, typer.Argument(help="The change's number, as `newswatch changes` lists it.")],
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object, with its word operations.")] = False,
    zone: Annotated[str | None, typer.Option(help="The zone times are shown in.")] = None,
) -> None:
    """Show one change: the word diff, its facts and its window."""
    home = existing_home(home_of(context))
    settings = settings_of(home)
    with database(home, settings) as engine, reading(engine) as session:
        record = changes.get(session, change)
    if record is None:
        raise CommandError(f"there is no change {change}; `newswatch changes` lists them")
    if as_json:
        typer.echo(line({**change_json(record), "ops": change_to_json(record.change)["ops"]}))
        return
    console().print(change_page(record, zone_of(zone or settings.display_zone)))


def register(app: typer.Typer) -> None:
    app.command()(show)
