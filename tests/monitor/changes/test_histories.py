"""Flapping, collapse, the caps of the diff, and the user's table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from db.types import Article, Block, Nature
from monitor.changes import compare, flap, headline_verdict, looks_collapsed
from monitor.changes.diff import body_diff, sides
from monitor.changes.noise import only_relative_time

NOON = datetime(2024, 5, 4, 12, tzinfo=UTC)


def history(values: str, hours: float = 1) -> list[tuple[datetime, str]]:
    return [(NOON + timedelta(hours=hours * i), v) for i, v in enumerate(values)]


def test_one_return_is_a_reversion() -> None:
    found = flap(history("ABA"), NOON + timedelta(hours=3))
    assert (found.nature, found.returns) == (Nature.REVERTED, 1)
    assert found.first_seen == NOON + timedelta(hours=2)


def test_two_returns_within_a_day_are_flapping_that_goes_on_counting() -> None:
    assert flap(history("ABAB"), NOON + timedelta(hours=4)).nature == Nature.FLAPPING
    assert flap(history("ABABAB"), NOON + timedelta(hours=6)).returns == 4


def test_returns_spread_over_days_are_not_flapping() -> None:
    assert flap(history("ABAB", hours=30), NOON + timedelta(hours=95)).nature == Nature.REVERTED


def test_new_values_are_neither() -> None:
    assert flap(history("AABC"), NOON + timedelta(hours=4)).nature is None
    assert flap([], NOON).nature is None


def test_a_collapsed_body_and_a_lost_headline_are_told() -> None:
    whole = Article("u", headline="Ferry stays", body=(Block("paragraph", "x" * 900),))
    assert looks_collapsed(whole, Article("u", body=whole.body)) == "the headline vanished"
    shrunk = Article("u", headline="Ferry stays", body=(Block("paragraph", "x" * 90),))
    assert looks_collapsed(whole, shrunk) == "the body shrank from 900 to 90 characters"
    assert looks_collapsed(shrunk, whole) is None


def test_a_passage_past_the_cap_is_replaced_whole_and_says_so() -> None:
    before = " ".join(f"a{i} of the ferry" for i in range(4_000))
    after = " ".join(f"b{i} of the ferry" for i in range(4_000))
    diff = body_diff([before], [after])
    assert sides(diff.ops) == (before, after)
    found = compare(_story(before), _story(after))
    assert any("compared coarsely" in fact for change in found for fact in change.facts)


def _story(text: str) -> Article:
    return Article("u", body=(Block("paragraph", text),))


def test_the_users_table_wins() -> None:
    change = headline_verdict("Goverment falls", "Government falls", table={"typo": "substantive"})
    assert change is not None
    assert change.significance == "substantive"
    capped = headline_verdict("Three dead", "Four dead", table={"headline": "minor"})
    assert capped is not None
    assert capped.significance == "minor"
    exact = headline_verdict("Three dead", "Four dead", table={"headline.number": "cosmetic"})
    assert exact is not None
    assert exact.significance == "cosmetic"


def test_no_rule_hangs_on_long_odd_text() -> None:
    odd = "A1 & B2. / -C " * 3_000
    assert compare(_story(odd), _story(odd + "end")) != ()


def test_a_word_edited_in_a_very_long_passage_is_still_found_and_judged() -> None:
    words = [f"w{i}" for i in range(20_000)]
    edited = [*words[:9_000], "12", *words[9_001:]]
    (change,) = compare(_story(" ".join(words)), _story(" ".join(edited)))
    assert [op[1:] for op in change.ops if op[0] != "equal"] == [("w9000 ", "12 ")]
    assert "number 9000 → 12" in change.facts


@pytest.mark.parametrize(
    "odd", ["1 " * 20_000, "'\"" * 9_000, "well-" * 9_000, " " * 40_000 + "x", "1,000." * 6_000, "東" * 20_000]
)
def test_long_runs_of_one_sign_are_compared(odd: str) -> None:
    assert compare(_story(f"Ferry {odd} sails"), _story(f"Ferry {odd} stays")) != ()


def test_a_time_beside_an_endless_run_of_digits_is_no_relative_time() -> None:
    assert not only_relative_time("Seen 3 hours ago", "1" * 200_000)
