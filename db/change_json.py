"""A change as plain JSON values, in the shape that other programs are promised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from db.types import Change


def change_to_json(change: Change) -> dict[str, Any]:
    """`{"kind","surface"?,"natures","significance","before","after","ops","facts","suppressed_by"?}`; ops are `[tag,
    before, after]`."""
    out: dict[str, Any] = {
        "kind": change.kind,
        "surface": change.surface,
        "natures": list(change.natures),
        "significance": change.significance,
        "before": change.before,
        "after": change.after,
        "ops": [list(op) for op in change.ops],
        "facts": list(change.facts),
        "suppressed_by": change.suppressed_by,
    }
    return {k: v for k, v in out.items() if v is not None or k in {"before", "after"}}


def change_from_json(data: Mapping[str, Any]) -> Change:
    """The change that `change_to_json` wrote. Raises KeyError or TypeError on anything else."""
    return Change(
        kind=data["kind"],
        natures=tuple(data["natures"]),
        significance=data["significance"],
        before=data["before"],
        after=data["after"],
        surface=data.get("surface"),
        ops=tuple((tag, before, after) for tag, before, after in data["ops"]),
        facts=tuple(data["facts"]),
        suppressed_by=data.get("suppressed_by"),
    )
