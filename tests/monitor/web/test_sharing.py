"""Feeds, files and cards of the real application."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import lxml.html
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import Engine

from db.archive.record import encode, payload_digest
from db.archive.segments import Segment
from db.engine import open_engine, writing
from db.identity import identity
from db.models import ChangeRow, Revision
from db.queries import tags, tokens, triage, views
from db.types import Fetched
from monitor.report import parquet
from monitor.web import conditional, exports, feeds
from monitor.web.access import keys
from monitor.web.access.policy import Access
from monitor.web.app import create_app
from tests.databases import database_at
from tests.monitor.report.atom_rules import broken
from tests.monitor.report.test_feed import feedparser
from tests.monitor.seeded import NOW, URL, seed
from tests.monitor.web.site import Site


def entries(site: Site, path: str) -> list[str]:
    """The titles in a feed that breaks no rule."""
    answer = site.client.get(path)
    assert answer.status_code == 200, answer.text[:300]
    if ".json" in path:
        assert answer.headers["content-type"] == "application/feed+json"
        return [item["title"] for item in answer.json()["items"]]
    assert answer.headers["content-type"] == "application/atom+xml"
    assert broken(answer.content) == []
    parsed = feedparser.parse(answer.content)
    assert not parsed.bozo
    return [entry.title for entry in parsed.entries]


def more(site: Site, number: int) -> None:
    """Changes of the seeded article's headline, an event each."""
    with writing(site.engine) as session:
        first = session.get(ChangeRow, site.ids[0])
        assert first is not None
        for extra in range(number):
            row = {c.key: getattr(first, c.key) for c in ChangeRow.__table__.columns}
            at = NOW + timedelta(hours=1, minutes=extra)
            row |= {"id": None, "key": f"more{extra}", "event_id": None, "not_after": at, "created_at": at}
            session.add(ChangeRow(**row))


@pytest.mark.parametrize("ending", ["atom", "json"])
@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("", {"body", "dateline", "headline"}),
        ("?kind=headline", {"headline"}),
        ("?nature=place", {"dateline"}),
        ("?source=Quiet+Daily", set()),
        ("?match=TOKYO&significance=substantive", {"dateline"}),
        ("?period=1h", set()),
        ("?hidden=only&significance=cosmetic", {"body"}),
    ],
)
def test_every_filter_of_the_inbox_has_its_feed(site: Site, ending: str, query: str, kinds: set[str]) -> None:
    assert {title.split(" (")[0] for title in entries(site, f"/feeds/changes.{ending}{query}")} == kinds


def test_an_article_and_a_saved_view_have_theirs(site: Site) -> None:
    assert len(entries(site, "/feeds/articles/1.atom")) == len(entries(site, "/feeds/articles/1.json")) == 3
    with writing(site.engine) as session:
        view = views.save(session, "Names & <numbers>", {"kind": "headline"}, NOW)
    assert len(entries(site, f"/feeds/views/{view.id}.atom")) == 1
    assert "Names & <numbers>" in site.client.get(f"/feeds/views/{view.id}.json").json()["title"]
    with writing(site.engine) as session:
        views.save(session, "Names & <numbers>", {"kind": "dateline"}, NOW)
    assert entries(site, f"/feeds/views/{view.id}.json")[0].startswith("dateline")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/feeds/articles/99.atom", 404),
        ("/feeds/views/99.json", 404),
        ("/feeds/changes.rss", 422),
        ("/feeds/changes.atom?before=0", 422),
        ("/feeds/articles/99999999999999999999999.atom", 404),
        ("/changes/99/card.png", 404),
        ("/changes/0/card.png", 404),
        ("/export.exe", 404),
        ("/export.atom", 404),
    ],
)
def test_what_is_not_there_is_told(site: Site, path: str, status: int) -> None:
    assert site.client.get(path).status_code == status


