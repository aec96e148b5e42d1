"""The budget of fetches: what the policy learnt, held in memory between the tables, and the prices that keep to the budget.

Visits note what they saw (`note`) on the writer's thread; a timer's job stores that and sets the prices (`settle`). What a crash
takes with it is some minutes of learning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy.orm import Session

from crawler.recrawl import (
    FIRST_PRICE,
    Habits,
    History,
    Standing,
    Terms,
    adopt,
    expected,
    host_price,
    price_for,
    steered,
)
from db.queries import budget as table
from db.queries import checks, pages
from db.records import PageRecord

DAY = timedelta(days=1)
STEER_EVERY = timedelta(hours=1)
FORECAST_PAGES = 2000


@dataclass(frozen=True, slots=True)
class BudgetSettings:
    """`a_day` is fetches of articles a day; `promptness` and `fresh` as in `crawler.recrawl.Terms`."""

    a_day: float = 20_000.0
    promptness: float = 0.0
    fresh: float = 0.0


def _no_limit(_source_id: int) -> float:
    return 60.0


class Budget:
    """Habits and prices. `a_minute_of` gives how many fetches a minute a source's hosts allow."""

    def __init__(self, settings: BudgetSettings | None = None, a_minute_of: Callable[[int], float] = _no_limit) -> None:
        self.settings = settings or BudgetSettings()
        self._a_minute_of = a_minute_of
        self._lock = Lock()
        self._habits: dict[int, Habits] = {}
        self._all = Habits()
        self._hosts: dict[str, float] = {}
        self._stale: set[int] = set()
        self._steered_at: datetime | None = None
        self.price = FIRST_PRICE

    def load(self, session: Session) -> None:
        """Read what the tables hold."""
        with self._lock:
            self._habits = {key: Habits(*found) for key, found in table.habits(session).items()}
            self._all = Habits(*(sum(column) for column in zip(*map(astuple, self._habits.values()), strict=True)))
            self._hosts = table.host_prices(session)
            self.price = table.price(session) or FIRST_PRICE

    def terms(self, source_id: int, host: str) -> Terms:
        """The terms of a page of this source on this host."""
        price = max(self.price, self._hosts.get(host, 0.0))
        habits = self._habits.get(source_id, Habits())
        settings = self.settings
        return expected(habits, self._all, price, promptness=settings.promptness, fresh=settings.fresh)

    def note(self, source_id: int, exposure: float, *, edited: bool, hinted: bool) -> None:
        """Learn from one look at a page."""
        with self._lock:
            old = self._habits.get(source_id, Habits())
            new = adopt(old, exposure, edited=edited, hinted=hinted)
            self._habits[source_id] = new
            self._all = Habits(
                *(a + b - c for a, b, c in zip(astuple(self._all), astuple(new), astuple(old), strict=True))
            )
            self._stale.add(source_id)

    def settle(self, session: Session, now: datetime) -> str:
        """Store what was learnt, set the hosts' prices, and once an hour the price. Gives a word for the job's result."""
        with self._lock:
            found = {key: astuple(self._habits[key]) for key in self._stale}
            self._stale.clear()
        table.keep_habits(session, found)
        self._settle_hosts(session, now)
        self._settle_price(session, now)
        return f"price of a fetch {self.price:.4g}"

    def _settle_hosts(self, session: Session, now: datetime) -> None:
        queued: dict[str, float] = {}
        limits: dict[str, float] = {}
        for (host, source_id), count in table.queues(session, now).items():
            queued[host] = queued.get(host, 0.0) + count
            limits[host] = min(limits.get(host, 1e9), self._a_minute_of(source_id))
        crowded = {host for host, count in queued.items() if count > 15.0 * limits[host]}
        for host in crowded | set(self._hosts):
            own = self._hosts.get(host, 0.0)
            self._hosts[host] = host_price(own, self.price, queued.get(host, 0.0), limits.get(host, 60.0))
        table.keep_host_prices(session, {host: self._hosts[host] for host in crowded | set(self._hosts)})
        self._hosts = {host: own for host, own in self._hosts.items() if own > self.price / 10}

    def _settle_price(self, session: Session, now: datetime) -> None:
        since = table.first_check_at(session)
        if since is None or now - since < DAY:
            self.price = price_for(self._sample(session), now, self._share(session))
        elif self._steered_at is None or now - self._steered_at >= STEER_EVERY:
            rate = checks.count_since(session, now - DAY)
            if self._steered_at is not None or table.price(session) is None:
                self.price = steered(self.price, rate, self.settings.a_day)
            self._steered_at = now
        table.keep_price(session, self.price)

    def _share(self, session: Session) -> float:
        """The part of the budget that falls to a sample of pages."""
        known = sum(pages.counts_by_source(session).values())
        return self.settings.a_day * min(1.0, FORECAST_PAGES / max(known, 1))

    def _sample(self, session: Session) -> list[tuple[Standing, Terms]]:
        newest = pages.newest(session, FORECAST_PAGES)
        return [(standing_of(page), self.terms(page.source_id, page.host)) for page in newest]


def standing_of(page: PageRecord) -> Standing:
    """Where a page's watching stands, as the policy sees it."""
    return Standing(
        page.url,
        page.published_at or page.first_seen_at,
        page.state,
        page.failures,
        page.gone_count,
        history=History(page.n_changes, page.exposure, page.exposure_slow, page.lean),
        pin=page.pin_s,
        pinned_until=page.pinned_until,
    )
