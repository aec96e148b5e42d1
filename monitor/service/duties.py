"""All that is done by the clock, and who does it: a home's one engine, or in a fleet one scheduler, each scheduler, each worker.

The processes take their works from this table: none can be done in one arrangement and forgotten in the other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from monitor.service.timer import Work

Run = Callable[[datetime], Awaitable[Any]]


class By(StrEnum):
    """Who does a work. A tick is one scheduler's, whichever takes it; `EACH` is every scheduler for its own memory, `WORKER`
    every worker for its own memory and files."""

    ENGINE = "engine"
    SCHEDULER = "scheduler"
    EACH = "each scheduler"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Duty:
    """A work: what it is for, the seconds between two runs, and who does it. `instead` names the work of a fleet that does the
    same, or of an engine, where a work is only done there or there."""

    what: str
    every_s: float
    by: frozenset[By]
    instead: str = ""


def _duty(what: str, every_s: float, *by: By, instead: str = "") -> Duty:
    return Duty(what, every_s, frozenset(by), instead)


DUTIES: Mapping[str, Duty] = {
    "discover": _duty("look at feeds, sitemaps and sections that are due", 1.0, By.ENGINE, instead="hosts"),
    "check due pages": _duty("look at articles that are due", 1.0, By.ENGINE, instead="hosts"),
    "hosts": _duty("have hosts looked at where something is due", 1.0, By.SCHEDULER, instead="check due pages"),
    "one-off crawls": _duty("begin and end what a person asked for", 0.5, By.ENGINE, By.SCHEDULER),
    "deliver": _duty("tell channels: changes, digests, tests", 1.0, By.ENGINE, By.SCHEDULER),
    "compare leftovers": _duty("compare what a process that died left behind", 30.0, By.ENGINE, By.SCHEDULER),
    "fingerprints": _duty("fingerprint new bodies", 10.0, By.ENGINE, By.SCHEDULER),
    "texts": _duty("index the words of new versions", 5.0, By.ENGINE, By.SCHEDULER),
    "sources": _duty("take up what was changed of sources", 10.0, By.ENGINE, By.EACH, By.WORKER),
    "websub": _duty("ask hubs, and renew in time", 30.0, By.ENGINE, By.SCHEDULER),
    "budget": _duty("set the prices of fetches", 600.0, By.ENGINE, By.SCHEDULER),
    "learning": _duty("store what was learnt and read what others learnt", 60.0, By.WORKER, instead="budget"),
    "seal": _duty("seal what was stored, sign and stamp", 15.0, By.ENGINE, By.WORKER),
    "summary": _duty("say what came of the looks of a minute", 60.0, By.ENGINE, By.WORKER),
    "old answers": _duty("drop raw answers that are old or too many", 3600.0, By.ENGINE, By.WORKER),
    "housekeeping": _duty("sum up old checks, drop what only a while needs", 3600.0, By.ENGINE, By.SCHEDULER),
    "stalled jobs": _duty("free the hosts of workers that fell silent", 5.0, By.SCHEDULER, instead="check due pages"),
}


def works(who: Iterable[By], runs: Mapping[str, Run], *, most_s: Mapping[str, float] | None = None) -> list[Work]:
    """The works of a process that does what these do, each with its run. `most_s` has a work done oftener.

    Raises `ValueError` where a work has no run, or a run is none of theirs.
    """
    who, sooner = frozenset(who), most_s or {}
    wanted = {name: duty for name, duty in DUTIES.items() if duty.by & who}
    if wrong := wanted.keys() ^ runs.keys():
        raise ValueError(f"not {' and '.join(sorted(who))}: {', '.join(sorted(wrong))}")
    return [
        Work(
            name,
            min(duty.every_s, sooner.get(name, duty.every_s)),
            runs[name],
            own=not duty.by & who <= {By.ENGINE, By.SCHEDULER},
        )
        for name, duty in wanted.items()
    ]
