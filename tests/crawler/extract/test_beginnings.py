"""The cheap test before long patterns never says no to a text that they match."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract import notice_words, notices
from crawler.extract.beginnings import Beginnings, beginnings

FORMS = Beginnings([r"(?:correction|editor's note)", r"(?:an )?earlier version"], lead=" *\n")


@pytest.mark.parametrize(
    ("form", "found"),
    [
        (r"abcd", {"abc"}),
        (r"a\.\ b", {"a. "}),
        (r"(?:in )?(?:an?|the) x", {"in ", "an ", "a x", "the"}),
        (r"x[oa]s", {"xos", "xas"}),
        (r"(?:a(?:b|c)?|d)e", {"abe", "ace", "ae", "de"}),
        (r"(?:z|q\w*)t", {"zt", "q"}),
        (r"l'\s?x", {"l'"}),
        (r"\d+ x", {""}),
    ],
)
def test_first_letters_of_a_form(form: str, found: set[str]) -> None:
    assert beginnings(form) == found


@pytest.mark.parametrize(
    "text",
    [
        "Correction: it was two",
        " ** CORRECTION",
        "Editor’s note",
        "An earlier version",
        "earlier version",
        "\n* an earlier",
    ],
)
def test_says_yes_where_a_form_matches(text: str) -> None:
    assert FORMS.may_open(text)


@pytest.mark.parametrize("text", ["", "   ", "***", "The mayor said", "Coming home", "Anton", "42 people"])
def test_says_no_by_three_letters(text: str) -> None:
    assert not FORMS.may_open(text)


@pytest.mark.parametrize("phrase", [phrase for listed in notice_words.LABELS.values() for phrase in listed])
def test_no_label_of_a_notice_is_passed_over(phrase: str) -> None:
    assert notices._BEGINNINGS.may_open(f"  {phrase}: x")


@given(st.text(alphabet="corectinanealiervsion *\n’'-", max_size=30))
def test_what_a_pattern_matches_may_open(text: str) -> None:
    folded = notices._folded(text)
    if notices._LABEL.match(folded) or notices._OPENING.match(folded):
        assert notices._BEGINNINGS.may_open(text)
