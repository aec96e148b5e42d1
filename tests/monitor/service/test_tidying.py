"""Housekeeping: the index of words, and the dictionary of readings."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from db import dictionaries
from db.engine import open_engine, reading, upgrade, writing
from db.queries import pages, sources
from db.writer import Writer
from monitor.service.tidying import train_dictionary
from tests.databases import database_at
from tests.db.test_dictionaries import LONG_AGO, add, article


def test_a_dictionary_is_trained_once_there_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dictionaries, "LEAST", 40)
    engine = open_engine(database_at(tmp_path / "newswatch.db"))
    upgrade(engine)
    writer = Writer(engine)

    async def tidy() -> bool:
        return await train_dictionary(engine, lambda work: asyncio.wrap_future(writer.submit(work)), LONG_AGO)

    assert asyncio.run(tidy()) is False
    with writing(engine) as session:
        source = sources.ensure(session, "Harbour Post", LONG_AGO)
        page = pages.add(session, source.id, "https://harbour.example/a", "harbour.example", LONG_AGO)
        for number in range(60):
            add(session, page.id, article(number))
    assert asyncio.run(tidy()) is True
    assert asyncio.run(tidy()) is False
    with reading(engine) as session:
        assert dictionaries.current(session) is not None
    writer.close()
    engine.dispose()
