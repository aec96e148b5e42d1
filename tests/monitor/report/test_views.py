"""Diffs and instants as a person sees them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from db.types import Change
from monitor.report.diff_view import paragraphs, side
from monitor.report.when import ago, coming

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
LONG = "word " * 200
OPS = (("equal", LONG, LONG), ("replace", "old ", "new "), ("equal", "end\n\nsame", "end\n\nsame"))


def change(*ops: tuple[str, str, str], before: str = "a", after: str = "b") -> Change:
    return Change("body", ("reworded",), "substantive", before, after, ops=ops)


def test_long_equal_runs_are_cut_and_equal_paragraphs_left_out_unless_whole() -> None:
    (shown,) = paragraphs(change(*OPS))
    assert [run.tag for run in shown] == ["cut", "equal", "delete", "insert", "equal"]
    whole = paragraphs(change(*OPS), whole=True)
    assert len(whole) == 2
    assert whole[0][0].text == LONG


def test_each_side_shows_its_own_words() -> None:
    (shown,) = paragraphs(change(*OPS))
    assert "new " not in [run.text for run in side(shown, "before")]
    assert "old " not in [run.text for run in side(shown, "after")]


def test_a_change_without_operations_shows_both_texts_whole() -> None:
    (shown,) = paragraphs(change(before="one", after="two"))
    assert [(run.tag, run.text) for run in shown] == [("delete", "one"), ("insert", "two")]


def test_moved_words_are_marked_at_both_places() -> None:
    (shown,) = paragraphs(change(("move", "moved ", ""), ("equal", "x ", "x "), ("move", "", "moved ")))
    assert [run.tag for run in shown] == ["move_from", "equal", "move_to"]


@pytest.mark.parametrize(
    ("minutes", "past", "next_"), [(-120, "2 h ago", "due"), (0, "0 s ago", "due"), (30, "in 30 min", "in 30 min")]
)
def test_instants_from_now(minutes: int, past: str, next_: str) -> None:
    at = NOW + timedelta(minutes=minutes)
    assert (ago(at, NOW), coming(at, NOW)) == (past, next_)
    assert (ago(None, NOW), coming(None, NOW)) == ("never", "—")
