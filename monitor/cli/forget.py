"""`newswatch forget`: an article, or all that mentions a name, taken out of database and archive on request."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.engine import reading, writing
from db.forgetting import Plan, carry_out, plan_text, plan_url
from db.home import Home
from monitor.cli.changes import page_of
from monitor.cli.common import console, database, existing_home, home_of, now, settings_of
from monitor.cli.errors import CommandError, UsageError
from monitor.report.safe import safe

SHOWN = 20
SHORTEST = 3  # letters: less would take half the home


def forget(
    context: typer.Context,
    url: Annotated[str | None, typer.Argument(help="The article's address.")] = None,
    text: Annotated[str | None, typer.Option(help='A person\'s name or other words: "Ada Byron".')] = None,
    reason: Annotated[str | None, typer.Option(help="Why, kept beside the time; not the words themselves.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Without, what would go is shown.")] = False,
) -> None:
    """Remove versions, readings, changes, deliveries and archived records. The log of evidence still verifies.

    A forgotten article is not followed again by its lists. Nothing brings it back but a backup. Stop the service first.
    """
    if (url is None) == (text is None):
        raise UsageError("name an article's address, or --text with a name; one of them")
    if text is not None and len(text.strip()) < SHORTEST:
        raise UsageError(f"--text needs {SHORTEST} letters or more")
    home = existing_home(home_of(context))
    settings = settings_of(home)
    if settings.queue and yes:
        raise CommandError(
            "many machines share this home (queue = true), each with an archive of its own: stop the workers, bring their "
            "archive files together here, set queue = false, then forget"
        )
    with database(home, settings) as engine:
        with reading(engine) as session:
            plan = _plan(session, url, text)
        _show(plan)
        if not yes:
            console().print("Nothing was removed. --yes does it; stop the service first.")
            return
        if text is not None and not plan.revisions and not plan.changes:
            return
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

    at = now()
    try:
        with engine_lock(home.lock_path, "forget"), engine_lock(home.path / "import.lock", "forget"):
            with writing(engine) as session:
                if engine.dialect.name == "sqlite":
                    session.connection().exec_driver_sql("PRAGMA secure_delete=ON")
                records = carry_out(session, _plan(session, url, text), home.archive_dir, at, reason)
            _clean(engine)
            for process in ("engine", "import"):
                Sealer(home, engine).run(at, ended=process)
    except HomeBusyError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(
            f"the archive could not be written: {error.strerror or error}; nothing was removed"
        ) from error
    console().print(
        f"Removed, and {records} archived records with it. Backups made before still hold it, and so may logs/ and messages "
        "that were sent.",
        markup=False,
    )


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
