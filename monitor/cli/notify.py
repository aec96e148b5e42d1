"""`newswatch notify`: who is told, whether it works, what it would look like, what failed."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine

from crawler.notify_tables import Notify
from crawler.sources import ConfigError, Settings
from db.engine import reading, writing
from db.home import Home
from db.queries import changes, channels, deliveries, pages
from db.queries.changes import ChangeFilter
from db.records import ChangeRecord, ChannelRecord, DeliveryRecord
from monitor.cli.common import console, database, existing_home, home_of, now, settings_of, zone_of
from monitor.cli.errors import CommandError, UsageError
from monitor.cli.routes import TERMINAL_ROUTE, choice_of, named, route_of, timing_of
from monitor.notify.channel import TERMINAL, Route, SendError
from monitor.notify.timing import Timing, next_digest, quiet_until
from monitor.report.json_lines import iso, line
from monitor.report.message import Message, payload, sample, subject, text
from monitor.report.safe import json_text, safe
from monitor.report.when import ago, stamp

LOOKED_THROUGH = 500  # changes, newest first, for one that a channel would be told of
_STATES = ("waiting", "held", "dead")

app = typer.Typer(name="notify", help="Who is told of edits: list, try, preview, send again.", no_args_is_help=True)

Channel = Annotated[str, typer.Argument(metavar="NAME", help="The channel's name.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List the channels: where they go, when they last worked, what waits, what failed and why."""
    home = existing_home(home_of(context))
    settings = settings_of(home)
    with database(home, settings) as engine, reading(engine) as session:
        stored = {record.name: record for record in channels.every(session)}
        counts = deliveries.counts(session)
    rows = [
        _row(name, about, stored.get(name), counts.get(name, {})) for name, about in _known(settings, stored, counts)
    ]
    if as_json:
        for row in rows:
            typer.echo(line(row))
        return
    _print(rows, now())


def _known(
    settings: Settings, stored: dict[str, ChannelRecord], counts: dict[str, Any]
) -> list[tuple[str, Notify | None]]:
    """The configuration's channels in its order, then those that only the database remembers deliveries of."""
    found: list[tuple[str, Notify | None]] = [(channel.name, channel) for channel in settings.notify]
    if not any(channel.terminal for channel in settings.notify):
        found.insert(0, (TERMINAL, None))
    names = {name for name, _ in found}
    return found + [(name, None) for name in sorted({*stored, *counts} - names) if counts.get(name)]


def _row(name: str, table: Notify | None, record: ChannelRecord | None, counts: dict[str, int]) -> dict[str, Any]:
    state = "off" if table and not table.enabled else "on" if table or name == TERMINAL else "gone"
    return {
        "name": name,
        "state": state,
        "way": table.way if table else record.kind if record else TERMINAL,
        "target": record.target if record else None,
        "about": list(record.about) if record else [],
        **{kind: counts.get(kind, 0) for kind in _STATES},
        "last_success_at": iso(record.last_success_at) if record else None,
        "failures": record.failures if record else 0,
        "last_error": record.last_error if record and record.failures else None,
        "open_until": iso(record.open_until) if record and record.open_until else None,
    }


_SAID = {"off": "switched off", "gone": "no longer in the configuration"}


def _print(rows: list[dict[str, Any]], at: datetime) -> None:
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
    for column in ("channel", "by", "last success", *_STATES, "state"):
        table.add_column(column, overflow="fold")
    for row in rows:
        success = datetime.fromisoformat(row["last_success_at"]) if row["last_success_at"] else None
        trouble = f"{row['failures']} failed in a row: {row['last_error']}" if row["failures"] else ""
        fine = "ok" if success else "not used yet"
        state = Text(_SAID.get(row["state"], "") or trouble or fine, style="red" if trouble else "")
        numbers = [str(row[kind]) for kind in _STATES]
        where = safe(row["target"] or row["way"])
        about = "".join(f"\n  {safe(said)}" for said in row["about"])
        table.add_row(safe(row["name"]) + about, where, ago(success, at), *numbers, state)
    console().print(table)


@app.command()
def test(context: typer.Context, name: Channel) -> None:
    """Send a made-up message on a channel now, and say what came of it."""
    home = existing_home(home_of(context))
    route = _route(settings_of(home), name)
    if route.channel is None:
        console().print(Text(text(sample(now()), route.timing.zone)))
        return
    try:
        route.channel.send(sample(now()))
    except SendError as error:
        raise CommandError(f"channel {name!r} did not take the message: {error}") from error
    console().print(f"{name}: the message was taken ({route.target}).", markup=False)


def _route(settings: Settings, name: str) -> Route:
    if name == TERMINAL and not any(channel.terminal for channel in settings.notify):
        return TERMINAL_ROUTE
    channel = _channel(settings, name)
    try:
        return route_of(channel, settings, os.environ)
    except ConfigError as error:
        raise UsageError(str(error)) from error


def _channel(settings: Settings, name: str) -> Notify:
    channel = named(settings, name)
    if channel is None:
        known = ", ".join([TERMINAL, *(one.name for one in settings.notify)])
        raise UsageError(f"no such channel: {name!r}; there are {known}")
    return channel


