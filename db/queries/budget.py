"""What the recrawl policy learns and steers: sources' habits, hosts' prices, the price of a fetch, queues, pins."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import case, func, insert, select, update
from sqlalchemy.orm import Session

from db.models import Check, Host, Page, Source, SourceHour
from db.queries import hosts, notes
from db.records import Outlook

PRICE = "recrawl.price"
STEERED = "recrawl.steered_at"
OUTLOOK = "recrawl.outlook"
Habit = tuple[float, float, float]
Hour = tuple[float, float]


def habits(session: Session) -> dict[int, Habit]:
    """Edits, exposure and hinted edits seen, by source."""
    query = select(Source.id, Source.edits_seen, Source.exposure_seen, Source.hinted_seen)
    return {row[0]: (row[1], row[2], row[3]) for row in session.execute(query)}


def add_habits(session: Session, found: Mapping[int, Habit], *, forget_at: float) -> None:
    """Add to sources' habits what was seen since: sums that several processes add to. Beyond an exposure of `forget_at` half of
    what stood is forgotten."""
    kept = case((Source.exposure_seen > forget_at, 0.5), else_=1.0)
    for source_id in sorted(found):  # in one order, so that two processes do not wait for each other
        edits, exposure, hinted = found[source_id]
        values = {
            "edits_seen": Source.edits_seen * kept + edits,
            "exposure_seen": Source.exposure_seen * kept + exposure,
            "hinted_seen": Source.hinted_seen * kept + hinted,
        }
        session.execute(
            update(Source).where(Source.id == source_id).values(**values),
            execution_options={"synchronize_session": False},
        )


def hours(session: Session) -> dict[int, dict[int, Hour]]:
    """Edits found and expected, by source and hour of the day (UTC)."""
    found: dict[int, dict[int, Hour]] = {}
    for row in session.execute(select(SourceHour.source_id, SourceHour.hour, SourceHour.edits, SourceHour.expected)):
        found.setdefault(row[0], {})[row[1]] = (row[2], row[3])
    return found


def add_hours(session: Session, found: Mapping[int, Mapping[int, Hour]], *, forget_at: float) -> None:
    """Add what was seen in some hours; beyond `forget_at` edits expected in an hour half of what stood is forgotten.

    To be called after `add_habits` of the same sources in the same transaction: that holds the sources' rows, so that two
    processes do not both begin an hour.
    """
    kept = case((SourceHour.expected > forget_at, 0.5), else_=1.0)
    for source_id in sorted(found):
        for hour, (edits, expected) in found[source_id].items():
            row = SourceHour.source_id == source_id, SourceHour.hour == hour
            if session.scalar(select(SourceHour.hour).where(*row)) is None:
                session.execute(
                    insert(SourceHour).values(source_id=source_id, hour=hour, edits=edits, expected=expected)
                )
                continue
            values = {"edits": SourceHour.edits * kept + edits, "expected": SourceHour.expected * kept + expected}
            session.execute(
                update(SourceHour).where(*row).values(**values), execution_options={"synchronize_session": False}
            )


def price(session: Session) -> float | None:
    """The price of a fetch; None in a home that never set one."""
    text = notes.get(session, PRICE)
    return float(text) if text else None


def keep_price(session: Session, value: float) -> None:
    """Store the price of a fetch."""
    notes.put(session, PRICE, repr(value))


def steered_at(session: Session) -> datetime | None:
    """When the price last followed the budget."""
    text = notes.get(session, STEERED)
    return datetime.fromisoformat(text) if text else None


def keep_steered_at(session: Session, at: datetime) -> None:
    """Remember when the price last followed the budget."""
    notes.put(session, STEERED, at.isoformat())


def outlook(session: Session) -> Outlook | None:
    """What the budget was expected to come to when it was last settled."""
    text = notes.get(session, OUTLOOK)
    if not text:
        return None
    found = json.loads(text)
    return Outlook(found["a_day"], found["forecast"], found["price"], datetime.fromisoformat(found["at"]))


def keep_outlook(session: Session, found: Outlook) -> None:
    """Store what the budget is expected to come to."""
    told = {"a_day": found.a_day, "forecast": found.forecast, "price": found.price, "at": found.at.isoformat()}
    notes.put(session, OUTLOOK, json.dumps(told))


def host_prices(session: Session) -> dict[str, float]:
    """Prices of hosts that have one of their own."""
    return {row[0]: row[1] for row in session.execute(select(Host.name, Host.price).where(Host.price > 0))}


def keep_host_prices(session: Session, found: Mapping[str, float]) -> None:
    """Store hosts' prices."""
    for name, value in found.items():
        hosts.record(session, name, price=value)


def queues(session: Session, now: datetime) -> dict[tuple[str, int], int]:
    """How many pages are due, by host and source."""
    query = (
        select(Page.host, Page.source_id, func.count())
        .where(Page.active, Page.next_check_at <= now)
        .group_by(Page.host, Page.source_id)
    )
    return {(row[0], row[1]): row[2] for row in session.execute(query)}


def first_check_at(session: Session) -> datetime | None:
    """The oldest check that is kept."""
    return session.scalar(select(func.min(Check.at)))


def due_between(session: Session, since: datetime, until: datetime) -> int:
    """How many active pages are due in that time."""
    query = select(func.count()).where(Page.active, Page.next_check_at >= since, Page.next_check_at < until)
    return session.scalar(query) or 0


def hint(session: Session, page_ids: Iterable[int], now: datetime) -> None:
    """A feed or sitemap says these changed: look now, and remember that we were told."""
    ids = list(page_ids)
    for start in range(0, len(ids), 500):
        some = Page.id.in_(ids[start : start + 500])
        session.execute(update(Page).where(some).values(hinted=True))
        session.execute(update(Page).where(some, Page.next_check_at > now).values(next_check_at=now))


def pin(session: Session, page_id: int, every_s: int | None, until: datetime | None, now: datetime) -> None:
    """Have a page looked at every so many seconds until then, beginning now; None ends that."""
    values = {"pin_s": every_s, "pinned_until": until}
    session.execute(update(Page).where(Page.id == page_id).values(**values))
    if every_s is not None:
        session.execute(update(Page).where(Page.id == page_id, Page.next_check_at > now).values(next_check_at=now))
