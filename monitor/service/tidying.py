"""Housekeeping that is done in portions, so that what the writer is asked for meanwhile does not wait."""

from __future__ import annotations

import asyncio
from datetime import datetime

from db.queries import checks
from db.writer import Writer


async def drop_checks(writer: Writer, before: datetime) -> int:
    """Drop checks older than that into the sums of their days. Gives how many."""
    dropped = 0
    while True:
        some = await asyncio.wrap_future(writer.submit(lambda session: checks.delete_before(session, before)))
        dropped += some
        if some < checks.PORTION:
            return dropped
