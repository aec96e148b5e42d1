"""`newswatch show`: one change in full, as a quotation or as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from crawler.sources import Settings
from db.change_json import change_to_json
from db.engine import reading
from db.identity import identity
from db.queries import changes
from db.records import ChangeRecord
from monitor.cli.common import console, database, existing_home, home_of, now, settings_of, zone_of
from monitor.cli.errors import CommandError
from monitor.report.about import About
from monitor.report.json_lines import change_json, line
from monitor.report.terminal import change_page


def show(
    context: typer.Context,
    change: Annotated[int, typer.Argument(help="The change's number, as `newswatch changes` lists it.")],
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object, with its word operations.")] = False,
    quote: Annotated[
        bool, typer.Option("--quote", help="As a quotation to paste, with the digests of the evidence.")
    ] = False,
    card: Annotated[Path | None, typer.Option(help="Draw it to this file, a PNG of 1200 by 630 points.")] = None,
    zone: Annotated[str | None, typer.Option(help="The zone times are shown in.")] = None,
) -> None:
    """Show one change: the word diff, its facts and its window."""
    home = existing_home(home_of(context))
    settings = settings_of(home)
    shown_in = zone_of(zone or settings.display_zone)
    with database(home, settings) as engine, reading(engine) as session:
        record = changes.get(session, change)
        if record is None:
            raise CommandError(f"there is no change {change}; `newswatch changes` lists them")
        if quote:
            typer.echo(_quotation(session, engine, record, settings, zone), nl=False)
    if as_json:
        typer.echo(line({**change_json(record), "ops": change_to_json(record.change)["ops"]}))
    elif card is None and not quote:
        console().print(change_page(record, shown_in))
    if card is not None:
        from monitor.report import card as cards
        from monitor.report import fonts

        _keep(cards.draw(cards.card_of(record, shown_in), fonts.system()), card)


def _quotation(session: Session, engine: Engine, record: ChangeRecord, settings: Settings, zone: str | None) -> str:
    from monitor.cli.report import desk_address
    from monitor.report.quotation import quotation
    from monitor.web.change_page import versions_of

    about = About("", now(), zone_of(zone or settings.display_zone), desk_address(settings), identity(engine))
    return quotation(record, versions_of(session, record), about)


def _keep(png: bytes, file: Path) -> None:
    try:
        file.write_bytes(png)
    except OSError as error:
        raise CommandError(f"cannot write {file}: {error.strerror or error}") from error
    typer.echo(f"Wrote {file}", err=True)


def register(app: typer.Typer) -> None:
    app.command()(show)
