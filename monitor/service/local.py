"""One machine: the service with its timer, and the engine of a one-off where no service holds the home."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from rich.console import Console
from sqlalchemy.orm import Session

from crawler.discovery import FeedVisit
from crawler.store import Visit
from db.archive import segments
from db.engine import reading
from db.home import Home
from db.queries import crawls, pages, sources, templates, triage
from db.types import Fetched, FetchFailed, Outcome
from monitor import siblings
from monitor.notify.channel import TERMINAL, Route
from monitor.notify.terminal import LogLines, Terminal
from monitor.service.alive import alive
from monitor.service.health import Reach
from monitor.service.lock import HomeBusyError, engine_lock
from monitor.service.logs import Where, log_to
from monitor.service.tidying import drop_checks
from monitor.service.timer import Timer, Work
from monitor.service.webserver import WebServer, available, taken
from monitor.service.works import Works, WorksSettings
from monitor.web.access.policy import THIS_MACHINE, Access

STOP_MOST_S = 9.0
POLL_S = 0.25
SUMMARY_S = 60.0
BUDGET_S = 600.0
SEAL_S = 15.0
WEBSUB_S = 30.0
SOURCES_S = 10.0  # until what `newswatch sources` changed reaches a running service
SPOOL_DAYS = 30
CHECK_DAYS = 365
UNDO_AGE = timedelta(days=30)  # of judgements that can be taken back
PRINT_AGE = timedelta(days=7)  # of edits that could still be told to be a template's, or undone


@dataclass(frozen=True)
class ServiceSettings:
    """How the service shows itself. `zone` is the zone of times on the terminal; `routes` are the channels of notification."""

    works: WorksSettings = field(default_factory=WorksSettings)
    host: str = "127.0.0.1"
    port: int = 8765
    web: bool = True
    access: Access = THIS_MACHINE
    zone: str = "UTC"
    spool_days: int = SPOOL_DAYS
    archive_most_bytes: int | None = None
    check_days: int = CHECK_DAYS
    tick_s: float = 1.0
    log: Where = "file"
    routes: tuple[Route, ...] = (Route(TERMINAL, TERMINAL, "this terminal"),)


class Voice:
    """Tells a person at the terminal what the service does, in plain words, and the log the same."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.log = structlog.get_logger("newswatch")

    def say(self, text: str) -> None:
        self.console.print(f"[dim]{datetime.now(UTC).astimezone():%H:%M:%S}[/dim] {text}", soft_wrap=True)
        self.log.info(text)


