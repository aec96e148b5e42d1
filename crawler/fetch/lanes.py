"""Who may go next: one lane a host by priority, and a limit over all hosts, so that a slow host keeps none waiting."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import count

from crawler.fetch.limits import Pace
from crawler.fetch.pace import PaceBook
from crawler.fetch.visit import utc_now


class EngineStopped(Exception):  # noqa: N818  # a state, not a fault: the visit was not made, its page stays due
    """The engine stopped before this visit was answered."""


class HostHeld(Exception):  # noqa: N818  # as above
    """The host asked us to wait until `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"held until {until.isoformat()}")
        self.until = until


@dataclass(slots=True)
class _Lane:
    heap: list[tuple[int, int, asyncio.Future[None]]] = field(default_factory=list)
    active: int = 0
    timer: asyncio.TimerHandle | None = None
    starved: bool = False


class Lanes:
    """`wait_for` gives the seconds until a host's next start by its delay; holds longer than `max_wait` fail at once."""

    def __init__(self, book: PaceBook, total: int, max_wait: float, wait_for: Callable[[str, Pace], float]) -> None:
        self._book = book
        self._total = total
        self._max_wait = max_wait
        self._wait_for = wait_for
        self._lanes: dict[str, _Lane] = {}
        self._active = 0
        self._starved: dict[str, None] = {}
        self._numbers = count()
        self._closed = False

    @property
    def pending(self) -> int:
        return sum(self.pending_by_host().values())

    def pending_by_host(self) -> dict[str, int]:
        """Visits waiting or under way, by host."""
        return {host: lane.active + _waiting(lane) for host, lane in self._lanes.items()}

    async def enter(self, host: str, priority: int) -> None:
        """Wait for this visit's turn; `leave` must follow.

        :raises HostHeld: where the host is held for longer than a visit waits.
        :raises EngineStopped: where the lanes close first.
        """
        if self._closed:
            raise EngineStopped
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        lane = self._lanes.setdefault(host, _Lane())
        heapq.heappush(lane.heap, (-priority, next(self._numbers), turn))
        self._pump(host, lane)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.leave(host)  # the turn came in the same moment as the cancellation
            else:
                self._forget_if_idle(host, lane)
            raise
        except (HostHeld, EngineStopped):
            self._forget_if_idle(host, lane)
            raise

    def leave(self, host: str) -> None:
        """Give the place back and let the next go."""
        lane = self._lanes[host]
        lane.active -= 1
        self._active -= 1
        self._pump(host, lane)
        self._forget_if_idle(host, lane)
        self._feed_starved()

    def close(self) -> None:
        """Drop everyone who waits."""
        self._closed = True
        for lane in self._lanes.values():
            if lane.timer:
                lane.timer.cancel()
            _fail_all(lane, EngineStopped)

    def _pump(self, host: str, lane: _Lane) -> None:
        if lane.timer:
            lane.timer.cancel()
            lane.timer = None
        pace = self._book.pace(host)
        while _waiting(lane) and lane.active < pace.concurrency and not self._closed:
            wait = self._wait(host, lane, pace)
            if wait > 0:
                lane.timer = asyncio.get_running_loop().call_later(wait, self._pump, host, lane)
                return
            if not lane.heap:
                return
            if self._active >= self._total:
                self._starved[host] = None
                return
            self._admit(lane)

    def _wait(self, host: str, lane: _Lane, pace: Pace) -> float:
        now = utc_now()
        until = self._book.held_until(host, now)
        held = (until - now).total_seconds() if until else 0.0
        if until and held > self._max_wait:
            _fail_all(lane, partial(HostHeld, until))
            return 0.0
        return max(held, self._wait_for(host, pace))

    def _admit(self, lane: _Lane) -> None:
        _, _, turn = heapq.heappop(lane.heap)
        if not turn.done():
            lane.active += 1
            self._active += 1
            turn.set_result(None)

    def _feed_starved(self) -> None:
        while self._starved and self._active < self._total:
            host = next(iter(self._starved))
            del self._starved[host]
            lane = self._lanes.get(host)
            if lane:
                self._pump(host, lane)

    def _forget_if_idle(self, host: str, lane: _Lane) -> None:
        if not lane.active and not _waiting(lane):
            if lane.timer:
                lane.timer.cancel()
            if self._lanes.get(host) is lane:
                del self._lanes[host]


def _waiting(lane: _Lane) -> int:
    while lane.heap and lane.heap[0][2].done():
        heapq.heappop(lane.heap)
    return len(lane.heap)


def _fail_all(lane: _Lane, error: Callable[[], Exception]) -> None:
    for _, _, turn in lane.heap:
        if not turn.done():
            turn.set_exception(error())
    lane.heap.clear()
