"""Quiet hours, digests and the limit an hour, by a given clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from db.queries.deliveries import batch_key
from monitor.notify.timing import HOUR, Timing, moment, next_digest, plan, quiet_until
from tests.monitor.notify.samples import NOW, delivery

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Timing(zone=BERLIN, quiet=(time(22), time(7)))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-05-04T21:59:59+02:00", None),
        ("2026-05-04T22:00:00+02:00", "2026-05-05T07:00:00+02:00"),
        ("2026-05-05T06:59:59+02:00", "2026-05-05T07:00:00+02:00"),
        ("2026-05-05T07:00:00+02:00", None),
        # the clocks are put forward at 2:00 on 29 March and back at 3:00 on 25 October
        ("2026-03-28T23:00:00+01:00", "2026-03-29T07:00:00+02:00"),
        ("2026-10-24T23:00:00+02:00", "2026-10-25T07:00:00+01:00"),
    ],
)
def test_quiet_hours_are_those_of_the_zones_clocks(now: str, until: str | None) -> None:
    assert quiet_until(NIGHT, at(now)) == (at(until) if until else None)


def test_quiet_hours_that_end_in_the_hour_that_comes_twice_or_never() -> None:
    timing = Timing(zone=BERLIN, quiet=(time(23), time(2, 30)))
    assert quiet_until(timing, at("2026-10-25T02:10:00+02:00")) == at("2026-10-25T02:30:00+01:00")
    assert quiet_until(timing, at("2026-10-25T02:29:00+01:00")) == at("2026-10-25T02:30:00+01:00")
    assert quiet_until(timing, at("2026-10-25T02:30:00+01:00")) is None
    assert quiet_until(timing, at("2026-03-29T01:59:00+01:00")) == at("2026-03-29T03:00:00+02:00")
    assert quiet_until(timing, at("2026-03-29T03:00:00+02:00")) is None


def test_the_middle_of_the_day_can_be_quiet_too() -> None:
    timing = Timing(zone=BERLIN, quiet=(time(12), time(13)))
    assert quiet_until(timing, at("2026-05-04T12:30:00+02:00")) == at("2026-05-04T13:00:00+02:00")
    assert quiet_until(timing, at("2026-05-04T13:30:00+02:00")) is None


def test_the_next_digest() -> None:
    daily = Timing(zone=BERLIN, digest="daily", daily_at=time(8))
    assert next_digest(daily, at("2026-05-04T07:59:59+02:00")) == at("2026-05-04T08:00:00+02:00")
    assert next_digest(daily, at("2026-05-04T08:00:00+02:00")) == at("2026-05-05T08:00:00+02:00")
    assert next_digest(daily, at("2026-03-28T09:00:00+01:00")) == at("2026-03-29T08:00:00+02:00")
    hourly = Timing(zone=ZoneInfo("Asia/Kolkata"), digest="hourly")
    assert next_digest(hourly, at("2026-05-04T10:15:30+05:30")) == at("2026-05-04T11:00:00+05:30")
    skipped = Timing(zone=BERLIN, digest="daily", daily_at=time(2, 30))
    assert next_digest(skipped, at("2026-03-28T12:00:00+01:00")) == at("2026-03-29T03:00:00+02:00")


def test_a_time_that_comes_twice_is_the_first_unless_the_later_is_asked() -> None:
    day = datetime(2026, 10, 25).date()  # noqa: DTZ001 - a day of the calendar
    assert moment(day, time(2, 30), BERLIN) == at("2026-10-25T02:30:00+02:00")
    assert moment(day, time(2, 30), BERLIN, later=True) == at("2026-10-25T02:30:00+01:00")


def test_without_hours_each_event_is_a_message() -> None:
    due = [delivery(1), delivery(2), delivery(3)]
    events = {1: 7, 2: 7, 3: 8}
    assert plan(due, Timing(), NOW, event_of=events).messages == ((due[0], due[1]), (due[2],))
    assert len(plan(due, Timing(events=False), NOW, event_of=events).messages) == 3
    assert len(plan(due, Timing(), NOW).messages) == 3


def test_what_comes_at_night_is_one_digest_in_the_morning() -> None:
    night = at("2026-05-04T23:00:00+02:00")
    (held,) = plan([delivery(1, night), delivery(2, night)], NIGHT, night).held
    assert (held.ids, held.until, held.why) == ((1, 2), at("2026-05-05T07:00:00+02:00"), "quiet")
    due = [delivery(number, held.until, held="quiet") for number in (1, 2)]
    late = delivery(3, held.until)
    assert plan([*due, late], NIGHT, held.until).messages == (tuple(due), (late,))


def test_a_digest_takes_what_came_before_its_time() -> None:
    timing = Timing(zone=BERLIN, digest="daily", daily_at=time(8))
    seen = at("2026-05-04T07:59:59+02:00")
    (held,) = plan([delivery(1, seen)], timing, seen).held
    assert (held.until, held.why) == (at("2026-05-04T08:00:00+02:00"), "digest")
    # one that was asked for before eight and is looked at after it does not wait for a day
    one, two = delivery(1, held.until, held="digest"), delivery(2, seen)
    assert plan([one, two], timing, held.until + timedelta(seconds=1)).messages == ((one, two),)


def test_over_the_limit_the_rest_is_folded_until_there_is_room() -> None:
    timing = Timing(most_per_hour=2)
    due = [delivery(number) for number in range(1, 6)]
    sent = [NOW - timedelta(minutes=50)]
    planned = plan(due, timing, NOW, sent=sent)
    assert planned.messages == ((due[0],),)
    (held,) = planned.held
    assert (held.ids, held.until, held.why) == ((2, 3, 4, 5), sent[0] + HOUR, "too_many")
    rest = [delivery(number, held.until, held="too_many") for number in held.ids]
    assert plan(rest, timing, held.until, sent=[NOW]).messages == (tuple(rest),)
    none = plan(rest, timing, held.until, sent=[NOW, NOW])
    assert (none.messages, none.held[0].until) == ((), NOW + HOUR)


def test_a_message_that_was_begun_goes_out_as_it_was() -> None:
    begun = [delivery(1, batch="b"), delivery(2, batch="b")]
    fresh = delivery(3)
    assert plan([*begun, fresh], Timing(), NOW, event_of={1: 1, 2: 2, 3: 1}).messages == (tuple(begun), (fresh,))
    assert plan(begun, Timing(digest="hourly"), NOW).messages == (tuple(begun),)


def test_the_key_of_a_message_is_its_deliveries() -> None:
    assert batch_key(["a"]) == "a"
    assert batch_key(["a", "b"]) == batch_key(["b", "a"]) != batch_key(["a"])
