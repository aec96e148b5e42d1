"""Readings to JSON and back: the contract with other programs."""

from __future__ import annotations

import json

import pytest

from db.jsonable import article_from_json, article_to_json, failure_to_json
from db.types import Article, Block, Dateline, Failure, Image, Notice

FULL = Article(
    url="https://news.example/1",
    headline="Bridge opens",
    headlines={"h1": "Bridge opens", "og": "Bridge: open"},
    deck="At last.",
    byline="By Ada Roe",
    authors=("Ada Roe",),
    dateline=Dateline("HARBOUR (Newswire) -", "HARBOUR", None, "Newswire"),
    published="2024-05-01T10:00:00+02:00",
    modified="2024-05-02",
    displayed_time="2 hours ago",
    displayed_relative=True,
    section="City",
    tags=("bridges",),
    language="en",
    publisher="Harbour Post",
    notices=(Notice("correction", "Correction: the toll is 3."),),
    body=(Block("paragraph", "Text."), Block("paragraph", "Entry.", "10:01")),
    body_complete=False,
    images=(Image("https://news.example/a.jpg", "A bridge"), Image("https://news.example/b.jpg")),
    page_type="live",
    canonical="https://news.example/1",
    provenance={"headline": "h1"},
)


@pytest.mark.parametrize("article", [FULL, Article("https://news.example/2")])
def test_round_trip(article: Article) -> None:
    assert article_from_json(json.loads(json.dumps(article_to_json(article)))) == article


def test_a_reading_written_by_hand_may_leave_keys_out() -> None:
    made = article_from_json({"headline": "Bridge opens", "body": ["Text."], "dateline": "HARBOUR -", "unknown": 1})
    assert (made.headline, made.body, made.dateline) == (
        "Bridge opens",
        (Block("paragraph", "Text."),),
        Dateline("HARBOUR -"),
    )


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"headline": 1}, "'headline' should be a string"),
        ({"authors": "Ada"}, "'authors' should be a list"),
        ({"tags": [1]}, "'tags' should be a list of strings"),
        ({"headlines": []}, "'headlines' should be an object of strings"),
        ({"body": [1]}, "each of 'body'"),
        ({"body": [{"role": "paragraph"}]}, "each of 'body'"),
        ({"notices": [{}]}, "each of 'notices'"),
        ({"images": ["x"]}, "each of 'images'"),
        ({"dateline": []}, "each of 'dateline'"),
    ],
)
def test_wrong_shapes_are_named(value: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        article_from_json(value)


def test_failure() -> None:
    assert failure_to_json(Failure("u", "empty", "no text")) == {
        "url": "u",
        "error": {"reason": "empty", "detail": "no text"},
    }
    assert failure_to_json(Failure("u", "blocked", "x", "blocked"))["page_type"] == "blocked"
