"""The budget of fetches: what the policy learnt, held in memory between the tables, and the prices that keep to the budget.

Visits note what they saw (`note`) on the writer's thread; a timer's job adds that to the tables (`share`) and sets the prices
(`settle`). Several processes may share one database: each adds what it saw, and sees what all saw. What a crash takes with it is
some minutes of learning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy.orm import Session

from crawler.agecurve import EVEN_DAY
from crawler.recrawl import (
    FIRST_PRICE,
    FORGET_AT,
    FORGET_HOUR_AT,
    PROMPTNESS,
    Habits,
    History,
    Hours,
    Lesson,
    Share,
    Standing,
    Terms,
    adopt,
    expected,
    forecast,
    host_price,
    learnt_day,
    price_for,
    steered,
)
from db.queries import budget as table
from db.queries import checks, pages
from db.records import Outlook, PageRecord

Day = tuple[float, ...]
DAY = timedelta(days=1)
STEER_EVERY = timedelta(hours=1)
NEWEST_PAGES, OLDER_PAGES = 1500, 500  # of a forecast


@dataclass(frozen=True, slots=True)
class BudgetSettings:
    """`a_day` is fetches of articles a day; `promptness` and `fresh` as in `crawler.recrawl.Terms`."""

    a_day: float = 20_000.0
    promptness: float = PROMPTNESS
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
        self._news: dict[int, Habits] = {}  # what the tables do not hold yet
        self._hours: dict[int, dict[int, table.Hour]] = {}  # the same, of hours of the day
        self._days: dict[int, Day] = {}
        self._day = EVEN_DAY  # of a source that was not looked at yet
        self.price = FIRST_PRICE

    def load(self, session: Session) -> None:
        """Read what the tables hold, which other processes may have added to; what was noted since counts on top."""
        with self._lock:
            self._habits = {key: Habits(*found) for key, found in table.habits(session).items()}
            for key, news in self._news.items():
                self._habits[key] = _sum(self._habits.get(key, Habits()), news)
            self._all = _sum(*self._habits.values())
            self._days, self._day = _days(table.hours(session))
            self._hosts = table.host_prices(session)
            self.price = table.price(session) or FIRST_PRICE

    def terms(self, source_id: int, host: str) -> Terms:
        """The terms of a page of this source on this host."""
        price = max(self.price, self._hosts.get(host, 0.0))
        habits = self._habits.get(source_id, Habits())
        settings = self.settings
        return expected(
            habits,
            self._all,
            price,
            promptness=settings.promptness,
            fresh=settings.fresh,
            day=self.day(source_id),
        )

    def day(self, source_id: int) -> Day:
        """How busy the source's hours are, for `crawler.recrawl.Terms.day`."""
        return self._days.get(source_id, self._day)

    def note(self, source_id: int, lesson: Lesson, *, edited: bool, hinted: bool) -> None:
        """Learn from one look at a page."""
        with self._lock:
            old = self._habits.get(source_id, Habits())
            new = adopt(old, lesson.exposure, edited=edited, hinted=hinted)
            self._habits[source_id] = new
            self._all = Habits(
                *(a + b - c for a, b, c in zip(astuple(self._all), astuple(new), astuple(old), strict=True))
            )
            seen = Habits(float(edited), lesson.exposure, float(edited and hinted))
            self._news[source_id] = _sum(self._news.get(source_id, Habits()), seen)
            if lesson.hour is not None:
                due = lesson.plain * expected(new, self._all, self.price).mean
                hours = self._hours.setdefault(source_id, {})
                edits, before = hours.get(lesson.hour, (0.0, 0.0))
                hours[lesson.hour] = (edits + edited, before + due)

    def share(self, session: Session) -> None:
        """Add what was learnt to the tables, and read what every process learnt and the prices."""
        with self._lock:
            found = {key: astuple(news) for key, news in self._news.items()}
            hours = dict(self._hours)
            self._news.clear()
            self._hours.clear()
        table.add_habits(session, found, forget_at=FORGET_AT)
        table.add_hours(session, hours, forget_at=FORGET_HOUR_AT)
        self.load(session)

    def settle(self, session: Session, now: datetime) -> str:
        """Share what was learnt, set the hosts' prices, and once an hour the price. Gives a word for the job's result."""
        self.share(session)
        self._settle_hosts(session, now)
        sample = self._sample(session)
        self._settle_price(session, now, sample)
        told = Outlook(self.settings.a_day, forecast(sample, now, self.price), self.price, now)
        table.keep_outlook(session, told)
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

    def _settle_price(self, session: Session, now: datetime, sample: list[Share]) -> None:
        since = table.first_check_at(session)
        if since is None or now - since < DAY:
            self.price = price_for(sample, now, self.settings.a_day)
        elif (at := table.steered_at(session)) is None or not timedelta(0) <= now - at < STEER_EVERY:
            if at is not None or table.price(session) is None:
                self.price = steered(self.price, checks.count_since(session, now - DAY), self.settings.a_day)
            table.keep_steered_at(session, now)
        table.keep_price(session, self.price)

    def forecast(self, session: Session, now: datetime) -> float:
        """Looks a day at the pages watched, as things stand and at today's prices."""
        return forecast(self._sample(session), now, self.price)

    def _sample(self, session: Session) -> list[Share]:
        """The newest pages, which take most of the looks, and others that stand for the rest."""
        newest = pages.newest(session, NEWEST_PAGES)
        known = sum(pages.counts_by_source(session).values())
        others = pages.spread(session, OLDER_PAGES, newest[-1].id) if len(newest) == NEWEST_PAGES else []
        each = (known - len(newest)) / len(others) if others else 0.0
        return [self._share(page, 1.0) for page in newest] + [self._share(page, each) for page in others]

    def _share(self, page: PageRecord, stands_for: float) -> Share:
        least = self._hosts.get(page.host, 0.0)
        return Share(standing_of(page), self.terms(page.source_id, page.host), stands_for, least)


def _sum(*habits: Habits) -> Habits:
    return Habits(*(sum(column) for column in zip(*map(astuple, (Habits(), *habits)), strict=True)))


def _days(found: dict[int, dict[int, table.Hour]]) -> tuple[dict[int, Day], Day]:
    """Each source's day, and that of all sources."""
    every = {source_id: _hours(hours) for source_id, hours in found.items()}
    everywhere = Hours(
        tuple(map(sum, zip(*(hours.edits for hours in every.values()), strict=True))) or Hours().edits,
        tuple(map(sum, zip(*(hours.expected for hours in every.values()), strict=True))) or Hours().expected,
    )
    return {source_id: learnt_day(own, everywhere) for source_id, own in every.items()}, learnt_day(Hours(), everywhere)


def _hours(found: dict[int, table.Hour]) -> Hours:
    edits, expected_then = zip(*(found.get(hour, (0.0, 0.0)) for hour in range(24)), strict=True)
    return Hours(edits, expected_then)


def standing_of(page: PageRecord) -> Standing:
    """Where a page's watching stands, as the policy sees it."""
    return Standing(
        page.url,
        page.published_at or page.first_seen_at,
        page.state,
        page.failures,
        page.gone_count,
        # below nothing where an older program learnt across a clock that was set back
        history=History(page.n_changes, max(0.0, page.exposure), max(0.0, page.exposure_slow), page.lean),
        pin=page.pin_s,
        pinned_until=page.pinned_until,
    )
