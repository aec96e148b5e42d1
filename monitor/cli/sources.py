"""`newswatch sources`: what is watched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text
from sqlalchemy.orm import Session

from crawler import opml
from crawler.sources import ConfigError, Settings, Source, with_source
from db.engine import reading, writing
from db.home import Home
from db.queries import feeds, pages, sources
from db.records import SourceRecord
from monitor.cli.addresses import checked
from monitor.cli.common import console, database, home_of, now, settings_of, zone_of
from monitor.cli.errors import CommandError, UsageError
from monitor.cli.wiring import declared, works_settings
from monitor.report.json_lines import iso, line
from monitor.report.safe import safe, shorten
from monitor.report.when import ago

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from monitor.service.looking import ListCheck, Look, PageCheck, SourceCheck

group = typer.Typer(help="What is watched: list, add, check, switch on and off, OPML in and out.", no_args_is_help=True)


def _synced(home: Home, settings: Settings, engine: Engine) -> None:
    """Make the tables say what the file says, so that a list is right before the service ever ran."""
    from monitor.service.works import sync

    with writing(engine) as session:
        sync(session, works_settings(settings).declared, now())


@group.command("list")
def list_(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="One JSON object a source.")] = False
) -> None:
    """List the sources, with what was changed beside the file."""
    home = home_of(context)
    settings = settings_of(home)
    with database(home, settings) as engine:
        _synced(home, settings, engine)
        with reading(engine) as session:
            rows = [_row(session, record) for record in sources.every(session)]
    if as_json:
        for row in rows:
            typer.echo(line(row))
        return
    console().print(_table(rows))


def _row(session: Session, record: SourceRecord) -> dict[str, Any]:
    lists = [feed for feed in feeds.of_source(session, record.id) if feed.active]
    times = [feed.last_success_at for feed in lists if feed.last_success_at]
    return {
        "name": record.name,
        "home": record.home,
        "enabled": record.enabled,
        "declared": record.declared,
        "settings": record.effective,
        "overrides": dict(record.overrides),
        "feeds": [feed.url for feed in lists if feed.kind == "feed"],
        "sitemaps": [feed.url for feed in lists if feed.kind == "sitemap"],
        "sections": [feed.url for feed in lists if feed.kind == "section"],
        "pages": pages.counts_by_source(session).get(record.id, 0),
        "last_success_at": iso(max(times)) if times else None,
        "trouble": sorted({feed.reason for feed in lists if feed.reason}),
    }


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("source", "lists", "articles", "last success", "stands in", "trouble"):
        table.add_column(name, overflow="fold")
    for row in rows:
        name = row["name"] if row["enabled"] else f"{row['name']} (off)"
        where = "the file" if row["declared"] else "the database"
        if row["declared"] and row["overrides"]:
            where += f", changed: {', '.join(row['overrides'])}"
        last = ago(_instant(row["last_success_at"]), now()) if row["last_success_at"] else "—"
        lists = str(sum(len(row[kind]) for kind in ("feeds", "sitemaps", "sections")))
        table.add_row(Text(safe(name)), lists, str(row["pages"]), last, where, Text(safe(", ".join(row["trouble"]))))
    return table


def _instant(text: str) -> Any:
    from datetime import datetime

    return datetime.fromisoformat(text)


@group.command()
def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="The address of an outlet's home page or of one of its articles.")],
    name: Annotated[str | None, typer.Option(help="What to call it; else as it calls itself.")] = None,
    to_file: Annotated[
        bool, typer.Option("--to-file", help="Write it into newswatch.toml instead of beside it.")
    ] = False,
    look_only: Annotated[bool, typer.Option("--look", help="Say what is found; add nothing.")] = False,
) -> None:
    """Look at an outlet, find its feeds and sitemaps, or else its section pages, and watch it."""
    from monitor.service.looking import LookError, look

    home = home_of(context)
    settings = settings_of(home)
    out = console()
    try:
        found = look(works_settings(settings).fetch, checked(url))
    except LookError as error:
        raise CommandError(str(error)) from error
    _tell(found)
    source = _source(found, name)
    if not source.lists():
        what = "names no feed and no sitemap, and links to no stories"
        raise CommandError(f"{found.findings.home} {what}; `newswatch watch URL` watches single articles")
    if look_only:
        return
    _refuse_known(home, settings, source.name)
    if to_file:
        _append(home, source)
    else:
        _store(home, settings, source)
    where = home.config_path.name if to_file else "the database, beside the file"
    out.print(f"Added {safe(source.name)} to {where}. The service takes it up at its next look.", markup=False)


def _tell(found: Look) -> None:
    findings, out = found.findings, console()
    out.print(Text.assemble((safe(findings.name), "bold"), f"  {safe(findings.home)}"))
    zone = (
        f"{findings.zone} (by the {findings.zone_why})"
        if findings.zone
        else "not told; times without zone are read as UTC"
    )
    out.print(f"language {findings.language or 'not told'}, time zone {zone}", markup=False)
    for listed in found.lists:
        out.print(_list_line(listed))


def _list_line(listed: ListCheck) -> Text:
    if listed.trouble:
        return Text.assemble(("✗ ", "red"), f"{listed.kind:8}", safe(listed.url), f"  {safe(listed.trouble)}")
    size = listed.title if listed.kind == "sitemap" and listed.title else f"{len(listed.entries)} articles"
    return Text.assemble(("✓ ", "green"), f"{listed.kind:8}", safe(listed.url), f"  {safe(size)}")


def _source(found: Look, name: str | None) -> Source:
    findings = found.findings
    try:
        return Source(
            name=name or findings.name,
            home=findings.home,
            feeds=tuple(listed.url for listed in found.lists if listed.kind == "feed"),
            sitemaps=tuple(listed.url for listed in found.lists if listed.kind == "sitemap"),
            sections=tuple(listed.url for listed in found.lists if listed.kind == "section"),
            zone=findings.zone,
            language=findings.language,
        )
    except ValueError as error:
        raise CommandError(f"what was found cannot be watched: {error}") from error


def _refuse_known(home: Home, settings: Settings, name: str) -> None:
    with database(home, settings) as engine:
        _synced(home, settings, engine)
        with reading(engine) as session:
            if sources.by_name(session, name):
                raise CommandError(f"a source named {name!r} is there already; give another --name")


def _append(home: Home, source: Source) -> None:
    try:
        text = with_source(home.config_path.read_text(encoding="utf-8"), source)
        home.config_path.write_text(text, encoding="utf-8")
    except (ConfigError, OSError) as error:
        raise CommandError(f"cannot write it into {home.config_path}: {error}") from error


def _store(home: Home, settings: Settings, *added: Source) -> None:
    """Keep sources in the database, beside the file."""
    at = now()
    with database(home, settings) as engine, writing(engine) as session:
        for source in added:
            name, home_url, table, lists = declared(source)
            record = sources.ensure(session, name, at)
            sources.override(session, name, table)
            sources.set_home(session, name, home_url)
            feeds.sync(session, record.id, lists, at)


@group.command()
def check(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(help="Names of sources; all where none is named.", metavar="NAME...")
    ] = None,
) -> None:
    """Ask a source's lists and read a few of its articles. Ends with 1 where something does not answer."""
    from crawler.watched import watched
    from monitor.service.looking import Asked
    from monitor.service.looking import check as check_all

    home = home_of(context)
    settings = settings_of(home)
    with database(home, settings) as engine:
        _synced(home, settings, engine)
        with reading(engine) as session:
            known = {record.name: record for record in sources.every(session)}
            chosen = names or [name for name, record in known.items() if record.enabled]
            wanted = {name: Asked(_lists(session, known, name), watched(known[name])) for name in chosen}
    troubled = []

    def tell(name: str, found: SourceCheck) -> None:
        out = console()
        out.print(Text(safe(name), style="bold"))
        for listed in found.lists:
            out.print(_list_line(listed))
        for page in found.pages:
            out.print(_page_line(page))
        if found.troubled:
            troubled.append(name)

    check_all(works_settings(settings).fetch, {name: asked for name, asked in wanted.items() if asked.lists}, tell)
    if troubled:
        raise typer.Exit(1)


