"""`newswatch export`: a change, an article or a view with all its evidence, for somebody else to check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from crawler.sources import Settings
from db.engine import reading
from db.evidence import checkpoints, key, keys
from db.evidence.note import NoteError
from db.home import Home
from db.identity import identity
from db.queries import changes, inbox, revisions, views
from db.queries.changes import ChangeFilter
from monitor.cli.changes import page_of
from monitor.cli.common import database, existing_home, home_of, now, settings_of, zone_of
from monitor.cli.errors import CommandError, UsageError
from monitor.report import bundle
from monitor.report.about import About
from monitor.report.bundle import BundleError, Seal, Selection
from monitor.web import filters

MOST = 1000  # changes of a bundle
LOOK_S = 60.0


def export(
    context: typer.Context,
    target: Annotated[
        str, typer.Argument(help="A change's number, an article's address, or the name of a saved view.")
    ],
    out: Annotated[
        Path, typer.Option("--bundle", help="Write to this folder, or to this file where it ends with .zip.")
    ],
    zone: Annotated[str | None, typer.Option(help="The zone times are shown in.")] = None,
) -> None:
    """Write an evidence bundle: WARC, readings, diff, pictures, proofs, a signed checkpoint, and a program that checks it all."""
    home = existing_home(home_of(context))
    settings = settings_of(home)
    if out.exists():
        raise UsageError(f"{out} stands already; name another")
    with database(home, settings) as engine:
        with reading(engine) as session:
            chosen, title = _chosen(session, target)
        seal = _sealed_now(home, engine, settings)
        shown_in = zone_of(zone or settings.display_zone)
        about = About(title, now(), shown_in, f"http://{settings.web_host}:{settings.web_port}/", identity(engine))
        with reading(engine) as session:
            payload = bundle.files(session, home.archive_dir, chosen, seal, about)
            _write(bundle.bagged(payload, about, key.signer(home.path)), out, about)
    typer.echo(f"Wrote {out}", err=True)


def _chosen(session: Session, target: str) -> tuple[Selection, str]:
    """What a person means by `target`. Raises `CommandError` where there is no such thing."""
    if target.isdecimal():
        if changes.get(session, int(target)) is None:
            raise CommandError(f"there is no change {target}; `newswatch changes` lists them")
        return Selection((int(target),)), f"Change {target}"
    view = views.named(session, target)
    if view is not None:
        wanted = filters.wanted(view.query, now=now())
        ids, whole = inbox.ids(session, wanted, MOST, LOOK_S)
        if not ids or not whole:
            what = "nothing in it" if not ids else f"more than {MOST} changes; narrow it"
            raise CommandError(f"the view {target!r} has {what}")
        return Selection(tuple(reversed(ids))), f"View {target}"
    if "://" not in target:
        raise UsageError(f"{target!r} is no change's number, no address and no saved view")
    page = page_of(session, target)
    found = changes.find(session, ChangeFilter(page_id=page, limit=MOST, newest_first=False))
    versions = tuple(version.id for version in revisions.of_page(session, page))
    return Selection(tuple(record.id for record in found), versions), f"Article {target}"


def _sealed_now(home: Home, engine: Engine, settings: Settings) -> Seal:
    """Seal all that is stored, and sign it where that is new."""
    from monitor.service.sealing import Sealer

    try:
        sealer = Sealer(home, engine, stamp_url=settings.timestamp_url)
        while sealer.run(now(), daily=False).leaves:
            continue
        with reading(engine) as session:
            last = checkpoints.latest(session)
        if last is None:
            raise CommandError("nothing was stored yet")
        key.signer(home.path)  # signs the bundle, wherever the log's key is
        with reading(engine) as session:
            return Seal(last, tuple(keys.known(session, home.path)))
    except (NoteError, OSError) as error:
        raise CommandError(f"cannot sign: {error}") from error


def _write(bag: Iterator[bundle.File], out: Path, about: About) -> None:
    part = out.with_name(out.name + ".part")
    try:
        if out.suffix == ".zip":
            with part.open("xb") as file:
                bundle.to_zip(bag, file, out.stem, about.until)
        else:
            bundle.to_folder(bag, part)
        part.replace(out)
    except FileExistsError:
        raise CommandError(f"{part} stands there; remove it and try again") from None
    except BundleError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"cannot write {out}: {error.strerror or error}") from error


def register(app: typer.Typer) -> None:
    app.command()(export)
