"""The review pages, served by the real application over a seeded home."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import lxml.html
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from db.engine import open_engine, upgrade
from monitor.web.app import create_app
from tests.databases import database_at
from tests.monitor.seeded import URL
from tests.monitor.web.site import Site


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[TestClient]:
    engine = open_engine(database_at(tmp_path / "empty.db"))
    upgrade(engine)
    with TestClient(create_app(engine)) as client:
        yield client
    engine.dispose()


def test_the_inbox_groups_an_articles_changes_and_leads_with_the_headline(site: Site) -> None:
    tree = site.tree("/")
    (event,) = tree.xpath("//article[@data-article]")
    assert event.get("class") == "event substantive"
    assert len(event.xpath("./div[@data-event]")) == 1
    assert event.xpath("string(.//h2)").strip() == "Ferry with 20 aboard sinks off Busan"
    kinds = [k.text_content().strip() for k in event.xpath(".//span[contains(@class, 'kind')]")]
    assert kinds[0] == "headline"
    assert set(kinds) == {"headline", "dateline", "body"}
    assert "12" in [d.text_content().strip() for d in event.xpath(".//del")]
    assert "20" in [i.text_content().strip() for i in event.xpath(".//ins")]
    assert "hidden by ticker" not in tree.text_content()


def test_hidden_changes_are_shown_when_asked(site: Site) -> None:
    assert "hidden by ticker" in site.tree("/?hidden=true").text_content()


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("kind=headline", 1),
        ("kind=byline", 0),
        ("nature=number", 1),
        ("source=Quiet+Daily", 0),
        ("source=Harbour+Post&match=Busan", 1),
        ("match=zebra", 0),
        ("significance=cosmetic", 1),
        ("period=1h", 0),
        ("kind=nonsense&nature=nonsense&significance=nonsense", 1),
    ],
)
def test_filters_narrow(site: Site, query: str, count: int) -> None:
    tree = site.tree(f"/?{query}")
    assert len(tree.xpath("//div[@data-event]")) == count
    if not count:
        assert "No change fits these filters" in tree.text_content()


def test_times_stand_in_the_display_zone_and_a_visitor_may_choose_another(site: Site) -> None:
    assert "2026-05-04 17:00 – 17:07" in site.tree("/").text_content()
    answer = site.post("/preferences", {"zone": "Europe/Berlin", "theme": "dark", "back": "/sources"}, follow=True)
    assert answer.url.path == "/sources"
    tree = site.tree("/")
    assert "2026-05-04 10:00 – 10:07" in tree.text_content()
    assert tree.get("data-theme") == "dark"


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_preferences_never_lead_to_another_site(site: Site, back: str) -> None:
    answer = site.post("/preferences", {"zone": "No/Such", "back": back})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "set-cookie" not in answer.headers


def test_a_change_shows_its_diff_its_facts_and_its_evidence(site: Site) -> None:
    tree = site.tree(f"/changes/{site.ids[0]}")
    text = tree.text_content()
    assert "number 12 → 20" in text
    assert "aaaaaaaa" in text
    assert tree.xpath("//dd/a[contains(@href, '/compare?old=')]")
    before, after = tree.xpath("//div[@class='sides']/div")
    assert "12" in before.text_content()
    assert "12" not in after.text_content()
    assert URL in text


def test_an_article_shows_its_timeline_and_any_two_versions(site: Site) -> None:
    tree = site.tree("/articles/1")
    assert len(tree.xpath("//ol[@class='timeline']/li")) == 2
    assert "https://harbour.example/?p=1" in tree.text_content()
    compared = site.tree("/articles/1/compare?old=1&new=2")
    assert "SEOUL" in compared.text_content()
    assert "TOKYO" in compared.text_content()
    same = site.tree("/articles/1/compare?old=1&new=1")
    assert "Nothing differs" in same.text_content()


def test_a_version_is_shown_as_read(site: Site) -> None:
    text = site.tree("/versions/1").text_content()
    assert "Nobody was hurt" in text
    assert "SEOUL —" in text


def test_what_an_article_says_never_runs(site: Site) -> None:
    for path in ("/", f"/changes/{site.ids[-2]}", "/articles/1", "/versions/1", "/articles/1/compare?old=1&new=2"):
        response = site.client.get(path)
        assert "<script>alert" not in response.text
        assert "script-src 'self'" in response.headers["content-security-policy"]
        assert not lxml.html.fromstring(response.text).xpath("//script[not(@src)]")


def test_sources_show_their_lists_and_the_timer(site: Site) -> None:
    text = site.tree("/sources").text_content()
    assert "https://harbour.example/rss" in text
    assert "2 lists read" in text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/changes/999", 404),
        ("/changes/99999999999999999999", 404),
        ("/articles/999", 404),
        ("/versions/999", 404),
        ("/articles/1/compare", 400),
        ("/articles/1/compare?old=1&new=77", 404),
        ("/nowhere", 404),
    ],
)
def test_what_is_not_there_is_told_in_words(site: Site, path: str, status: int) -> None:
    assert "That did not work" in site.tree(path, status).text_content()


def test_bad_numbers_are_told_in_words(site: Site) -> None:
    assert site.client.get("/?before=x").status_code == 422
    assert site.client.get("/changes/x").status_code == 422


def test_another_hosts_name_is_refused(site: Site) -> None:
    assert site.client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_an_empty_home_says_what_will_come(empty: TestClient) -> None:
    assert "Nothing is watched yet" in empty.get("/").text
    assert "No sources" in empty.get("/sources").text
    assert empty.get("/healthz").json() == {"status": "ok"}


def test_a_database_of_another_version_is_told_in_words(site: Site) -> None:
    with site.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        connection.execute(text("DROP TABLE change_tag"))
    tree = site.tree("/", 503)
    assert "The database is at schema 0001" in tree.text_content()
    assert "Traceback" not in tree.text_content()


def test_style_and_script_are_served(empty: TestClient) -> None:
    assert empty.get("/static/style.css").headers["content-type"].startswith("text/css")
    assert "use strict" in empty.get("/static/desk.js").text