def _lists(session: Session, known: dict[str, SourceRecord], name: str) -> list[tuple[str, str]]:
    if name not in known:
        raise UsageError(f"no such source: {name!r}; `newswatch sources list` shows them")
    return [(feed.url, feed.kind) for feed in feeds.of_source(session, known[name].id) if feed.active]


def _page_line(page: PageCheck) -> Text:
    if page.article is None:
        return Text.assemble(
            ("✗ ", "red"), "article ", safe(page.url), f"  {safe(page.trouble)}", f"  {safe(page.remark or '')}"
        )
    article = page.article
    characters = sum(len(block.text) for block in article.body)
    parts = [
        shorten(article.headline, 70) if article.headline else "NO HEADLINE",
        article.published or "NO TIME",
        f"{characters} characters" if characters else "NO TEXT",
    ]
    if page.trouble or page.remark:
        parts.append(page.trouble or page.remark or "")
    mark = ("✗ ", "red") if page.trouble else ("✓ ", "green")
    return Text.assemble(mark, "article ", safe(page.url), f"\n           {' · '.join(parts)}")


@group.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="An OPML file, as feed readers write it.", dir_okay=False)],
    to_file: Annotated[
        bool, typer.Option("--to-file", help="Write them into newswatch.toml instead of beside it.")
    ] = False,
) -> None:
    """Take in sources from OPML. Those that are there already are left as they are."""
    home = home_of(context)
    settings = settings_of(home)
    try:
        given = opml.read(file.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror or error}") from error
    except opml.OpmlError as error:
        raise UsageError(f"{file}: {error}") from error
    with database(home, settings) as engine:
        _synced(home, settings, engine)
        with reading(engine) as session:
            known = {record.name for record in sources.every(session)}
    fresh = [source for source in given if source.name not in known]
    if to_file:
        for source in fresh:
            _append(home, source)
    else:
        _store(home, settings, *fresh)
    console().print(f"Added {len(fresh)} sources; {len(given) - len(fresh)} were there already.")