class Service:
    """The works with a timer, a review page and a voice."""

    def __init__(self, home: Home, settings: ServiceSettings, console: Console) -> None:
        self.home, self.settings = home, settings
        self.voice = Voice(console)
        self.reach = Reach(self.voice.say)
        self.counts: Counter[str] = Counter()
        routes = [self._with_terminal(route) for route in settings.routes]
        self.works = Works(
            home, settings.works, routes=routes, seen=self._seen, listed=self._listed, say=self.voice.say
        )
        self.timer = Timer(self.works.writer, self._jobs())
        self.web = WebServer(home.path, settings.host, settings.port, self.voice.say, more=self._web_arguments())

    def _with_terminal(self, route: Route) -> Route:
        """The route; one without a channel is told here."""
        terminal = told_here(self.settings, self.voice.console)
        return route if route.channel else replace(route, channel=terminal)

    def _web_arguments(self) -> list[str]:
        database = self.settings.works.database
        stored = ["--database", database] if database else []
        return ["--zone", self.settings.zone, *stored, *self.settings.access.arguments()]

    def _jobs(self) -> list[Work]:
        tick = self.settings.tick_s
        works = self.works
        return [
            Work("discover", tick, works.rounds.discover),
            Work("check due pages", tick, works.rounds.check),
            Work("one-off crawls", min(tick, 0.5), lambda _: works.oneoffs.poll()),
            Work("deliver", min(tick, 1.0), works.outbox.tick),
            Work("compare leftovers", 30.0, lambda _: works.comparing.leftovers()),
            Work("fingerprints", 10.0, self._fingerprints),
            Work("sources", SOURCES_S, self._sources),
            Work("websub", WEBSUB_S, works.subscriptions.tick),
            Work("budget", BUDGET_S, works.settle),
            Work("seal", SEAL_S, works.seal),
            Work("summary", SUMMARY_S, self._summary),
            Work("housekeeping", 3600.0, self._housekeeping),
        ]

    async def run(self, *, once: bool, stop: asyncio.Event) -> None:
        """Run until `stop` is set, or, `once`, until nothing is due."""
        await self.works.start()
        self._introduce()
        try:
            if once:
                await self._once(stop)
            else:
                await self._serve(stop)
        finally:
            await self._stop()

    async def _serve(self, stop: asyncio.Event) -> None:
        works = self.works
        async with alive("engine", works.writer, works.figures, in_flight=works.in_flight):
            if self.settings.web and available():
                self.web.start()
            self.timer.start()
            await stop.wait()

    def _introduce(self) -> None:
        with reading(self.works.engine) as session:
            watched = [s.name for s in sources.every(session) if s.enabled and s.name != sources.ADHOC]
            known = sum(pages.counts_by_source(session).values())
        self.voice.say(f"newswatch watches {len(watched)} sources ({', '.join(watched[:12])}) and {known} known pages")
        for segment, cut in self.works.torn:
            self.voice.say(f"the archive's {segment} ended in half a record after a crash; {cut} bytes were cut")
        if self.settings.web and available() and not taken(self.settings.host, self.settings.port):
            self.voice.say(f"the review page is at http://{self.settings.host}:{self.settings.port}/")
        self.voice.say("edits are shown here as they are found; Ctrl-C ends the service")

    async def _once(self, stop: asyncio.Event) -> None:
        """Visit what is due until nothing is, then tell."""
        while not stop.is_set():
            now = datetime.now(UTC)
            begun = await self.works.rounds.discover(now) + await self.works.rounds.check(now)
            running = self.works.rounds.running
            if not running and not begun:
                break
            await asyncio.wait(running, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
        await self.works.comparing.leftovers()
        while await self.works.outbox.deliver(datetime.now(UTC)):
            pass

    async def _stop(self) -> None:
        self.voice.say("ending: what is in flight is stored, the rest stays due")
        self.timer.stop()
        await asyncio.gather(self.web.stop(), self.works.stop())
        self.voice.say("ended")

    def _seen(self, visit: Visit, result: Fetched | FetchFailed) -> None:
        del result
        self.counts[visit.outcome] += 1
        if visit.outcome == Outcome.FAILED:
            self.voice.log.warning("check failed", url=visit.url, reason=visit.reason, detail=visit.detail)

    def _listed(self, visit: FeedVisit) -> None:
        rules = self.works.sources.rules(visit.feed.source_id)
        self.reach.note(rules.name, visit.feed.url, visit.reason, visit.detail)
        if visit.new:
            self.voice.say(f"{rules.name}: {visit.new} new articles")

    async def _sources(self, now: datetime) -> str:
        """Take up what was changed of sources by command or page."""
        del now
        await asyncio.to_thread(self.works.sources.reload)
        return ""

    async def _summary(self, now: datetime) -> str:
        del now
        counts, self.counts = self.counts, Counter()
        words = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(counts.items()))
        if words:
            self.voice.say(f"checks in the last minute: {words}")
        return words

    async def _fingerprints(self, now: datetime) -> str:
        """Fingerprint new bodies, by which the same story on other outlets is found."""
        del now
        made = await asyncio.to_thread(self._new_prints)
        kept = await asyncio.wrap_future(self.works.writer.submit(lambda session: siblings.keep(session, made)))
        return f"{kept} bodies fingerprinted"

    def _new_prints(self) -> siblings.Prints:
        with reading(self.works.engine) as session:
            return siblings.prints(session)

    async def _housekeeping(self, now: datetime) -> str:
        """Expire old raw answers, old checks and what only a while needs."""
        spool = now - timedelta(days=self.settings.spool_days)
        most = self.settings.archive_most_bytes
        gone = await asyncio.to_thread(segments.expire, self.home.archive_dir, spool, most)
        before = now - timedelta(days=self.settings.check_days)
        dropped = await drop_checks(self.works.writer, before)
        await asyncio.wrap_future(self.works.writer.submit(lambda session: forget_passing(session, now)))
        return f"{len(gone)} archive segments and {dropped} checks expired"


