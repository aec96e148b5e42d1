"""`newswatch report`: a report to keep or send."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from db.engine import reading
from db.queries import changes
from db.queries.changes import ChangeFilter
from monitor.cli.changes import kinds_of, significance_of
from monitor.cli.common import database, existing_home, home_of, instant, now, settings_of, zone_of
from monitor.cli.errors import CommandError
from monitor.report.html import render
from monitor.report.json_lines import change_json, iso

MOST = 100_000


class Format(StrEnum):
    """How a report is written."""

    HTML = "html"
    JSON = "json"


def report(
    context: typer.Context,
    since: Annotated[str, typer.Option(help="From when: 24h, 7d, 2026-05-04.")] = "24h",
    output_format: Annotated[
        Format, typer.Option("--format", help="html (one file, opens offline) or json.")
    ] = Format.HTML,
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of standard output.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only this source; may be repeated.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only this kind; may be repeated.")] = None,
    min_significance: Annotated[
        str | None, typer.Option(help="cosmetic, minor (where not given) or substantive.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what was hidden as noise or is cosmetic.")] = False,
    zone: Annotated[str | None, typer.Option(help="The zone times are shown in.")] = None,
) -> None:
    """Write a report on what was edited."""
    home = existing_home(home_of(context))
    settings = settings_of(home)
    at = now()
    start = instant(since, at)
    wanted = ChangeFilter(
        since=start,
        sources=tuple(source or ()),
        kinds=kinds_of(kind or []),
        min_significance=significance_of(min_significance, everything=everything),
        suppressed=everything,
        limit=MOST,
    )
    with database(home, settings) as engine, reading(engine) as session:
        found = changes.find(session, wanted)
    if output_format is Format.HTML:
        text = render(found, since=start, until=at, zone=zone_of(zone or settings.display_zone))
    else:
        whole = {"since": iso(start), "until": iso(at), "changes": [change_json(record) for record in found]}
        text = json.dumps(whole, ensure_ascii=False, indent=1)
    _write(text, out)


def _write(text: str, out: Path | None) -> None:
    if out is None:
        typer.echo(text)
        return
    try:
        out.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"cannot write {out}: {error.strerror or error}") from error
    typer.echo(f"Wrote {out}", err=True)


def register(app: typer.Typer) -> None:
    app.command()(report)
