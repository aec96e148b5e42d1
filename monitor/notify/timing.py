"""When a channel is told: quiet hours, digests and a limit an hour. Pure: everything takes `now`.

Times of the day are those of a zone's clocks. Where clocks are put back, quiet hours last until their end comes the last time;
where they are put forward over it, until the first moment after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from db.records import DeliveryRecord

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DIGEST_MOST = 500  # changes in one digest; the rest follow in another

QUIET, DIGEST, TOO_MANY = "quiet", "digest", "too_many"


@dataclass(frozen=True, slots=True)
class Timing:
    """A channel's hours. `digest` is `hourly`, `daily` (at `daily_at`) or None; `events` tells what one edit changed together."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    quiet: tuple[time, time] | None = None
    digest: str | None = None
    daily_at: time = time(8)
    most_per_hour: int | None = None
    events: bool = True


@dataclass(frozen=True, slots=True)
class Held:
    """Deliveries that wait until `until`, and why."""

    ids: tuple[int, ...]
    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done now: messages to send, each the deliveries told together, and deliveries to hold."""

    messages: tuple[tuple[DeliveryRecord, ...], ...] = ()
    held: tuple[Held, ...] = ()


def plan(
    due: Sequence[DeliveryRecord],
    timing: Timing,
    now: datetime,
    *,
    sent: Sequence[datetime] = (),
    event_of: dict[int, int | None] | None = None,
) -> Plan:
    """What to do with the deliveries of one channel that are due, in their order.

    `sent` are the times of the messages of the last hour, oldest first; `event_of` maps changes to their events. Deliveries that
    were held go out as one digest; those of a message that was begun before go out as they were.
    """
    until = quiet_until(timing, now)
    if until is not None:
        return Plan(held=(_hold(due, until, QUIET),)) if due else Plan()
    begun = _groups([one for one in due if one.batch], lambda one: one.batch)
    fresh = [one for one in due if not one.batch]
    waits = [one for one in fresh if timing.digest and not one.held and next_digest(timing, one.next_at) > now]
    holds = [_hold(waits, next_digest(timing, now), DIGEST)] if waits else []
    waiting = {one.id for one in waits}
    ready = [one for one in fresh if one.id not in waiting]
    folded = [one for one in ready if one.held or timing.digest]
    digests = [tuple(folded[start : start + DIGEST_MOST]) for start in range(0, len(folded), DIGEST_MOST)]
    single = [one for one in ready if not one.held and not timing.digest]
    groups = _groups(single, lambda one: _event(one, event_of) if timing.events else None)
    messages, over = _within([*begun, *digests, *groups], timing, now, sent)
    return Plan(tuple(messages), (*holds, *over))


def _within(
    messages: list[tuple[DeliveryRecord, ...]], timing: Timing, now: datetime, sent: Sequence[datetime]
) -> tuple[list[tuple[DeliveryRecord, ...]], list[Held]]:
    """The messages that the limit lets through; what is over it is folded into a digest for when there is room again."""
    if timing.most_per_hour is None:
        return messages, []
    recent = [at for at in sent if at > now - HOUR]
    room = max(0, timing.most_per_hour - len(recent))
    over = [one for message in messages[room:] for one in message]
    if not over:
        return messages, []
    # the oldest of the last hour's messages makes room; where all of the room is used up now, an hour from now
    until = (recent[0] if recent else now) + HOUR
    return messages[:room], [_hold(over, max(until, now + timedelta(seconds=1)), TOO_MANY)]


def _groups(
    found: Iterable[DeliveryRecord], key: Callable[[DeliveryRecord], object | None]
) -> list[tuple[DeliveryRecord, ...]]:
    groups: dict[object, list[DeliveryRecord]] = {}
    for one in found:
        wanted = key(one)
        groups.setdefault(("alone", one.id) if wanted is None else wanted, []).append(one)
    return [tuple(group) for group in groups.values()]


def _event(one: DeliveryRecord, event_of: dict[int, int | None] | None) -> int | None:
    return (event_of or {}).get(one.change_id)


def _hold(found: Iterable[DeliveryRecord], until: datetime, why: str) -> Held:
    return Held(tuple(one.id for one in found), until, why)


def quiet_until(timing: Timing, now: datetime) -> datetime | None:
    """The end of the quiet hours that `now` lies in, None where it lies in none."""
    if timing.quiet is None:
        return None
    first, last = timing.quiet
    today = now.astimezone(timing.zone).date()
    for day in (today - DAY, today):
        start = moment(day, first, timing.zone)
        end = moment(day if last > first else day + DAY, last, timing.zone, later=True)
        if start <= now < end:
            return end
    return None


def next_digest(timing: Timing, after: datetime) -> datetime:
    """The first time of a digest after an instant."""
    local = after.astimezone(timing.zone)
    if timing.digest == "hourly":
        past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return (after - past + HOUR).astimezone(UTC)
    days = (local.date() + timedelta(days=number) for number in range(3))
    return next(at for day in days if (at := moment(day, timing.daily_at, timing.zone)) > after)


def moment(day: date, at: time, zone: ZoneInfo, *, later: bool = False) -> datetime:
    """The instant at which a zone's clocks show a time, the later one where they show it twice. Where they never do, the first
    minute after."""
    wall = datetime.combine(day, at)
    found = wall.replace(tzinfo=zone, fold=int(later)).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    # the clocks jump over it: fold 1 is before the jump, fold 0 after (PEP 495), and the jump lies between
    found = wall.replace(tzinfo=zone, fold=1).astimezone(UTC).replace(second=0)
    while found.astimezone(zone).replace(tzinfo=None) < wall:
        found += timedelta(minutes=1)
    return found