def forget_passing(session: Session, now: datetime) -> None:
    """Drop what only a while needs: prints of edits, and how to take judgements back."""
    templates.forget_before(session, now - PRINT_AGE)
    triage.forget_steps(session, now - UNDO_AGE)


def told_here(settings: ServiceSettings, console: Console) -> Terminal | LogLines:
    """The channel of a route that names none: the terminal, or the log where that is standard output."""
    return LogLines() if settings.log == "stdout" else Terminal(console, ZoneInfo(settings.zone))


def plain_console(settings: ServiceSettings) -> Console:
    """Where a person is told in plain words; nowhere where standard output is the log's."""
    return Console(highlight=False, quiet=settings.log == "stdout")


def run_service(home: Home, settings: ServiceSettings, *, once: bool = False, console: Console | None = None) -> int:
    """Run the service in this process until it is told to end. Gives the exit code: 0, or 1 where the home is taken.

    Raises `db.engine.SchemaTooNewError` for a database that a newer program wrote.
    """
    console = console or plain_console(settings)
    home.path.mkdir(parents=True, exist_ok=True)
    log_to(home, settings.log)
    try:
        with engine_lock(home.lock_path, "service"):
            asyncio.run(_serve(home, settings, console, once))
    except HomeBusyError as error:
        Console(stderr=True, highlight=False).print(f"newswatch: {error}", soft_wrap=True)
        return 1
    return 0


async def _serve(home: Home, settings: ServiceSettings, console: Console, once: bool) -> None:
    stop = stop_on_signals()
    service = Service(home, settings, console)
    await service.run(once=once, stop=stop)


def stop_on_signals() -> asyncio.Event:
    """An event set by SIGTERM or Ctrl-C; a second one, or an end that takes too long, ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask() -> None:
        if stop.is_set():
            os._exit(130)
        stop.set()
        loop.call_later(STOP_MOST_S, os._exit, 1)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ask)
    return stop


def run_crawls(home: Home, settings: WorksSettings, crawl_id: int, watch: Callable[[], Any] | None = None) -> bool:
    """Run the crawls that are asked for in this process until `crawl_id` is done. Gives whether it was done.

    Raises `HomeBusyError` where an engine holds the home. `watch` is called a few times a second meanwhile.
    """
    log_to(home)
    with engine_lock(home.lock_path, "crawl"):
        return asyncio.run(_crawl(home, settings, crawl_id, watch))


async def _crawl(home: Home, settings: WorksSettings, crawl_id: int, watch: Callable[[], Any] | None) -> bool:
    stop = stop_on_signals()
    works = Works(home, settings)
    await works.start()
    try:
        while not stop.is_set():
            await works.oneoffs.poll()
            if watch:
                await asyncio.to_thread(watch)
            if await asyncio.to_thread(_done, works, crawl_id):
                return True
            await asyncio.sleep(POLL_S)
        return False
    finally:
        await works.stop()


def _done(works: Works, crawl_id: int) -> bool:
    with reading(works.engine) as session:
        crawl = crawls.get(session, crawl_id)
    return crawl is None or crawl.state == "done"
