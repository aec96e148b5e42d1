"""`newswatch review`: the review desk on a terminal."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from monitor.cli.common import database, existing_home, home_of, on_terminal, settings_of, zone_of
from monitor.cli.errors import UsageError


def review(
    context: typer.Context,
    wanted: Annotated[
        list[str] | None, typer.Argument(help="Filters, such as kind:headline period:24h, or words to look for.")
    ] = None,
    zone: Annotated[str | None, typer.Option(help="The zone times are shown in, such as Europe/Berlin.")] = None,
) -> None:
    """Review changes on this terminal: the web's inbox with its keys; ? shows them."""
    if not (on_terminal() and sys.stdin.isatty()):
        raise UsageError("this needs a terminal; `newswatch changes` lists changes where there is none")
    from monitor.cli.screen.app import Review
    from monitor.cli.screen.desk import Desk
    from monitor.cli.screen.words import filters_of

    home = existing_home(home_of(context))
    settings = settings_of(home)
    shown_in = zone_of(zone or settings.display_zone)
    with database(home, settings) as engine:
        desk = Desk(engine, home.archive_dir, shown_in)
        known = desk.listed({}).sources
        line = " ".join(f'"{word}"' if " " in word and '"' not in word else word for word in wanted or ())
        screen = Review(desk, filters_of(line, known))
        screen.run()
    for address in screen.addresses:
        typer.echo(address)


def register(app: typer.Typer) -> None:
    app.command()(review)
