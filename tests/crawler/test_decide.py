"""Failure is not absence; a doubt is confirmed; a page is removed when repeated checks say so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.decide import Former, NotRead, Read, decide, not_modified, same
from crawler.digest import reading_digest
from db.records import PageRecord
from db.types import Article, Block, Image, Outcome, Reason

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG = tuple(Block("paragraph", f"Paragraph {n} of a story that says enough to count as one. " * 3) for n in range(8))
STORY = Article(url="https://a.example/story", headline="Mayor opens bridge", authors=("Ana Duarte",), body=LONG)


def page(**fields: Any) -> PageRecord:
    made = PageRecord(1, 1, STORY.url, "a.example", NOW - timedelta(days=1), active=True)
    return replace(made, **fields)


def live(**fields: Any) -> PageRecord:
    return page(**{"state": "live", "latest_revision_id": 7, "reading_digest": reading_digest(STORY), **fields})


def read(article: Article) -> Read:
    return Read(article, reading_digest(article), "v1", "bytes")


def former(article: Article = STORY) -> Former:
    return Former(reading_digest(article), article)


def applied(before: PageRecord, state: Any) -> PageRecord:
    return replace(before, **dict(state))


def test_a_first_reading_is_new() -> None:
    decision = decide(page(), read(STORY), None, NOW)
    assert (decision.outcome, decision.store, decision.availability) == (Outcome.NEW, True, None)
    assert decision.state["state"] == "live"


def test_a_page_with_neither_headline_nor_text_is_no_article() -> None:
    decision = decide(page(), read(Article(url=STORY.url)), None, NOW)
    assert (decision.outcome, decision.reason, decision.store) == (Outcome.FAILED, Reason.NOT_AN_ARTICLE, False)


def test_the_same_reading_is_same_and_clears_a_doubt() -> None:
    decision = decide(live(held_digest="x", held_at=NOW), read(STORY), former(), NOW)
    assert decision.outcome == Outcome.SAME
    assert decision.state["held_digest"] is None
    assert not decision.store


@pytest.mark.parametrize(
    "edit",
    [
        {"headline": "Mayor shuts bridge"},
        {"headlines": {"og": "Another surface"}},
        {"deck": "A new deck"},
        {"published": "2026-03-01"},
        {"displayed_time": "1 March 2026"},
        {"images": (Image("https://a.example/1.jpg", "A caption"),)},
        {"body": (*LONG, Block("paragraph", "One more."))},
    ],
)
def test_any_compared_field_makes_a_revision(edit: dict[str, Any]) -> None:
    decision = decide(live(), read(replace(STORY, **edit)), former(), NOW)
    assert (decision.outcome, decision.store) == (Outcome.CHANGED, True)


@pytest.mark.parametrize(
    "edit",
    [
        {"displayed_time": "2 hours ago", "displayed_relative": True},
        {"url": "https://a.example/story?utm_source=x"},
        {"images": (Image("https://cdn.example/1.jpg?sig=1"),)},
        {"provenance": {"headline": "h1"}},
        {"published": "2026-03-01T09:00:00+00:00", "provenance": {"published": "relative time line"}},
        {"body": tuple(replace(block, at="5 minutes ago") for block in LONG)},
    ],
)
def test_what_no_kind_speaks_of_makes_none(edit: dict[str, Any]) -> None:
    assert decide(live(), read(replace(STORY, **edit)), former(), NOW).outcome == Outcome.SAME


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        ({"headline": None}, "headline_vanished"),
        ({"body": LONG[:1]}, "body_collapsed"),
        ({"body_complete": False}, "body_incomplete"),
        ({"authors": ()}, "byline_vanished"),
    ],
)
def test_a_page_that_says_much_less_is_held_then_believed(edit: dict[str, Any], reason: str) -> None:
    less = read(replace(STORY, **edit))
    first = decide(live(), less, former(), NOW)
    assert (first.outcome, first.reason, first.store, first.soon) == (Outcome.HELD, reason, False, True)
    after = applied(live(), first.state)
    again = decide(after, less, former(), NOW + timedelta(minutes=3))
    assert (again.outcome, again.store) == (Outcome.CHANGED, True)
    assert again.state["held_digest"] is None


def test_a_page_that_says_nothing_of_the_story_is_doubted_for_hours() -> None:
    other = read(
        Article(url=STORY.url, headline="We are doing some maintenance", body=(Block("paragraph", "Back soon."),))
    )
    held = applied(live(), decide(live(), other, former(), NOW).state)
    again = decide(held, other, former(), NOW + timedelta(minutes=30))
    assert again.outcome == Outcome.HELD
    later = decide(applied(held, again.state), other, former(), NOW + timedelta(hours=7))
    assert later.outcome == Outcome.CHANGED


def test_two_different_collapses_do_not_confirm_each_other() -> None:
    after = applied(live(), decide(live(), read(replace(STORY, body=LONG[:1])), former(), NOW).state)
    other = decide(after, read(replace(STORY, body=LONG[1:2])), former(), NOW + timedelta(minutes=3))
    assert other.outcome == Outcome.HELD


def test_a_collapse_that_heals_was_no_edit() -> None:
    after = applied(live(), decide(live(), read(replace(STORY, body=LONG[:1])), former(), NOW).state)
    assert decide(after, read(STORY), former(), NOW).outcome == Outcome.SAME


@pytest.mark.parametrize("kind", ["index", "error", "blocked", "consent", "login"])
def test_other_page_types_never_become_revisions(kind: str) -> None:
    decision = decide(live(), read(replace(STORY, page_type=kind, headline="Please agree")), former(), NOW)
    assert (decision.outcome, decision.store, decision.availability) == (Outcome.FAILED, False, None)
    assert "state" not in decision.state


def test_failures_count_up_and_change_nothing_else() -> None:
    decision = decide(live(failures=2), NotRead(Reason.TIMEOUT), former(), NOW)
    assert decision.outcome == Outcome.FAILED
    assert decision.state == {"last_check_at": NOW, "failures": 3}


def test_a_removal_needs_repeated_checks_over_time() -> None:
    gone = NotRead(Reason.GONE, missing=True)
    first = decide(live(), gone, former(), NOW)
    assert (first.outcome, first.availability, first.soon) == (Outcome.GONE, None, True)
    one = applied(live(), first.state)
    early = decide(one, gone, former(), NOW + timedelta(minutes=1))
    assert early.availability is None
    two = applied(one, early.state)
    last = decide(two, gone, former(), NOW + timedelta(minutes=11))
    assert last.availability == "removed"
    assert last.state["state"] == "removed"
    again = decide(applied(two, last.state), gone, former(), NOW + timedelta(days=1))
    assert again.availability is None


def test_a_failure_between_does_not_confirm_a_removal() -> None:
    one = applied(live(), decide(live(), NotRead(Reason.GONE, missing=True), former(), NOW).state)
    failed = decide(one, NotRead(Reason.HTTP_SERVER), former(), NOW + timedelta(hours=1))
    assert failed.availability is None


def test_a_host_whose_pages_all_vanish_removes_none_for_a_day() -> None:
    gone = NotRead(Reason.GONE, missing=True)
    one = applied(live(), decide(live(), gone, former(), NOW).state)
    soon = decide(one, gone, former(), NOW + timedelta(hours=1), host_suspect=True)
    assert (soon.reason, soon.availability) == ("host_suspect", None)
    later = decide(one, gone, former(), NOW + timedelta(hours=25), host_suspect=True)
    assert later.availability == "removed"


def test_a_removed_page_that_returns_is_restored() -> None:
    removed = live(state="removed", gone_count=3)
    decision = decide(removed, read(STORY), former(), NOW)
    assert (decision.outcome, decision.availability) == (Outcome.SAME, "restored")
    assert decision.state["gone_count"] == 0
    assert same(removed, NOW).availability == "restored"
    assert not_modified(removed, NOW).availability == "restored"


def test_a_page_that_was_never_seen_is_not_removed() -> None:
    unseen = page(gone_count=1, held_at=NOW - timedelta(hours=1))
    decision = decide(unseen, NotRead(Reason.GONE, missing=True), None, NOW)
    assert (decision.availability, decision.state["state"]) == (None, "removed")


def test_a_wall_that_comes_down_over_a_story_is_paywalled_once_confirmed() -> None:
    walled = read(replace(STORY, body=LONG[:2], body_complete=False))
    after = applied(live(), decide(live(), walled, former(), NOW).state)
    decision = decide(after, walled, former(), NOW + timedelta(minutes=3))
    assert (decision.outcome, decision.availability) == (Outcome.CHANGED, "paywalled")


def test_where_the_former_bytes_are_lost_the_page_is_based_anew() -> None:
    decision = decide(live(), read(STORY), Former(None, None), NOW)
    assert (decision.outcome, decision.store) == (Outcome.REBASED, True)


def test_withheld_for_legal_reasons_is_blocked_once_confirmed() -> None:
    one = applied(live(), decide(live(), NotRead("legal", legal=True), former(), NOW).state)
    decision = decide(one, NotRead("legal", legal=True), former(), NOW + timedelta(hours=1))
    assert decision.availability == "blocked"
