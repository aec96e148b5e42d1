"""The outbox with real receivers: retries, isolation, circuits, what a crash leaves, tests asked by row."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import datetime, timedelta
from datetime import time as of_day
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from db.engine import open_engine, reading, writing
from db.queries import channels, deliveries
from db.records import DeliveryRecord
from db.writer import Writer
from monitor.notify.channel import Route, SendError
from monitor.notify.lane import ATTEMPTS_MOST, CIRCUIT_AFTER, backoff, circuit
from monitor.notify.outbox import Outbox
from monitor.notify.timing import Timing
from monitor.notify.webhook import Webhook, key_of
from monitor.report.message import Message
from tests.monitor.notify.samples import NOW
from tests.monitor.seeded import seed
from tests.receivers import Hook, hook, verified

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


class Kept:
    """A channel that keeps what it is told, and does first what `act` does."""

    def __init__(self, act: Callable[[], None] = lambda: None) -> None:
        self.messages: list[Message] = []
        self._act = act

    def send(self, message: Message) -> None:
        self._act()
        self.messages.append(message)


def failing() -> None:
    raise SendError("it is down")


class Desk:
    """A seeded home with an outbox; each of the seeded changes may be asked to be told."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.ids, self.writer = engine, seed(engine), Writer(engine)

    def ask(self, *names: str, ids: slice = slice(3)) -> None:
        with writing(self.engine) as session:
            for change_id in self.ids[ids]:
                for name in names:
                    deliveries.add(session, change_id, name, NOW)

    def run(self, *routes: Route, work: Callable[[Outbox], Coroutine[Any, Any, Any]]) -> Any:
        async def main() -> Any:
            outbox = Outbox(self.engine, self.writer, routes)
            await outbox.recover()
            try:
                return await work(outbox)
            finally:
                await outbox.stop(0.1)

        return asyncio.run(main())

    def deliver(self, *routes: Route, at: datetime = NOW) -> int:
        told: int = self.run(*routes, work=lambda outbox: outbox.deliver(at))
        return told

    def rows(self, name: str) -> list[DeliveryRecord]:
        with reading(self.engine) as session:
            return deliveries.recent(session, channel=name)[::-1]

    def states(self, name: str) -> list[str]:
        return [row.state for row in self.rows(name)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    engine = open_engine(f"sqlite:///{tmp_path / 'newswatch.db'}")
    made = Desk(engine)
    yield made
    made.writer.close()
    engine.dispose()


def route(name: str, channel: Any, **given: Any) -> Route:
    return Route(name, "test", "a test", channel, **given)


def to(receiver: Hook) -> Route:
    return route("hook", Webhook("hook", receiver.url, key_of(SECRET), judge=lambda _: None, timeout_s=5))


def test_what_one_edit_changed_is_one_message_told_once(desk: Desk) -> None:
    kept = Kept()
    desk.ask("a")
    desk.ask("a")
    assert desk.deliver(route("a", kept)) == 3
    assert [[one.id for one in message.changes] for message in kept.messages] == [desk.ids[:3]]
    assert desk.deliver(route("a", kept)) == 0
    assert set(desk.states("a")) == {"sent"}
    with reading(desk.engine) as session:
        channel = channels.get(session, "a")
        assert channel is not None
        assert channel.last_success_at is not None


def test_after_errors_of_the_server_the_same_key_comes_again(desk: Desk) -> None:
    desk.ask("hook")
    with hook() as receiver:
        receiver.statuses = [500, 500]
        assert desk.deliver(to(receiver)) == 0
        assert desk.deliver(to(receiver), at=NOW + timedelta(seconds=1)) == 0  # not due yet
        (row,) = {row.last_error for row in desk.rows("hook")}
        assert row == "HTTP 500 Internal Server Error"
        assert desk.deliver(to(receiver), at=NOW + timedelta(minutes=1)) == 0
        assert desk.deliver(to(receiver), at=NOW + timedelta(minutes=2)) == 3
        posts = receiver.posts
    assert len({post.headers["webhook-id"] for post in posts}) == 1
    assert [post.json["data"]["maybe_repeat"] for post in posts] == [False, True, True]
    assert all(verified(post, SECRET, time.time()) for post in posts)


def test_what_a_crash_cut_off_is_told_again_marked_with_the_same_changes(desk: Desk) -> None:
    desk.ask("a")
    with writing(desk.engine) as session:
        due = deliveries.due(session, NOW)
        deliveries.record_all(session, [one.id for one in due[:2]], state="sending", batch="begun", attempts=1)
    kept = Kept()
    assert desk.deliver(route("a", kept)) == 3
    first, second = kept.messages
    assert (first.key, first.repeat, [one.id for one in first.changes]) == ("begun", True, desk.ids[:2])
    assert (second.repeat, [one.id for one in second.changes]) == (False, desk.ids[2:3])


def test_an_end_that_could_not_be_stored_is_told_again_without_a_new_start(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, record = Kept(), deliveries.record_all
    desk.ask("a")

    def full(session: Session, ids: Sequence[int], **values: object) -> None:
        if values["state"] == "sent":
            raise OperationalError("UPDATE delivery", {}, Exception("database or disk is full"))
        record(session, ids, **values)

    async def work(outbox: Outbox) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(deliveries, "record_all", full)
            with pytest.raises(OperationalError):
                await outbox.lanes["a"].run(NOW)
        await outbox.lanes["a"].run(NOW)

    desk.run(route("a", kept), work=work)
    assert [message.repeat for message in kept.messages] == [False, True]
    assert set(desk.states("a")) == {"sent"}


def test_where_the_system_gives_no_thread_it_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    desk.ask("a")
    kept = Kept()

    async def work(outbox: Outbox) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("monitor.notify.lane.threading.Thread.start", none)
            error = await outbox.lanes["a"].send(Message("key", (), NOW))
        assert str(error) == "can't start new thread"

    desk.run(route("a", kept), work=work)
    assert kept.messages == []


def test_a_channel_that_hangs_holds_no_other_and_not_the_tick(desk: Desk) -> None:
    released = threading.Event()
    hanging, kept = Kept(lambda: released.wait(20) and None), Kept()
    desk.ask("hangs", "works")

    async def work(outbox: Outbox) -> list[str]:
        await outbox.tick(NOW)
        while not kept.messages or (outbox.lanes["works"] and desk.states("works") != ["sent"] * 3):
            await asyncio.sleep(0.01)
            await outbox.tick(NOW)
        return desk.states("hangs")

    states = desk.run(route("hangs", hanging), route("works", kept), work=work)
    released.set()
    assert states == ["sending"] * 3
    assert hanging.messages == []


def test_one_that_never_ends_is_given_up_and_may_be_a_repeat(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.notify.lane.MARGIN_S", 0.0)
    released = threading.Event()
    desk.ask("hangs")
    assert desk.deliver(route("hangs", Kept(lambda: released.wait(20) and None), timeout_s=0.05)) == 0
    released.set()
    assert {(row.state, row.maybe_repeat) for row in desk.rows("hangs")} == {("waiting", True)}
    assert "no end after" in (desk.rows("hangs")[0].last_error or "")


@pytest.mark.slow
def test_a_dead_channel_rests_and_its_deliveries_die_after_many_attempts(desk: Desk) -> None:
    desk.ask("down")
    asked = route("down", Kept(failing), timing=Timing(events=False))

    async def work(outbox: Outbox) -> list[int]:
        counts = []
        for _ in range(2):
            await outbox.deliver(NOW)
            counts.append(sum(row.attempts for row in desk.rows("down")))
        at = NOW
        while set(desk.states("down")) != {"dead"}:
            at += timedelta(hours=1)
            await outbox.deliver(at)
        return counts

    assert desk.run(asked, work=work) == [3, 3]  # three failures in a row: it rests
    assert {(row.state, row.attempts) for row in desk.rows("down")} == {("dead", ATTEMPTS_MOST)}
    with writing(desk.engine) as session:
        found = channels.get(session, "down")
        assert found is not None
        assert (found.failures, found.last_error) == (3 * ATTEMPTS_MOST, "it is down")
        assert deliveries.counts(session)["down"] == {"dead": 3}
        assert deliveries.retry(session, "other", NOW) == 0
        assert deliveries.retry(session, None, NOW) == 3
    kept = Kept()
    assert desk.deliver(route("down", kept)) == 3


def test_waits_grow_to_an_hour_and_rests_to_ten_minutes() -> None:
    assert [backoff(n).total_seconds() for n in (1, 2, 3, 12)] == [15, 30, 60, 3600]
    assert circuit(CIRCUIT_AFTER - 1) == timedelta(0)
    assert [circuit(n).total_seconds() for n in (3, 4, 20)] == [15, 30, 600]


def test_the_night_is_one_digest_in_the_morning_and_a_hidden_change_is_not_in_it(desk: Desk) -> None:
    timing = Timing(zone=ZoneInfo("UTC"), quiet=(of_day(11), of_day(13)))
    kept = Kept()
    desk.ask("a", ids=slice(None))  # one of them is hidden by a rule
    assert desk.deliver(route("a", kept, timing=timing)) == 0
    assert {row.held for row in desk.rows("a")} == {"quiet"}
    morning = NOW.replace(hour=13)
    assert desk.deliver(route("a", kept, timing=timing), at=morning) == 3
    (message,) = kept.messages
    assert (message.held, len(message.changes)) == (("quiet",), 3)


def test_over_the_limit_is_folded_into_one_message_that_says_so(desk: Desk) -> None:
    timing = Timing(events=False, most_per_hour=1)
    kept = Kept()
    desk.ask("a")
    assert desk.deliver(route("a", kept, timing=timing)) == 1
    assert desk.deliver(route("a", kept, timing=timing), at=NOW + timedelta(minutes=59)) == 0
    assert desk.deliver(route("a", kept, timing=timing), at=NOW + timedelta(minutes=61)) == 2
    assert [message.held for message in kept.messages] == [(), ("too_many",)]


def test_a_test_that_was_asked_for_is_sent_and_answered(desk: Desk) -> None:
    kept = Kept()
    with writing(desk.engine) as session:
        assert channels.ask(session, "a", "web", NOW) == channels.ask(session, "a", "web", NOW)
        channels.ask(session, "down", "web", NOW)
        channels.ask(session, "elsewhere", "web", NOW)

    def last(name: str) -> Any:
        with reading(desk.engine) as session:
            return channels.last_ask(session, name)

    async def work(outbox: Outbox) -> None:
        while not (last("a").done_at and last("down").done_at):
            await outbox.tick(NOW)
            await asyncio.sleep(0.01)

    desk.run(route("a", kept), route("down", Kept(failing)), work=work)
    assert [message.test for message in kept.messages] == [True]
    assert (last("a").error, last("down").error, last("elsewhere").done_at) == (None, "it is down", None)


def test_an_error_that_nobody_foresaw_tells_its_name_and_no_words(desk: Desk) -> None:
    def leak() -> None:
        raise ValueError("https://user:hush@example.org")

    desk.ask("a")
    assert desk.deliver(route("a", Kept(leak))) == 0
    assert {row.last_error for row in desk.rows("a")} == {"unexpected ValueError"}
