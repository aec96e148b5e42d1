"""The inbox's filters: words of an address turned into what to look for, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query

from db.queries.changes import ChangeFilter
from db.queries.inbox import OPEN, Wanted
from db.queries.triage import State
from db.types import Kind, Nature, Significance

PERIODS = {"1h": 1, "24h": 24, "48h": 48, "7d": 168, "30d": 720}
DATELINE = (Kind.DATELINE, Kind.PUBLISHED, Kind.MODIFIED)
ALL = "all"
STATES = {OPEN: "open", **{str(state): str(state) for state in State}, ALL: "all"}
LABELS = {
    "source": "source",
    "kind": "kind",
    "nature": "nature",
    "significance": "at least",
    "period": "seen within",
    "match": "with the words",
    "tag": "tag",
    "state": "state",
    "hidden": "hidden ones",
}
NAMES = tuple(LABELS)

Chosen = dict[str, str]


def chosen(
    source: str = "",
    kind: str = "",
    nature: str = "",
    significance: str = "",
    period: str = "",
    match: Annotated[str, Query(max_length=200)] = "",
    tag: str = "",
    state: str = "",
    hidden: str = "",
) -> Chosen:
    """What an address asks for, the empty left out. A dependency of the routes that list changes."""
    given = (source, kind, nature, significance, period, match.strip(), tag, state, hidden)
    return {name: value for name, value in zip(NAMES, given, strict=True) if value}


def known(given: Mapping[str, str]) -> Chosen:
    """Only the parameters that are filters: what a saved view keeps."""
    return {name: given[name] for name in NAMES if given.get(name)}


def kinds(name: str) -> tuple[str, ...]:
    """The kinds that a name stands for: `dateline` takes the times in; a name that means nothing stands for none."""
    return DATELINE if name == Kind.DATELINE else (name,) if name in set(Kind) else ()


def wanted(given: Mapping[str, str], *, now: datetime, before: int | None = None) -> Wanted:
    """The filter that the words ask for; a word that means nothing narrows nothing."""
    kind, nature = given.get("kind", ""), given.get("nature", "")
    hours = PERIODS.get(given.get("period", ""))
    state = given.get("state") if given.get("state") in STATES else OPEN
    hidden = given.get("hidden", "")
    least = given.get("significance") if given.get("significance") in set(Significance) else None
    return Wanted(
        ChangeFilter(
            since=now - timedelta(hours=hours) if hours else None,
            before_id=before,
            sources=(given["source"],) if given.get("source") else (),
            kinds=kinds(kind),
            natures=(nature,) if nature in set(Nature) else (),
            min_significance=least or (None if hidden else Significance.MINOR),
            match=given.get("match"),
            suppressed=bool(hidden),
        ),
        state=None if state == ALL else state,
        tag=given.get("tag"),
        only_noise=hidden == "only",
    )


def sentences(given: Mapping[str, str]) -> tuple[str, ...]:
    """The filters in words, one each, in the order of the form."""
    told = {**given, **({"hidden": "alone" if given["hidden"] == "only" else "too"} if given.get("hidden") else {})}
    return tuple(f"{LABELS[name]}: {told[name]}" for name in NAMES if told.get(name))


def address(given: Mapping[str, str], **other: str | int | None) -> str:
    """The inbox with these filters, some of them replaced; None takes one off."""
    merged = {**given, **other}
    query = urlencode({name: value for name, value in merged.items() if value})
    return f"/?{query}" if query else "/"
