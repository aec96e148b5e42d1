"""One-off crawls as a command sees them: ask by rows, follow the rows, run the engine oneself where nobody holds the home."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from crawler.oneoff import Options
from db.engine import reading, writing
from db.home import Home
from db.queries import changes, crawls, fleet
from db.queries.changes import ChangeFilter
from db.records import ChangeRecord, CrawlItem, CrawlRecord
from db.types import Outcome
from monitor.service.local import run_crawls
from monitor.service.lock import HomeBusyError, holder
from monitor.service.works import WorksSettings, prepare

POLL_S = 0.2
GONE_AFTER_S = 1.0
NO_WORKER_S = 5.0
STATE_KINDS = ("availability", "address")


class NoWorkerError(Exception):
    """Nobody works for the queue."""


class EngineGoneError(Exception):
    """The engine that ran the crawl ended before it was done."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One address of a crawl with what changed there."""

    item: CrawlItem
    changes: tuple[ChangeRecord, ...]


def request_crawl(engine: Engine, targets: Sequence[str], options: Options, *, requested_by: str = "cli") -> int:
    """Ask for a crawl: the rows are all it takes. Gives its id."""
    with writing(engine) as session:
        return crawls.add(session, targets, options.to_json(), requested_by, datetime.now(UTC))


class Following:
    """The answers of a crawl, each once, as they come."""

    def __init__(self, engine: Engine, crawl_id: int) -> None:
        self._engine, self._crawl_id = engine, crawl_id
        self._told: set[int] = set()

    def crawl(self) -> CrawlRecord:
        with reading(self._engine) as session:
            crawl = crawls.get(session, self._crawl_id)
        if crawl is None:
            raise LookupError(f"there is no crawl {self._crawl_id}")
        return crawl

    def fresh(self) -> list[Answer]:
        """Answers that came since the last call."""
        with reading(self._engine) as session:
            crawl = crawls.get(session, self._crawl_id)
            done = crawls.items(session, self._crawl_id, states=("done", "failed"))
            found = []
            for item in done:
                if item.id not in self._told and crawl is not None:
                    self._told.add(item.id)
                    since = crawl.started_at or crawl.requested_at
                    stored = _of_item(session, item)
                    found.append(Answer(item, (*_shown(stored), *_states(session, item, since))))
        return found


def _of_item(session: Session, item: CrawlItem) -> list[ChangeRecord]:
    if item.revision_id is None or item.outcome != Outcome.CHANGED:
        return []
    return changes.of_revision(session, item.revision_id)


def _shown(stored: list[ChangeRecord]) -> list[ChangeRecord]:
    return [record for record in stored if record.change.suppressed_by is None]


def _states(session: Session, item: CrawlItem, since: datetime) -> list[ChangeRecord]:
    if item.page_id is None:
        return []
    return changes.find(session, ChangeFilter(page_id=item.page_id, kinds=STATE_KINDS, since=since))


def follow(home: Home, engine: Engine, crawl_id: int) -> Iterator[Answer]:
    """Yield a crawl's answers until it is done. Raises `EngineGoneError` where nobody holds the home any more."""
    following = Following(engine, crawl_id)
    alone = 0.0
    while True:
        done = following.crawl().state == "done"
        yield from following.fresh()
        if done:
            return
        time.sleep(POLL_S)
        alone = 0.0 if holder(home.lock_path) is not None else alone + POLL_S
        if alone > GONE_AFTER_S:
            raise EngineGoneError


def _follow_fleet(engine: Engine, crawl_id: int) -> Iterator[None]:
    """Look on until a crawl is done that many machines share. Raises `NoWorkerError` where none of them gives a sign of life."""
    following, alone = Following(engine, crawl_id), 0.0
    while following.crawl().state != "done":
        yield
        time.sleep(POLL_S)
        with reading(engine) as session:
            alone = 0.0 if fleet.workers_alive(session) else alone + POLL_S
        if alone > NO_WORKER_S:
            raise NoWorkerError(
                f"no worker runs that would fetch it; the crawl waits as number {crawl_id}. Start one: newswatch worker"
            )


def crawl(
    home: Home,
    settings: WorksSettings,
    targets: Sequence[str],
    options: Options,
    on_answer: Callable[[Answer, CrawlRecord], None],
) -> CrawlRecord:
    """Ask for a crawl and see it through: by the engine that holds the home, or by one of our own.

    `on_answer` is called for each address as it is answered, with how far the crawl has come. Gives the crawl as it ended; its
    `state` is not `done` where a signal ended it early (its rows stay, and the next engine goes on with them).
    """
    engine = prepare(home, settings)
    try:
        crawl_id = request_crawl(engine, targets, options)
        following = Following(engine, crawl_id)

        def tell() -> None:
            for answer in following.fresh():
                on_answer(answer, following.crawl())

        _see_through(home, settings, crawl_id, engine, tell)
        tell()
        return following.crawl()
    finally:
        engine.dispose()


def _see_through(home: Home, settings: WorksSettings, crawl_id: int, engine: Engine, tell: Callable[[], None]) -> None:
    if settings.queue:
        for _ in _follow_fleet(engine, crawl_id):
            tell()
        return
    while True:
        try:
            run_crawls(home, settings, crawl_id, tell)
        except HomeBusyError:
            try:
                for _ in follow(home, engine, crawl_id):
                    tell()
            except EngineGoneError:
                continue  # nobody runs it any more: we do
        return
