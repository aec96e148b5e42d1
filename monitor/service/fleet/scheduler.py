"""The scheduler of a fleet: the timer that says where work is, and the review page. Any number may run; each tick is one's."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console

from crawler.budget import Budget
from crawler.fetch.pace import host_of
from crawler.hosting import host_of_item
from crawler.watched import Sources
from db.engine import reading
from db.home import Home
from db.queries import channels, crawls, fleet, revisions, websub
from db.writer import Writer
from monitor import siblings
from monitor.notify.channel import Route
from monitor.notify.outbox import Outbox
from monitor.notify.terminal import LogLines, Terminal
from monitor.service.duties import By, Run, works
from monitor.service.fleet.fence import Fence
from monitor.service.fleet.queue import Queue
from monitor.service.local import ServiceSettings, forget_passing, told_here, web_server
from monitor.service.tidying import drop_checks, index_texts, train_dictionary
from monitor.service.timer import Timer
from monitor.service.voice import Voice
from monitor.service.webserver import available
from monitor.service.works import prepare, sync

LEFTOVERS = 500


class Scheduler:
    """Asks the rows what is due and puts jobs in the queue."""

    def __init__(self, home: Home, settings: ServiceSettings, console: Console) -> None:
        self.settings = settings
        self.voice = Voice(console)
        self.engine = prepare(home, settings.works)
        self.writer = Writer(self.engine)
        self.queue = Queue(home.database_url(settings.works.database), Fence(settings.works.stall_s))
        self.sources = Sources(self.engine, settings.works.feed_interval_s)
        self.budget = Budget(settings.works.budget, self._a_minute)
        self._here = {route.name for route in settings.routes if route.channel is None}
        terminal = told_here(settings, console)
        routes = [route if route.channel else _on(route, terminal) for route in settings.routes]
        self.outbox = Outbox(self.engine, self.writer, routes, say=self.voice.say)
        sooner = {**settings.sooner(), "stalled jobs": settings.works.stall_s / 3}
        self.timer = Timer(self.writer, works([By.SCHEDULER, By.EACH], self._runs(), most_s=sooner), claims=True)
        self.web = web_server(home, settings, self.voice.say)

    def _a_minute(self, source_id: int) -> float:
        pace = self.sources.pace(source_id) or self.settings.works.fetch.pace
        return 60.0 * pace.concurrency / max(pace.delay, 0.05)

    def _runs(self) -> dict[str, Run]:
        return {
            "hosts": self._hosts,
            "one-off crawls": self._crawls,
            "deliver": self._deliver,
            "compare leftovers": self._leftovers,
            "stalled jobs": self._stalled,
            "fingerprints": self._fingerprints,
            "texts": self._texts,
            "sources": self._sources,
            "websub": self._websub,
            "budget": self._budget,
            "housekeeping": self._housekeeping,
        }

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set."""
        await self.queue.open()
        now = datetime.now(UTC)
        await self._written(lambda session: sync(session, self.settings.works.declared, now))
        await asyncio.to_thread(self.sources.reload)
        await self.outbox.declare()
        self.voice.say(
            f"a scheduler of a fleet runs; workers: newswatch worker (now {await asyncio.to_thread(self._alive)})"
        )
        try:
            if self.settings.web and available():
                self.voice.say(f"the review page is at http://{self.settings.host}:{self.settings.port}/")
                self.web.start()
            self.timer.start()
            await stop.wait()
        finally:
            self.timer.stop()
            await self.web.stop()
            await self.outbox.stop(1.0)
            await asyncio.to_thread(self.writer.close)
            await self.queue.close()
            self.engine.dispose()

    async def _written(self, closure: Any) -> Any:
        return await asyncio.wrap_future(self.writer.submit(closure))

    def _alive(self) -> int:
        with reading(self.engine) as session:
            return fleet.workers_alive(session)

    # Ticks

    async def _hosts(self, now: datetime) -> str:
        """Have hosts with something due looked at, that nobody looks at or is asked to."""
        busy = await self.queue.busy_hosts()
        found = await asyncio.to_thread(self._due_hosts, now, busy)
        return f"{await self.queue.hosts(found)} hosts"

    def _due_hosts(self, now: datetime, busy: set[str]) -> list[str]:
        with reading(self.engine) as session:
            lists = [host_of(url) for url in fleet.due_feeds(session, now)]
            names = dict.fromkeys([*lists, *fleet.due_hosts(session, now, busy)])
        return [name for name in names if name and name not in busy]

    async def _crawls(self, now: datetime) -> str:
        """Have one-off crawls begun, their hosts looked at, and those ended that have nothing left."""
        queued, running, names = await asyncio.to_thread(self._unfinished)
        for crawl_id, host in queued:
            await self.queue.begin(crawl_id, host)
        await self.queue.hosts(names, now=True)
        for crawl_id in running:
            await self._written(lambda session, its=crawl_id: crawls.finish(session, its, now))
        return f"{len(queued) + len(running)} crawls" if queued or running else ""

    def _unfinished(self) -> tuple[list[tuple[int, str]], list[int], list[str]]:
        with reading(self.engine) as session:
            found = fleet.unfinished(session)
            if not found:
                return [], [], []
            lists = [
                (number, fleet.first_list(session, wanted)) for number, state, wanted in found if state == "queued"
            ]
            names = dict.fromkeys(host_of_item(url) for url in fleet.waiting_items(session))
        queued = [(number, host_of(url)) for number, url in lists]
        return queued, [number for number, state, _ in found if state == "running"], list(names)

    async def _deliver(self, now: datetime) -> str:
        """Have channels told that have something due; the terminal is told here."""
        wanted = await asyncio.to_thread(self._channels_due, now)
        for name in wanted:
            if name in self._here:
                await self.outbox.turn(name, now)
            else:
                await self.queue.channel(name)
        return ", ".join(wanted)

    def _channels_due(self, now: datetime) -> list[str]:
        with reading(self.engine) as session:
            asked = {ask.channel for ask in channels.asked(session)}
            return sorted(asked.union(fleet.due_channels(session, now)) & set(self.outbox.lanes))

    async def _leftovers(self, now: datetime) -> str:
        del now
        left = await asyncio.to_thread(self._to_compare)
        for revision_id, page_id in left:
            await self.queue.revision(revision_id, page_id)
        return f"{len(left)} revisions"

    def _to_compare(self) -> list[tuple[int, int]]:
        with reading(self.engine) as session:
            found = [revisions.get(session, number) for number in revisions.to_compare(session, LEFTOVERS)]
        return [(revision.id, revision.page_id) for revision in found if revision]

    async def _stalled(self, now: datetime) -> str:
        del now
        removed = await self.queue.remove_stalled()
        if removed:
            self.voice.say(f"{removed} jobs of a worker that fell silent are done by others")
        return f"{removed} jobs" if removed else ""

    async def _fingerprints(self, now: datetime) -> str:
        del now
        made = await asyncio.to_thread(self._prints)
        return f"{await self._written(lambda session: siblings.keep(session, made))} bodies fingerprinted"

    async def _texts(self, now: datetime) -> str:
        del now
        return await index_texts(self.engine, self._written)

    def _prints(self) -> siblings.Prints:
        with reading(self.engine) as session:
            return siblings.prints(session)

    async def _sources(self, now: datetime) -> str:
        del now
        await asyncio.to_thread(self.sources.reload)
        return ""

    async def _websub(self, now: datetime) -> str:
        """Have hubs asked: a worker does it, at the hub's pace."""
        callback = self.settings.works.websub_callback
        if callback is None or not await asyncio.to_thread(self._hubs_due, now):
            return ""
        return "a worker asks hubs" if await self.queue.hubs(callback) else ""

    def _hubs_due(self, now: datetime) -> bool:
        with reading(self.engine) as session:
            return bool(websub.due(session, now, 1))

    async def _budget(self, now: datetime) -> str:
        return str(await self._written(lambda session: self.budget.settle(session, now)))

    async def _housekeeping(self, now: datetime) -> str:
        before = now - timedelta(days=self.settings.check_days)
        await self._written(lambda session: forget_passing(session, now))
        await train_dictionary(self.engine, self._written, now)
        return f"{await drop_checks(self.writer, before)} checks expired"


def _on(route: Route, terminal: Terminal | LogLines) -> Route:
    return replace(route, channel=terminal)
