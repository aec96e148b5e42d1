"""Linked data as newsrooms really write it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from crawler.extract import linked_data


@pytest.mark.parametrize(
    "script",
    [
        '{"@type": "NewsArticle", "headline": "Bridge opens"}',
        '<!-- {"@type": "NewsArticle", "headline": "Bridge opens"} -->',
        '//<![CDATA[\n{"@type": "NewsArticle", "headline": "Bridge opens"}\n//]]>',
        '{"@type": "NewsArticle", "headline": "Bridge opens",}',
        '{"@type": "NewsArticle", "headline": "Bridge opens"};',
        '{"@type": "NewsArticle", "headline": "Bridge opens", "x": "raw\nbreak\tand tab"}',
        '{"@type": "NewsArticle", "headline": "Bridge opens", "x": "it\\\'s"}',
        "{&quot;@type&quot;: &quot;NewsArticle&quot;, &quot;headline&quot;: &quot;Bridge opens&quot;}",
        '[{"@context": "x", "@graph": [{"@type": "NewsArticle", "headline": "Bridge opens"}]}]',
        '{"@type": "WebPage", "mainEntity": {"@type": "NewsArticle", "headline": "Bridge opens"}}',
        '{"@type": "WebSite"} {"@type": "NewsArticle", "headline": "Bridge opens"}',
        '{"@type": "schema:NewsArticle", "schema:headline": "Bridge opens"}',
        '{"@type": ["Thing", "http://schema.org/NewsArticle"], "headline": "Bridge opens"}',
    ],
)
def test_article_is_found_in(script: str) -> None:
    article = linked_data.main_article(linked_data.load([script]), frozenset())
    assert linked_data.words(article.get("headline")) == "Bridge opens"


@pytest.mark.parametrize("script", ["", "not json", "{", '{"a": ', "null", "[[[[", "[" * 100_000, '{"@graph": "x"}'])
def test_what_cannot_be_read_is_left_out(script: str) -> None:
    assert linked_data.main_article(linked_data.load([script]), frozenset()) == {}


def test_sizes_are_bounded() -> None:
    many = json.dumps([{"@type": "Thing", "name": str(number)} for number in range(5000)])
    assert len(linked_data.load([many])) == linked_data.MAX_OBJECTS
    assert linked_data.load(["x" * (linked_data.MAX_CHARACTERS + 1), many]) == ()


def test_references_stand_as_their_object_and_never_in_a_circle() -> None:
    graph = {
        "@graph": [
            {"@type": "NewsArticle", "@id": "#a", "headline": "Bridge opens", "author": {"@id": "#p"}},
            {"@type": "Person", "@id": "#p", "name": "Ada Roe", "subjectOf": {"@id": "#a"}},
        ]
    }
    article = linked_data.main_article(linked_data.load([json.dumps(graph)]), frozenset())
    assert linked_data.words(article["author"]) == "Ada Roe"
    assert article["author"]["subjectOf"] == {"@id": "#a"}


def test_the_object_of_this_address_wins() -> None:
    teaser = {"@type": "NewsArticle", "headline": "Other", "url": "https://news.example/other"}
    story = {"@type": "Article", "headline": "Ours", "mainEntityOfPage": {"@id": "https://www.news.example/ours/"}}
    own = frozenset({linked_data.bare_address("http://news.example/ours?utm_source=x")})
    assert linked_data.main_article([teaser, story], own)["headline"] == "Ours"


def test_microdata() -> None:
    root = html.document_fromstring(
        '<div itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">Bridge <b>opens</b></h1>'
        '<span itemprop="author" itemscope itemtype="https://schema.org/Person">'
        '<a itemprop="name" href="/x">Ada Roe</a></span>'
        '<time itemprop="datePublished" datetime="2024-05-01T10:00+02:00">1 May</time>'
        '<div itemprop="articleBody"><p>Text</p></div></div>'
    )
    article = linked_data.main_article(linked_data.microdata(root), frozenset())
    assert article["headline"] == "Bridge opens"
    assert linked_data.words(article["author"]) == "Ada Roe"
    assert article["datePublished"] == "2024-05-01T10:00+02:00"


@given(st.text(alphabet='{}[]",:\\n&quot;<!-@type ', max_size=120))
def test_any_script_is_answered(script: str) -> None:
    linked_data.load([script])
