"""The works of one engine process, put together: database, archive, readers, fetch engine, rounds, comparing, one-offs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from crawler import faults
from crawler.budget import Budget, BudgetSettings
from crawler.decide import Rules
from crawler.discovery import Discovery, FeedVisit
from crawler.fetch.engine import FetchEngine, FetchSettings, host_of
from crawler.ingest import Ingest
from crawler.oneoff import OneOffs
from crawler.readers import Readers
from crawler.recrawl import Pace
from crawler.reread import Rereader
from crawler.schedule import Rounds
from crawler.store import Store, Visit
from crawler.watched import Sources
from crawler.websub import Subscriptions
from db.archive import segments
from db.archive.writer import ArchiveWriter
from db.engine import open_engine, reading, upgrade
from db.evidence.note import NoteError
from db.home import Home
from db.queries import clock, feeds, hosts, sources
from db.types import Fetched, FetchFailed, Outcome
from db.writer import Writer, WriterClosedError
from monitor.compare import Telling
from monitor.notify.channel import Route
from monitor.notify.outbox import Outbox
from monitor.service.comparing import Comparing
from monitor.service.figures import Figures
from monitor.service.keeping import Keeper
from monitor.service.lock import HomeBusyError
from monitor.service.sealing import Sealed, Sealer
from monitor.service.sharing import ALONE, Sharing

STOP_GRACE_S = 3.0
LAST_BATCHES = 5
LAST_FILE_BYTES = 512 << 20
log = structlog.get_logger("newswatch.works")

Declared = tuple[str, str | None, dict[str, object], list[tuple[str, str]]]


@dataclass(frozen=True)
class WorksSettings:
    """What the works need of a configuration. `declared` are sources: name, home, settings, and feeds as `(url, kind)`."""

    declared: tuple[Declared, ...] = ()
    database: str | None = None
    readers: int = 2
    reader_timeout_s: float = 20.0
    reader_memory_mb: int = 2048
    fetch: FetchSettings = field(default_factory=FetchSettings)
    speed: float = 1.0
    shortest_s: float = 60.0
    feed_interval_s: float | None = None
    budget: BudgetSettings = field(default_factory=BudgetSettings)
    telling: Telling = field(default_factory=Telling)
    rules: Rules | None = None
    queue: bool = False  # many machines share the work
    stall_s: float = 30.0  # of silence, after which a worker is taken for dead
    stamp_url: str | None = None
    spool_days: int = 30
    websub_callback: str | None = None

    @property
    def pace(self) -> Pace:
        return Pace(self.speed, self.shortest_s)

    @property
    def thresholds(self) -> Rules:
        """Thresholds of decisions; a faster clock confirms a removal faster as well."""
        if self.rules:
            return self.rules
        gone = max(600.0 / self.speed, min(self.shortest_s, 600.0))
        return Rules(gone_span=timedelta(seconds=gone))


def prepare(home: Home, settings: WorksSettings) -> Engine:
    """Open a home's database, upgrade its schema and make its tables say what the configuration says."""
    home.path.mkdir(parents=True, exist_ok=True)
    engine = open_engine(home.database_url(settings.database))
    upgrade(engine)
    return engine


