"""Changes for other programs: the promised shape, a line each (docs/architecture.md, Contracts)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from db.records import ChangeRecord
from monitor.report.safe import json_text


def iso(at: datetime | None) -> str | None:
    """ISO 8601 with offset."""
    return at.isoformat(timespec="seconds") if at else None


def change_json(record: ChangeRecord) -> dict[str, Any]:
    """A stored change in the contract's shape; what is ours beside it stands at the end."""
    change = record.change
    return {
        "id": record.id,
        "url": record.url,
        "source": record.source,
        "kind": str(change.kind),
        "natures": [str(nature) for nature in change.natures],
        "significance": str(change.significance),
        "before": change.before,
        "after": change.after,
        "facts": list(change.facts),
        "not_before": iso(record.not_before),
        "not_after": iso(record.not_after),
        "revision_before": record.revision_before,
        "revision_after": record.revision_after,
        "surface": change.surface,
        "headline": record.headline,
        "count": record.count,
        "suppressed_by": change.suppressed_by,
    }


def line(value: Any) -> str:
    """One line of JSON Lines."""
    return json_text(value)
