"""`newswatch token`: secrets by which programs reach the API, the feeds and the pages."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy.orm import Session

from db.engine import reading, writing
from db.queries import tokens
from db.queries.tokens import TokenRecord
from monitor.cli.common import console, database, home_of, now, settings_of
from monitor.cli.errors import CommandError, UsageError
from monitor.report.json_lines import iso, line
from monitor.report.safe import safe

NAME_MOST = 80
_SPAN = re.compile(r"([1-9][0-9]{0,3})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}

app = typer.Typer(
    name="token", help="Secrets by which programs reach the API, the feeds and the pages.", no_args_is_help=True
)


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What uses it.")],
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="What it may do: read, triage, crawl, admin. May be repeated.")
    ] = None,
    expires: Annotated[str | None, typer.Option(help="When it ends: 12h, 90d, 8w from now. Without it, never.")] = None,
) -> None:
    """Make a token. It is printed once, alone on standard output, and kept nowhere."""
    from monitor.web.access import SCOPES, keys

    tidy, wanted, at = " ".join(name.split()), {"read", *(scope or [])}, now()
    if not tidy or len(tidy) > NAME_MOST or not tidy.isprintable():
        raise UsageError(f"a name has 1 to {NAME_MOST} characters that can be seen")
    if unknown := wanted - SCOPES:
        raise UsageError(f"no such scope: {', '.join(sorted(unknown))}; there are {', '.join(sorted(SCOPES))}")
    until, secret = _until(expires, at), keys.token_secret()
    home = home_of(context)
    with database(home, settings_of(home)) as engine, writing(engine) as session:
        try:
            tokens.add(session, tidy, keys.digest(secret), wanted, now=at, until=until)
        except ValueError as error:
            raise CommandError(f"{error}; `newswatch token revoke` ends it") from error
    ends = f"ends {until:%Y-%m-%d %H:%M} UTC" if until else "has no end"
    told = f"The token {safe(tidy)} may {', '.join(sorted(wanted))} and {ends}. It is shown this once:"
    console(stderr=True).print(told, markup=False)
    typer.echo(secret)


def _until(expires: str | None, at: datetime) -> datetime | None:
    if expires is None:
        return None
    match = _SPAN.fullmatch(expires.strip().lower())
    if match is None:
        raise UsageError(f"not a span of time: {expires!r}; write 12h, 90d or 8w")
    return at + int(match[1]) * _UNITS[match[2]]


@app.command("list")
def listed(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Those that ended too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a token.")] = False,
) -> None:
    """The tokens: what each may do, when it was last used, when it ends."""
    at, home = now(), home_of(context)
    with database(home, settings_of(home)) as engine, reading(engine) as session:
        found = [one for one in tokens.every(session) if everything or one.living(at)]
    if as_json:
        for one in found:
            typer.echo(line(_json(one, at)))
        return
    if not found:
        console().print("There is no token; `newswatch token add NAME --scope read` makes one.")
        return
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
    for column in ("id", "name", "may", "made", "last used", "ends", "state"):
        table.add_column(column)
    for one in found:
        days = (one.created_at, one.last_used_at, one.expires_at)
        made, used, ends = (f"{day:%Y-%m-%d}" if day else "never" for day in days)
        table.add_row(str(one.id), safe(one.name), " ".join(sorted(one.scopes)), made, used, ends, _state(one, at))
    console().print(table)


def _state(one: TokenRecord, at: datetime) -> str:
    return "good" if one.living(at) else "revoked" if one.revoked_at else "expired"


def _json(one: TokenRecord, at: datetime) -> dict[str, object]:
    times = {"created": iso(one.created_at), "last_used": iso(one.last_used_at), "expires": iso(one.expires_at)}
    return {"id": one.id, "name": one.name, "scopes": sorted(one.scopes), **times, "state": _state(one, at)}


@app.command()
def revoke(
    context: typer.Context, name: Annotated[str, typer.Argument(help="The token's name, or its number in the list.")]
) -> None:
    """End a token at once and for good."""
    at, home = now(), home_of(context)
    with database(home, settings_of(home)) as engine, writing(engine) as session:
        found = _living(session, name, at)
        tokens.revoke(session, found.id, at)
    console().print(f"The token {safe(found.name)} is revoked.", markup=False)


def _living(session: Session, name: str, at: datetime) -> TokenRecord:
    living = [one for one in tokens.every(session) if one.living(at)]
    found = next((one for one in living if one.name == name), None)
    found = found or next((one for one in living if str(one.id) == name), None)
    if found is None:
        raise CommandError(f"there is no living token {name!r}; `newswatch token list --all` shows them")
    return found


def register(parent: typer.Typer) -> None:
    parent.add_typer(app)
