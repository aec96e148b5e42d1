"""What holds for any two readings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.change_json import change_from_json, change_to_json
from db.types import Article, Block, Significance
from monitor.changes import compare
from monitor.changes.diff import BREAK, body_diff, sides, word_ops
from monitor.changes.words import sentences, tokens

WORDS = [
    "harbour",
    "council",
    "ferry",
    "spring",
    "crews",
    "mayor",
    "report",
    "money",
    "winter",
    "island",
    "12",
    "2024",
    "Brandt",
]
PLAIN = st.lists(st.sampled_from(WORDS), min_size=5, max_size=14).map(lambda w: " ".join(w).capitalize() + ".")
PARAGRAPH = st.lists(PLAIN, min_size=1, max_size=4).map(" ".join)
BODIES = st.lists(PARAGRAPH, min_size=1, max_size=7, unique=True)
ANY_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=80)
VARIANTS = (
    {"'": "’"},
    {'"': "“"},
    {" - ": " – "},
    {" ": "\u00a0"},
    {" ": "  "},
    {"é": "e\u0301"},
    {"&": "&amp;"},
    {"...": "…"},
)


def article(paragraphs: list[str], **fields: object) -> Article:
    return replace(Article("https://pier.example/s", body=tuple(Block("paragraph", t) for t in paragraphs)), **fields)  # type: ignore[arg-type]


@given(BODIES, ANY_TEXT)
def test_a_reading_against_itself_gives_nothing(paragraphs: list[str], headline: str) -> None:
    one = article(paragraphs, headline=headline, headlines={"h1": headline})
    assert compare(one, one) == ()
    assert compare(one, article(list(paragraphs), headline=headline, headlines={"h1": headline})) == ()


@given(ANY_TEXT)
def test_cuts_give_the_text_back(text: str) -> None:
    assert "".join(tokens(text)) == text
    assert "".join(sentences(text)) == text


@given(ANY_TEXT, ANY_TEXT)
def test_word_operations_spell_both_texts(before: str, after: str) -> None:
    assert sides(word_ops(before, after)) == (before, after)


@settings(max_examples=60)
@given(BODIES, BODIES)
def test_body_operations_spell_the_paragraphs_that_differ(before: list[str], after: list[str]) -> None:
    diff = body_diff(before, after)
    old, new = sides(diff.ops)
    assert old == BREAK.join(t for gap in diff.gaps for t in gap[0])
    assert new == BREAK.join(t for gap in diff.gaps for t in gap[1])


@settings(max_examples=80)
@given(BODIES, st.data())
def test_any_word_edited_in_any_block_is_a_change_of_the_body(paragraphs: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(paragraphs) - 1))
    words = paragraphs[at].split()
    words[data.draw(st.integers(0, len(words) - 1))] = "zeppelins"
    edited = [*paragraphs[:at], " ".join(words), *paragraphs[at + 1 :]]
    assert "body" in {c.kind for c in compare(article(paragraphs), article(edited))}


@pytest.mark.parametrize("swap", VARIANTS, ids=str)
@settings(max_examples=25)
@given(BODIES)
def test_spelling_of_signs_is_cosmetic_at_most(swap: dict[str, str], paragraphs: list[str]) -> None:
    seeded = [f'{t} "Café & pier" - it\'s open...' for t in paragraphs]
    other = seeded
    for old, new in swap.items():
        other = [t.replace(old, new) for t in seeded]
    found = compare(article(seeded, headline=seeded[0]), article(other, headline=other[0]))
    assert {c.significance for c in found} <= {Significance.COSMETIC}


@settings(max_examples=30)
@given(BODIES, BODIES)
def test_changes_come_back_from_json(before: list[str], after: list[str]) -> None:
    for change in compare(article(before, headline=before[0]), article(after, headline=after[0])):
        assert change_from_json(change_to_json(change)) == change
