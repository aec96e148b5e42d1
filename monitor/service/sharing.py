"""What an engine does otherwise where other processes share its database: the one engine of a home shares with nobody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from crawler.fetch.turns import ALONE as ANY_TIME
from crawler.fetch.turns import Turns
from crawler.store import Visit
from db.records import PageRecord

PROCESS = "engine"


@dataclass(frozen=True, slots=True)
class Sharing:
    """`process` stands in the names of the archive files that this process appends to. `turns` and `stale` are as in
    `FetchEngine` and `Ingest`. `changed` has a new revision compared, None where it is compared at once. `leads` says that this
    process makes the tables say what the configuration says, and takes up what was left half-told."""

    process: str = PROCESS
    turns: Turns = ANY_TIME
    stale: Callable[[Session, PageRecord], bool] = lambda *_: False
    changed: Callable[[Visit], Awaitable[object]] | None = None
    leads: bool = True


ALONE = Sharing()
