"""Looking through a table by windows of ids, within a time budget, for what no index finds at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

FIRST_WINDOW = 4000
GROWTH = 8
BUDGET_S = 0.05

# ids in `[low, high)` that fit, in the order looked for, at most so many; the last says whether it is a window after the first
Ids = Callable[[int, int, int, bool], list[int]]


@dataclass(frozen=True, slots=True)
class Seen:
    """Ids that fit. `edge` is where the look ended: all ids on the way to it were looked at; None where all there are were."""

    ids: list[int]
    edge: int | None


def look(ids: Ids, low: int, high: int, wanted: int, budget_s: float = BUDGET_S, *, upwards: bool = False) -> Seen:
    """Look through `[low, high)`, downwards from the newest or upwards, for `wanted` ids; windows grow as the time allows."""
    began = time.perf_counter()
    found: list[int] = []
    size, number = FIRST_WINDOW, 0
    while len(found) < wanted and low < high:
        window = (low, min(high, low + size)) if upwards else (max(low, high - size), high)
        found += ids(*window, wanted - len(found), number > 0)
        if len(found) >= wanted:
            break
        low, high = (window[1], high) if upwards else (low, window[0])
        spent, number = time.perf_counter() - began, number + 1
        if spent > budget_s:
            break
        size = min(size * GROWTH, max(FIRST_WINDOW, int(size * (budget_s - spent) / max(spent, 0.001))))
    if low >= high:
        return Seen(found, None)
    return Seen(found, low if upwards else high)
