"""Writing changes: once, with history, with suppressions counted, and never between two readers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.engine import open_engine, reading, upgrade, writing
from db.queries import changes, deliveries, pages, revisions, sources, suppressions
from db.queries.changes import ChangeFilter
from db.records import ChangeRecord
from db.types import Article, Change
from monitor.compare import ReaderMismatchError, Telling, load, state_change, write, write_state
from tests.databases import database_at

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TELLING = Telling()
STORY = Article(url="https://a.example/1", headline="One", headlines={"h1": "One"})


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(database_at(tmp_path / "newswatch.db"))
    upgrade(made)
    yield made
    made.dispose()


@pytest.fixture
def page_id(engine: Engine) -> int:
    with writing(engine) as session:
        source = sources.ensure(session, "A", NOW)
        return pages.add(session, source.id, STORY.url, "a.example", NOW).id


def revise(engine: Engine, page_id: int, article: Article, hours: float, version: str = "v1") -> int:
    at = NOW + timedelta(hours=hours)
    with writing(engine) as session:
        made = revisions.add(
            session,
            page_id,
            article,
            reading_digest=article.headline or "",
            reader_version=version,
            not_before=at - timedelta(minutes=5),
            not_after=at,
            ref=None,
        )
        return made.id


def compare(engine: Engine, revision_id: int, *found: Change) -> list[int]:
    with writing(engine) as session:
        pair = load(session, revision_id)
        return [] if pair is None else write(session, pair, found, TELLING, NOW)


def headline(before: str, after: str, **more: str) -> Change:
    return replace(Change("headline", ("reworded",), "substantive", before, after), **more)


def stored(engine: Engine) -> list[ChangeRecord]:
    with reading(engine) as session:
        return changes.find(session, ChangeFilter(suppressed=True, newest_first=False))


def waiting(session: Session) -> int:
    return len(deliveries.due(session, NOW + timedelta(days=1)))


def test_running_twice_stores_and_tells_once(engine: Engine, page_id: int) -> None:
    revise(engine, page_id, STORY, 0)
    second = revise(engine, page_id, replace(STORY, headline="Two"), 1)
    with writing(engine) as session:
        pair = load(session, second)
    assert pair is not None
    for _ in range(2):
        with writing(engine) as session:
            write(session, pair, [headline("One", "Two")], TELLING, NOW)
    (change,) = stored(engine)
    assert (change.not_before, change.not_after) == (NOW + timedelta(minutes=55), NOW + timedelta(hours=1))
    with reading(engine) as session:
        assert waiting(session) == 1
        assert load(session, second) is None


def test_two_readers_are_never_compared(engine: Engine, page_id: int) -> None:
    revise(engine, page_id, STORY, 0, "v1")
    second = revise(engine, page_id, replace(STORY, headline="Two"), 1, "v2")
    with reading(engine) as session, pytest.raises(ReaderMismatchError):
        load(session, second)


def test_a_reread_reading_is_compared(engine: Engine, page_id: int) -> None:
    first = revise(engine, page_id, STORY, 0, "v1")
    second = revise(engine, page_id, replace(STORY, headline="Two"), 1, "v2")
    with writing(engine) as session:
        revisions.add_reading(session, first, "v2", replace(STORY, headline="One, reread"))
    with reading(engine) as session:
        pair = load(session, second)
    assert pair is not None
    assert pair.before.headline == "One, reread"


def walk(engine: Engine, page_id: int, steps: list[tuple[str, float]]) -> None:
    """Headlines in turn, each with the hour it was seen."""
    before = ""
    for words, hours in steps:
        revision = revise(engine, page_id, replace(STORY, headline=words), hours)
        compare(engine, revision, *([headline(before, words)] if before else []))
        before = words


def test_one_return_is_reverted_two_within_a_day_are_flapping_that_counts(engine: Engine, page_id: int) -> None:
    walk(engine, page_id, [("A", 0), ("B", 1), ("A", 2), ("B", 3), ("A", 4), ("B", 5)])
    first, second, third = stored(engine)
    assert first.change.natures == ("reworded",)
    assert second.change.natures == ("reworded", "reverted")
    assert third.change.natures == ("reworded", "flapping")
    assert (third.change.significance, third.count, third.last_seen) == ("minor", 3, NOW + timedelta(hours=5))


def test_returns_days_apart_are_reverts(engine: Engine, page_id: int) -> None:
    walk(engine, page_id, [("A", 0), ("B", 1), ("A", 2), ("B", 60)])
    assert [c.change.natures[-1] for c in stored(engine)] == ["reworded", "reverted", "reverted"]


def test_a_new_value_ends_the_flapping(engine: Engine, page_id: int) -> None:
    walk(engine, page_id, [("A", 0), ("B", 1), ("A", 2), ("B", 3), ("C", 4)])
    assert [c.change.after for c in stored(engine)] == ["B", "A", "B", "C"]
    assert stored(engine)[-1].change.natures == ("reworded",)


def test_suppressed_changes_are_kept_three_times_then_counted(engine: Engine, page_id: int) -> None:
    revise(engine, page_id, STORY, 0)
    for number in range(1, 6):
        revision = revise(engine, page_id, replace(STORY, headline=f"H{number}"), number)
        compare(engine, revision, headline(f"H{number - 1}", f"H{number}", suppressed_by="ticker"))
    assert len(stored(engine)) == 3
    with reading(engine) as session:
        assert suppressions.by_rule(session) == {"ticker": (5, 1)}
        assert waiting(session) == 0


def test_cosmetic_changes_are_stored_and_not_told(engine: Engine, page_id: int) -> None:
    revise(engine, page_id, STORY, 0)
    second = revise(engine, page_id, replace(STORY, headline="One."), 1)
    compare(engine, second, headline("One", "One.", significance="cosmetic"))
    assert len(stored(engine)) == 1
    with reading(engine) as session:
        assert waiting(session) == 0


def test_a_state_is_told_once(engine: Engine, page_id: int) -> None:
    for _ in range(2):
        with writing(engine) as session:
            page = pages.get(session, page_id)
            assert page is not None
            write_state(
                session,
                page,
                "removed",
                before="live",
                after="removed",
                not_before=None,
                not_after=NOW,
                telling=TELLING,
                now=NOW,
            )
    (change,) = stored(engine)
    assert (change.change.before, change.change.after, change.change.significance) == (
        "available",
        "removed",
        "substantive",
    )


def test_a_move_is_minor_and_names_both_addresses() -> None:
    change = state_change("https://a.example/1", "https://a.example/2", moved=True)
    assert (change.kind, change.natures, change.significance) == ("address", ("moved",), "minor")
    assert (change.before, change.after) == ("https://a.example/1", "https://a.example/2")
