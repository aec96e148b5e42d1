"""What commands share: the home and its database, instants as people write them, one console."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from crawler.sources import ConfigError, Settings, load, write_default
from db.archive.store import StoreError, attach
from db.engine import SchemaTooNewError, open_engine, upgrade
from db.home import Home, home_at
from monitor.cli.errors import CommandError, UsageError

_AGO = re.compile(r"(\d+)\s*([smhdw])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def home_of(context: typer.Context) -> Home:
    """The home that `--home` names."""
    return home_at(context.find_root().obj)


def settings_of(home: Home) -> Settings:
    """The home's configuration. A home without one gets the commented sample file."""
    try:
        if not home.config_path.exists():
            home.path.mkdir(parents=True, exist_ok=True)
            write_default(home.path)
        settings = load(home.config_path)
        attach(home.archive_dir, settings.archive_store)
    except StoreError as error:
        raise CommandError(str(error)) from error
    except ConfigError as error:
        raise UsageError(str(error)) from error
    except OSError as error:
        raise CommandError(f"cannot use {home.path} as home: {error.strerror or error}") from error
    return settings


@contextmanager
def database(home: Home, settings: Settings | None = None) -> Iterator[Engine]:
    """The home's database, its schema upgraded."""
    settings = settings or settings_of(home)
    engine = open_engine(home.database_url(settings.database))
    try:
        upgrade(engine)
        yield engine
    except SchemaTooNewError as error:
        raise CommandError(str(error)) from error
    except OperationalError as error:
        raise CommandError(f"the database does not answer: {error.orig}. Try `newswatch doctor`") from error
    finally:
        engine.dispose()


def console(*, stderr: bool = False) -> Console:
    """A console that writes plain text where nobody looks."""
    return Console(stderr=stderr, soft_wrap=True, highlight=False)


def now() -> datetime:
    return datetime.now(UTC)


def instant(text: str | None, at: datetime) -> datetime | None:
    """`24h`, `7d`, `90m` ago, or an ISO date or instant (UTC where it names no zone). Raises `UsageError` for anything else."""
    if text is None:
        return None
    if match := _AGO.fullmatch(text.strip().lower()):
        return at - timedelta(seconds=int(match[1]) * _UNITS[match[2]])
    try:
        found = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        raise UsageError(f"not a time: {text!r}; write 24h, 7d or 2026-05-04T08:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def zone_of(name: str | None) -> ZoneInfo:
    """A display zone by its IANA name. Raises `UsageError` for one that does not exist."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"no such time zone: {name!r}; write one like Europe/Berlin") from None


def on_terminal() -> bool:
    return sys.stdout.isatty()


def existing_home(home: Home) -> Home:
    """The home, which must have been used before. Raises `CommandError` that says how to make one."""
    if not home.config_path.exists():
        raise CommandError(f"there is no newswatch home at {home.path}; `newswatch --home {home.path} run` makes one")
    return home
