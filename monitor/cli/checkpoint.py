"""`newswatch checkpoint`: the signed heads of the log of evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import Engine

from db.engine import reading, writing
from db.evidence import checkpoints, key, keys, tree
from db.evidence.note import NoteError
from db.home import Home
from monitor.cli.common import console, database, existing_home, home_of, now, settings_of, zone_of
from monitor.cli.errors import CommandError
from monitor.report.json_lines import iso, line
from monitor.report.when import stamp

app = typer.Typer(
    help="The signed heads of the log of evidence: list them, sign one now, export one for others to hold."
)


@app.command("list")
def listed(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False
) -> None:
    """List them, oldest first."""
    home = existing_home(home_of(context))
    settings = settings_of(home)
    with database(home, settings) as engine, reading(engine) as session:
        found = checkpoints.every(session)
    if as_json:
        for one in found:
            said = {"id": one.id, "size": one.size, "root": one.root.hex(), "at": iso(one.at)}
            typer.echo(line({**said, "stamped": one.stamp is not None}))
        return
    if not found:
        console().print(
            "No checkpoint was signed yet; the service signs one a day, `newswatch checkpoint sign` signs one now."
        )
        return
    table = Table("checkpoint", "signed", "leaves", "root", "time stamp", box=None, header_style="dim")
    zone = zone_of(settings.display_zone)
    for one in found:
        stamped = "yes" if one.stamp else "—"
        table.add_row(str(one.id), stamp(one.at, zone), f"{one.size:,}", one.root.hex()[:16] + "…", stamped)
    console().print(table)


@app.command("sign")
def sign(context: typer.Context) -> None:
    """Seal what is stored and sign the log's head now."""
    from monitor.service.sealing import Sealer

    home = existing_home(home_of(context))
    settings = settings_of(home)
    with database(home, settings) as engine:
        try:
            done = Sealer(home, engine, stamp_url=settings.timestamp_url).run(now(), daily=False)
        except (NoteError, OSError) as error:
            raise CommandError(f"cannot sign: {error}") from error
        unsigned = _unsigned(engine, home) if done.checkpoint is None else ""
    if done.checkpoint is None:
        console().print(unsigned, markup=False)
    else:
        console().print(f"Checkpoint {done.checkpoint.id} over {done.checkpoint.size:,} leaves is signed.")
    if done.trouble:
        console(stderr=True).print(f"No time stamp: {done.trouble}", markup=False)


def _unsigned(engine: Engine, home: Home) -> str:
    with reading(engine) as session:
        last, size = checkpoints.latest(session), tree.size(session)
    if size == (last.size if last else 0):
        return "Nothing was stored since the last checkpoint."
    return (
        f"Another home signs for this log: run it there, give {home.path} the same {key.KEY_FILE}, "
        "or have this home sign from now on with `newswatch checkpoint key --new`."
    )


@app.command("export")
def export(
    context: typer.Context,
    number: Annotated[int | None, typer.Argument(help="Which; the last where left out.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write to this file; a time stamp goes beside it as .tsr.")] = None,
) -> None:
    """Print a checkpoint as others check it (C2SP tlog-checkpoint)."""
    home = existing_home(home_of(context))
    with database(home) as engine, reading(engine) as session:
        found = checkpoints.get(session, number) if number is not None else checkpoints.latest(session)
    if found is None:
        raise CommandError("there is no such checkpoint; `newswatch checkpoint list` lists them")
    if out is None:
        typer.echo(found.text, nl=False)
        return
    try:
        out.write_text(found.text, encoding="utf-8")
        if found.stamp:
            out.with_name(out.name + ".tsr").write_bytes(found.stamp)
    except OSError as error:
        raise CommandError(f"cannot write {out}: {error.strerror or error}") from error
    typer.echo(f"Wrote {out}", err=True)


@app.command("key")
def public_key(
    context: typer.Context,
    new: Annotated[
        bool, typer.Option("--new", help="Make a new key in this home, which signs for the log from now on.")
    ] = False,
) -> None:
    """Print the public keys that signed, oldest first. Publish them where nobody can take them back."""
    home = existing_home(home_of(context))
    with database(home) as engine:
        if new:
            with writing(engine) as session:
                keys.choose(session, key.anew(home.path).verifier, now())
        found = _keys(engine, home)
    for text in found:
        typer.echo(text)


def _keys(engine: Engine, home: Home) -> list[str]:
    try:
        with reading(engine) as session:
            found = [one.text for one in keys.known(session, home.path)]
    except (OSError, NoteError) as error:
        raise CommandError(f"{key.PUBLIC_FILE} cannot be read: {error}") from error
    if not found:
        raise CommandError("nothing was signed here yet; `newswatch checkpoint sign` does it now")
    return found


def register(root: typer.Typer) -> None:
    root.add_typer(app, name="checkpoint")
