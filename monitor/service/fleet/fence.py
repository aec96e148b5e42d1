"""Whether this worker may still fetch: only as long as the others surely take it for alive.

A worker tells the database that it lives every few seconds. Silent for `stall_s`, it is taken for dead, and another takes its
hosts. So it stops by itself after half of that: whatever kept it silent - a network, a debugger, a suspended machine - it never
asks a host beside its successor.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

SIGNS = 6  # of life, in the time after which a silent worker is taken for dead


def clock() -> float:
    """Seconds that go on while the machine sleeps, where the system has such a clock."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(slots=True)
class Fence:
    """`alive` is told when a sign of life was sent that arrived; `cut` when one came too late."""

    stall_s: float = 30.0
    _heard: float = field(default=float("-inf"))
    _cut: bool = False

    def alive(self, sent_at: float) -> None:
        """A sign of life sent at that time (`clock`) arrived."""
        self._heard = max(self._heard, sent_at)

    def cut(self) -> None:
        """Others took this worker for dead: it begins anew under another number."""
        self._cut = True

    def renew(self) -> None:
        """Begin anew: closed until the first sign of life has arrived."""
        self._cut, self._heard = False, float("-inf")

    @property
    def lost(self) -> bool:
        """Whether this worker's jobs are not its own any more."""
        return self._cut

    @property
    def open(self) -> bool:
        """Whether this worker may fetch."""
        return not self._cut and clock() - self._heard < self.stall_s / 2
