"""`newswatch account`: who may sign in to the review pages."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy.orm import Session

from db.engine import reading, writing
from db.queries import accounts
from db.queries.accounts import AccountRecord
from monitor.cli.common import console, database, home_of, now, settings_of
from monitor.cli.errors import CommandError, UsageError
from monitor.report.json_lines import iso, line
from monitor.report.safe import safe

NAME_MOST = 80

Name = Annotated[str, typer.Argument(help="The account's name.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input, where it is the first line.")
]

app = typer.Typer(name="account", help="Who may sign in to the review pages.", no_args_is_help=True)


@app.command()
def add(context: typer.Context, name: Name, password_stdin: FromStdin = False) -> None:
    """Make an account. The password is asked for, or read from standard input."""
    name = _name(name)
    with _writing(context) as session:
        first = not accounts.any_account(session)
        if accounts.by_name(session, name):
            raise CommandError(
                f"there is an account {name!r} already; `newswatch account password` changes its password"
            )
    hashed = _hashed(name, from_stdin=password_stdin)
    with _writing(context) as session:
        try:
            accounts.add(session, name, hashed, now())
        except ValueError as error:
            raise CommandError(str(error)) from error
    console().print(f"{safe(name)} may sign in.", markup=False)
    if first:
        console().print("From now on the review pages ask everybody to sign in, on this machine too.")


@app.command("list")
def listed(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="One JSON object an account.")] = False
) -> None:
    """The accounts, and how many browsers each is signed in with."""
    with database(home_of(context), settings_of(home_of(context))) as engine, reading(engine) as session:
        found = accounts.every(session, now())
    if as_json:
        for one in found:
            row = {"name": one.name, "created": iso(one.created_at), "disabled": one.disabled, "browsers": one.sessions}
            typer.echo(line(row))
        return
    if not found:
        console().print("There is no account; `newswatch account add NAME` makes one.")
        return
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
    for column in ("name", "made", "browsers", "state"):
        table.add_column(column)
    for one in found:
        state = "disabled" if one.disabled else "may sign in"
        table.add_row(safe(one.name), f"{one.created_at:%Y-%m-%d}", str(one.sessions), state)
    console().print(table)


@app.command()
def password(context: typer.Context, name: Name, password_stdin: FromStdin = False) -> None:
    """Change an account's password; its browsers are signed out."""
    with _writing(context) as session:
        found = _known(session, name)
    hashed = _hashed(found.name, from_stdin=password_stdin)
    with _writing(context) as session:
        accounts.set_hash(session, found.id, hashed)
        ended = accounts.sign_out(session, found.id)
    console().print(f"The password of {safe(found.name)} is changed; {ended} browsers were signed out.", markup=False)


@app.command()
def disable(context: typer.Context, name: Name) -> None:
    """Let an account no longer sign in; its browsers are signed out."""
    with _writing(context) as session:
        found = _known(session, name)
        accounts.set_disabled(session, found.id, True)
        left = accounts.any_enabled(session)
    console().print(f"{safe(found.name)} may no longer sign in.", markup=False)
    if not left:
        console().print("Nobody may sign in now; `newswatch account enable` or `add` lets somebody in.")


@app.command()
def enable(context: typer.Context, name: Name) -> None:
    """Let a disabled account sign in again, with its old password."""
    with _writing(context) as session:
        found = _known(session, name)
        accounts.set_disabled(session, found.id, False)
    console().print(f"{safe(found.name)} may sign in.", markup=False)


@contextmanager
def _writing(context: typer.Context) -> Iterator[Session]:
    home = home_of(context)
    with database(home, settings_of(home)) as engine, writing(engine) as session:
        yield session


def _name(name: str) -> str:
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > NAME_MOST or not tidy.isprintable():
        raise UsageError(f"a name has 1 to {NAME_MOST} characters that can be seen")
    return tidy


def _known(session: Session, name: str) -> AccountRecord:
    found = accounts.by_name(session, " ".join(name.split()))
    if found is None:
        raise CommandError(f"there is no account {name!r}; `newswatch account list` shows them")
    return found


def _hashed(name: str, *, from_stdin: bool) -> str:
    from monitor.web.access import passwords

    if from_stdin:
        given = sys.stdin.readline().rstrip("\r\n")
    elif not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask for the password; use --password-stdin")
    else:
        given = str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    trouble = passwords.problem(given, name)
    if trouble:
        raise UsageError(trouble)
    return passwords.hashed(given)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app)
