"""`newswatch report`: a report or an export to keep or send."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from crawler.sources import Settings
from db.engine import reading
from db.identity import identity
from db.queries import changes
from db.queries.changes import ChangeFilter
from monitor.cli.changes import kinds_of, known_sources, natures_of, page_of, significance_of
from monitor.cli.common import database, existing_home, home_of, instant, now, on_terminal, settings_of, zone_of
from monitor.cli.errors import CommandError, UsageError
from monitor.report import formats
from monitor.report.about import About
from monitor.report.json_lines import change_json, iso
from monitor.report.parquet import MissingError
from monitor.report.safe import json_text

ALL = 2**62


class Format(StrEnum):
    """How a report is written."""

    TEXT = "text"
    HTML = "html"
    CSV = "csv"
    MARKDOWN = "markdown"
    JSONL = "jsonl"
    PARQUET = "parquet"
    ATOM = "atom"
    JSON_FEED = "json-feed"
    JSON = "json"


def report(
    context: typer.Context,
    since: Annotated[str, typer.Option(help="From when: 24h, 7d, 2026-05-04.")] = "24h",
    until: Annotated[str | None, typer.Option(help="To when, in the same forms; now where not given.")] = None,
    output_format: Annotated[
        Format, typer.Option("--format", help="html is one file that opens offline; parquet needs the extra.")
    ] = Format.HTML,
    out: Annotated[
        Path | None, typer.Option("--output", "--out", help="Write to this file instead of standard output.")
    ] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only this source; may be repeated.")] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="Only this kind; dateline selects the place line and the time line.")
    ] = None,
    nature: Annotated[list[str] | None, typer.Option(help="Only this nature; may be repeated.")] = None,
    min_significance: Annotated[
        str | None, typer.Option(help="cosmetic, minor (where not given) or substantive.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Only this article.")] = None,
    match: Annotated[
        str | None, typer.Option(help="Only those with this word before, after or in the headline.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = ALL,
    everything: Annotated[bool, typer.Option("--all", help="Also what was hidden as noise or is cosmetic.")] = False,
    zone: Annotated[str | None, typer.Option(help="The zone times are shown in.")] = None,
) -> None:
    """Write a report on what was edited, or export it for other programs."""
    home = existing_home(home_of(context))
    settings = settings_of(home)
    at, shown_in = now(), zone_of(zone or settings.display_zone)
    if out is None and output_format is Format.PARQUET and on_terminal():
        raise UsageError("parquet is no text: name a file with --output")
    with database(home, settings) as engine, reading(engine) as session:
        wanted = ChangeFilter(
            since=instant(since, at),
            until=instant(until, at),
            sources=known_sources(session, source or []),
            kinds=kinds_of(kind or []),
            natures=natures_of(nature or []),
            min_significance=significance_of(min_significance, everything=everything),
            page_id=page_of(session, url) if url else None,
            match=match,
            suppressed=everything,
            limit=limit,
        )
        about = _about(engine, settings, wanted, url, shown_in, at)
        _write(_pieces(session, wanted, about, output_format), out)


def _about(
    engine: Engine, settings: Settings, wanted: ChangeFilter, url: str | None, zone: ZoneInfo, at: datetime
) -> About:
    base, until = desk_address(settings), wanted.until or at
    return About("What was edited", until, zone, base, identity(engine), wanted.since, told(wanted, url))


def desk_address(settings: Settings) -> str:
    """Where the review pages of this home listen: what permalinks lead to."""
    host = f"[{settings.web_host}]" if ":" in settings.web_host else settings.web_host
    return f"http://{host}:{settings.web_port}/"


def told(wanted: ChangeFilter, url: str | None) -> tuple[str, ...]:
    """The filters in words, one each."""
    found = {
        "source": ", ".join(wanted.sources),
        "kind": ", ".join(wanted.kinds),
        "nature": ", ".join(wanted.natures),
        "at least": wanted.min_significance,
        "article": url,
        "with the words": wanted.match,
        "hidden ones": "too" if wanted.suppressed else None,
        "at most": f"{wanted.limit:,}" if wanted.limit < ALL else None,
    }
    return tuple(f"{name}: {value}" for name, value in found.items() if value)


def _pieces(session: Session, wanted: ChangeFilter, about: About, chosen: Format) -> Iterator[bytes]:
    if chosen is Format.JSON:
        return _json(session, wanted, about.until)
    try:
        return formats.FORMATS[chosen].render(lambda: changes.stream(session, wanted), about)
    except MissingError as error:
        raise CommandError(str(error)) from error


def _json(session: Session, wanted: ChangeFilter, until: datetime) -> Iterator[bytes]:
    """One JSON object: the span and its changes."""
    head = json.dumps({"since": iso(wanted.since), "until": iso(until)})
    comma = f'{head[:-1]}, "changes": [\n'
    for record in changes.stream(session, wanted):
        yield f"{comma}{json_text(change_json(record))}".encode()
        comma = ",\n"
    yield (("" if comma == ",\n" else comma) + "]}\n").encode()


def _write(pieces: Iterator[bytes], out: Path | None) -> None:
    """To standard output, or to a file that appears whole or not at all."""
    if out is None:
        sys.stdout.buffer.writelines(pieces)
        sys.stdout.flush()
        return
    part = out.with_name(f"{out.name}.part")
    try:
        with part.open("wb") as file:
            file.writelines(pieces)
        part.replace(out)
    except OSError as error:
        raise CommandError(f"cannot write {out}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            part.unlink()
    typer.echo(f"Wrote {out}", err=True)


def register(app: typer.Typer) -> None:
    app.command()(report)
