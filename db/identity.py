"""What tells this home from all others."""

from __future__ import annotations

import secrets

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from db.engine import reading, writing
from db.queries import notes

NAME = "identity"


def identity(engine: Engine) -> str:
    """Sixteen hexadecimal digits, drawn at the first need and the same for ever: part of the ids in feeds."""
    with reading(engine) as session:
        found = notes.get(session, NAME)
    if found is None:
        try:
            with writing(engine) as session:
                found = notes.get(session, NAME) or secrets.token_hex(8)
                notes.put(session, NAME, found)
        except IntegrityError:  # another process drew it at the same moment
            with reading(engine) as session:
                found = notes.get(session, NAME)
    assert found is not None
    return found
