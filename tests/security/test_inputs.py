"""Orders in other tongues are words here: to SQL, to templates, to whoever follows a link. Secrets are not written down."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from crawler.discover import feed, sitemap
from db.engine import open_engine, reading, writing
from db.home import Home
from db.models import Base
from db.types import Failure
from monitor.cli.app import run
from monitor.web.access import keys
from monitor.web.app import create_app
from tests.databases import database_at
from tests.monitor.seeded import seed, seeded_home

ELSEWHERE = ("javascript:alert(1)", "file:///etc/passwd", "ftp://x/y", "data:text/html,x", "gopher://x/", "//[broken")
INJECTIONS = (
    "' OR 1=1 --",
    '"; DROP TABLE change; --',
    "1) UNION SELECT value FROM note --",
    "%' ESCAPE '",
    "\\",
    "NEAR(",
    '"',
)
TEMPLATES = (
    "{{ 7 * 191 }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "${7*191}",
    "%(id)s",
)
PASSWORD = "a password that nobody guesses 9"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TestClient]:
    engine = open_engine(database_at(tmp_path / "newswatch.db"))
    seed(engine)
    with writing(engine) as session:
        for number, words in enumerate(TEMPLATES, 1):
            session.execute(
                text("UPDATE change SET before = :w, after = :w, headline = :w WHERE id = :id"),
                {"w": words, "id": number},
            )
    with TestClient(create_app(engine), base_url="http://127.0.0.1") as client:
        yield client
    engine.dispose()


def test_no_link_of_a_list_leads_elsewhere_than_the_web() -> None:
    items = "".join(f"<item><title>t</title><link>{link}</link></item>" for link in ELSEWHERE)
    urls = "".join(f"<url><loc>{link}</loc></url>" for link in ELSEWHERE)
    good = "https://a.example/2026/good-story"
    rss = f"<rss version='2.0'><channel><title>x</title>{items}<item><link>{good}</link></item></channel></rss>"
    maps = f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{urls}<url><loc>{good}</loc></url></urlset>"
    for found in (
        feed.parse("https://a.example/feed", rss.encode()),
        sitemap.parse("https://a.example/map.xml", maps.encode()),
    ):
        assert not isinstance(found, Failure)
        assert [entry.url for entry in found.entries] == [good]


@pytest.mark.parametrize("words", INJECTIONS)
def test_sql_in_a_filter_is_a_word(desk: TestClient, words: str) -> None:
    whole = desk.get("/api/v1/changes").json()
    for name in ("q", "source", "kind", "nature", "tag", "url"):
        answer = desk.get("/api/v1/changes", params={name: words})
        assert answer.status_code in {200, 400, 422}, answer.text
        if answer.status_code == 200:
            assert len(answer.text) <= len(desk.get("/api/v1/changes").text)
        assert desk.get("/", params={name: words}).status_code in {200, 400, 404, 422}
    assert desk.get("/api/v1/changes").json() == whole


@pytest.mark.parametrize("number", range(1, len(TEMPLATES) + 1))
def test_words_are_never_a_template(desk: TestClient, number: int) -> None:
    page = desk.get(f"/changes/{number}").text
    assert "1337" not in page
    assert "subclasses" not in page or "__subclasses__()" in page


def test_no_secret_stands_in_a_dump_of_the_database(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home: Home = seeded_home(tmp_path / "home")
    hook = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
    with home.config_path.open("a", encoding="utf-8") as file:
        file.write(
            f'\n[[notify]]\nname = "hook"\nwebhook = "https://desk.example/in?token=hidden-token"\nsecret = "{hook}"\n'
        )
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    assert run(["--home", str(home.path), "account", "add", "ada", "--password-stdin"]) == 0
    capsys.readouterr()
    assert run(["--home", str(home.path), "token", "add", "reader"]) == 0
    token = capsys.readouterr().out.strip().splitlines()[-1]
    assert run(["--home", str(home.path), "notify", "list"]) == 0
    engine = open_engine(home.database_url())
    with reading(engine) as session:
        dump = "\n".join(str(row) for table in Base.metadata.sorted_tables for row in session.execute(table.select()))
    engine.dispose()
    assert "ada" in dump
    assert keys.digest(token) in dump
    for secret in (PASSWORD, token, hook, "hidden-token"):
        assert secret not in dump
