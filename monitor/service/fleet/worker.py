"""A worker: takes jobs of the queue and does them with the same works as the one engine of a home."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TypeVar

import structlog
from procrastinate import exceptions
from procrastinate.worker import Worker
from sqlalchemy.exc import SQLAlchemyError

from crawler.fetch.lanes import EngineStopped
from crawler.fetch.limits import Pace as HostPace
from crawler.fetch.reasons import Refusal
from crawler.hosting import HostRounds
from crawler.store import Visit
from crawler.websub import Subscriptions
from db.engine import writing
from db.home import Home
from db.queries import fleet, hosts
from db.types import Reason
from monitor.service.duties import By, Run, works
from monitor.service.fleet import queue
from monitor.service.fleet.fence import SIGNS, Fence
from monitor.service.fleet.queue import Queue
from monitor.service.local import ServiceSettings, expire_answers
from monitor.service.lock import HomeBusyError, engine_lock
from monitor.service.sharing import Sharing
from monitor.service.timer import Timer
from monitor.service.voice import Looks, Voice
from monitor.service.works import Works

GRACE_S = 20.0  # for jobs under way when the worker begins anew
POLL_S = 2.0
RETRY_S = 1.0
LATE_S = 0.05  # of a turn that the others are told of, so that theirs come after it
MISSED_S = 2.0  # of a turn that is taken again
SLOTS = 256
MACHINE_MOST = 40  # letters: an archive file's name has room for 80 in the tables
HOSTS_KEPT = 20_000

T = TypeVar("T")

log = structlog.get_logger("newswatch.worker")


class FleetTurns:
    """Takes a host's turn by its row, waits for it, and looks last whether this worker may still fetch."""

    def __init__(self, fence: Fence) -> None:
        self._fence = fence
        self._sent: OrderedDict[str, float] = OrderedDict()  # when this worker let its last request to a host go
        self.works: Works | None = None

    async def take(self, host: str, delay: float, crawl_delay: float | None) -> None:
        paced = bool(delay) or crawl_delay is None  # whose robots.txt is not read yet may ask for a pace
        while paced and await self._missed(host, delay, crawl_delay):
            pass
        if not self._fence.open:
            raise EngineStopped
        self._sent[host] = time.monotonic()
        self._sent.move_to_end(host)
        if len(self._sent) > HOSTS_KEPT:
            self._sent.popitem(last=False)

    async def left(self, host: str, at: float) -> None:
        late = at - self._sent.get(host, at)
        self._sent[host] = max(at, self._sent.get(host, at))
        if late > LATE_S:
            with suppress(EngineStopped):  # what was fetched is stored all the same, if it can be
                await self._asked(hosts.say_late, host)

    async def _missed(self, host: str, delay: float, crawl_delay: float | None) -> bool:
        """Wait for a turn. Gives whether it was missed, as by a process that was stopped meanwhile."""
        turn = await self._asked(hosts.take_turn, host, delay, crawl_delay)
        if turn.held_until:
            raise Refusal(Reason.RATE_LIMITED, f"{host} asked us to wait", retry_at=turn.held_until)
        at = time.monotonic() + turn.wait_s
        # by this worker's own word as well: a request that left late must not be followed too soon by one in time
        meant = max(at, self._sent.get(host, 0.0) + delay)
        await asyncio.sleep(meant - time.monotonic())
        now = time.monotonic()
        missed = now - meant > max(MISSED_S, delay)
        if now - at > LATE_S and not missed:
            await self._asked(hosts.say_late, host)
        return missed

    async def _asked(self, query: Callable[..., T], *given: object) -> T:
        try:
            return await asyncio.to_thread(self._run, query, *given)
        except SQLAlchemyError as error:
            raise EngineStopped from error  # without the database nobody knows whose turn it is

    def _run(self, query: Callable[..., T], *given: object) -> T:
        assert self.works is not None
        with writing(self.works.engine) as session:
            return query(session, *given)


