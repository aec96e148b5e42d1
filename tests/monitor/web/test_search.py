"""The page of the search in texts."""

from __future__ import annotations

import pytest

from db.engine import writing
from monitor import searching
from tests.monitor.web.site import Site


@pytest.fixture(autouse=True)
def indexed(site: Site) -> None:
    with writing(site.engine) as session:
        searching.catch_up(session, 100)


def told(site: Site, path: str) -> str:
    return " ".join(site.text(path).split())


def test_it_tells_when_words_came_and_went(site: Site) -> None:
    page = told(site, "/search?q=%22nobody+was+hurt%22")
    assert "since version 1, seen 2026-05-04" in page
    assert "; gone since version 2, seen 2026-05-04" in page
    assert "still there" in told(site, "/search?q=%22three+people%22")
    marks = site.tree("/search?q=nobody+hurt").xpath("//mark/text()")
    assert marks == ["Nobody", "hurt"]


def test_it_narrows(site: Site) -> None:
    assert "No version" in told(site, "/search?q=nobody&within=headline")
    assert "No version" in told(site, "/search?q=nobody&source=Quiet+Daily")
    assert "still there" in told(site, "/search?q=aboard&within=headline&source=Harbour+Post")
    assert "Nothing further" in told(site, "/search?q=nobody&before=1")


@pytest.mark.parametrize("asked", ["-nobody", '""', "%00", "x+" * 60])
def test_a_question_for_nothing_says_what_to_write(site: Site, asked: str) -> None:
    response = site.client.get(f"/search?q={asked}")
    assert response.status_code == 200
    assert 'role="alert"' in response.text


def test_hostile_texts_stay_texts(site: Site) -> None:
    response = site.client.get("/search?q=alert")
    assert "<script>alert" not in response.text
    assert "&lt;script&gt;" in response.text
