"""One page fetched for a command, with the engine's guard, robots and pace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from monitor.cli.addresses import checked
from monitor.cli.common import home_of, settings_of
from monitor.cli.errors import CommandError
from monitor.cli.wiring import works_settings

if TYPE_CHECKING:
    from db.types import Fetched


def fetch_page(context: typer.Context, url: str) -> Fetched:
    """The page at the address, fetched as the home's settings say. Raises `CommandError` where it does not answer."""
    from monitor.service.looking import LookError, page

    settings = settings_of(home_of(context))
    try:
        return page(works_settings(settings).fetch, checked(url))
    except LookError as error:
        raise CommandError(str(error)) from error
