"""`newswatch forget`: an article, or all that mentions a name, taken out of database and archive on request."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from typing import Annotated

import typer
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.archive.store import MARK
from db.engine import reading, writing
from db.forgetting import Plan, carry_out, plan_text, plan_url
from db.home import Home
from db.queries import erasures
from monitor.cli.changes import page_of
from monitor.cli.common import console, database, existing_home, home_of, now, settings_of, zone_of
from monitor.cli.errors import CommandError, UsageError
from monitor.report.safe import safe
from monitor.report.when import stamp

SHOWN = 20
PROCESSES = ("engine", "import")  # of a home that runs on one machine
SHORTEST = 3  # letters: less would take half the home


def forget(
    context: typer.Context,
    url: Annotated[str | None, typer.Argument(help="The article's address.")] = None,
    text: Annotated[str | None, typer.Option(help='A person\'s name or other words: "Ada Byron".')] = None,
    reason: Annotated[str | None, typer.Option(help="Why, kept beside the time; not the words themselves.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Without, what would go is shown.")] = False,
    status: Annotated[
        bool, typer.Option("--status", help="Which archives of a fleet, or its store, still have to do it.")
    ] = False,
) -> None:
    """Remove versions, readings, changes, deliveries and archived records. The log of evidence still verifies.

    A forgotten article is not followed again by its lists. Nothing brings it back but a backup. Stop the service first. A
    fleet goes on: rows go at once, and each worker blanks its own archive files.
    """
    if status:
        _tell_status(context, alone=url is None and text is None and not yes)
        return
    if (url is None) == (text is None):
        raise UsageError("name an article's address, or --text with a name; one of them")
    if text is not None and len(text.strip()) < SHORTEST:
        raise UsageError(f"--text needs {SHORTEST} letters or more")
    home = existing_home(home_of(context))
    settings = settings_of(home)
    with database(home, settings) as engine:
        with reading(engine) as session:
            plan = _plan(session, url, text)
        _show(plan)
        if not yes:
            first = "" if settings.queue else "; stop the service first"
            console().print(f"Nothing was removed. --yes does it{first}.")
            return
        if text is not None and not plan.revisions and not plan.changes:
            return
        if settings.queue:
            _do_in_fleet(home, engine, url, text, reason)
        else:
            _do(home, engine, url, text, reason)


def _plan(session: Session, url: str | None, text: str | None) -> Plan:
    return plan_url(session, page_of(session, url)) if url is not None else plan_text(session, text or "")


def _show(plan: Plan) -> None:
    out = console()
    of = f"{len(plan.touched)} articles" if plan.text else "the article"
    out.print(f"{len(plan.revisions)} versions and {len(plan.changes)} changes of {of}:", markup=False)
    for address in plan.urls[:SHOWN]:
        out.print(f"  {safe(address)}", markup=False)
    if len(plan.urls) > SHOWN:
        out.print(f"  and {len(plan.urls) - SHOWN} more")


def _do(home: Home, engine: Engine, url: str | None, text: str | None, reason: str | None) -> None:
    from monitor.service.lock import HomeBusyError, engine_lock
    from monitor.service.sealing import Sealer

    at, away = now(), (home.archive_dir / MARK).exists()
    try:
        with engine_lock(home.lock_path, "forget"), engine_lock(home.path / "import.lock", "forget"):
            with writing(engine) as session:
                if engine.dialect.name == "sqlite":
                    session.connection().exec_driver_sql("PRAGMA secure_delete=ON")
                archive = None if away else home.archive_dir
                records = carry_out(session, _plan(session, url, text), archive, at, reason)
            _clean(engine)
            trouble = None
            if away:
                records, trouble = _blank(home, engine, at, alone=True)
            for process in PROCESSES:
                Sealer(home, engine).run(at, ended=process)
    except HomeBusyError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        left = "run it again" if away else "nothing was removed"
        raise CommandError(f"the archive could not be written: {error.strerror or error}; {left}") from error
    _tell_removed(records)
    if trouble:
        console(stderr=True).print(f"Not blanked in the store yet, the service will: {trouble}", markup=False)


def _do_in_fleet(home: Home, engine: Engine, url: str | None, text: str | None, reason: str | None) -> None:
    at = now()
    with writing(engine) as session:
        carry_out(session, _plan(session, url, text), None, at, reason)
    try:
        records, _ = _blank(home, engine, at, alone=False)
    except OSError as error:
        raise CommandError(
            f"the rows are gone; the archive here could not be written: {error.strerror or error}"
        ) from error
    _tell_removed(records)
    console().print(
        "Each worker blanks its own archive files within some minutes; `newswatch forget --status` says whose are left."
    )


def _blank(home: Home, engine: Engine, at: datetime, *, alone: bool) -> tuple[int, str | None]:
    """Blank what is noted to be, here and in the store. Gives how many records, and why the store could not be used, if so."""
    from monitor.service.keeping import SETTLE, Keeper

    keeper = Keeper(home, engine, settle=timedelta(0) if alone else SETTLE)
    done = keeper.run(at, ended=PROCESSES if alone else ())
    return done.blanked, done.trouble


def _tell_removed(records: int) -> None:
    console().print(
        f"Removed, and {records} archived records with it. Backups made before still hold it, and so may logs/ and messages "
        "that were sent.",
        markup=False,
    )


def _tell_status(context: typer.Context, *, alone: bool) -> None:
    if not alone:
        raise UsageError("--status stands alone")
    home = existing_home(home_of(context))
    settings = settings_of(home)
    with database(home, settings) as engine, reading(engine) as session:
        found = erasures.standing(session)
    zone, out = zone_of(settings.display_zone), console()
    for one in found:
        state = f"left: {', '.join(one.left)}" if one.left else "done everywhere"
        words = f"{stamp(one.erasure.at, zone)}: {one.records} records blanked by {len(one.done)} archives; {state}"
        out.print(safe(words), markup=False)
    if not found:
        out.print("No archive file has anything left to be blanked.")


def _clean(engine: Engine) -> None:
    """SQLite's index of words keeps what was deleted until it is merged, and its write-ahead log until that is emptied."""
    if engine.dialect.name != "sqlite":
        return
    with closing(engine.raw_connection()) as raw:
        cursor = raw.cursor()
        cursor.execute("INSERT INTO change_search(change_search) VALUES ('optimize')")
        cursor.execute("INSERT INTO text_search(text_search) VALUES ('optimize')")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.close()


def register(app: typer.Typer) -> None:
    app.command()(forget)
