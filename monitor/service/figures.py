"""What an engine process counts of itself, in prometheus-client's own objects; `alive` stores it as JSON."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from crawler.discovery import FeedVisit
from crawler.store import Visit
from db.types import Fetched, FetchFailed

FETCH_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
LAG_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
BATCH = (1, 2, 5, 10, 20, 50, 100)
BATCH_S = (0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, 5.0)


class Figures:
    """Counters of one process. Nothing here names a page or a host: the number of series must stay small."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        made: dict[str, Any] = {"registry": self.registry}
        self.checks = Counter("newswatch_checks", "Looks at articles, by what came of them.", ["outcome"], **made)
        self.lists = Counter("newswatch_lists", "Looks at feeds, sitemaps and sections.", ["outcome"], **made)
        self.fetch = Histogram("newswatch_fetch_seconds", "From request to whole answer.", buckets=FETCH_S, **made)
        self.lag = Histogram("newswatch_loop_lag_seconds", "How late the event loop is.", buckets=LAG_S, **made)
        self.batches = Histogram(
            "newswatch_writer_batch_closures", "Writes that share a commit.", buckets=BATCH, **made
        )
        self.commits = Histogram("newswatch_writer_batch_seconds", "A batch, commit included.", buckets=BATCH_S, **made)
        self.waiting = Gauge("newswatch_writer_waiting", "Writes that wait for the writer.", **made)
        self.in_flight = Gauge("newswatch_in_flight", "Looks and one-off crawls under way.", **made)
        ProcessCollector(registry=self.registry)

    def visited(self, visit: Visit, result: Fetched | FetchFailed) -> None:
        self.checks.labels(str(visit.outcome)).inc()
        if isinstance(result, Fetched):
            self.fetch.observe(max((result.at - result.started_at).total_seconds(), 0.0))

    def listed(self, visit: FeedVisit) -> None:
        self.lists.labels(visit.reason or "read").inc()

    def batch(self, closures: int, seconds: float) -> None:
        """The writer's own thread calls this after each batch."""
        self.batches.observe(closures)
        self.commits.observe(seconds)

    def families(self) -> list[dict[str, Any]]:
        """All of it as JSON: families with `name`, `help`, `type` and samples `[name, labels, value]`."""
        return [
            {
                "name": family.name,
                "help": family.documentation,
                "type": family.type,
                "samples": [[sample.name, sample.labels, sample.value] for sample in family.samples],
            }
            for family in self.registry.collect()
        ]
