"""What is told where the database does not answer."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from db.engine import schema_revision


def database_trouble(engine: Engine) -> str:
    """Why the database does not do what it was asked, for a person."""
    with suppress(DBAPIError):
        now, wanted = schema_revision(engine)
        if now != wanted:
            return f"The database is at schema {now}, this program at {wanted}: `newswatch run` brings it up to date."
    return "The database does not answer. Is its disk full, or its server down? `newswatch doctor` tells more."
