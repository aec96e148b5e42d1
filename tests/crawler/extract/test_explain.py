"""An explanation names every field, what stood on each surface, and why one was taken."""

from __future__ import annotations

from crawler.extract import reader
from crawler.extract.explain import explain
from crawler.extract.page import ArticlePage

PAGE = """<html lang="en"><head><title>Bridge opens | Harbour Post</title><meta property="og:title" content="Bridge: all facts">
<meta name="author" content="Ada Roe"><meta property="article:published_time" content="2024-05-01T08:00:00Z">
<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Bridge opens", "author": [{"name": "Ada Roe"}],
"datePublished": "2024-05-01T10:00:00+02:00", "keywords": "bridges"}</script></head>
<body><h1>Bridge opens</h1><time datetime="2024-05-01T10:00:00+02:00">1 May</time><p>The bridge was opened by the mayor
on Wednesday, ten years after the first pile was driven into the sea bed, and cars have crossed since then.</p></body></html>"""


def test_fields_candidates_and_reasons() -> None:
    page = reader.open_page(PAGE.encode(), "https://news.example/bridge")
    assert isinstance(page, ArticlePage)
    article, fields = explain(page)
    found = {field.field: field for field in fields}
    assert found["headline"].value == article.headline == "Bridge opens"
    assert found["headline"].why == "h1"
    assert ("og", "Bridge: all facts") in found["headline"].candidates
    assert ("json_ld author", "Ada Roe") in found["byline"].candidates
    assert ("meta author", "Ada Roe") in found["byline"].candidates
    assert found["published"].why
    assert [surface for surface, _ in found["published"].candidates] == [
        "json_ld datePublished",
        "meta article:published_time",
        "time",
    ]
    assert {
        "page_type",
        "deck",
        "dateline",
        "modified",
        "section",
        "tags",
        "notices",
        "body",
        "body_complete",
    } <= found.keys()
