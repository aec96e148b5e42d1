"""`newswatch worker`: one of many machines that share the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import home_of, settings_of
from monitor.cli.errors import CommandError, UsageError
from monitor.cli.wiring import service_settings

if TYPE_CHECKING:
    from crawler.sources import Settings

QUEUES = ("crawl", "compare", "deliver")


def worker(
    context: typer.Context,
    queues: Annotated[
        str, typer.Option(help="What it takes, with commas between: crawl, compare, deliver.")
    ] = ",".join(QUEUES),
    concurrency: Annotated[int, typer.Option(min=1, max=1000, help="Jobs at once: hosts, mostly.")] = 64,
) -> None:
    """Take jobs of the queue: fetch, compare, tell. Any number run on any number of machines. Ctrl-C ends it."""
    from db.engine import SchemaTooNewError

    chosen = [name.strip() for name in queues.split(",") if name.strip()]
    for name in chosen:
        if name not in QUEUES:
            raise UsageError(f"there is no queue {name!r}; choose of {', '.join(QUEUES)}")
    if not chosen:
        raise UsageError(f"name a queue: {', '.join(QUEUES)}")
    home = home_of(context)
    settings = settings_of(home)
    ready(settings)
    from monitor.service.fleet.run import NoDatabaseError, run_worker

    try:
        code = run_worker(home, service_settings(settings), queues=chosen, concurrency=concurrency)
    except (SchemaTooNewError, NoDatabaseError) as error:
        raise CommandError(str(error)) from error
    raise typer.Exit(code)


def ready(settings: Settings) -> None:
    """Raises `UsageError` where the home cannot have a fleet, `CommandError` where a library is missing."""
    if not (settings.database or "").startswith("postgresql"):
        raise UsageError(
            'many machines need PostgreSQL: write database = "postgresql+psycopg://…" under [newswatch] '
            "(`newswatch db copy` moves a home there)"
        )
    if not settings.queue:
        raise UsageError(
            "write queue = true under [newswatch]: then `newswatch run` is a scheduler, and workers do the work"
        )
    try:
        import monitor.service.fleet.queue  # noqa: F401
    except ModuleNotFoundError as error:
        raise CommandError(str(error)) from error


def register(app: typer.Typer) -> None:
    app.command()(worker)
