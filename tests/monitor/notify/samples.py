"""Changes and deliveries to tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from db.records import ChangeRecord, DeliveryRecord
from db.types import Change
from monitor.report.message import Message

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
CHANGE = Change(
    "headline",
    ("number",),
    "substantive",
    "Ferry with 12 aboard sinks",
    "Ferry with 20 aboard sinks",
    ops=(("equal", "Ferry with ", "Ferry with "), ("replace", "12", "20"), ("equal", " aboard sinks", " aboard sinks")),
    facts=("number 12 → 20",),
)


def record(number: int = 1, **changed: Any) -> ChangeRecord:
    """A stored change; `changed` are fields of the change or of its record."""
    fields = {name: changed.pop(name) for name in list(changed) if hasattr(CHANGE, name)}
    given: dict[str, Any] = {"headline": "Ferry with 20 aboard sinks", "event_id": 7, **changed}
    headline = given.pop("headline")
    url = given.pop("url", "https://harbour.example/ferry")
    source = given.pop("source", "Harbour Post")
    return ChangeRecord(
        number,
        1,
        url,
        source,
        headline,
        replace(CHANGE, **fields),
        NOW - timedelta(minutes=7),
        NOW,
        created_at=NOW,
        **given,
    )


def message(*records: ChangeRecord, **given: Any) -> Message:
    return Message(given.pop("key", "k" * 32), records or (record(),), NOW, **given)


def delivery(number: int, at: datetime = NOW, **given: Any) -> DeliveryRecord:
    values: dict[str, Any] = {"attempts": 0, "state": "waiting", "key": f"key{number}", **given}
    return DeliveryRecord(
        number, number, "hook", values.pop("state"), values.pop("key"), values.pop("attempts"), at, **values
    )
