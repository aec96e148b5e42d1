"""How late a sleeper is woken: of an event loop, and, for comparison, of a process that does nothing else.

`python -m tests.benchmarks.lateness SECONDS` is that process; it prints milliseconds as one JSON line.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

EVERY_S = 0.005
PARTS = (0.5, 0.99, 0.999)


def told(late: list[float]) -> dict[str, float]:
    """Milliseconds late: quantiles and the most."""
    found = sorted(late)
    quantiles = {f"p{100 * part:g}": round(found[int(part * (len(found) - 1))] * 1000, 1) for part in PARTS}
    return {**quantiles, "most": round(found[-1] * 1000, 1)}


async def of_loop(late: list[float]) -> None:
    """Note, until cancelled, how late the running loop is (seconds)."""
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        await asyncio.sleep(EVERY_S)
        late.append(max(loop.time() - began - EVERY_S, 0.0))


def of_machine(seconds: float) -> list[float]:
    late, until = [], time.monotonic() + seconds
    while (began := time.monotonic()) < until:
        time.sleep(EVERY_S)
        late.append(max(time.monotonic() - began - EVERY_S, 0.0))
    return late


if __name__ == "__main__":
    print(json.dumps(told(of_machine(float(sys.argv[1])))))
