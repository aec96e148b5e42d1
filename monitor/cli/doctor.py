"""`newswatch doctor`: what is wrong with a home, and how to mend it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import typer
from rich.text import Text
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from crawler.sources import ConfigError, Settings, load
from db.archive import segments
from db.engine import open_engine, reading, schema_revision
from db.evidence import checkpoints, key, seal
from db.home import Home
from db.queries import channels, checks, deliveries, feeds, pages, revisions, sources, websub
from monitor.cli.common import console, home_of, now
from monitor.report.json_lines import line
from monitor.report.safe import safe
from monitor.service.lock import holder

NEAR = 0.9  # of the archive's budget
LITTLE_DISK = 1 << 30  # bytes: below this a day of a busy home may not fit


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `level` is `ok`, `warning` or `error`; `mend` says what to do."""

    level: str
    what: str
    mend: str = ""


def examine(home: Home) -> Iterator[Finding]:
    """Look at everything a home needs, in the order in which it is needed."""
    yield from _folder(home)
    if not home.config_path.exists():
        yield Finding(
            "error", f"no configuration at {home.config_path}", "run `newswatch run` once: it writes a sample file"
        )
        return
    try:
        settings = load(home.config_path)
    except (ConfigError, OSError) as error:
        yield Finding("error", f"the configuration cannot be read: {error}", "correct that line and try again")
        return
    yield Finding("ok", f"configuration: {len(settings.sources)} sources declared")
    if not settings.contact:
        yield Finding("warning", "no contact is set", "set contact in newswatch.toml, so that outlets can reach you")
    yield from _database(home, settings)
    yield from _rendering(home, settings)


def _folder(home: Home) -> Iterator[Finding]:
    if not home.path.is_dir():
        yield Finding("error", f"there is no home at {home.path}", f"`newswatch --home {home.path} run` makes one")
        return
    if not os.access(home.path, os.W_OK):
        yield Finding("error", f"{home.path} cannot be written to", "give your user the right to write there")
    free = shutil.disk_usage(home.path).free
    level = "ok" if free >= LITTLE_DISK else "warning"
    yield Finding(
        level, f"{free / 2**30:.1f} GiB free on the disk", "" if level == "ok" else "free some, or lower archive_days"
    )
    who = holder(home.lock_path)
    yield Finding("ok", f"engine: {'process ' + str(who.get('pid')) if who is not None else 'not running'}")


def _database(home: Home, settings: Settings) -> Iterator[Finding]:
    engine = open_engine(home.database_url(settings.database))
    try:
        yield from _schema(engine)
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", error)).splitlines()[0]
        mend = "restore the last backup of newswatch.db, or move it away to begin anew"
        yield Finding("error", f"the database does not answer: {cause}", mend)
        return
    finally:
        engine.dispose()
    yield from _budget(home, settings)
    for look in (_lists, _hubs, _due, _told, _archive, _sealing):
        yield from _with(home, settings, look)


def _schema(engine: Engine) -> Iterator[Finding]:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            answer = connection.execute(text("PRAGMA quick_check(1)")).scalar()
            if answer != "ok":
                yield Finding("error", f"the database is damaged: {answer}", "restore the last backup of newswatch.db")
    current, wanted = schema_revision(engine)
    if current == wanted:
        yield Finding("ok", f"database: schema {current}")
    else:
        mend = (
            "start the service once: it upgrades the schema"
            if current is None or current < str(wanted)
            else "update newswatch"
        )
        yield Finding("warning", f"the schema is {current or 'missing'}, this program wants {wanted}", mend)


def _with(home: Home, settings: Settings, look: Callable[[Home, Engine], Iterator[Finding]]) -> Iterator[Finding]:
    engine = open_engine(home.database_url(settings.database))
    try:
        yield from look(home, engine)
    except SQLAlchemyError:
        return  # the schema's finding says it
    finally:
        engine.dispose()


def _lists(_home: Home, engine: Engine) -> Iterator[Finding]:
    with reading(engine) as session:
        names = {record.id: record for record in sources.every(session)}
        for feed in feeds.every(session):
            source = names.get(feed.source_id)
            if feed.active and feed.reason and source and source.enabled:
                what = f"{source.name}: {feed.url} gives no list ({feed.reason}, {feed.failures} times)"
                yield Finding("warning", what, f"`newswatch sources check {source.name!r}` looks at it again")


def _hubs(_home: Home, engine: Engine) -> Iterator[Finding]:
    """Feeds whose hubs were asked to tell of news, and those that do not."""
    with reading(engine) as session:
        asked = websub.every(session)
        urls = {feed.id: feed.url for feed in feeds.every(session) if feed.active}
    found = [record for record in asked if record.feed_id in urls]
    for record in found:
        if record.state in {"failed", "refused"} or record.failures:
            what = f"{urls[record.feed_id]}: its hub {record.hub} does not tell of news ({record.reason})"
            yield Finding(
                "warning", what, "is websub_callback reached from outside? The feed is visited as ever meanwhile"
            )
    if found:
        active = sum(record.state == "active" for record in found)
        yield Finding("ok", f"hubs: {active} of {len(found)} feeds are told of")


