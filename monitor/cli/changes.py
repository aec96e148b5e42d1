"""`newswatch changes`: the list of what was edited."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from sqlalchemy.orm import Session

from db.engine import reading
from db.queries import changes as queries
from db.queries import pages, sources
from db.queries.changes import ChangeFilter
from db.records import ChangeRecord
from db.types import Kind, Nature, Significance
from monitor.cli.addresses import spellings
from monitor.cli.common import console, database, existing_home, home_of, instant, now, settings_of, zone_of
from monitor.cli.errors import CommandError, UsageError
from monitor.report.json_lines import change_json, line
from monitor.report.terminal import change_table

# on the command line "dateline" means what a reader means by it: the place line and the time line (DESIGN, Words)
DATELINE_KINDS = (Kind.DATELINE, Kind.PUBLISHED, Kind.MODIFIED)


def kinds_of(names: list[str]) -> tuple[str, ...]:
    """The kinds that the names on a command line select. Raises `UsageError` for one that does not exist."""
    found: list[str] = []
    for name in names:
        if name not in set(Kind):
            raise UsageError(f"no such kind: {name!r}; the kinds are {', '.join(Kind)}")
        found += DATELINE_KINDS if name == Kind.DATELINE else [name]
    return tuple(dict.fromkeys(found))


def natures_of(names: list[str]) -> tuple[str, ...]:
    """The natures named. Raises `UsageError` for one that does not exist."""
    for name in names:
        if name not in set(Nature):
            raise UsageError(f"no such nature: {name!r}; the natures are {', '.join(Nature)}")
    return tuple(names)


def significance_of(name: str | None, *, everything: bool) -> str | None:
    """The least significance to show: minor where nothing is said, since cosmetic changes are kept and hidden."""
    if name is None:
        return None if everything else Significance.MINOR
    if name not in set(Significance):
        raise UsageError(f"no such significance: {name!r}; it is one of {', '.join(Significance)}")
    return name


def known_sources(session: Session, names: list[str]) -> tuple[str, ...]:
    """The sources named. Raises `UsageError` for one that does not exist."""
    known = {record.name for record in sources.every(session)}
    for name in names:
        if name not in known:
            raise UsageError(f"no such source: {name!r}; `newswatch sources list` shows them")
    return tuple(names)


def page_of(session: Session, url: str) -> int:
    """The page an address stands for. Raises `CommandError` where it was never seen."""
    page = pages.find(session, spellings(url))
    if page is None:
        raise CommandError(f"{url} was never seen here; `newswatch crawl {url}` fetches it")
    return page.id


def changes(
    context: typer.Context,
    since: Annotated[str | None, typer.Option(help="Only those seen since: 24h, 7d, 2026-05-04T08:00.")] = None,
    after: Annotated[int | None, typer.Option(help="Only those with an id above this one, oldest first.")] = None,
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
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    everything: Annotated[bool, typer.Option("--all", help="Also what was hidden as noise or is cosmetic.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    zone: Annotated[str | None, typer.Option(help="The zone times are shown in, such as Europe/Berlin.")] = None,
) -> None:
    """List what was edited, newest first."""
    home = existing_home(home_of(context))
    settings = settings_of(home)
    shown_in = zone_of(zone or settings.display_zone)
    with database(home, settings) as engine, reading(engine) as session:
        known_sources(session, source or [])
        wanted = ChangeFilter(
            since=instant(since, now()),
            after_id=after,
            sources=tuple(source or ()),
            kinds=kinds_of(kind or []),
            natures=natures_of(nature or []),
            min_significance=significance_of(min_significance, everything=everything),
            page_id=page_of(session, url) if url else None,
            match=match,
            suppressed=everything,
            limit=limit,
            newest_first=after is None,
        )
        found = queries.find(session, wanted)
    _print(found, as_json=as_json, shown_in=shown_in)


def _print(found: list[ChangeRecord], *, as_json: bool, shown_in: ZoneInfo) -> None:
    if as_json:
        for record in found:
            typer.echo(line(change_json(record)))
    elif found:
        console().print(change_table(found, shown_in))
    else:
        console().print("No changes that fit. (`--all` shows cosmetic and hidden ones too.)")


def register(app: typer.Typer) -> None:
    app.command()(changes)
