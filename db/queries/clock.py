"""After a clock that stood ahead: what was told to wait until a time that is only coming waits no longer than was meant.

Times that say when something was seen stay as they were noted; only those that decide what is done next are set right.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import ColumnElement, Table, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from db.models import Check, Delivery, Feed, Host, Page
from db.models_websub import WebSub

SKEW = timedelta(minutes=2)  # the clocks of a fleet's machines differ by less
DELIVERY_MOST = timedelta(days=1)  # no delivery waits longer for its next try or digest

_PAGE, _FEED = cast("Table", Page.__table__), cast("Table", Feed.__table__)


def ahead(session: Session, now: datetime) -> bool:
    """Whether a look was noted at a time that has not come: the clock stood ahead then, or stands behind now. One look at an
    index, and one at the feeds, of which there are few."""
    noted = session.scalar(select(func.max(Check.at))), session.scalar(select(func.max(Feed.last_check_at)))
    return any(at is not None and at > now + SKEW for at in noted)


def set_right(session: Session, now: datetime) -> int:
    """Have what was looked at in the future looked at as long from now as was meant then, and deliveries tried again. Gives how
    many pages and feeds were set right."""
    if not ahead(session, now):
        return 0
    session.flush()
    found = _looks(session, _PAGE, now, ("last_success_at", "last_full_at", "held_at"))
    found += _looks(session, _FEED, now, ("last_success_at",))
    later = update(Delivery).where(Delivery.state == "waiting")
    fresh = (Delivery.attempts == 0) & Delivery.held.is_(None) & (Delivery.next_at > now)
    session.execute(later.where(or_(fresh, Delivery.next_at > now + DELIVERY_MOST)).values(next_at=now))
    session.execute(update(Host).where(Host.asked_at > now + SKEW).values(asked_at=None))
    session.execute(update(WebSub).where(WebSub.asked_at > now + SKEW).values(renew_at=now))
    return found


def _looks(session: Session, table: Table, now: datetime, others: tuple[str, ...]) -> int:
    """Set right one table's next looks, and the times of its last ones that are reckoned with."""
    columns = table.c
    known: ColumnElement[datetime | None]
    if table is _FEED:
        known = columns.last_check_at
        wrong = or_(known > now + SKEW, known.is_(None) & (columns.next_check_at > now + SKEW))
    else:
        known = func.coalesce(columns.last_check_at, columns.first_seen_at)
        wrong = known > now + SKEW
    names = ("last_check_at", "next_check_at", *others)
    query = select(columns.id, known, *(columns[name] for name in names)).where(columns.active, wrong)
    rows = session.connection().execute(query).all()
    if rows:
        store = update(table).where(columns.id == bindparam("its_id"))
        values = [{"its_id": row[0], **_values(row[1], dict(zip(names, row[2:], strict=True)), now)} for row in rows]
        session.connection().execute(store, values)
    return len(rows)


def _values(known: datetime | None, times: dict[str, datetime | None], now: datetime) -> dict[str, datetime | None]:
    due = times["next_check_at"]
    wait = due - known if due and known else timedelta(0)
    at = {name: min(time, now) if time else None for name, time in times.items()}
    return {**at, "next_check_at": now + max(wait, timedelta(0)) if due else None}
