"""What a replay would do, from the changes that stand and those found now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from db.records import ChangeRecord
from db.types import Change
from monitor.replay import ALTER, APPEAR, VANISH, plan

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEADLINE = Change("headline", ("number",), "substantive", "12 hurt", "20 hurt", facts=("number 12 → 20",))
NOTICE = Change("notice", ("added", "correction"), "substantive", None, "Correction: it was 20.")


def stands(change: Change, number: int = 1) -> ChangeRecord:
    return ChangeRecord(number, 1, "https://a.example/1", "A", "20 hurt", change, None, NOW, NOW)


def verdicts(stored: list[Change], found: list[Change], flapping: tuple[Change, ...] = ()) -> list[tuple[str, str]]:
    records = [stands(change, number) for number, change in enumerate(stored)]
    made = plan(records, found, [stands(change) for change in flapping])
    return [(difference.verdict, difference.now.kind) for difference in made]


def test_the_same_changes_are_no_difference() -> None:
    assert verdicts([HEADLINE, NOTICE], [NOTICE, HEADLINE]) == []
    assert verdicts([HEADLINE], [replace(HEADLINE, facts=("worded otherwise",))]) == []


def test_an_edit_the_former_reader_missed_appears_and_says_so() -> None:
    (made,) = plan([stands(HEADLINE)], [HEADLINE, NOTICE])
    assert (made.verdict, made.was, made.now.kind) == (APPEAR, None, "notice")
    assert made.now.facts[-1] == "found when the archive was read again"


def test_what_only_the_former_reader_saw_vanishes_under_the_rule_replay_or_the_one_that_knows_it() -> None:
    (made,) = plan([stands(HEADLINE)], [])
    assert (made.verdict, made.now.suppressed_by) == (VANISH, "replay")
    (made,) = plan([stands(HEADLINE)], [replace(HEADLINE, suppressed_by="ticker")])
    assert (made.verdict, made.now.suppressed_by) == (VANISH, "ticker")


def test_other_natures_or_words_alter_it_and_keep_its_history() -> None:
    old = replace(HEADLINE, natures=("reworded", "reverted"), facts=("goes back to what stood before",))
    (made,) = plan([stands(old)], [HEADLINE])
    assert (made.verdict, made.now.natures) == (ALTER, ("number", "reverted"))
    assert "goes back to what stood before" in made.now.facts


def test_hidden_changes_stay_hidden_and_come_back_where_they_are_edits_now() -> None:
    hidden = replace(HEADLINE, suppressed_by="ticker")
    assert verdicts([hidden], []) == []
    assert verdicts([hidden], [hidden]) == []
    assert verdicts([hidden], [HEADLINE]) == [(APPEAR, "headline")]
    assert verdicts([replace(HEADLINE, suppressed_by="template")], [HEADLINE]) == []
    assert verdicts([replace(HEADLINE, suppressed_by="replay")], [HEADLINE]) == [(APPEAR, "headline")]


def test_a_turn_of_a_flapping_change_does_not_appear() -> None:
    back = replace(HEADLINE, before="20 hurt", after="12 hurt", natures=("number", "flapping"))
    assert verdicts([], [HEADLINE], (back,)) == []
