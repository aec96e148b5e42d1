"""Which changes a channel is told of."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.notify.rules import EVERYTHING, Choice, Rule, describe
from tests.monitor.notify.samples import record


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ({}, True),
        ({"sources": ("Harbour Post",)}, True),
        ({"sources": ("Quiet Daily",)}, False),
        ({"kinds": ("headline", "body")}, True),
        ({"kinds": ("body",)}, False),
        ({"natures": ("number",)}, True),
        ({"natures": ("negation",)}, False),
        ({"pinned": True}, False),
        ({"keywords": ("ferry",)}, True),
        ({"keywords": ("FERRY", "train")}, True),
        ({"keywords": ("ferr",)}, False),
        ({"keywords": ("aboard  sinks",)}, True),
        ({"keywords": ("ferry",), "exclude": ("sinks",)}, False),
        ({"exclude": ("train",)}, True),
    ],
)
def test_each_key_narrows(rule: dict[str, Any], wanted: bool) -> None:
    assert Rule(**rule).fits(record(), pinned=False) is wanted


def test_a_pinned_page_and_the_significance() -> None:
    assert Rule(pinned=True).fits(record(), pinned=True)
    assert not Rule().fits(record(significance="minor"), pinned=False)
    assert Rule(significance="cosmetic").fits(record(significance="minor"), pinned=False)


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("Müller", "MÜLLER tritt zurück", True),
        ("straße", "DIE STRASSE ist frei", True),
        ("Müll", "Müller tritt zurück", False),
        ("istanbul", "İSTANBUL'da deprem", True),
        ("выборы", "Итоги ВЫБОРЫ-2026", True),
        ("выбор", "Итоги выборы", False),
        ("東京", "小池和樹が東京都で", True),
        ("กรุงเทพ", "น้ำท่วมกรุงเทพฯวันนี้", True),
        ("서울", "서울에서 열린 회의", True),
        ("서울", "남서울에서 열린 회의", False),
        ("दिल्ली", "नई दिल्ली में", True),
        ("दिल्ल", "नई दिल्ली में", False),
        ("القدس", "في القدس اليوم", True),
        ("C++", "A C++ compiler", True),
        ("(sic)", "he said (sic) so", True),
        ("U.S.", "the U.S. said", True),
        ("12", "Ferry with 120 aboard", False),
        ("Trump", "Trump's plan", True),
        ("ＦＥＲＲＹ", "a ferry sank", True),
    ],
)
def test_keywords_are_whole_words_of_any_script_whatever_their_case(word: str, text: str, found: bool) -> None:
    told = record(before=None, after=text, headline=None)
    assert Rule(keywords=(word,)).fits(told, pinned=False) is found


def test_a_change_fits_the_channels_own_keys_and_one_of_its_rules() -> None:
    choice = Choice(Rule(sources=("Harbour Post",)), (Rule(kinds=("body",)), Rule(keywords=("ferry",))))
    assert choice.wants(record(), pinned=False)
    assert not choice.wants(record(source="Quiet Daily"), pinned=False)
    assert not choice.wants(record(before="a", after="b", headline="c"), pinned=False)


def test_rules_are_told_in_plain_words() -> None:
    assert describe(Choice(Rule(significance="cosmetic"))) == [EVERYTHING]
    said = describe(Choice(Rule(significance="cosmetic"), (Rule(kinds=("body",), exclude=("x",)), Rule(pinned=True))))
    assert said == [
        "any of: from substantive on; kind body; without x",
        "any of: from substantive on; pinned articles only",
    ]