def test_what_was_judged_is_in_a_feed_unless_a_state_is_asked_for(site: Site) -> None:
    with writing(site.engine) as session:
        triage.put(session, site.ids[:1], triage.State.DISMISSED, at=NOW, by=None)
    assert len(entries(site, "/feeds/changes.atom")) == 3
    assert len(entries(site, "/feeds/changes.atom?state=open")) == 2


def test_a_feed_goes_on_to_older_entries_and_no_id_comes_twice(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    more(site, 25)
    monkeypatch.setattr(feeds, "ENTRIES", 10)
    found: list[str] = []
    path: str | None = "/feeds/changes.atom?kind=headline"
    while path:
        parsed = feedparser.parse(site.client.get(path).content)
        found += [entry.id for entry in parsed.entries]
        path = next((link.href for link in parsed.feed.links if link.rel == "next"), None)
        assert [link.href for link in parsed.feed.links if link.rel == "first"] == [
            "http://testserver/feeds/changes.atom?kind=headline"
        ]
    assert len(found) == len(set(found)) == 26
    whole = feedparser.parse(site.client.get("/feeds/articles/1.atom").content)
    assert whole.entries[0].id == found[0]


def test_a_reader_that_has_it_is_sent_nothing(site: Site) -> None:
    answer = site.client.get("/feeds/changes.atom")
    etag, modified = answer.headers["etag"], answer.headers["last-modified"]
    for headers in ({"If-None-Match": etag}, {"If-None-Match": f'"x", W/{etag}'}, {"If-Modified-Since": modified}):
        again = site.client.get("/feeds/changes.atom", headers=headers)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    other = {"If-None-Match": '"x"', "If-Modified-Since": modified}
    assert site.client.get("/feeds/changes.atom", headers=other).status_code == 200
    assert site.client.get("/feeds/changes.atom", headers={"If-Modified-Since": "nonsense"}).status_code == 200
    more(site, 1)
    for headers in ({"If-None-Match": etag}, {"If-Modified-Since": modified}):
        assert site.client.get("/feeds/changes.atom", headers=headers).status_code == 200
    head = site.client.head("/feeds/changes.atom")
    assert (head.status_code, head.content) == (200, b"")


def test_two_answers_of_an_address_never_share_an_instant() -> None:
    stamps, at = conditional.Stamps(), datetime(2026, 5, 4, 8, 0, 0, 100, tzinfo=UTC)
    first = stamps.since("a", "1", at)
    assert first == at.replace(microsecond=0) == stamps.since("a", "1", at + timedelta(hours=1))
    assert stamps.since("a", "2", at + timedelta(microseconds=900)) is None
    assert stamps.since("a", "2", at + timedelta(seconds=1)) == first + timedelta(seconds=1)
    assert stamps.since("a", "1", at + timedelta(seconds=5)) == first + timedelta(seconds=5)


def test_a_home_has_one_identity_for_ever(site: Site) -> None:
    name = identity(site.engine)
    assert re.fullmatch(r"[0-9a-f]{16}", name)
    assert identity(site.engine) == name
    assert f"tag:newswatch.invalid,2026:{name}/change/1" in site.client.get("/feeds/changes.atom").text


def test_pages_name_their_feeds_in_the_head_and_show_a_link(site: Site) -> None:
    for path, named in [
        ("/?kind=headline", "/feeds/changes.{}?kind=headline"),
        ("/articles/1", "/feeds/articles/1.{}"),
        ("/changes/1", "/feeds/articles/1.{}"),
    ]:
        tree = site.tree(path)
        for ending, media in (("atom", "application/atom+xml"), ("json", "application/feed+json")):
            (address,) = tree.xpath(f"//head/link[@rel='alternate'][@type='{media}']/@href")
            assert address == named.format(ending)
            assert site.client.get(address).status_code == 200
            assert path == "/changes/1" or tree.xpath(f"//main//a[@href='{address}']")
    feed = "/feeds/changes.atom?source=Harbour%20Post"
    assert site.tree("/sources/1").xpath(f"//head/link[@href='{feed}'] | //main//a[@href='{feed}']")
    assert len(entries(site, feed)) == 3
    with writing(site.engine) as session:
        view = views.save(session, "One", {"kind": "headline"}, NOW)
    assert site.tree(f"/?kind=headline&view={view.id}").xpath(f"//a[@href='/feeds/views/{view.id}.atom']")


def test_each_file_offered_on_the_inbox_holds_what_it_shows(site: Site) -> None:
    links = site.tree("/?kind=headline").xpath("//nav[contains(@class, 'elsewhere')]//a[@download]/@href")
    assert [re.sub(r"\?.*", "", link) for link in links] == [
        f"/export.{ending}" for ending in ("html", "csv", "md", "jsonl", "parquet", "txt")
    ]
    for link in links:
        answer = site.client.get(link)
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith('attachment; filename="newswatch-')
        assert b"TOKYO" not in answer.content
    (row,) = csv.DictReader(io.StringIO(site.client.get("/export.csv?kind=headline").content.decode("utf-8-sig")))
    assert (row["url"], row["kind"]) == (URL, "headline")
    assert json.loads(site.client.get("/export.jsonl?kind=headline").text)["before"] == (
        "Ferry with 12 aboard sinks off Busan"
    )


def test_an_export_reads_in_batches_and_misses_none(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    more(site, 30)
    monkeypatch.setattr(exports, "BATCH", 7)
    lines = site.client.get("/export.jsonl").text.splitlines()
    ids = [json.loads(line)["id"] for line in lines]
    assert ids == sorted(set(ids), reverse=True)
    assert len(ids) == 33


def test_the_report_of_the_inbox_opens_offline(site: Site) -> None:
    answer = site.client.get("/export.html?match=Busan")
    tree = lxml.html.fromstring(answer.text)
    assert "with the words: Busan" in tree.text_content()
    assert "state: open" in tree.text_content()
    policy = tree.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
    assert policy.startswith("default-src 'none'")
    assert answer.headers["content-security-policy"] == f"{policy}; sandbox"
    assert not tree.xpath("//script | //link | //img | //*[@style] | //@src")


def test_without_pyarrow_the_extra_is_named(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(parquet, "import_module", missing)
    assert "newswatch[parquet]" in " ".join(site.tree("/export.parquet", status=501).text_content().split())


def test_a_card_is_a_picture_that_is_sent_once(site: Site) -> None:
    answer = site.client.get("/changes/1/card.png")
    assert answer.headers["content-type"] == "image/png"
    assert Image.open(BytesIO(answer.content)).size == (1200, 630)
    etag = answer.headers["etag"]
    assert site.client.get("/changes/1/card.png", headers={"If-None-Match": etag}).status_code == 304
    assert site.client.get("/changes/2/card.png").headers["etag"] != etag
    assert site.tree("/changes/1").xpath("string(//meta[@property='og:image']/@content)") == (
        "http://testserver/changes/1/card.png"
    )


def test_a_change_can_be_quoted_and_looked_up_in_public_archives(site: Site) -> None:
    tree = site.tree("/changes/1")
    quoted = tree.xpath("string(//textarea[@id='quotation'])")
    assert quoted.strip().splitlines() == [
        "Harbour Post edited an article (headline: number, stealth)",
        "Headline: Ferry with 20 aboard sinks off Busan",
        "Before: “Ferry with 12 aboard sinks off Busan”",
        "After: “Ferry with 20 aboard sinks off Busan”",
        "Fact: number 12 → 20",
        "Fact: headline and body edited together",
        "Fact: no modified time moved and no notice says so",
        "Edited: 2026-05-04 17:00 – 17:07 (Asia/Tokyo)",
        f"Address: {URL}",
        f"Archived answer of version 1: SHA-256 {'a' * 64}",
        f"Archived answer of version 2: SHA-256 {'b' * 64}",
        "Evidence: http://testserver/changes/1",
    ]
    assert tree.xpath("string(//input[@id='permalink']/@value)") == "http://testserver/changes/1"
    archives = tree.xpath("//div[contains(@class, 'share')]//a[@rel='noreferrer']/@href")
    assert archives == [f"https://web.archive.org/web/*/{URL}", f"https://archive.today/{URL}"]


def test_a_version_read_from_a_public_archives_copy_shows_that_copy(site: Site, tmp_path: Path) -> None:
    copy = "https://web.archive.org/web/20260504080000id_/https://harbour.example/ferry"
    headers = (("Content-Type", "text/html"), ("Memento-Datetime", "Mon, 04 May 2026 08:00:00 GMT"))
    segment = Segment(tmp_path / "archive", "keep", "1")
    made = encode(Fetched(copy, copy, 200, headers, b"<p>x", b"", NOW, NOW))
    ref = segment.append(made.around, made.member, payload_digest(b"<p>x"))
    segment.close()
    assert not site.tree("/changes/1").xpath(f"//a[@href='{copy}']")
    with writing(site.engine) as session:
        row = session.get(Revision, 1)
        assert row is not None
        row.segment, row.offset, row.length, row.digest = ref.segment, ref.offset, ref.length, ref.digest
    assert [link.text for link in site.tree("/changes/1").xpath(f"//a[@href='{copy}']")] == ["version 1"]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(database_at(tmp_path / "guarded.db"))
    seed(engine)
    yield engine
    engine.dispose()


def visitor(engine: Engine, access: Access) -> TestClient:
    return TestClient(create_app(engine, access=access), base_url="http://192.0.2.7")


def test_a_token_in_the_address_reads_feeds_and_nothing_else(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = keys.token_secret()
    with writing(engine) as session:
        tokens.add(session, "reader", keys.digest(secret), ["read"], now=NOW, until=None)
    monkeypatch.setattr(feeds, "ENTRIES", 1)
    client = visitor(engine, Access("192.0.2.7"))
    assert client.get("/feeds/changes.atom").status_code == 401
    assert client.get("/feeds/changes.atom?token=wrong").status_code == 401
    answer = client.get(f"/feeds/changes.atom?kind=headline&hidden=true&token={secret}")
    assert (answer.status_code, broken(answer.content)) == (200, [])
    listed = feedparser.parse(client.get(f"/feeds/changes.atom?token={secret}").content)
    links = {link.rel: link.href for link in listed.feed.links}
    assert secret in links["next"]
    assert secret not in links["self"] + listed.feed.id + "".join(entry.link for entry in listed.entries)
    assert client.get(links["next"]).status_code == 200
    for path in ("/", "/export.csv", "/changes/1", "/changes/1/card.png", "/sources"):
        assert client.get(f"{path}?token={secret}", headers={"Accept": "application/json"}).status_code == 401, path
    assert client.post(f"/feeds/changes.atom?token={secret}").status_code in {401, 403, 405}
    assert client.get("/export.csv", headers={"Authorization": f"Bearer {secret}"}).status_code == 200


def test_the_public_has_no_feed_of_what_is_private(engine: Engine) -> None:
    with writing(engine) as session:
        view = views.save(session, "Ours", {"kind": "headline"}, NOW)
        tags.put(session, 1, ["secret"])
    client = visitor(engine, Access("192.0.2.7", public=True))
    assert client.get(f"/feeds/views/{view.id}.atom").status_code == 404
    tagged = client.get("/feeds/changes.json?tag=secret").json()
    assert len(tagged["items"]) == 3
    assert "secret" not in json.dumps(tagged["items"])
    assert len(client.get("/export.jsonl?tag=secret").text.splitlines()) == 3
    assert client.get("/changes/1/card.png").status_code == 200
