"""The same edit on many pages of a source is the template's: decided purely, folded into one event, reversible."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db.engine import open_engine, reading, upgrade, writing
from db.queries import changes, deliveries, pages, revisions, sources, suppressions, templates
from db.queries.changes import ChangeFilter
from db.records import ChangeRecord
from db.types import Article, Change
from monitor import sitewide
from monitor.compare import Telling, load, write
from monitor.sitewide import edit_print, is_template
from tests.databases import database_at

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def suffixed(title: str, surface: str = "title") -> Change:
    ops = (("equal", title, title), ("insert", "", " | Harbour Post"))
    return Change("headline", ("style",), "substantive", title, f"{title} | Harbour Post", surface, ops)


@pytest.mark.parametrize(
    ("pages_", "compared", "expected"), [(5, 10, True), (4, 4, False), (5, 17, False), (6, 17, True), (30, 100, False)]
)
def test_a_template_needs_many_pages_and_a_share_of_them(pages_: int, compared: int, expected: bool) -> None:
    assert is_template(pages_, compared) is expected


def test_the_print_is_of_the_edit_and_not_of_what_stands_around_it() -> None:
    assert edit_print(suffixed("One")) == edit_print(suffixed("Quite another"))
    assert edit_print(suffixed("One")) != edit_print(suffixed("One", surface="og"))
    other = Change("headline", (), "minor", "a", "b", "title", (("insert", "", " | Harbour"),))
    assert edit_print(other) != edit_print(suffixed("One"))
    number = Change("body", ("number",), "substantive", "12", "13", None, (("replace", "12", "13"),))
    assert edit_print(number) is None
    assert edit_print(Change("modified", ("time",), "minor", "2026-11-24", "2026-11-25")) is None
    assert edit_print(Change("notice", ("added",), "substantive", None, "Correction: 3, not 4.")) is None


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(database_at(tmp_path / "newswatch.db"))
    upgrade(made)
    yield made
    made.dispose()


def edited(engine: Engine, number: int, *found: Change, minutes: float = 0.0) -> int:
    """A page of the source with two versions, compared: `found` is what differs."""
    at = NOW + timedelta(minutes=minutes)
    with writing(engine) as session:
        source = sources.ensure(session, "Harbour Post", NOW)
        page = pages.add(session, source.id, f"https://a.example/{number}", "a.example", NOW)
        for seq in (1, 2):
            made = revisions.add(
                session,
                page.id,
                Article(url=page.url, headline=f"{number}"),
                reading_digest=f"{number}{seq}",
                reader_version="v",
                not_before=None,
                not_after=at,
                ref=None,
                compared=seq == 1,
            )
        pages.record(session, page.id, latest_revision_id=made.id, last_success_at=at)
        pair = load(session, made.id)
        assert pair is not None
        write(session, pair, found, Telling(), at)
    return page.id


def visible(engine: Engine, *, hidden: bool = False) -> list[ChangeRecord]:
    with reading(engine) as session:
        return changes.find(session, ChangeFilter(suppressed=hidden, newest_first=False))


def test_from_the_fifth_page_on_it_is_one_event_and_the_pages_are_hidden(engine: Engine) -> None:
    for number in range(4):
        edited(engine, number, suffixed(f"T{number}"), minutes=number)
    assert len(visible(engine)) == 4
    for number in range(4, 7):
        edited(engine, number, suffixed(f"T{number}"), minutes=number)
    assert visible(engine) == []
    assert {c.change.suppressed_by for c in visible(engine, hidden=True)} == {"template"}
    with reading(engine) as session:
        (event,) = templates.every(session)
        assert (event.source, event.pages, event.kind, event.surface) == ("Harbour Post", 7, "headline", "title")
        assert (event.first_at, event.last_at) == (NOW, NOW + timedelta(minutes=6))
        assert suppressions.by_rule(session) == {"template": (7, 7)}
        assert deliveries.due(session, NOW + timedelta(days=1)) == []


def test_a_page_edited_as_well_still_tells_of_its_own_edit(engine: Engine) -> None:
    for number in range(5):
        edited(engine, number, suffixed(f"T{number}"))
    own = Change("headline", ("number",), "substantive", "12 hurt", "20 hurt", None, (("replace", "12", "20"),))
    edited(engine, 9, suffixed("12 hurt"), own)
    assert [c.change for c in visible(engine)] == [own]


def test_where_most_pages_do_not_have_it_it_stays_an_edit(engine: Engine) -> None:
    for number in range(20):
        edited(engine, 100 + number)
    for number in range(5):
        edited(engine, number, suffixed(f"T{number}"))
    assert len(visible(engine)) == 5


def test_the_same_edit_two_days_apart_is_not_folded(engine: Engine) -> None:
    for number in range(5):
        edited(engine, number, suffixed(f"T{number}"), minutes=60 * 13 * number)
    assert len(visible(engine)) == 5


def test_undone_it_shows_all_again_and_lets_later_ones_through(engine: Engine) -> None:
    for number in range(6):
        edited(engine, number, suffixed(f"T{number}"))
    with writing(engine) as session:
        assert sitewide.undo(session, 1, NOW) == 6
        assert sitewide.undo(session, 99, NOW) is None
    assert len(visible(engine)) == 6
    edited(engine, 6, suffixed("T6"))
    assert len(visible(engine)) == 7
