"""Values that come and go: one return is a reversion, several are flapping. Pure: the history's times and `now` are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.types import Nature

WINDOW = timedelta(hours=24)
RETURNS = 2
"""Returns within `WINDOW` that make a value flapping."""


@dataclass(frozen=True, slots=True)
class Flap:
    """What a field's history shows: `nature` is `reverted`, `flapping` or None; `returns` counts values that came back within the
    window (all of them for one reversion); first and last seen are the times of the first and the last return."""

    nature: Nature | None = None
    returns: int = 0
    first_seen: datetime | None = None
    last_seen: datetime | None = None


def flap(history: Sequence[tuple[datetime, str]], now: datetime) -> Flap:
    """The state of a field from its values in order of time (aware instants), as seen at `now`.

    A return is a value that stood before and comes again after another one. Two returns within 24 hours before `now` are
    flapping; a last value that is itself a return is reverted; anything else is neither.
    """
    returns = _returns(history)
    recent = [at for at in returns if now - at <= WINDOW]
    if len(recent) >= RETURNS:
        return Flap(Nature.FLAPPING, len(recent), recent[0], recent[-1])
    if returns and returns[-1] == _last_turn(history):
        return Flap(Nature.REVERTED, 1, returns[-1], returns[-1])
    return Flap()


def _turns(history: Sequence[tuple[datetime, str]]) -> list[tuple[datetime, str]]:
    out: list[tuple[datetime, str]] = []
    for at, value in history:
        if not out or out[-1][1] != value:
            out.append((at, value))
    return out


def _returns(history: Sequence[tuple[datetime, str]]) -> list[datetime]:
    seen: set[str] = set()
    out = []
    for at, value in _turns(history):
        if value in seen:
            out.append(at)
        seen.add(value)
    return out


def _last_turn(history: Sequence[tuple[datetime, str]]) -> datetime | None:
    turns = _turns(history)
    return turns[-1][0] if turns else None
