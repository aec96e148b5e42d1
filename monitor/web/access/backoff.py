"""Slows down who guesses: after a few tries each next one must wait twice as long."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock


class Backoff:
    """Tries by key, in this process: `free` at once, then waits of 1, 2, 4 … `most` seconds; forgotten after `forget` seconds.

    A try counts before it is judged, so that many at once gain nothing. Of more than `keys` keys the one tried
    the longest ago is forgotten.
    """

    def __init__(
        self,
        *,
        most: float,
        free: int = 5,
        forget: float = 6 * 3600.0,
        keys: int = 20_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._free, self._forget, self._keys, self._clock = most, free, forget, keys, clock
        self._tries: OrderedDict[str, tuple[int, float, float]] = OrderedDict()  # count, not before, last
        self._lock = Lock()

    def take(self, key: str) -> float:
        """Count a try and give 0, or, where it comes too soon, the seconds to wait; that is not counted."""
        now = self._clock()
        with self._lock:
            count, not_before, last = self._tries.get(key, (0, 0.0, now))
            if now - last > self._forget:
                count, not_before = 0, 0.0
            if now < not_before:
                return not_before - now
            count += 1
            wait = min(self._most, 2.0 ** min(count - self._free, 30)) if count >= self._free else 0.0
            self._tries[key] = count, now + wait, now
            self._tries.move_to_end(key)
            if len(self._tries) > self._keys:
                self._tries.popitem(last=False)
        return 0.0

    def clear(self, key: str) -> None:
        """The last try was right."""
        with self._lock:
            self._tries.pop(key, None)
