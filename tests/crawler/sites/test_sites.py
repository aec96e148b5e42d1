"""Every site's page object reads its own page, and the generic reader reads the same page as far as generic rules can.

A site file without a page or an expectation fails here.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from crawler import sites
from crawler.extract import reader
from crawler.extract.document import Document
from crawler.extract.page import ArticlePage
from crawler.extract.parse import parse
from db.jsonable import article_to_json
from db.types import Article

PAGES = Path(__file__).parent / "pages"
NAMES = sorted(sites._modules())


def read(name: str, url: str) -> dict[str, Any]:
    made = reader.read((PAGES / f"{name}.html").read_bytes(), url)
    assert isinstance(made, Article)
    return article_to_json(made)


def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PAGES / f"{name}.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_site_has_page_expectation_and_domain(name: str) -> None:
    assert (PAGES / f"{name}.html").is_file(), f"write tests/crawler/sites/pages/{name}.html"
    assert (PAGES / f"{name}.json").is_file(), f"write tests/crawler/sites/pages/{name}.json"
    assert sites.layouts(name)
    for page in sites.layouts(name):
        assert page.domain.replace(".", "_").replace("-", "_") == name
        assert page.__doc__


@pytest.mark.parametrize("name", NAMES)
def test_site_reads_its_page(name: str) -> None:
    want = expected(name)
    want.pop("only_here", None)
    made = read(name, want["url"])
    assert {key: made[key] for key in want} == want


@pytest.mark.parametrize("name", NAMES)
def test_generic_reader_reads_the_same_elsewhere(name: str) -> None:
    want = expected(name)
    own = set(want.pop("only_here", [])) | {"url", "canonical"}
    made = read(name, "https://www.elsewhere.example/story/1")
    assert {key: made[key] for key in want if key not in own} == {key: want[key] for key in want if key not in own}


def test_inquirer_page_of_the_seed() -> None:
    made = read("inquirer_net", expected("inquirer_net")["url"])
    paragraphs = [block["text"] for block in made["body"] if block["role"] == "paragraph"]
    assert made["headline"] == "North Korea’s Kim vows to ‘hold hands’ with Putin for strategic cooperation"
    assert datetime.fromisoformat(made["published"]) == datetime.fromisoformat("2023-06-12T10:56+08:00")
    assert made["displayed_time"] == "/ 10:56 AM June 12, 2023"
    assert made["dateline"]["place"] == "SEOUL"
    assert [block["text"][:10] for block in made["body"] if block["role"] == "caption"] == ["FILE PHOTO"]
    assert len(paragraphs) == 5
    assert paragraphs[0].startswith("North Korean leader Kim Jong Un has vowed")
    everything = json.dumps(made["body"])
    for word in ("ADVERTISEMENT", "FEATURED", "RELATED", "newsletter", "subscription", "cookies", "Putin says Russia"):
        assert word not in everything
    assert made["tags"] == ["Kim Jong-Un", "North Korea", "Russia", "Vladimir Putin"]


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("newsinfo.inquirer.net", "inquirer_net"),
        ("INQUIRER.NET", "inquirer_net"),
        ("notinquirer.net", None),
        ("inquirer.net.example", None),
        ("", None),
        ("localhost", None),
    ],
)
def test_site_is_found_by_host(host: str, name: str | None) -> None:
    assert sites.module_name(host) == name


class _Today(ArticlePage):
    """The layout of today."""


class _Former(ArticlePage):
    """A layout last seen at the end of 2022."""

    last_day: ClassVar[date | None] = date(2022, 12, 31)


class _First(ArticlePage):
    """A layout last seen in 2019, told by its markup."""

    last_day: ClassVar[date | None] = date(2019, 6, 30)

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath("//*[@id='first']"))


@pytest.fixture
def three_layouts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sites, "module_name", lambda host: "three" if host else None)
    monkeypatch.setattr(sites, "layouts", lambda _name: (_Today, _Former, _First))


@pytest.mark.usefixtures("three_layouts")
@pytest.mark.parametrize(
    ("day", "body", "layout"),
    [
        (None, "<p>x", _Today),
        (datetime(2024, 1, 1, tzinfo=UTC), "<p>x", _Today),
        (datetime(2022, 12, 31, tzinfo=UTC), "<p>x", _Former),
        (datetime(2018, 1, 1, tzinfo=UTC), "<p id=first>x", _First),
        (datetime(2018, 1, 1, tzinfo=UTC), "<p>x", _Former),
    ],
)
def test_layout_of_the_day(day: datetime | None, body: str, layout: type[ArticlePage]) -> None:
    assert sites.page_for(parse(body.encode(), "https://three.example/", fetched_at=day)) is layout
