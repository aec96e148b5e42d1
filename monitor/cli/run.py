"""`newswatch run`: the service."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.sources import ConfigError, Settings
from db.home import Home
from monitor.cli.common import database, home_of, now, settings_of
from monitor.cli.errors import CommandError, UsageError
from monitor.cli.wiring import access_of, service_settings

if TYPE_CHECKING:
    from monitor.service.local import ServiceSettings


def run(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The review page's port.")] = None,
    web: Annotated[bool, typer.Option("--web/--no-web", help="Serve the review page.")] = True,
    once: Annotated[bool, typer.Option("--once", help="Check what is due, tell, and end.")] = False,
) -> None:
    """Run the service: fetch on a timer, keep every version, tell what was edited. Ctrl-C ends it."""
    from db.engine import SchemaTooNewError
    from monitor.service.local import run_service

    home = home_of(context)
    fresh = not home.config_path.exists()
    settings = settings_of(home)
    if fresh:
        typer.echo(f"Made a new home at {home.path}; its sources and settings stand in {home.config_path.name}")
    try:
        chosen = service_settings(settings)
    except ConfigError as error:
        raise UsageError(str(error)) from error
    if web and not once:
        _may_listen(home, settings)
    chosen = replace(chosen, port=port or chosen.port, web=web)
    try:
        code = _schedule(home, settings, chosen, once=once) if settings.queue else run_service(home, chosen, once=once)
    except SchemaTooNewError as error:
        raise CommandError(str(error)) from error
    raise typer.Exit(code)


def _schedule(home: Home, settings: Settings, chosen: ServiceSettings, *, once: bool) -> int:
    """A scheduler of many machines, whose work `newswatch worker` does."""
    from monitor.cli.worker import ready

    if once:
        raise UsageError(
            "--once is for one machine; with queue = true workers do the work (`newswatch crawl --due` asks them)"
        )
    ready(settings)
    from monitor.service.fleet.run import NoDatabaseError, run_scheduler

    try:
        return run_scheduler(home, chosen)
    except NoDatabaseError as error:
        raise CommandError(str(error)) from error


def _may_listen(home: Home, settings: Settings) -> None:
    """Raises `UsageError` where others could reach the pages and nobody has to sign in."""
    from db.engine import reading
    from monitor.web.access.policy import refusal

    access = access_of(settings)
    if not access.exposed:
        return
    with database(home, settings) as engine, reading(engine) as session:
        trouble = refusal(session, access, now())
    if trouble:
        raise UsageError(trouble)


def register(app: typer.Typer) -> None:
    app.command()(run)