@app.command()
def preview(
    context: typer.Context,
    name: Channel,
    change: Annotated[int | None, typer.Argument(help="A change's id; else the latest that the channel wants.")] = None,
    html: Annotated[bool, typer.Option("--html", help="As an e-mail's HTML.")] = False,
) -> None:
    """Show what a channel would be told, and when. Nothing is sent, no secret is needed."""
    home = existing_home(home_of(context))
    settings = settings_of(home)
    channel = _table(settings, name)
    with database(home, settings) as engine:
        record, wanted = _shown(engine, channel, change)
    timing = timing_of(channel, settings.display_zone)
    message = Message(deliveries.delivery_key(record.id, name), (record,), now(), _held_why(timing, now()))
    out = console()
    if not wanted:
        out.print(f"The channel's rules do not want change {record.id}.", markup=False)
    out.print(_when(timing, now()), markup=False)
    out.print()
    if html:
        from monitor.report.message import html as as_html

        typer.echo(as_html(message, timing.zone))
    elif channel.way == "webhook":
        typer.echo(json_text(payload(message, name), indent=2))
    else:
        out.print(Text.assemble((subject(message), "bold"), "\n\n", text(message, timing.zone)))


def _table(settings: Settings, name: str) -> Notify:
    bare = name == TERMINAL and not any(channel.terminal for channel in settings.notify)
    return Notify(name=TERMINAL, terminal=True) if bare else _channel(settings, name)


def _shown(engine: Engine, channel: Notify, change: int | None) -> tuple[ChangeRecord, bool]:
    """The change to show, and whether the channel's rules want it. Raises `CommandError`."""
    choice = choice_of(channel)
    with reading(engine) as session:
        if change is not None:
            record = changes.get(session, change)
            if record is None:
                raise CommandError(f"there is no change {change}; `newswatch changes` lists them")
            page = pages.get(session, record.page_id)
            return record, choice.wants(record, pinned=bool(page and page.pin_s))
        found = changes.find(session, ChangeFilter(limit=LOOKED_THROUGH))
        pinned = {record.page_id: pages.get(session, record.page_id) for record in found}
    for record in found:
        page = pinned[record.page_id]
        if choice.wants(record, pinned=bool(page and page.pin_s)):
            return record, True
    raise CommandError("no change so far is one that this channel wants; give a change's id to see any")


def _held_why(timing: Timing, at: datetime) -> tuple[str, ...]:
    return ("quiet",) if quiet_until(timing, at) else ("digest",) if timing.digest else ()


def _when(timing: Timing, at: datetime) -> str:
    zone = timing.zone
    quiet = quiet_until(timing, at)
    if quiet:
        return f"Found now, it would wait until {stamp(quiet, zone)} ({zone.key}): quiet hours."
    if timing.digest:
        return f"Found now, it would wait until {stamp(next_digest(timing, at), zone)} ({zone.key}): the digest."
    return "Found now, it would go out at once."


@app.command()
def retry(
    context: typer.Context, name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Of one channel.")] = None
) -> None:
    """Send again what was given up after too many attempts."""
    home = existing_home(home_of(context))
    settings = settings_of(home)
    with database(home, settings) as engine, writing(engine) as session:
        count = deliveries.retry(session, name, now())
    if name is not None and not count:
        _table(settings, name)
    what = "delivery is" if count == 1 else "deliveries are"
    console().print(f"{count} {what} due again; the service sends {'it' if count == 1 else 'them'}.")


@app.command()
def log(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Of one channel.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    dead: Annotated[bool, typer.Option("--dead", help="Only what was given up.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the last deliveries, newest first: what was told, what waits until when, what failed and why."""
    home = existing_home(home_of(context))
    settings = settings_of(home)
    found = _recent(home, settings, name, dead, limit)
    if as_json:
        for row in found:
            typer.echo(line(_json(row)))
        return
    if not found:
        console().print("Nothing was to be told yet." if not dead else "Nothing was given up.")
        return
    _print_log(found, zone_of(settings.display_zone))


def _recent(home: Home, settings: Settings, name: str | None, dead: bool, limit: int) -> list[DeliveryRecord]:
    with database(home, settings) as engine, reading(engine) as session:
        return deliveries.recent(session, channel=name, states=("dead",) if dead else (), limit=limit)


def _json(row: DeliveryRecord) -> dict[str, Any]:
    return {
        "delivery": row.id,
        "change": row.change_id,
        "channel": row.channel,
        "state": row.state,
        "key": row.batch or row.key,
        "attempts": row.attempts,
        "next_at": iso(row.next_at) if row.state == "waiting" else None,
        "sent_at": iso(row.sent_at),
        "held": row.held,
        "maybe_repeat": row.maybe_repeat,
        "error": row.last_error,
    }


def _print_log(found: list[DeliveryRecord], zone: ZoneInfo) -> None:
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
    for column in ("change", "channel", "state", f"when ({zone.key})", "attempts", "what"):
        table.add_column(column, overflow="fold")
    for row in found:
        what = [
            row.last_error or "",
            f"held: {row.held}" if row.held else "",
            "may be a repeat" if row.maybe_repeat else "",
        ]
        at = stamp(row.sent_at or row.next_at, zone, seconds=True)
        said = "; ".join(filter(None, map(safe, what)))
        table.add_row(str(row.change_id), safe(row.channel), row.state, at, str(row.attempts), said)
    console().print(table)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app)
