"""For whoever watches over the service: `/metrics`, `/healthz` (this process answers), `/readyz` (the service does its work)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from fastapi import APIRouter, HTTPException
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from db.archive import segments
from db.engine import schema_revision
from db.queries import checks, deliveries, feeds, figures, jobs, pages
from db.types import Reason
from monitor.web.access.identity import identify
from monitor.web.access.policy import Access
from monitor.web.desk import Desk, desk_of

STORED = timedelta(minutes=30)  # a visit before that tells nothing of now
FRESH = timedelta(seconds=60)  # a process says that it lives every five seconds
SIZES_S = 60.0  # a folder of many segments is not listed at each scrape

router = APIRouter(include_in_schema=False)
T = TypeVar("T", bound=tuple[str, ...])


@router.get("/healthz")
def health() -> dict[str, str]:
    """This process answers."""
    return {"status": "ok"}


@router.get("/readyz")
def ready(request: Request) -> JSONResponse:
    """Whether the database answers with a schema that this program can read, an engine lives, and what it fetches is kept."""
    found = {name: look(desk_of(request)) for name, look in _LOOKS.items()}
    good = all(words == "ok" for words in found.values())
    return JSONResponse({"status": "ready" if good else "not ready", **found}, status_code=200 if good else 503)


def _database(desk: Desk) -> str:
    try:
        with desk.session() as session:
            pages.any_active(session)
    except DBAPIError:
        return "does not answer, or was not brought up to date"
    return "ok"


def _schema(desk: Desk) -> str:
    try:
        current, wanted = schema_revision(desk.engine)
    except DBAPIError:
        return "unknown"
    # a newer program's schema is one that this program may work on: else it would not have started
    return "ok" if current is not None and wanted is not None and current >= wanted else f"is {current}, not {wanted}"


def _engine(desk: Desk) -> str:
    try:
        with desk.session() as session:
            told = [process.at for process in figures.every(session)]
    except DBAPIError:
        return "unknown"
    if not told:
        return "has not run yet"
    silent = datetime.now(UTC) - max(told)
    return "ok" if silent <= FRESH else f"silent for {silent.total_seconds():.0f} s"


def _storing(desk: Desk) -> str:
    """Whether what is fetched can be stored: an engine whose disk is full lives on, and keeps nothing."""
    try:
        with desk.session() as session:
            reason = checks.newest_reason(session, datetime.now(UTC) - STORED)
    except DBAPIError:
        return "unknown"
    return f"the newest visit could not be kept: {reason}" if reason in _UNKEPT else "ok"


_UNKEPT = frozenset({Reason.DISK_FULL, Reason.DATABASE})
_LOOKS: Mapping[str, Callable[[Desk], str]] = {
    "database": _database,
    "schema": _schema,
    "engine": _engine,
    "storing": _storing,
}


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """All figures, as Prometheus asks for them. From this machine, or with a token that may read."""
    access: Access = request.app.state.access
    who = identify(request)
    if not (access.everybody(request.headers) or (who.known and who.may("read"))):
        words = "Figures are for this machine, or for a token that may read."
        raise HTTPException(401, words, headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry()
    desk = desk_of(request)
    with desk.session() as session:
        registry.register(_Found([*_of_processes(session), *_of_tables(session, desk)]))
    encode, kind = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(registry), media_type=kind)


class _Found(Collector):
    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _of_processes(session: Session) -> Iterator[Metric]:
    """What engine processes say of themselves, each family once, with the process as a label; and when they said it."""
    now = datetime.now(UTC)
    told = figures.every(session)
    families: dict[str, Metric] = {}
    for one in told:
        if now - one.at <= FRESH:
            for family in one.families:
                _add(families, family, one.process)
    yield from families.values()
    ages = {(one.process,): max((now - one.at).total_seconds(), 0.0) for one in told}
    yield _gauge("newswatch_heartbeat_age_seconds", "Since a process last said that it lives.", ("process",), ages)


def _add(families: dict[str, Metric], family: dict[str, Any], process: str) -> None:
    metric = families.setdefault(family["name"], Metric(family["name"], family["help"], family["type"]))
    for name, labels, value in family["samples"]:
        if not name.endswith("_created"):  # of no use to Prometheus without its own protocol of them
            metric.add_sample(name, {**labels, "process": process}, value)


def _of_tables(session: Session, desk: Desk) -> Iterator[Metric]:
    now = datetime.now(UTC)
    yield _one("newswatch_due_pages", "Articles whose next look has come.", pages.count_due(session, now))
    yield _one(
        "newswatch_due_lists", "Feeds, sitemaps and sections whose next look has come.", figures.due_feeds(session, now)
    )
    yield _one("newswatch_versions_to_compare", "Versions that wait to be compared.", figures.to_compare(session))
    crawls = {(state,): count for state, count in figures.open_crawls(session).items()}
    yield _gauge("newswatch_crawls", "One-off crawls that are not done.", ("state",), crawls)
    outbox = {
        (channel, state): count
        for channel, states in deliveries.counts(session).items()
        for state, count in states.items()
    }
    yield _gauge("newswatch_deliveries", "Deliveries that are not done.", ("channel", "state"), outbox)
    yield _gauge("newswatch_queue_jobs", "Jobs of a fleet.", ("queue", "state"), figures.queued_jobs(session))
    ages = {
        (job.name,): max((now - job.last_run_at).total_seconds(), 0.0) for job in jobs.every(session) if job.last_run_at
    }
    yield _gauge("newswatch_job_age_seconds", "Since a job of the timer last ran.", ("job",), ages)
    failing = sum(bool(feed.reason) for feed in feeds.every(session) if feed.active)
    yield _one("newswatch_failing_lists", "Feeds, sitemaps and sections whose last look failed.", failing)
    yield from _sizes(session, desk)


def _sizes(session: Session, desk: Desk) -> Iterator[Metric]:
    yield _one("newswatch_database_bytes", "What the database takes.", figures.database_bytes(session))
    folder = desk.archive
    if folder is not None and folder.is_dir():
        taken = desk.kept.get("archive bytes", SIZES_S, lambda: segments.size(folder))
        yield _one("newswatch_archive_bytes", "What the archive of raw answers takes.", taken)


def _one(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _gauge(name: str, words: str, labels: T, values: Mapping[T, float]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=labels)
    for given, value in values.items():
        family.add_metric(given, value)
    return family
