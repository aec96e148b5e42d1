"""Feeds as documents: what readers and validators ask, whatever stands in the articles."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from db.records import ChangeRecord
from db.types import Change
from monitor.report import atom, feed, json_feed
from monitor.report.safe import markup_safe, web_link
from tests.monitor.report.atom_rules import broken
from tests.monitor.report.samples import ABOUT, HOSTILE, NOW, hostile, record

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import feedparser

FEED = feed.Feed(
    id=ABOUT.feed_id("all"),
    title="newswatch: \x00 what <b>was</b> edited",
    page="http://127.0.0.1:8765/",
    address="http://127.0.0.1:8765/feeds/changes.atom",
    next="http://127.0.0.1:8765/feeds/changes.atom?before=9",
)


def as_atom(records: list[ChangeRecord]) -> bytes:
    return b"".join(atom.render(FEED, feed.entries(records, ABOUT), feed.updated(records)))


def as_json(records: list[ChangeRecord]) -> dict[str, object]:
    found: dict[str, object] = json.loads(b"".join(json_feed.render(FEED, feed.entries(records, ABOUT))))
    return found


@pytest.mark.parametrize("records", [[], [record()], hostile()], ids=["empty", "one", "hostile"])
def test_atom_breaks_no_rule_and_feedparser_reads_it(records: list[ChangeRecord]) -> None:
    document = as_atom(records)
    assert broken(document) == []
    parsed = feedparser.parse(document)
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert [entry.id for entry in parsed.entries] == [ABOUT.change_id(r.id) for r in records]


def test_an_entry_holds_the_diff_the_facts_and_where_the_evidence_is() -> None:
    (entry,) = feedparser.parse(as_atom([record()])).entries
    assert entry.title == "headline (number): Ferry with 20 aboard sinks"
    assert "<del>Ferry with 12 aboard sinks</del><ins>Ferry with 20 aboard sinks</ins>" in entry.content[0].value
    assert "edited 2026-05-04 17:00:00 – 17:01:00 (Asia/Tokyo)" in entry.content[0].value
    assert entry.summary == "[-Ferry with 12 aboard sinks-]{+Ferry with 20 aboard sinks+}"
    links = {(link.rel, link.href) for link in entry.links}
    assert ("alternate", "http://127.0.0.1:8765/changes/1") in links
    assert ("via", "https://harbour.example/ferry") in links
    assert ("related", "http://127.0.0.1:8765/versions/2/archived") in links
    assert {tag.term for tag in entry.tags} == {"headline", "substantive", "number"}
    assert entry.author == "Harbour Post"


def test_what_is_hostile_is_shown_and_does_nothing() -> None:
    for text, entry in zip(HOSTILE, as_json(hostile())["items"], strict=True):  # type: ignore[call-overload]
        shown = " ".join(markup_safe(text).split())
        assert shown in " ".join(entry["content_text"].split())
        assert "<script" not in entry["content_html"]
        assert not {"\x00", "\x1b", "\u202e"} & set(entry["content_html"] + entry["title"] + entry["summary"])


def test_an_id_is_the_same_for_ever_whatever_the_address() -> None:
    elsewhere = replace(ABOUT, base="https://desk.example/", title="Another view", filters=("kind: headline",))
    (here,), (there,) = (list(feed.entries([record()], about)) for about in (ABOUT, elsewhere))
    assert here.id == there.id == "tag:newswatch.invalid,2026:00ff00ff00ff00ff/change/1"
    assert here.url != there.url
    assert replace(ABOUT, identity="1" * 16).change_id(1) != here.id


def test_updated_is_when_it_was_stored_or_last_counted_and_published_when_it_was_seen() -> None:
    plain = record()
    flapping = record(2, count=4, last_seen=NOW + timedelta(hours=3))
    first, second = feed.entries([plain, flapping], ABOUT)
    assert (first.published, first.updated) == (plain.not_after, plain.created_at)
    assert second.updated == NOW + timedelta(hours=3)
    assert feed.updated([plain, flapping]) == second.updated
    assert feed.updated([]) == datetime(1970, 1, 1, tzinfo=UTC)
    imported = next(iter(feed.entries([record(not_after=NOW - timedelta(days=400))], ABOUT)))
    assert imported.published < imported.updated


def test_a_long_change_is_cut() -> None:
    words = "\n\n".join(f"paragraph {number}" for number in range(100))
    change = Change("body", (), "minor", words, words.upper())
    (entry,) = feed.entries([record(change=change)], ABOUT)
    assert "… and 169 more paragraphs" in entry.html
    assert len(entry.summary) <= 600


def test_json_feed_keeps_to_its_version() -> None:
    found = as_json(hostile())
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert found["feed_url"] == FEED.address
    assert found["next_url"] == FEED.next
    items = found["items"]
    assert isinstance(items, list)
    assert len({item["id"] for item in items}) == len(items) == len(HOSTILE)
    for item in items:
        assert {"id", "url", "title", "content_html", "content_text", "date_published", "date_modified"} <= set(item)
        assert datetime.fromisoformat(item["date_published"]).tzinfo
        assert all(isinstance(tag, str) for tag in item["tags"])
        assert all(author["name"] for author in item["authors"])
        assert item["_newswatch"]["kind"] == "headline"
    assert as_json([])["items"] == []


@pytest.mark.parametrize(
    ("given", "link"),
    [
        ("https://harbour.example/a b\"<>?q=ä#x", "https://harbour.example/a%20b%22%3C%3E?q=%C3%A4#x"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//harbour.example/", None),
        ("https:///nowhere", None),
        ("http://[broken", None),
        ("", None),
        (None, None),
    ],
)  # fmt: skip
def test_only_addresses_of_the_web_become_links(given: str | None, link: str | None) -> None:
    assert web_link(given) == link
