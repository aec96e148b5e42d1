"""Deliveries told together, held and counted; channels and what is asked of them. On both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from db.engine import reading, writing
from db.queries import channels, deliveries
from tests.monitor.seeded import NOW, seed


@pytest.fixture
def ids(engine: Engine) -> list[int]:
    found = seed(engine)
    with writing(engine) as session:
        for change_id in found[:3]:
            deliveries.add(session, change_id, "hook", NOW)
    return found


def test_a_message_that_was_begun_is_due_as_a_whole(engine: Engine, ids: list[int]) -> None:
    with writing(engine) as session:
        due = deliveries.due(session, NOW, channel="hook")
        deliveries.record_all(session, [due[0].id, due[2].id], batch="b")
        assert [one.change_id for one in deliveries.due(session, NOW, 1, channel="hook")] == [ids[0], ids[2]]
        assert deliveries.due(session, NOW, channel="other") == []


def test_a_digest_is_one_message_of_the_hour(engine: Engine, ids: list[int]) -> None:
    del ids
    with writing(engine) as session:
        one, two, three = (row.id for row in deliveries.due(session, NOW))
        deliveries.record_all(session, [one, two], state="sent", batch="b", sent_at=NOW)
        deliveries.record(session, three, state="sent", sent_at=NOW + timedelta(minutes=1))
        assert deliveries.sent_since(session, "hook", NOW - timedelta(hours=1)) == [NOW, NOW + timedelta(minutes=1)]
        assert deliveries.sent_since(session, "hook", NOW) == [NOW + timedelta(minutes=1)]
        assert deliveries.sent_since(session, "other", NOW - timedelta(hours=1)) == []


def test_waiting_held_and_dead_ones_are_counted_and_the_dead_made_due(engine: Engine, ids: list[int]) -> None:
    del ids
    with writing(engine) as session:
        one, two, _ = (row.id for row in deliveries.due(session, NOW))
        deliveries.record(session, one, state="dead", attempts=12)
        deliveries.record(session, two, held="quiet", next_at=NOW + timedelta(hours=1))
        assert deliveries.counts(session) == {"hook": {"dead": 1, "held": 1, "waiting": 1}}
        assert deliveries.retry(session, "hook", NOW) == 1
        assert len(deliveries.due(session, NOW)) == 2
        deliveries.drop(session, [one])
        assert len(deliveries.recent(session, channel="hook")) == 2
        assert deliveries.recent(session, states=("dead",)) == []


def test_channels_are_declared_and_those_that_left_stay_last(engine: Engine, ids: list[int]) -> None:
    del ids
    with writing(engine) as session:
        channels.declare(session, [("b", "email", "x", ("about",)), ("a", "webhook", "y", ())])
        channels.record(session, "b", failures=2)
        channels.declare(session, [("a", "webhook", "z", ())])
        assert [(one.name, one.declared, one.target) for one in channels.every(session)] == [
            ("a", True, "z"),
            ("b", False, "x"),
        ]
        assert channels.get(session, "c") is None


def test_a_test_is_asked_once_and_old_ones_are_forgotten(engine: Engine, ids: list[int]) -> None:
    del ids
    with writing(engine) as session:
        for number in range(channels.KEPT + 5):
            ask = channels.ask(session, "a", "web", NOW)
            assert channels.ask(session, "a", "web", NOW) == ask
            channels.answer(session, ask, NOW, f"no {number}")
    with reading(engine) as session:
        last = channels.last_ask(session, "a")
        assert last is not None
        assert last.error == f"no {channels.KEPT + 4}"
        assert channels.asked(session) == []
