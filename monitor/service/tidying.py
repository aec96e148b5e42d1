"""Housekeeping that is done in portions, so that what the writer is asked for meanwhile does not wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db import dictionaries
from db.engine import reading
from db.queries import checks, texts
from db.writer import Writer

TEXTS_AT_ONCE = 40  # some 60 ms of the writer
TEXTS_S = 1.0  # of every run: a home that was upgraded is caught up with beside its work


async def index_texts(engine: Engine, written: Callable[[Callable[[Session], int]], Awaitable[int]]) -> str:
    """Index the words of versions that wait for it, for about `TEXTS_S`. Gives how many, in words."""
    done, until = 0, time.monotonic() + TEXTS_S
    while time.monotonic() < until:
        some = await asyncio.to_thread(_waiting, engine)
        if some:
            done += await written(lambda session, some=some: texts.put(session, some))  # type: ignore[misc]
        if len(some) < TEXTS_AT_ONCE:
            break
    return f"{done} versions indexed"


def _waiting(engine: Engine) -> list[texts.Waiting]:
    with reading(engine) as session:
        return texts.waiting(session, TEXTS_AT_ONCE)


async def train_dictionary(
    engine: Engine, written: Callable[[Callable[[Session], int]], Awaitable[int]], now: datetime
) -> bool:
    """Train a dictionary of readings where one is worth it. Says whether it did."""

    def made() -> tuple[list[tuple[int, bytes]], tuple[bytes, float] | None]:
        with reading(engine) as session:
            samples = dictionaries.sampled(session) if dictionaries.due(session) else []
        return samples, dictionaries.train(samples) if samples else None

    samples, trained = await asyncio.to_thread(made)
    if trained is not None:
        await written(lambda session: dictionaries.store(session, samples, trained, now))
    return trained is not None


async def drop_checks(writer: Writer, before: datetime) -> int:
    """Drop checks older than that into the sums of their days. Gives how many."""
    dropped = 0
    while True:
        some = await asyncio.wrap_future(writer.submit(lambda session: checks.delete_before(session, before)))
        dropped += some
        if some < checks.PORTION:
            return dropped