class Works:
    """Everything between the timer and the tables. `start`, then the timer's jobs, then `stop`.

    `routes` are the channels that this process tells by; `say` tells a person of one that fails. `seen` and `listed` are called
    after each visit to a page and to a feed. `readers` given from outside are not closed. `sharing` is what is done otherwise
    where other processes share the database.
    """

    def __init__(
        self,
        home: Home,
        settings: WorksSettings,
        *,
        routes: Sequence[Route] = (),
        readers: Readers | None = None,
        seen: Callable[[Visit, Fetched | FetchFailed], None] = lambda *_: None,
        listed: Callable[[FeedVisit], None] = lambda _: None,
        say: Callable[[str], None] = lambda _: None,
        sharing: Sharing = ALONE,
    ) -> None:
        self.home, self.settings, self._sharing = home, settings, sharing
        self._seen, self._listed = seen, listed
        self.engine = prepare(home, settings)
        self.torn = segments.recover(home.archive_dir, sharing.process) if home.archive_dir.exists() else []
        self.archive = ArchiveWriter(home.archive_dir, sharing.process)
        self.figures = Figures()
        self.writer = Writer(self.engine, before_commit=self.archive.sync_kept, after_batch=self.figures.batch)
        self._own_readers = readers is None
        self.readers = readers or Readers(
            settings.readers, timeout_s=settings.reader_timeout_s, memory_mb=settings.reader_memory_mb
        )
        self.fetcher = FetchEngine(settings.fetch, turns=sharing.turns)
        self.sources = Sources(self.engine, settings.feed_interval_s)
        self.comparing = Comparing(self.engine, self.writer, self.readers, settings.telling)
        self.sealer = Sealer(home, self.engine, within=self._written, stamp_url=settings.stamp_url)
        self.keeper = Keeper(
            home, self.engine, writer=self.archive, within=self._written, spool_days=settings.spool_days
        )
        self._keeping: asyncio.Task[None] | None = None
        self.budget = Budget(settings.budget, self._a_minute)
        self._make_rounds()
        self.outbox = Outbox(self.engine, self.writer, routes, point=faults.point, say=say)

    def _make_rounds(self) -> None:
        store = Store(
            self.archive.keep,
            pace=self.settings.pace,
            rules=self.settings.thresholds,
            on_state=self.comparing.state,
            budget=self.budget,
        )
        rereader = Rereader(self.engine, self.home.archive_dir, self.readers)
        self.ingest = Ingest(
            self.writer,
            self.archive,
            self.readers,
            store=store,
            rereader=rereader,
            zone_of=self.sources.zone,
            stale=self._sharing.stale,
        )
        self.discovery = Discovery(
            self.writer, self.readers, self.fetcher.fetch, rules_of=self.sources.rules, pace=self.settings.pace
        )
        self.subscriptions = Subscriptions(
            self.engine,
            self.writer,
            self.fetcher.fetch,
            rules_of=self.sources.rules,
            callback=self.settings.websub_callback,
        )
        self.rounds = Rounds(
            self.engine,
            self.fetcher.fetch,
            self.ingest,
            self.discovery,
            pace_of=self.sources.pace,
            proxy_of=self.sources.proxy,
            zone_of=self.sources.zone,
            rendered=self.sources.renders,
            after_visit=self._after_visit,
            after_feed=self._after_feed,
        )
        self.oneoffs = OneOffs(
            self.engine,
            self.writer,
            self.rounds,
            self.ingest,
            self.discovery,
            fetch=self.fetcher.fetch,
            zone_of=self.sources.zone,
        )

    async def start(self) -> None:
        """Sync the sources, open the fetch engine, remember which hosts asked us to wait, take up what was left half-told."""
        if self._sharing.leads:
            await self._submit_sync()
            await asyncio.wrap_future(self.writer.submit(lambda session: clock.set_right(session, datetime.now(UTC))))
        await asyncio.to_thread(self.sources.reload)
        await self.fetcher.start()
        await asyncio.to_thread(self._hold_hosts)
        await asyncio.to_thread(self._load_budget)
        if self._sharing.leads:
            await self.outbox.recover()

    def _load_budget(self) -> None:
        with reading(self.engine) as session:
            self.budget.load(session)

    def _a_minute(self, source_id: int) -> float:
        pace = self.sources.pace(source_id) or self.settings.fetch.pace
        return 60.0 * pace.concurrency / max(pace.delay, 0.05)

    async def settle(self, now: datetime) -> str:
        """Store what the recrawl policy learnt and set its prices."""
        return await asyncio.wrap_future(self.writer.submit(lambda session: self.budget.settle(session, now)))

    async def _submit_sync(self) -> None:
        now = datetime.now(UTC)
        await asyncio.wrap_future(self.writer.submit(lambda session: sync(session, self.settings.declared, now)))

    def _hold_hosts(self) -> None:
        now = datetime.now(UTC)
        with reading(self.engine) as session:
            for host in hosts.every(session):
                if host.not_before and host.not_before > now:
                    self.fetcher.hold(host.name, host.not_before)

    async def stop(self, grace_s: float = STOP_GRACE_S) -> None:
        """Begin nothing more, let what is in flight be stored, drop the rest (it stays due), close in order."""
        self.rounds.close()
        running = {*self.rounds.running, *self.oneoffs.running}
        with suppress(TimeoutError):  # a transfer that cannot be cut ends with the process
            await self.fetcher.stop(grace=grace_s)
        if running:
            _, late = await asyncio.wait(running, timeout=grace_s)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=1.0)
        await self.outbox.stop(grace_s)
        await asyncio.to_thread(self._close)

    def _written(self, closure: Callable[[Session], object]) -> object:
        return self.writer.submit(closure).result()

    async def seal(self, now: datetime) -> Sealed:
        """Seal what was stored; where a day began, sign. Archive files follow beside it: a store that is slow delays no seal."""
        sealed = await asyncio.to_thread(self.sealer.run, now)
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep(now))
        return sealed

    async def _keep(self, now: datetime) -> None:
        try:
            done = await asyncio.to_thread(self.keeper.run, now)
        except WriterClosedError:  # the end
            return
        except Exception:  # as a job of the timer that failed
            log.exception("the archive could not be kept")
            return
        if done.trouble:
            log.warning("archive files stay here until the store answers", why=done.trouble)
        elif str(done):
            log.info("the archive was kept", done=str(done))

    def _close(self) -> None:
        if self._own_readers:
            self.readers.close()
        self.writer.close()
        self._keep_last()
        self.archive.close()
        self._seal_last()
        self.engine.dispose()

    def _keep_last(self) -> None:
        try:
            self.keeper.last()
        except (OSError, SQLAlchemyError, HomeBusyError, WriterClosedError) as error:
            log.warning("the last kept answers are not in the store; the next start does it", error=str(error))

    def _seal_last(self) -> None:
        """Nothing is appended any more: what stands is sealed, within the time that an end may take."""
        try:
            Sealer(self.home, self.engine).run(
                datetime.now(UTC), batches=LAST_BATCHES, ended=self._sharing.process, most=LAST_FILE_BYTES
            )
        except (OSError, NoteError, SQLAlchemyError) as error:
            log.warning("not sealed at the end; the next start does it", error=str(error))

    async def _after_visit(self, visit: Visit, result: Fetched | FetchFailed) -> None:
        self.figures.visited(visit, result)
        self._seen(visit, result)
        if isinstance(result, FetchFailed) and result.retry_at:
            await self._hold(result)
        if visit.outcome == Outcome.CHANGED and visit.revision_id:
            await self._compare(visit, visit.revision_id)

    async def _compare(self, visit: Visit, revision_id: int) -> None:
        if self._sharing.changed:
            await self._sharing.changed(visit)
        else:
            await self.comparing.revision(revision_id)

    async def _hold(self, result: FetchFailed) -> None:
        host = host_of(
            result.final_url or result.url
        )  # as the engine does: it was the last address that asked us to wait
        values = {"not_before": result.retry_at, "reason": str(result.reason)}
        await asyncio.wrap_future(self.writer.submit(lambda session: hosts.record(session, host, **values)))

    def in_flight(self) -> int:
        """Looks and one-off crawls under way."""
        return len(self.rounds.running) + len(self.oneoffs.running)

    async def _after_feed(self, visit: FeedVisit) -> None:
        self.figures.listed(visit)
        self._listed(visit)


def sync(session: Session, declared: tuple[Declared, ...], now: datetime) -> None:
    """Make the source and feed tables say what the configuration says."""
    sources.sync(session, [(name, home, settings) for name, home, settings, _ in declared], now)
    session.flush()
    by_name = {record.name: record.id for record in sources.every(session)}
    for name, _, settings, wanted in declared:
        if settings.get("enabled") is False:
            sources.set_enabled(session, name, enabled=False)
        feeds.sync(session, by_name[name], wanted, now)
