"""Every kind and every nature of the rules has its case folder, and every case is judged as it says."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from db.jsonable import article_from_json
from db.types import Change, Kind, Nature
from monitor.changes import PageState, compare, compare_states
from monitor.changes.diff import sides
from monitor.changes.kinds import finders

CASES = Path(__file__).parent / "cases"
GUIDE = Path(__file__).parents[3] / "docs" / "add-a-kind.md"
FILES = sorted(CASES.rglob("*.json"))
OF_HISTORIES = {Nature.FLAPPING, Nature.REVERTED}
"""Natures that a pair cannot show; see test_flapping."""


def judged(case: dict[str, Any]) -> tuple[Change, ...]:
    before, after = case["before"], case["after"]
    if "standing" in before:
        return compare_states(_state(before), _state(after))
    return compare(_reading(before), _reading(after))


def _state(value: dict[str, Any]) -> PageState:
    times = {k: datetime.fromisoformat(value[k]) for k in ("first_seen", "last_seen")}
    return PageState(**{**value, **times})


def _reading(value: dict[str, Any]):
    return article_from_json({"url": "https://pier.example/story", **value})


def agrees(change: Change, expected: dict[str, Any]) -> bool:
    if change.kind != expected["kind"] or change.suppressed_by != expected.get("suppressed_by"):
        return False
    if "natures" in expected and set(change.natures) != set(expected["natures"]):
        return False
    if not set(expected.get("includes", ())) <= set(change.natures):
        return False
    if not set(expected.get("facts", ())) <= set(change.facts):
        return False
    return all(getattr(change, key) == expected[key] for key in ("significance", "surface") if key in expected)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(CASES).with_suffix("").as_posix())
def test_case(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    found = judged(case)
    assert len(found) == len(case["expect"]), found
    for expected in case["expect"]:
        assert any(agrees(change, expected) for change in found), (expected, found)
    for change in found:
        assert sides(change.ops) == (change.before or "", change.after or "") or change.kind == Kind.TAGS


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_its_file_and_cases(kind: str) -> None:
    assert kind in finders()
    assert list((CASES / kind).glob("*.json")), f"write cases in {CASES / kind}"


@pytest.mark.parametrize("nature", sorted(set(Nature) - OF_HISTORIES))
def test_every_nature_has_cases(nature: str) -> None:
    assert list((CASES / "natures" / nature).glob("*.json")), f"write cases in {CASES / 'natures' / nature}"


def test_the_guide_to_adding_a_kind_names_each_part() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    for part in ("monitor/changes/kinds/", "tests/monitor/changes/cases/", "KIND", "find(pair)"):
        assert part in text
