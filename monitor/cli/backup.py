"""`newswatch backup` and `newswatch restore`: a home copied while it works, and put back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from db.home import home_at
from monitor.cli.common import console, existing_home, home_of, now, settings_of
from monitor.cli.errors import CommandError


def backup(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(help="A new folder, or a new file that ends with .tar.zst.")],
) -> None:
    """Copy the home - database, archive, configuration, keys - while the service goes on."""
    from monitor.service.backup import BackupError, make

    home = existing_home(home_of(context))
    try:
        made = make(home, settings_of(home).database, target, now())
    except BackupError as error:
        raise CommandError(str(error)) from error
    linked = f", {made.linked / 1e6:,.1f} MB of it linked" if made.linked else ""
    console().print(
        f"{made.files} files, {made.bytes / 1e6:,.1f} MB{linked}. It holds the signing key and the configuration's secrets: "
        f"keep it as safe as the home.\nnewswatch restore {target} NEW-HOME puts it back.",
        markup=False,
    )


def restore(
    source: Annotated[Path, typer.Argument(exists=True, help="What `newswatch backup` made.")],
    home: Annotated[Path, typer.Argument(help="The folder to become the new home: empty, or not there yet.")],
) -> None:
    """Put a backup back as a new home, each file checked against its digest."""
    from monitor.service.backup import DUMP, BackupError
    from monitor.service.backup import restore as put_back

    target = home_at(home)
    try:
        said = put_back(source, target)
    except BackupError as error:
        raise CommandError(str(error)) from error
    out = console()
    out.print(f"{len(said['files'])} files as of {said['made_at']}, every digest as it was.", markup=False)
    if said["database"] == "postgresql":
        out.print(
            f"Now load the database: pg_restore --no-owner --dbname=postgresql://… {target.path / DUMP}, and name it in "
            f"{target.config_path} (database = …).",
            markup=False,
        )
    out.print(f"newswatch --home {target.path} verify looks whether all is as it was sealed.", markup=False)


def register(app: typer.Typer) -> None:
    app.command()(backup)
    app.command()(restore)
