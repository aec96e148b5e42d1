"""The works of an engine driven step by step from a test, against real servers on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from crawler.decide import Rules
from crawler.discovery import FeedVisit
from crawler.fetch.limits import FetchSettings, Pace
from crawler.oneoff import Options
from crawler.readers import Readers
from crawler.store import Visit
from db.engine import reading, writing
from db.home import Home
from db.queries import changes, crawls, pages, revisions
from db.queries.changes import ChangeFilter
from db.records import ChangeRecord, CrawlItem, PageRecord, RevisionRecord
from monitor.notify.channel import Route
from monitor.report.message import Message
from monitor.service.works import Works, WorksSettings
from tests.conftest import LoopThread
from tests.newsroom.config import LOOPBACK, source
from tests.newsroom.newsroom import Newsroom

QUICK_FETCH = FetchSettings(
    allow_addresses=LOOPBACK,
    pace=Pace(0.0, 4),
    timeout=5.0,
    retries=0,
    max_body_bytes=1 << 20,
    max_decoded_bytes=4 << 20,
)


def declared(room: Newsroom, *, sitemaps: bool = False) -> tuple[Any, ...]:
    """A newsroom's outlets as the works take sources."""
    made = []
    for outlet in room.outlets.values():
        table = source(outlet, 0.0, sitemaps=sitemaps)
        listed = [(url, "feed") for url in table["feeds"]] + [(url, "sitemap") for url in table["sitemaps"]]  # type: ignore[attr-defined]
        kept = {key: table[key] for key in ("zone", "language")}
        made.append((str(table["name"]), str(table["home"]), {**kept, "pace": 0.0, "concurrency": 4}, listed))
    return tuple(made)


def quick(room: Newsroom | None = None, **settings: Any) -> WorksSettings:
    """Settings that wait for nothing: no pace, a removal believed at the second look."""
    given: dict[str, Any] = {
        "declared": declared(room) if room else (),
        "fetch": QUICK_FETCH,
        "readers": 1,
        "speed": 1e6,
        "shortest_s": 0.0,
        "feed_interval_s": 0.001,
        "rules": Rules(gone_span=timedelta(0)),
    }
    return WorksSettings(**{**given, **settings})


class Told:
    """A channel that remembers."""

    def __init__(self) -> None:
        self.changes: list[ChangeRecord] = []
        self.repeats: list[bool] = []

    def send(self, message: Message) -> None:
        self.changes += message.changes
        self.repeats += [message.repeat] * len(message.changes)


class Watching:
    """Works on the shared loop. Nothing runs by itself: each method makes one round and waits for its end."""

    def __init__(self, loop: LoopThread, home: Path, settings: WorksSettings, readers: Readers | None = None) -> None:
        self.loop, self.told = loop, Told()
        self.seen: list[Visit] = []
        self.listed: list[FeedVisit] = []
        self.works = Works(
            Home(home),
            settings,
            routes=[Route("terminal", "terminal", "this test", self.told)],
            readers=readers,
            seen=lambda visit, _: self.seen.append(visit),
            listed=self.listed.append,
        )
        loop.run(self.works.start())

    def discover(self) -> list[FeedVisit]:
        """Visit every feed."""
        self.listed.clear()
        self._all_due("feed")
        self.loop.run(self._round(self.works.rounds.discover))
        return list(self.listed)

    def check(self, times: int = 1) -> list[Visit]:
        """Visit every active page; the visits of the last round."""
        for _ in range(times):
            self.seen.clear()
            self._all_due("page")
            self.loop.run(self._round(self.works.rounds.check))
        return list(self.seen)

    def visit(self, url: str) -> Visit:
        """Visit one page of that address."""
        page = self.page(url)
        return self.loop.run(self._one(page))

    async def _one(self, page: PageRecord) -> Visit:
        return await self.works.rounds.visit(page)

    def deliver(self) -> list[ChangeRecord]:
        self.told.changes.clear()
        self.loop.run(self.works.outbox.deliver(datetime.now(UTC)))
        return list(self.told.changes)

    def crawl(self, *targets: str, **options: bool) -> list[CrawlItem]:
        """Run a one-off to its end."""
        with writing(self.works.engine) as session:
            asked = Options(**options).to_json()
            crawl_id = crawls.add(session, targets, asked, "test", datetime.now(UTC))
        self.loop.run(self._crawl())
        with reading(self.works.engine) as session:
            record = crawls.get(session, crawl_id)
            assert record is not None
            assert record.state == "done"
            return crawls.items(session, crawl_id)

    async def _crawl(self) -> None:
        await self.works.oneoffs.poll()
        await asyncio.gather(*self.works.oneoffs.running)

    async def _round(self, begin: Callable[[datetime], Any]) -> None:
        now = datetime.now(UTC)  # of the round's start: what falls due again meanwhile waits for the next
        while await begin(now) or self.works.rounds.running:
            if self.works.rounds.running:
                await asyncio.wait(self.works.rounds.running)

    def _all_due(self, table: str) -> None:
        at = datetime.now(UTC).replace(tzinfo=None)
        with writing(self.works.engine) as session:
            session.execute(text(f"UPDATE {table} SET next_check_at = :at WHERE active"), {"at": at.isoformat(" ")})

    def changes(self, *, hidden: bool = False, **narrowed: Any) -> list[ChangeRecord]:
        """Stored changes, oldest first."""
        wanted = ChangeFilter(suppressed=hidden, newest_first=False, limit=1000, **narrowed)
        with reading(self.works.engine) as session:
            return changes.find(session, wanted)

    def page(self, url: str) -> PageRecord:
        with reading(self.works.engine) as session:
            page = pages.find(session, [url])
        assert page is not None, f"{url} is not watched"
        return page

    def revisions(self, url: str) -> list[RevisionRecord]:
        with reading(self.works.engine) as session:
            return revisions.of_page(session, self.page(url).id)

    def stop(self) -> None:
        self.loop.run(self.works.stop())
