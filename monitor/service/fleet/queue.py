"""The queue: procrastinate on the home's PostgreSQL. Its jobs are hints where to look; what is to be done stands in the rows.

So a job of a dead worker is not tried again but removed, which frees its lock; the rows it would have worked on are still due,
and the next tick makes a new job.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import structlog
from sqlalchemy.engine import make_url

from monitor.service.fleet.fence import Fence, clock

try:
    import procrastinate
    import psycopg
    from procrastinate import exceptions, jobs
    from procrastinate.manager import JobManager
except ModuleNotFoundError as error:  # pragma: no cover - the extra is installed where tests run
    raise ModuleNotFoundError(
        f"{error.name} is missing, which the queue of many machines needs: pip install 'newswatch[fleet]'",
        name=error.name,
    ) from error

CRAWL, COMPARE, DELIVER = "crawl", "compare", "deliver"
QUEUES = (CRAWL, COMPARE, DELIVER)
HOST, BEGIN, REVISION, CHANNEL, HUBS = "host", "begin_crawl", "revision", "channel", "hubs"
NOW = 100  # the priority of what a person waits for
RETRY_S = 1.0
POOL = 4
PATIENCE = 5  # times that a pool waits ten seconds for its first connection

log = structlog.get_logger("newswatch.queue")

_SIGN = """
UPDATE procrastinate_workers SET last_heartbeat = NOW()
WHERE id = %(worker_id)s AND last_heartbeat > NOW() - make_interval(secs => %(stall_s)s) RETURNING id
"""
# procrastinate looks for a lock's other jobs at each fetch, for which its own index has the columns the wrong way round
_INDEX = """
CREATE INDEX IF NOT EXISTS newswatch_jobs_lock ON procrastinate_jobs (lock)
WHERE lock IS NOT NULL AND status IN ('todo', 'doing')
"""
_APPLY = 0x71756575  # "queu"


class Manager(JobManager):
    """procrastinate's dealings with its tables, made to outlast a database that is away for a while; its signs of life keep the
    fence."""

    def __init__(self, connector: Any, fence: Fence, on_cut: Callable[[], None]) -> None:
        super().__init__(connector)
        self._fence, self._on_cut = fence, on_cut

    async def register_worker(self) -> int:
        sent_at = clock()
        number = await super().register_worker()
        self._fence.alive(sent_at)
        return number

    async def update_heartbeat(self, worker_id: int) -> None:
        sent_at = clock()
        try:
            arrived = await self.connector.execute_query_all_async(
                _SIGN, worker_id=worker_id, stall_s=self._fence.stall_s
            )
        except exceptions.ConnectorException as error:
            log.warning("no sign of life could be sent", error=str(error.__cause__ or error))
            return
        if arrived:
            self._fence.alive(sent_at)
        else:
            log.warning("this worker was taken for dead; it begins anew", worker=worker_id)
            self._begin_anew()

    def _begin_anew(self) -> None:
        self._fence.cut()
        self._on_cut()

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Any:
        if not self._fence.open:
            await asyncio.sleep(RETRY_S)
            return None
        try:
            return await super().fetch_job(queues, worker_id)
        except exceptions.ConnectorException as error:
            # it may have been ours all the same, without our knowing: under a new number it is free again
            log.warning("no job could be fetched; this worker begins anew", error=str(error.__cause__ or error))
            self._begin_anew()
            await asyncio.sleep(RETRY_S)
            return None

    async def finish_job(self, job: Any, status: jobs.Status, delete_job: bool) -> None:
        """Until it is told: a job of a living worker that stayed `doing` would hold its host for ever."""
        while True:
            try:
                return await super().finish_job(job, status, delete_job)
            except exceptions.ConnectorException as error:
                if isinstance(error.__cause__, psycopg.errors.RaiseException) or self._fence.lost:
                    log.info("the job was removed meanwhile", job=job.id)
                    return None
                await asyncio.sleep(RETRY_S)

    async def listen_for_jobs(self, **arguments: Any) -> None:
        while True:
            with suppress(exceptions.ConnectorException, psycopg.OperationalError):
                await super().listen_for_jobs(**arguments)
            await asyncio.sleep(RETRY_S)


class Queue:
    """The queue as one process uses it. `on_cut` is called where this process was taken for dead."""

    def __init__(self, url: str, fence: Fence | None = None, on_cut: Callable[[], None] = lambda: None) -> None:
        address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        connector = procrastinate.PsycopgConnector(conninfo=address, min_size=1, max_size=POOL, timeout=10.0)
        self.app = procrastinate.App(connector=connector)
        self._fence = fence or Fence()
        self.app.job_manager = Manager(connector, self._fence, on_cut)

    async def open(self) -> None:
        """Connect; make procrastinate's tables where there are none. A database that is away is waited for, a minute."""
        for _ in range(PATIENCE):
            with suppress(exceptions.ConnectorException, psycopg.OperationalError):
                return await self._open()
            await self.app.close_async()
            await asyncio.sleep(RETRY_S)
        return await self._open()

    async def _open(self) -> None:
        await self.app.open_async()
        manager, connector = self.app.job_manager, self.app.connector
        if not await manager.check_connection_async():
            async with self.app.connector.pool.connection() as connection:  # type: ignore[attr-defined] # of this connector
                await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_APPLY,))
                # by a table, which is read afresh: to_regclass may answer from what was known before the lock
                found = await connection.execute("SELECT 1 FROM pg_class WHERE relname = 'procrastinate_jobs'")
                if await found.fetchone() is None:
                    await connection.execute(self.app.schema_manager.get_schema())
        await connector.execute_query_async(_INDEX)

    async def close(self) -> None:
        await self.app.close_async()

    async def hosts(self, names: Iterable[str], *, now: bool = False) -> int:
        """Have hosts looked at; `now` goes before the others. One job a host waits at most. Gives how many were asked for."""
        prefix, priority = ("now", NOW) if now else ("host", 0)
        asked = [
            await self._defer(HOST, CRAWL, f"host:{name}", f"{prefix}:{name}", priority, host=name) for name in names
        ]
        return sum(asked)

    async def begin(self, crawl_id: int, host: str) -> bool:
        """Have a one-off crawl begun; the lists that it asks stand on that host."""
        lock = f"host:{host}" if host else f"crawl:{crawl_id}"
        return await self._defer(BEGIN, CRAWL, lock, f"crawl:{crawl_id}", NOW, crawl_id=crawl_id)

    async def revision(self, revision_id: int, page_id: int) -> bool:
        """Have a revision compared, one of a page at a time."""
        lock = f"page:{page_id}"
        return await self._defer(REVISION, COMPARE, lock, f"revision:{revision_id}", 0, revision_id=revision_id)

    async def channel(self, name: str) -> bool:
        """Have a channel told what is due."""
        return await self._defer(CHANNEL, DELIVER, f"channel:{name}", f"channel:{name}", 0, channel=name)

    async def hubs(self, callback: str) -> bool:
        """Have hubs asked for what is due; `callback` is the public address that they answer to."""
        return await self._defer(HUBS, CRAWL, "hubs", "hubs", 0, callback=callback)

    async def busy_hosts(self) -> set[str]:
        """Hosts that a job waits for or works on."""
        found = await self.app.job_manager.list_jobs_async(queue=CRAWL, task=HOST)
        return {str(job.task_kwargs["host"]) for job in found}

    async def remove_stalled(self) -> int:
        """Remove jobs whose worker was silent for too long, so that others may take their hosts. Gives how many."""
        silent_s = self._fence.stall_s
        stalled = list(await self.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silent_s))
        for job in stalled:
            with suppress(exceptions.ConnectorException):  # it ended meanwhile
                await self.app.job_manager.finish_job_by_id_async(
                    job_id=job.id or 0, status=jobs.Status.FAILED, delete_job=True
                )
        return len(stalled)

    async def _defer(
        self, task: str, queue: str, lock: str, queueing_lock: str, priority: int, **arguments: Any
    ) -> bool:
        deferrer = self.app.configure_task(task, queue=queue, lock=lock, queueing_lock=queueing_lock, priority=priority)
        try:
            await deferrer.defer_async(**arguments)
        except exceptions.AlreadyEnqueued:
            return False
        return True
