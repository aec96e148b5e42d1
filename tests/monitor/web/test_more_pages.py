"""Sources, crawls, noise, statistics, the story at any time, and archived copies."""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli
import pytest
import zstandard

from db.archive.record import Archived, encode, payload_digest
from db.archive.segments import Segment
from db.engine import reading, writing
from db.models import Revision
from db.queries import changes, crawls, sources
from db.records import ArchiveRef
from db.types import Change, Fetched
from monitor.web.archived import decoded, sanitised
from tests.monitor.seeded import NOW, URL
from tests.monitor.web.site import Site

PAGE = "<html><head><title>t</title><script>alert(1)</script></head><body onload=x()><h1>Fähre</h1>"
PAGE += "<img src=https://evil.example/x onerror=alert(1)><a href='javascript:alert(1)'>more</a></body></html>"


def archive(site: Site, folder: Path, body: bytes, headers: tuple[tuple[str, str], ...]) -> None:
    """Put an answer in the archive and have version 1 rest on it."""
    fetched = Fetched(URL, URL, 200, headers, body, b"", NOW, NOW, ip="192.0.2.1")
    segment = Segment(folder, "keep", "1")
    made = encode(fetched)
    ref = segment.append(made.around, made.member, payload_digest(body))
    segment.close()
    with writing(site.engine) as session:
        row = session.get(Revision, 1)
        assert row
        row.segment, row.offset, row.length, row.digest = ref.segment, ref.offset, ref.length, ref.digest


@pytest.fixture
def archived(site: Site, tmp_path: Path) -> Site:
    headers = (("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip"), ("X-Cache", "<b>HIT</b>"))
    archive(site, tmp_path / "archive", gzip.compress(PAGE.encode()), headers)
    return site


def test_an_archived_answer_is_shown_with_its_status_headers_and_digest(archived: Site) -> None:
    text = archived.text("/versions/1/archived")
    for words in ("192.0.2.1", "200", "the archived bytes match", "X-Cache", "<b>HIT</b>"):
        assert words in text or words in archived.text(f"/changes/{archived.ids[0]}")
    (frame,) = archived.tree("/versions/1/archived").xpath("//iframe")
    assert frame.get("sandbox") == ""
    assert frame.get("src") == "/versions/1/archived/frame"


def test_the_copy_can_neither_run_nor_reach_out(archived: Site) -> None:
    answer = archived.client.get("/versions/1/archived/frame")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "Fähre" in answer.text
    for poison in ("<script", "onerror", "onload", "javascript:", "evil.example", "<img", "<a "):
        assert poison not in answer.text


def test_bytes_that_no_longer_match_are_told(archived: Site) -> None:
    with writing(archived.engine) as session:
        row = session.get(Revision, 1)
        assert row
        row.digest = "0" * 64
    assert "the archived bytes differ" in archived.text("/versions/1/archived")


def test_a_copy_that_is_gone_is_told_in_words(site: Site) -> None:
    assert "The archive file is gone" in site.text("/versions/1/archived")
    site.tree("/versions/1/archived/frame", 404)
    site.tree("/versions/99/archived", 404)


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data)[2:-4]),
        ("br", brotli.compress),
        ("zstd", zstandard.compress),
        ("identity", bytes),
        ("gzip, br", lambda data: brotli.compress(gzip.compress(data))),
    ],
)
def test_answers_are_unpacked_and_never_beyond_the_limit(coding: str, pack: object) -> None:
    body = b"0123456789" * 100_000
    packed = Archived(URL, 200, (("content-encoding", coding),), pack(body), NOW)  # type: ignore[operator]
    assert decoded(packed) == body
    assert len(decoded(packed, most=2000)) <= 2000


@pytest.mark.parametrize(("coding", "raw"), [("gzip", b"no"), ("br", b"\xff\xff"), ("zstd", b"no"), ("odd", b"x")])
def test_what_cannot_be_unpacked_is_told(coding: str, raw: bytes) -> None:
    with pytest.raises(ValueError, match="the answer"):
        decoded(Archived(URL, 200, (("content-encoding", coding),), raw, NOW))


def test_sanitising_keeps_words_and_structure() -> None:
    html = "<h1>A</h1><p lang=ja dir=ltr style='x' class=y>字</p><svg><script>x</script></svg><style>p{}</style>"
    assert sanitised(html) == '<h1>A</h1><p lang="ja" dir="ltr">字</p>'


@pytest.mark.parametrize(
    ("when", "version", "words"),
    [
        ("2026-05-04T08:00:00+00:00", 1, "This is what a reader saw"),
        ("2026-05-04T17:00", 1, "This is what a reader saw"),
        ("2026-05-04T17:05", 1, "a reader saw this version or already"),
        ("2026-05-04T17:07", 2, "This is what a reader saw"),
        ("2030-01-01T00:00", 2, "This is what a reader saw"),
    ],
)
def test_the_story_as_a_reader_saw_it_at_a_time(site: Site, when: str, version: int, words: str) -> None:
    answer = site.client.get("/articles/1/at", params={"when": when})
    assert answer.url.path == f"/versions/{version}"
    assert words in " ".join(answer.text.split())


