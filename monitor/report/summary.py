"""Counts over the changes of a report, for its plots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from db.records import ChangeRecord
from db.types import SIGNIFICANCE_ORDER, Kind, Nature, Significance

COLUMNS_MOST = 32  # bars of the plot over time


@dataclass(slots=True)
class Summary:
    """What was counted. `text` are edits of headline and body above cosmetic, no surfaces; `stealth` those made in silence."""

    total: int = 0
    text: int = 0
    stealth: int = 0
    first: datetime | None = None
    last: datetime | None = None
    sources: Counter[str] = field(default_factory=Counter)
    natures: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    levels: Counter[str] = field(default_factory=Counter)
    hours: Counter[datetime] = field(default_factory=Counter)


def of(records: Iterable[ChangeRecord]) -> Summary:
    """Count changes; memory grows with the hours they span, not with their number."""
    found = Summary()
    for record in records:
        _count(found, record)
    return found


def _count(found: Summary, record: ChangeRecord) -> None:
    change, at = record.change, record.not_after
    found.total += 1
    found.sources[record.source] += 1
    found.natures.update(map(str, change.natures))
    found.kinds[str(change.kind)] += 1
    found.levels[str(change.significance)] += 1
    found.hours[at.replace(minute=0, second=0, microsecond=0)] += 1
    found.first = min(at, found.first or at)
    found.last = max(at, found.last or at)
    loud = SIGNIFICANCE_ORDER[change.significance] > SIGNIFICANCE_ORDER[Significance.COSMETIC]
    if loud and change.kind in {Kind.HEADLINE, Kind.BODY} and not change.surface:
        found.text += 1
        found.stealth += Nature.STEALTH in change.natures


def over_time(found: Summary, zone: ZoneInfo) -> list[tuple[str, int]]:
    """Changes by the hour seen where they span two days at most, else by as many days a bar as keep the bars few."""
    if found.first is None or found.last is None:
        return []
    if found.last - found.first <= timedelta(hours=24):
        return _by_hour(found, zone)
    first = found.first.astimezone(zone).date()
    days = (found.last.astimezone(zone).date() - first).days + 1
    step = -(-days // COLUMNS_MOST)
    counted: Counter[int] = Counter()
    for hour, count in found.hours.items():
        counted[(hour.astimezone(zone).date() - first).days // step] += count
    shown = range(-(-days // step))
    return [((first + timedelta(days=number * step)).strftime("%d %b"), counted[number]) for number in shown]


def _by_hour(found: Summary, zone: ZoneInfo) -> list[tuple[str, int]]:
    start = min(found.hours)
    number = int((max(found.hours) - start).total_seconds() // 3600) + 1
    hours = [start + timedelta(hours=hour) for hour in range(number)]
    return [(hour.astimezone(zone).strftime("%H:%M"), found.hours[hour]) for hour in hours]