class FleetWorker:
    """One worker process. `slot` names it in the archive's files, by the same name after a restart."""

    def __init__(
        self,
        home: Home,
        service: ServiceSettings,
        *,
        queues: Sequence[str],
        concurrency: int,
        slot: str,
        voice: Voice,
    ) -> None:
        self._home, self._settings = home, service
        settings = service.works
        self._queues, self._concurrency = list(queues), concurrency
        self.fence = Fence(settings.stall_s)
        turns = FleetTurns(self.fence)
        sharing = Sharing(slot, turns, fleet.stale, self._changed, leads=False)
        told = [route for route in service.routes if route.channel is not None]
        looks = Looks(voice, lambda source_id: self.works.sources.rules(source_id).name)
        self.works = turns.works = Works(
            home, settings, routes=told, seen=looks.seen, listed=looks.listed, say=voice.say, sharing=sharing
        )
        runs: dict[str, Run] = {
            "sources": self._reload,
            "learning": self._learn,
            "seal": self.works.seal,
            "summary": looks.summary,
            "old answers": self._old_answers,
        }
        self.timer = Timer(self.works.writer, works([By.WORKER], runs), claims=True)
        self.queue = Queue(home.database_url(settings.database), self.fence, self._anew)
        self.hosts = HostRounds(
            self.works.engine, self.works.rounds, self.works.oneoffs, go=lambda: self.fence.open, pace_on=self._pace
        )
        self._worker: Worker | None = None
        self._ending = False
        self._register()

    def _register(self) -> None:
        task = self.queue.app.task
        task(name=queue.HOST, queue=queue.CRAWL)(self._host)
        task(name=queue.BEGIN, queue=queue.CRAWL)(self._begin)
        task(name=queue.REVISION, queue=queue.COMPARE)(self._revision)
        task(name=queue.CHANNEL, queue=queue.DELIVER)(self._channel)
        task(name=queue.HUBS, queue=queue.CRAWL)(self._hubs)

    async def run(self, stop: asyncio.Event) -> None:
        """Take jobs until `stop` is set; what is under way then is ended in order."""
        await self.queue.open()
        await self.works.start()
        self.timer.start()
        ending = asyncio.create_task(self._end_on(stop))
        try:
            while not self._ending:
                await self._life()
        finally:
            self.timer.stop()
            ending.cancel()
            await asyncio.gather(ending, return_exceptions=True)
            await self.works.stop()
            await self.queue.close()

    async def _life(self) -> None:
        """From one registration to the next: as long as the others take this worker for alive."""
        self.fence.renew()
        self._worker = Worker(
            self.queue.app,
            queues=self._queues,
            name=self._home.path.name,
            concurrency=self._concurrency,
            fetch_job_polling_interval=POLL_S,
            shutdown_graceful_timeout=GRACE_S,
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=self.fence.stall_s / SIGNS,
            stalled_worker_timeout=self.fence.stall_s,
        )
        try:
            await self._worker.run()  # type: ignore[no-untyped-call]
        except exceptions.ConnectorException as error:
            log.warning("the database does not answer", error=str(error.__cause__ or error))
            await asyncio.sleep(RETRY_S)

    async def _end_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._ending = True
        self.works.rounds.close()
        self.fence.cut()  # nothing more is fetched; what was is stored
        self._anew()

    def _anew(self) -> None:
        if self._worker:
            self._worker.stop()  # type: ignore[no-untyped-call]

    # The jobs

    async def _host(self, host: str) -> None:
        if await self.hosts.run(host):
            await self.queue.hosts([host])

    async def _begin(self, crawl_id: int) -> None:
        await self.works.oneoffs.begin(crawl_id)

    async def _revision(self, revision_id: int) -> None:
        await self.works.comparing.revision(revision_id)

    async def _channel(self, channel: str) -> None:
        if channel in self.works.outbox.lanes:
            await self.works.outbox.turn(channel, datetime.now(UTC))

    async def _hubs(self, callback: str) -> None:
        own = self.works
        hubs = Subscriptions(own.engine, own.writer, own.fetcher.fetch, rules_of=own.sources.rules, callback=callback)
        await hubs.tick(datetime.now(UTC))

    async def _changed(self, visit: Visit) -> None:
        assert visit.revision_id is not None
        try:
            await self.queue.revision(visit.revision_id, visit.page_id)
        except exceptions.ConnectorException as error:  # the scheduler finds it among the leftovers
            log.warning("a comparison could not be asked for", revision=visit.revision_id, error=str(error))

    def _pace(self, host: str, source_id: int | None) -> HostPace:
        pace = (self.works.sources.pace(source_id) if source_id else None) or self.works.settings.fetch.pace
        asked = self.works.fetcher.crawl_delay(host)
        return HostPace(max(pace.delay, asked), 1) if asked else pace

    # What a worker does beside its jobs

    async def _reload(self, now: datetime) -> str:
        del now
        await asyncio.to_thread(self.works.sources.reload)
        return ""

    async def _learn(self, now: datetime) -> None:
        del now
        await asyncio.wrap_future(self.works.writer.submit(self.works.budget.share))

    async def _old_answers(self, now: datetime) -> str:
        return await asyncio.to_thread(expire_answers, self._home, self._settings, now)


@contextmanager
def slot_of(home: Home) -> Iterator[str]:
    """A name that no other worker of this home has: this machine's, and the first number that is free."""
    machine = "".join(letter for letter in socket.gethostname().split(".")[0] if letter.isalnum()) or "machine"
    machine = machine[-MACHINE_MOST:]  # of a pod, the end tells it apart
    home.path.mkdir(parents=True, exist_ok=True)
    for number in range(1, SLOTS):
        path = home.path / f"worker-{machine}-{number}.lock"
        try:
            with engine_lock(path, "worker"):
                yield f"{machine}w{number}"
                return
        except HomeBusyError:
            continue
    raise HomeBusyError(f"{SLOTS - 1} workers run on {home.path} already")