@group.command()
def export(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of standard output.")] = None,
) -> None:
    """Write the sources as OPML."""
    home = home_of(context)
    settings = settings_of(home)
    with database(home, settings) as engine:
        _synced(home, settings, engine)
        with reading(engine) as session:
            found = [_as_source(session, record) for record in sources.every(session) if record.name != sources.ADHOC]
    data = opml.write(found)
    if out is None:
        typer.echo(data.decode("utf-8"))
        return
    try:
        out.write_bytes(data)
    except OSError as error:
        raise CommandError(f"cannot write {out}: {error.strerror or error}") from error


def _as_source(session: Session, record: SourceRecord) -> Source:
    lists = [feed for feed in feeds.of_source(session, record.id) if feed.active]
    table = {key: tuple(value) if isinstance(value, list) else value for key, value in record.effective.items()}
    if "feed_interval" in table:
        table["feed_interval_s"] = table.pop("feed_interval")
    table |= {
        "name": record.name,
        "home": record.home,
        "feeds": tuple(feed.url for feed in lists if feed.kind == "feed"),
        "sitemaps": tuple(feed.url for feed in lists if feed.kind == "sitemap"),
        "sections": tuple(feed.url for feed in lists if feed.kind == "section"),
    }
    return Source.model_validate(table)


@group.command()
def enable(context: typer.Context, name: Annotated[str, typer.Argument(help="The source's name.")]) -> None:
    """Switch a source on."""
    _switch(context, name, on=True)


@group.command()
def disable(context: typer.Context, name: Annotated[str, typer.Argument(help="The source's name.")]) -> None:
    """Switch a source off: nothing of it is fetched; what is stored stays."""
    _switch(context, name, on=False)


def _switch(context: typer.Context, name: str, *, on: bool) -> None:
    home = home_of(context)
    settings = settings_of(home)
    with database(home, settings) as engine:
        _synced(home, settings, engine)
        try:
            with writing(engine) as session:
                sources.set_enabled(session, name, on)
        except LookupError:
            raise UsageError(f"no such source: {name!r}; `newswatch sources list` shows them") from None
    console().print(f"{safe(name)} is {'on' if on else 'off'}.", markup=False)


@group.command("set")
def set_(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The source's name.")],
    pace: Annotated[float | None, typer.Option(min=0, help="Seconds between two requests to one host.")] = None,
    zone: Annotated[str | None, typer.Option(help="Its time zone.")] = None,
    render: Annotated[
        bool | None, typer.Option("--render/--no-render", help="Render its articles in a browser.")
    ] = None,
    reset: Annotated[
        bool, typer.Option("--reset", help="Take back what was changed; the file's word counts again.")
    ] = False,
) -> None:
    """Change a source's settings beside the file."""
    if zone:
        zone_of(zone)
    home = home_of(context)
    settings = settings_of(home)
    given = (("pace", pace), ("zone", zone), ("render", render))
    changed = {key: value for key, value in given if value is not None}
    if not changed and not reset:
        raise UsageError("say what to change: --pace, --zone, --render or --reset")
    with database(home, settings) as engine:
        _synced(home, settings, engine)
        with writing(engine) as session:
            record = sources.by_name(session, name)
            if record is None:
                raise UsageError(f"no such source: {name!r}; `newswatch sources list` shows them")
            taken_back = dict.fromkeys(record.overrides) if reset and record.declared else {}
            sources.override(session, name, {**taken_back, **changed})
    console().print(f"{safe(name)} is changed.", markup=False)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="sources")
