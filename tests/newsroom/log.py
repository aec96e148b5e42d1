"""What was asked of the newsroom: for assertions on pace, robots and conditional headers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise


@dataclass(eq=False, slots=True)
class RequestRecord:
    """One request. `at` and `ended` are monotonic seconds; `client` is the connection's address and port."""

    at: float
    time: datetime
    outlet: str
    netloc: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    status: int
    client: tuple[str, int]
    ended: float | None = None

    @property
    def conditional(self) -> bool:
        return "if-none-match" in self.headers or "if-modified-since" in self.headers


@dataclass(slots=True)
class RequestLog:
    """Thread-safe list of requests, oldest first."""

    _records: list[RequestRecord] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def add(self, record: RequestRecord) -> None:
        with self._changed:
            self._records.append(record)
            self._changed.notify_all()

    def finish(self, record: RequestRecord) -> None:
        with self._changed:
            record.ended = time.monotonic()
            self._changed.notify_all()

    def clear(self) -> None:
        with self._changed:
            self._records.clear()

    def all(
        self,
        *,
        outlet: str | None = None,
        path: str | None = None,
        prefix: str | None = None,
        status: int | None = None,
    ) -> list[RequestRecord]:
        """Requests that match every given filter, oldest first."""
        with self._changed:
            return [
                r
                for r in self._records
                if (outlet is None or r.outlet == outlet)
                and (path is None or r.path == path)
                and (prefix is None or r.path.startswith(prefix))
                and (status is None or r.status == status)
            ]

    def count(
        self,
        *,
        outlet: str | None = None,
        path: str | None = None,
        prefix: str | None = None,
        status: int | None = None,
    ) -> int:
        return len(self.all(outlet=outlet, path=path, prefix=prefix, status=status))

    def gaps(self, outlet: str) -> list[float]:
        """Seconds between the starts of an outlet's requests in turn."""
        starts = [r.at for r in self.all(outlet=outlet)]
        return [later - earlier for earlier, later in pairwise(starts)]

    def peak(self, outlet: str) -> int:
        """The most requests to an outlet that were being answered at one moment."""
        edges = []
        for r in self.all(outlet=outlet):
            edges += [(r.at, 1), (r.ended if r.ended is not None else float("inf"), -1)]
        running = most = 0
        for _, step in sorted(edges):
            running += step
            most = max(most, running)
        return most

    def wait_for(self, met: Callable[[list[RequestRecord]], bool], timeout: float = 10.0) -> bool:
        """Block until `met(records)` holds; False where `timeout` seconds pass first."""
        with self._changed:
            return self._changed.wait_for(lambda: met(list(self._records)), timeout)
