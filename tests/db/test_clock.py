"""A clock that stood ahead and was set back: nothing waits for a time that is only coming, nothing noted is rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.engine import writing
from db.queries import checks, clock, deliveries, feeds, pages, sources
from db.records import PageRecord
from db.types import Outcome
from tests.monitor.seeded import seed

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
AHEAD = NOW + timedelta(days=400)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as session:
        yield session


def page(session: Session, name: str, seen: datetime, **values: datetime) -> PageRecord:
    source = sources.ensure(session, "Quay News", NOW)
    made = pages.add(session, source.id, f"https://quay.example/{name}", "quay.example", seen)
    pages.record(session, made.id, **values)
    return made


def looked_at(session: Session, name: str, at: datetime, wait: timedelta) -> int:
    made = page(session, name, NOW - 9 * MINUTE, last_check_at=at, last_success_at=at, next_check_at=at + wait)
    checks.add(session, [checks.row(made.id, at, Outcome.SAME)])
    return made.id


def test_what_was_looked_at_in_the_future_is_looked_at_as_long_from_now(session: Session) -> None:
    ahead, well = (
        looked_at(session, "ahead", AHEAD, 20 * MINUTE),
        looked_at(session, "well", NOW - MINUTE, 30 * MINUTE),
    )
    fresh = page(session, "fresh", AHEAD).id
    assert clock.ahead(session, NOW)
    assert clock.set_right(session, NOW) == 2
    found = pages.by_ids(session, [ahead, well, fresh])
    assert found[ahead].next_check_at == NOW + 20 * MINUTE
    assert (found[ahead].last_check_at, found[ahead].last_success_at) == (NOW, NOW)
    assert found[well].next_check_at == NOW + 29 * MINUTE
    assert found[fresh].next_check_at == NOW
    (noted,) = checks.of_page(session, ahead)
    assert noted.at == AHEAD


def test_feeds_are_set_right_too(session: Session) -> None:
    source = sources.ensure(session, "Quay News", NOW)
    feeds.sync(
        session, source.id, [("https://quay.example/feed", "feed"), ("https://quay.example/map", "sitemap")], AHEAD
    )
    (first, second) = feeds.due(session, AHEAD)
    feeds.record(session, first.id, last_check_at=AHEAD, next_check_at=AHEAD + 5 * MINUTE)
    assert clock.set_right(session, NOW) == 2
    assert [feed.id for feed in feeds.due(session, NOW)] == [second.id]
    assert [feed.id for feed in feeds.due(session, NOW + 5 * MINUTE)] == [second.id, first.id]


def test_where_no_clock_stood_ahead_nothing_is_touched(session: Session) -> None:
    looked_at(session, "skewed", NOW + MINUTE, 30 * MINUTE)
    assert not clock.ahead(session, NOW)
    assert clock.set_right(session, NOW) == 0


def test_a_window_begins_with_the_last_look_before_it_ends(session: Session) -> None:
    made = looked_at(session, "told", NOW - MINUTE, MINUTE)
    checks.add(session, [checks.row(made, AHEAD, Outcome.SAME)])
    assert checks.last_seen_at(session, made, NOW) == NOW - MINUTE
    assert checks.last_seen_at(session, made, NOW - 2 * MINUTE) is None


def test_deliveries_of_the_future_are_due(engine: Engine) -> None:
    ids = seed(engine)[:3]
    with writing(engine) as session:
        looked_at(session, "ahead", AHEAD, MINUTE)
        for change_id in ids:
            deliveries.add(session, change_id, "hook", AHEAD)
        fresh, tried, held = (one.id for one in deliveries.due(session, AHEAD))
        deliveries.record(session, tried, attempts=2, next_at=NOW + 30 * MINUTE)
        deliveries.record(session, held, held="quiet", next_at=NOW + 60 * MINUTE)
        clock.set_right(session, NOW)
        assert [one.id for one in deliveries.due(session, NOW)] == [fresh]
        deliveries.record(session, held, next_at=AHEAD)
        clock.set_right(session, NOW)
        assert [one.id for one in deliveries.due(session, NOW)] == [fresh, held]