def _due(_home: Home, engine: Engine) -> Iterator[Finding]:
    at = now()
    with reading(engine) as session:
        late = pages.count_due(session, at - timedelta(hours=1))
        waiting = len(revisions.to_compare(session))
        failed = checks.failures_since(session, at - timedelta(days=1))
        total = checks.count_since(session, at - timedelta(days=1))
    if late:
        yield Finding(
            "warning", f"{late} articles wait for over an hour", "start the service, or give sources a faster pace"
        )
    if waiting:
        yield Finding("warning", f"{waiting} versions are not compared yet", "start the service: it does that first")
    if total and sum(failed.values()) > total / 2:
        yield Finding(
            "warning", f"over half of the last day's checks failed: {failed}", "look at the network and at `status`"
        )


def _told(_home: Home, engine: Engine) -> Iterator[Finding]:
    """Channels that do not take what they are told, and what was given up."""
    with reading(engine) as session:
        known, counts = channels.every(session), deliveries.counts(session)
    fine = [channel.name for channel in known if channel.declared and not channel.failures]
    for channel in known:
        name, dead = channel.name, counts.get(channel.name, {}).get("dead", 0)
        if channel.declared and channel.failures:
            what = f"channel {name} failed {channel.failures} times in a row: {channel.last_error}"
            yield Finding("warning", what, f"mend its table in newswatch.toml, then `newswatch notify test {name}`")
        if dead:
            what = f"channel {name} did not take {dead} messages"
            yield Finding("warning", what, f"`newswatch notify retry {name}` sends them again")
    if fine:
        yield Finding("ok", f"notifications: {', '.join(fine)}")


def _archive(home: Home, engine: Engine) -> Iterator[Finding]:
    with reading(engine) as session:
        refs = revisions.latest_refs(session, limit=20)
    bad = []
    for ref in refs:
        try:
            segments.read(home.archive_dir, ref)
        except (OSError, ValueError) as error:
            bad.append(f"{ref.segment}: {error}")
    if bad:
        yield Finding(
            "error",
            f"{len(bad)} of {len(refs)} archived answers cannot be read ({bad[0]})",
            "restore the archive folder",
        )
    elif refs:
        yield Finding("ok", f"archive: the last {len(refs)} versions' answers are readable")


def _rendering(home: Home, settings: Settings) -> Iterator[Finding]:
    """Whether pages can be rendered, where any are to be."""
    from crawler.render.renderer import trouble_of

    wanted = list(_with(home, settings, _rendered))
    if not wanted:
        return
    trouble = trouble_of(settings.render.settings())
    level = "error" if trouble else "ok"
    yield Finding(level, f"rendering: asked for by {', '.join(found.what for found in wanted)}", trouble or "")


def _rendered(_home: Home, engine: Engine) -> Iterator[Finding]:
    """Who asks for rendering: sources by name, single pages by their number."""
    with reading(engine) as session:
        for record in sources.every(session):
            if record.enabled and (record.effective.get("render") or record.effective.get("render_pages")):
                yield Finding("ok", record.name)
        alone = pages.count_rendered(session)
    if alone:
        yield Finding("ok", f"{alone} single pages")


def _budget(home: Home, settings: Settings) -> Iterator[Finding]:
    """Whether the archive fits in what it may take; what is kept for good is never taken away for it."""
    if settings.archive_most_gb is None:
        return
    most, kept, all_of_it = settings.archive_most_gb, *(segments.size(home.archive_dir, s) / 1e9 for s in ("keep", "*"))
    said = f"the archive takes {all_of_it:.2f} of {most:g} GB, {kept:.2f} of it for versions, which stay"
    if kept > most * NEAR:
        yield Finding("warning", said, "raise archive_most_gb, or make room and move the home to a larger disk")
    elif all_of_it > most:
        yield Finding("warning", said, "older answers expire at the next housekeeping, within an hour of the service")
    else:
        yield Finding("ok", said)


def _sealing(home: Home, engine: Engine) -> Iterator[Finding]:
    with reading(engine) as session:
        waiting, last = seal.waiting(session), checkpoints.latest(session)
    if waiting and last and now() - last.at > timedelta(days=2):
        what = f"{waiting} versions and changes are not sealed, and the last checkpoint is of {last.at.date()}"
        yield Finding("warning", what, "start the service, or run `newswatch checkpoint sign`")
    elif last:
        yield Finding("ok", f"evidence: checkpoint {last.id} over {last.size} leaves; `newswatch verify` checks it all")
    key_file = home.path / key.KEY_FILE
    if key_file.exists() and key_file.stat().st_mode & 0o077:
        yield Finding("warning", f"{key_file.name} can be read by others", f"chmod 600 {key_file}")


def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a finding.")] = False,
) -> None:
    """Look for what is wrong with a home and say how to mend it. Ends with 1 where something is broken."""
    found = list(examine(home_of(context)))
    for finding in found:
        if as_json:
            typer.echo(line({"level": finding.level, "what": finding.what, "mend": finding.mend}))
            continue
        style = {"ok": "green", "warning": "yellow", "error": "bold red"}[finding.level]
        out = Text.assemble((f"{finding.level:8}", style), safe(finding.what))
        console().print(out if not finding.mend else Text.assemble(out, (f"\n        → {safe(finding.mend)}", "dim")))
    if any(finding.level == "error" for finding in found):
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    app.command()(doctor)
