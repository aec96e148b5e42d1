"""Instants for a person: in their zone, with the window of an edit."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from db.records import ChangeRecord


def stamp(at: datetime | None, zone: ZoneInfo, *, seconds: bool = False) -> str:
    """`2026-05-04 08:30`, in the zone asked."""
    if at is None:
        return "—"
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def window(record: ChangeRecord, zone: ZoneInfo) -> str:
    """When the edit was made, as far as the checks tell."""
    if record.not_before is None:
        return f"by {stamp(record.not_after, zone)}"
    first, last = record.not_before.astimezone(zone), record.not_after.astimezone(zone)
    if first.date() != last.date():
        return f"{first:%Y-%m-%d %H:%M} – {last:%Y-%m-%d %H:%M}"
    exact = "%H:%M:%S" if last - first < timedelta(minutes=2) else "%H:%M"
    return f"{first:%Y-%m-%d} {first.strftime(exact)} – {last.strftime(exact)}"


def ago(at: datetime | None, now: datetime) -> str:
    """`5 min ago`, `in 2 h`, `never`."""
    if at is None:
        return "never"
    seconds = (now - at).total_seconds()
    size = abs(seconds)
    for limit, unit, name in ((90, 1, "s"), (5400, 60, "min"), (172800, 3600, "h")):
        if size < limit:
            amount = f"{size / unit:.0f} {name}"
            break
    else:
        amount = f"{size / 86400:.0f} d"
    return f"in {amount}" if seconds < 0 else f"{amount} ago"


def coming(at: datetime | None, now: datetime) -> str:
    """`in 2 h`, `due` where the time has come, `—` where there is none."""
    if at is None:
        return "—"
    return ago(at, now) if at > now else "due"