@pytest.mark.parametrize(("when", "status"), [("yesterday", 400), ("", 400), ("2001-01-01T00:00", 404)])
def test_a_time_that_cannot_be_is_told(site: Site, when: str, status: int) -> None:
    assert site.client.get("/articles/1/at", params={"when": when}).status_code == status


def test_a_source_shows_its_health_and_is_switched_off_and_on(site: Site) -> None:
    text = site.text("/sources/1")
    for words in (
        "https://harbour.example/rss",
        "No article of it was looked at",
        "headline",
        "100%",
        "not read yet",
        "its changes",
    ):
        assert words in text
    site.post("/sources/1/switch", {"on": "false", "back": "/sources/1"})
    with reading(site.engine) as session:
        found = sources.get(session, 1)
        assert found
        assert not found.enabled
    assert "Switch on" in site.text("/sources/1")
    site.post("/sources/1/switch", {"on": "true"})
    assert "Switch off" in site.text("/sources/1")
    site.tree("/sources/99", 404)
    assert site.post("/sources/99/switch", {"on": "true"}).status_code == 404


def test_a_crawl_is_asked_for_and_followed(site: Site) -> None:
    values = {"targets": f"{URL}\n {URL} ", "source": ["Quiet Daily", "No Such"], "watch": "true"}
    assert site.post("/crawls", values).headers["location"] == "/crawls/1"
    with writing(site.engine) as session:
        crawl = crawls.get(session, 1)
        assert crawl
        assert (crawl.targets, crawl.requested_by, crawl.state) == ((URL, "Quiet Daily"), "web", "queued")
        assert crawl.options == {"due": False, "dry_run": False, "watch": True}
        crawls.add_items(session, 1, [URL, "https://harbour.example/other"])
        crawls.record(session, 1, state="running")
        crawls.record_item(session, 1, state="failed", reason="timeout", status=504)
    assert site.client.get("/crawls/1/progress").json() == {"state": "running", "total": 2, "done": 0, "failed": 1}
    assert "running: 1 of 2, 1 failed" in site.text("/crawls/1")
    assert "timeout" in site.text("/crawls/1")
    assert "1 of 2, 1 failed" in site.text("/crawls")
    site.tree("/crawls/9", 404)


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        ("", "Name at least one address"),
        ("file:///etc/passwd", "is not an address of the web"),
        ("https://a.example/ " + " ".join(f"https://a.example/{n}" for n in range(600)), "up to 500 addresses"),
    ],
)
def test_a_crawl_that_cannot_be_is_refused_in_words(site: Site, targets: str, words: str) -> None:
    answer = site.post("/crawls", {"targets": targets})
    assert answer.status_code == 400
    assert words in answer.text


def test_noise_lists_what_is_hidden_and_what_flaps(site: Site) -> None:
    assert "No headline or text goes back and forth" in site.text("/noise")
    with writing(site.engine) as session:
        flapping = Change("headline", ("flapping",), "minor", "A word", "B word")
        changes.replace(session, site.ids[0], flapping)
    text = site.text("/noise")
    assert "by ticker" in text
    assert "flapping" in text


def test_statistics_draw_plots_and_tables(site: Site) -> None:
    now = datetime.now(UTC)
    with writing(site.engine) as session:
        changes.add(
            session,
            1,
            1,
            Change("headline", ("reworded", "stealth"), "substantive", "a", "b"),
            key="late",
            headline="h",
            not_before=None,
            not_after=now - timedelta(hours=1),
            now=now,
        )
    tree = site.tree("/statistics")
    text = " ".join(tree.text_content().split())
    assert "100% (1 of 1)" in text
    assert "Harbour Post" in text
    assert len(tree.xpath("//*[name()='svg'][@role='img'][@aria-label]")) == 4
    assert len(tree.xpath("//table")) == 4
    assert not tree.xpath("//*[@style]")


def test_an_empty_period_and_empty_pages_say_so(site: Site) -> None:
    assert "Nothing to count" in site.text("/statistics?period=1d")
    assert "No crawl was asked for yet" in site.text("/crawls")
    assert "Nothing fits" in site.text("/?match=zebra")
    assert "That was all" in site.text("/?before=1")


def test_a_reference_that_leads_out_of_the_archive_is_refused(site: Site) -> None:
    with writing(site.engine) as session:
        row = session.get(Revision, 1)
        assert row
        row.segment = "../newswatch.db"
    assert "cannot be read" in site.text("/versions/1/archived")
    assert ArchiveRef("../x", 0, 1, "").segment == "../x"
