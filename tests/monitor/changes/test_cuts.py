"""Previews are compared as far as both reach; a preview that breaks off elsewhere is no edit."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from db.types import Article, Block, Significance
from monitor.changes import compare
from monitor.changes.cuts import shared_core, shared_extent

FIRST = "The council of the harbour voted on Monday to open the northern pier to ferries by spring."
SECOND = "Crews who have waited eleven years said the plan came late, and that they would keep count."
THIRD = "Money for the works stands in the budget of the island, which the mayor signed last winter."
FOURTH = "Storms took the old pier in three nights, and nobody on the quay had seen waves as high."
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
    "pier",
    "quay",
    "storm",
    "waves",
    "budget",
    "vote",
]
PARAGRAPH = st.lists(st.sampled_from(WORDS), min_size=8, max_size=16).map(lambda w: " ".join(w).capitalize() + ".")
BODIES = st.lists(PARAGRAPH, min_size=2, max_size=7, unique=True)


def reading(*paragraphs: str, whole: bool = False, place: str = "named container") -> Article:
    blocks = tuple(Block("paragraph", text) for text in paragraphs)
    return Article("https://pier.example/s", body=blocks, body_complete=whole, provenance={"body": place})


def loud(before: Article, after: Article) -> list[str]:
    found = compare(before, after)
    return [c.kind for c in found if not c.suppressed_by and c.significance != Significance.COSMETIC]


def test_a_word_edited_in_both_previews_is_an_edit() -> None:
    edited = SECOND.replace("eleven", "twelve")
    assert loud(reading(FIRST, SECOND, THIRD), reading(FIRST, edited, THIRD)) == ["body"]


def test_an_edit_in_a_preview_of_one_paragraph_is_an_edit() -> None:
    assert loud(reading(SECOND), reading(SECOND.replace("eleven", "twelve"))) == ["body"]


def test_a_paragraph_taken_out_of_the_midst_is_an_edit() -> None:
    assert loud(reading(FIRST, SECOND, THIRD), reading(FIRST, THIRD)) == ["body"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((FIRST, SECOND, THIRD), (FIRST, SECOND)),
        ((FIRST, SECOND), (FIRST, SECOND, THIRD, FOURTH)),
        ((FIRST, SECOND[:50] + "…"), (FIRST, SECOND)),
        ((FIRST, SECOND[:40] + " ..."), (FIRST, SECOND[:60] + " ...")),
        ((FIRST, SECOND[:50]), (FIRST, SECOND, THIRD)),
        ((FIRST[:40] + "…",), (FIRST, SECOND, THIRD)),
        ((FIRST, SECOND), (THIRD, FOURTH)),
    ],
)
def test_another_cut_is_no_edit(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    assert compare(reading(*before), reading(*after)) == ()


def test_an_edit_before_another_cut_is_told_without_the_cut() -> None:
    edited = FIRST.replace("Monday", "Sunday")
    (change,) = compare(reading(FIRST, SECOND, THIRD), reading(edited, SECOND, THIRD[:40] + "…"))
    assert [op[1:] for op in change.ops if op[0] != "equal"] == [("Monday ", "Sunday ")]


def test_a_preview_is_never_compared_with_a_whole_body() -> None:
    edited = FIRST.replace("Monday", "Sunday")
    assert compare(reading(FIRST, SECOND), reading(edited, SECOND, THIRD, whole=True)) == ()
    assert compare(reading(FIRST, SECOND, THIRD, whole=True), reading(edited, SECOND)) == ()


@given(BODIES, st.data())
def test_no_cut_of_one_story_is_an_edit_of_another_cut(paragraphs: list[str], data: st.DataObject) -> None:
    assume(len({p[:25] for p in paragraphs}) == len(paragraphs))  # no paragraph can be another one cut short
    cuts = []
    for _ in range(2):
        kept = data.draw(st.integers(1, len(paragraphs)))
        last = paragraphs[kept - 1]
        end = data.draw(st.integers(25, max(25, len(last))))
        cuts.append((*paragraphs[: kept - 1], last[:end]))
    assert loud(reading(*cuts[0]), reading(*cuts[1])) == []


@settings(max_examples=60)
@given(BODIES, st.data())
def test_a_word_edited_before_the_end_of_previews_is_found(paragraphs: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(paragraphs) - 2))
    words = paragraphs[at].split()
    words[data.draw(st.integers(0, len(words) - 1))] = "zeppelins"
    edited = [*paragraphs[:at], " ".join(words), *paragraphs[at + 1 :]]
    assert "body" in {c.kind for c in compare(reading(*paragraphs), reading(*edited))}


@given(BODIES, BODIES)
def test_what_is_compared_stands_in_both(before: list[str], after: list[str]) -> None:
    old, new = shared_extent(before, after)
    assert old == before[: len(old)]
    assert new == after[: len(new)]


def test_what_only_one_place_of_reading_holds_at_the_ends_is_hidden() -> None:
    appeal = "Support our work and join the network of friends."
    before = reading(FIRST, SECOND, THIRD, whole=True)
    after = reading(FIRST, SECOND.replace("eleven", "twelve"), THIRD, appeal, whole=True, place="paragraph cluster")
    found = {c.suppressed_by: c for c in compare(before, after)}
    assert found.keys() == {None, "read_elsewhere"}
    assert found["read_elsewhere"].after == appeal
    assert "number 11 → 12" in found[None].facts
    same_place = reading(FIRST, SECOND, THIRD, appeal, whole=True)
    assert loud(before, same_place) == ["body"]


def test_ends_that_both_have_stay() -> None:
    assert shared_core([FIRST, SECOND], [FIRST, THIRD]) == [([FIRST, SECOND], [FIRST, THIRD])]


TILES = (
    (
        "Politics",
        "Mayor wins the vote by a hair",
        "Culture",
        "The quiet art of the harbour poster",
        "Sport",
        "Ferry race called off. Crews sigh.",
    ),
    (
        "Science",
        "Why gulls sleep on one leg",
        "Weather",
        "Four charts about the longest winter",
        "Books",
        "A novel of tides. It is long.",
    ),
)


def test_tiles_of_other_stories_rotate() -> None:
    story = (FIRST, SECOND, THIRD)
    found = compare(reading(*story, *TILES[0], whole=True), reading(*story, *TILES[1], whole=True))
    assert {c.suppressed_by for c in found} == {"rotating_teaser"}


def test_sentences_that_were_replaced_are_no_tiles() -> None:
    old = [f"The {w} was closed." for w in WORDS[:8]]
    new = [f"Nobody had heard of {w} {w}s before noon." for w in WORDS[8:]]
    assert loud(reading(FIRST, *old, THIRD, whole=True), reading(FIRST, *new, THIRD, whole=True)) == ["body"]
