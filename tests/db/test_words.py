"""Words of any script cut and folded, and questions that people write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.words import MOST_TERMS, Phrase, QueryError, parse, placed, spans, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Élan at the U.S. Senate’s Straße", ["elan", "at", "the", "u", "s", "senate", "s", "strasse"]),
        ("12.5% of Łódź", ["12", "5", "of", "lodz"]),
        ("東京都で", ["東京", "京都", "都で", "で"]),
        ("GDP成長", ["gdp", "成長", "長"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("한국어 뉴스", ["한국어", "뉴스"]),
        ('"*():^-{}', []),
    ],
)
def test_words_of_every_script(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


def test_words_phrases_beginnings_and_what_is_refused() -> None:
    query = parse('ferry "Interest Rates" vot* -harbour -"two words"')
    assert query.wanted == (Phrase(("ferry",)), Phrase(("interest", "rates")), Phrase(("vot",), begins=True))
    assert query.refused == (Phrase(("harbour",)), Phrase(("two", "words")))


def test_a_quotation_mark_that_is_never_closed_reaches_to_the_end() -> None:
    assert parse('"bank of').wanted == (Phrase(("bank", "of")),)


@pytest.mark.parametrize(
    "asked", ["", "   ", '""', "-only", "***", "\x00", " ".join(f"w{n}" for n in range(MOST_TERMS + 1))]
)
def test_a_question_for_nothing_says_what_to_write(asked: str) -> None:
    with pytest.raises(QueryError, match="word"):
        parse(asked)


@pytest.mark.parametrize(
    ("asked", "text", "expected"),
    [
        ("知事", "東京都知事が発表", ["知事"]),
        ("京都知", "東京都知事が発表", ["京都知"]),
        ("事", "知事", ["事"]),
        ("成長 率", "成長", ["成長"]),
        ('"interest rates"', "Interest rates, interest in rates", ["Interest rates"]),
        ("elan", "L’Élan vital", ["Élan"]),
        ("vot*", "She voted for VOTES", ["voted", "VOTES"]),
    ],
)
def test_a_phrase_is_found_where_it_stands(asked: str, text: str, expected: list[str]) -> None:
    found = list(placed(text))
    places = sorted(place for phrase in parse(asked).wanted for place in spans(phrase, found))
    assert [text[low:high] for low, high in places] == expected


@given(st.text(max_size=60))
def test_a_term_holds_no_sign_of_a_query_language(text: str) -> None:
    assert [term.word for term in placed(text)] == terms(text)
    for word in terms(text):
        assert word
        assert not set(word) & set("\"'*():^-+{}<>|&!\\ \x00")
