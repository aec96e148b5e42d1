"""`newswatch search`, and the index that the service fills."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from db.engine import open_engine, reading
from db.home import Home
from db.queries import texts
from db.writer import Writer
from monitor.cli.app import run
from monitor.service.tidying import index_texts
from tests.monitor.seeded import seeded_home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return seeded_home(tmp_path)


def newswatch(home: Home, *words: str) -> int:
    return run(["--home", str(home.path), "search", *words])


def test_what_stood_in_an_earlier_version_is_found(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert newswatch(home, "nobody was hurt") == 0
    out = capsys.readouterr().out
    assert "Nobody was hurt" in out
    assert "since version 1 of 2" in out
    assert "gone since version 2" in out
    assert newswatch(home, "hurt", "-nobody", "--json") == 0
    (found,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert [(span["first_seq"], span["gone_seq"]) for span in found["spans"]] == [(2, None)]
    assert newswatch(home, "nobody", "--in", "headline", "--source", "Harbour Post", "--since", "2026-01-01") == 0
    assert "No version" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [("-x",), ('""',), ("a", "--in", "deck"), ("a", "--source", "Nobody"), ("a", "--since", "soon")]
)
def test_a_wrong_question_says_what_to_write(
    home: Home, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert newswatch(home, *words) == 2
    assert capsys.readouterr().err.startswith("newswatch: ")


def test_the_service_indexes_what_was_stored(home: Home) -> None:
    engine = open_engine(home.database_url())
    writer = Writer(engine)

    async def index() -> str:
        return await index_texts(engine, lambda work: asyncio.wrap_future(writer.submit(work)))

    assert asyncio.run(index()).endswith("versions indexed")
    assert asyncio.run(index()) == "0 versions indexed"
    with reading(engine) as session:
        assert texts.behind(session) == 0
    writer.close()
    engine.dispose()
