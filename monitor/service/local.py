"""One machine: the service with its timer, and the engine of a one-off where no service holds the home."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from sqlalchemy.orm import Session

from db.archive import segments
from db.engine import reading
from db.home import DATABASE_VARIABLE, Home
from db.queries import crawls, pages, sources, templates, triage
from monitor import siblings
from monitor.notify.channel import TERMINAL, Route
from monitor.notify.terminal import LogLines, Terminal
from monitor.service.alive import alive
from monitor.service.duties import By, Run, works
from monitor.service.lock import HomeBusyError, engine_lock
from monitor.service.logs import Where, log_to
from monitor.service.tidying import drop_checks, index_texts, train_dictionary
from monitor.service.timer import Timer
from monitor.service.voice import Looks, Voice
from monitor.service.webserver import WebServer, available, taken
from monitor.service.works import Works, WorksSettings
from monitor.web.access.policy import THIS_MACHINE, Access

STOP_MOST_S = 9.0
POLL_S = 0.25
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

    def sooner(self) -> dict[str, float]:
        """Works that a faster clock does oftener."""
        return dict.fromkeys(("discover", "check due pages", "hosts", "one-off crawls", "deliver"), self.tick_s)


class Service:
    """The works with a timer, a review page and a voice."""

    def __init__(self, home: Home, settings: ServiceSettings, console: Console) -> None:
        self.home, self.settings = home, settings
        self.voice = Voice(console)
        self.looks = Looks(self.voice, lambda source_id: self.works.sources.rules(source_id).name)
        routes = [self._with_terminal(route) for route in settings.routes]
        self.works = Works(
            home, settings.works, routes=routes, seen=self.looks.seen, listed=self.looks.listed, say=self.voice.say
        )
        self.timer = Timer(self.works.writer, works([By.ENGINE], self._runs(), most_s=settings.sooner()))
        self.web = web_server(home, settings, self.voice.say)

    def _with_terminal(self, route: Route) -> Route:
        """The route; one without a channel is told here."""
        terminal = told_here(self.settings, self.voice.console)
        return route if route.channel else replace(route, channel=terminal)

    def _runs(self) -> dict[str, Run]:
        own = self.works
        return {
            "discover": own.rounds.discover,
            "check due pages": own.rounds.check,
            "one-off crawls": lambda _: own.oneoffs.poll(),
            "deliver": own.outbox.tick,
            "compare leftovers": lambda _: own.comparing.leftovers(),
            "fingerprints": self._fingerprints,
            "texts": self._texts,
            "sources": self._sources,
            "websub": own.subscriptions.tick,
            "budget": own.settle,
            "seal": own.seal,
            "summary": self.looks.summary,
            "old answers": self._old_answers,
            "housekeeping": self._housekeeping,
        }

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

    async def _sources(self, now: datetime) -> str:
        """Take up what was changed of sources by command or page."""
        del now
        await asyncio.to_thread(self.works.sources.reload)
        return ""

    async def _fingerprints(self, now: datetime) -> str:
        """Fingerprint new bodies, by which the same story on other outlets is found."""
        del now
        made = await asyncio.to_thread(self._new_prints)
        kept = await asyncio.wrap_future(self.works.writer.submit(lambda session: siblings.keep(session, made)))
        return f"{kept} bodies fingerprinted"

    async def _texts(self, now: datetime) -> str:
        """Index the words of new versions, for the search in texts."""
        del now
        writer = self.works.writer
        return await index_texts(self.works.engine, lambda work: asyncio.wrap_future(writer.submit(work)))

    def _new_prints(self) -> siblings.Prints:
        with reading(self.works.engine) as session:
            return siblings.prints(session)

    async def _old_answers(self, now: datetime) -> str:
        return await asyncio.to_thread(expire_answers, self.home, self.settings, now)

    async def _housekeeping(self, now: datetime) -> str:
        """Expire old checks and what only a while needs."""
        before = now - timedelta(days=self.settings.check_days)
        dropped = await drop_checks(self.works.writer, before)
        writer = self.works.writer
        await asyncio.wrap_future(writer.submit(lambda session: forget_passing(session, now)))
        await train_dictionary(self.works.engine, lambda work: asyncio.wrap_future(writer.submit(work)), now)
        return f"{dropped} checks expired"


def expire_answers(home: Home, settings: ServiceSettings, now: datetime) -> str:
    """Drop raw answers that are too old or too many, by whole files. Gives how many files, in words."""
    before = now - timedelta(days=settings.spool_days)
    gone = segments.expire(home.archive_dir, before, settings.archive_most_bytes)
    return f"{len(gone)} archive segments expired"


def web_server(home: Home, settings: ServiceSettings, say: Callable[[str], None]) -> WebServer:
    """The review page's process. The database's address goes by its environment: everybody on the machine reads arguments."""
    database = settings.works.database
    return WebServer(
        home.path,
        settings.host,
        settings.port,
        say,
        more=["--zone", settings.zone, *settings.access.arguments()],
        environment={DATABASE_VARIABLE: database} if database else {},
    )


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
