"""The writer commits before it tells, and one bad closure harms no other."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.engine import open_engine, reading, upgrade
from db.queries import notes
from db.writer import Writer, WriterClosedError
from tests.databases import database_at


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = database_at(tmp_path / "newswatch.db")
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
    return url


def note(name: str, fail: bool = False):
    def closure(session: Session) -> str:
        notes.put(session, name, "x")
        if fail:
            session.flush()
            raise RuntimeError("mine")
        return name

    return closure


def test_what_was_told_is_stored(url: str) -> None:
    engine = open_engine(url)
    writer = Writer(engine)
    futures: list[Future[str]] = [writer.submit(note(str(n))) for n in range(250)]
    assert [f.result(5) for f in futures] == [str(n) for n in range(250)]
    with reading(engine) as session:
        assert session.scalar(text("select count(*) from note where value = 'x'")) == 250
    writer.close()
    engine.dispose()


def test_a_closure_that_fails_is_rolled_back_alone(url: str) -> None:
    engine = open_engine(url)
    writer = Writer(engine)
    good, bad, good_too = writer.submit(note("a")), writer.submit(note("b", fail=True)), writer.submit(note("c"))
    good.result(5), good_too.result(5)
    with pytest.raises(RuntimeError, match="mine"):
        bad.result(5)
    writer.close()
    with reading(engine) as session:
        assert [notes.get(session, name) for name in "abc"] == ["x", None, "x"]
    engine.dispose()


def test_a_commit_that_cannot_be_is_told_to_every_caller(url: str) -> None:
    engine = open_engine(url)
    failing = [True]

    def before_commit() -> None:
        if failing[0]:
            raise OSError(28, "No space left on device")

    writer = Writer(engine, before_commit=before_commit)
    futures = [writer.submit(note("a")), writer.submit(note("b"))]
    for future in futures:
        with pytest.raises(OSError, match="No space"):
            future.result(5)
    failing[0] = False
    assert writer.submit(note("c")).result(5) == "c"
    writer.close()
    with reading(engine) as session:
        assert [notes.get(session, name) for name in "abc"] == [None, None, "x"]
    engine.dispose()


def test_closing_runs_what_is_queued_and_refuses_more(url: str) -> None:
    engine = open_engine(url)
    writer = Writer(engine)
    future = writer.submit(note("last"))
    writer.close()
    assert future.result(0) == "last"
    with pytest.raises(WriterClosedError):
        writer.submit(note("late"))
    engine.dispose()
