"""Deck, section, tags, language, publisher, canonical address, and whether the whole story is there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crawler.extract import facts
from crawler.extract.document import Document
from crawler.extract.languages import language_of
from crawler.extract.parse import parse
from db.types import Block

URL = "https://www.harbourpost.example/city/2024/05/bridge?utm_source=x"
LONG = tuple(
    Block("paragraph", f"Paragraph {number} says what the council said of the bridge and its tolls. " * 3)
    for number in range(12)
)


def document(body: str = "", head: str = "", linked: Any = None, url: str = URL, lang: str = "en") -> Document:
    script = f'<script type="application/ld+json">{json.dumps(linked)}</script>' if linked else ""
    return parse(f"<html lang='{lang}'><head>{head}{script}</head><body>{body}<p>Text.</body></html>".encode(), url)


def article(**fields: Any) -> dict[str, Any]:
    return {"@type": "NewsArticle", "headline": "Bridge opens", **fields}


@pytest.mark.parametrize(
    ("doc", "expected"),
    [
        (document(linked=article(articleSection="City")), "City"),
        (document(linked=article(articleSection=["City", "News"])), "City"),
        (document(head='<meta property="article:section" content="World &amp;amp; Europe">'), "World & Europe"),
        (
            document(
                linked={
                    "@type": "BreadcrumbList",
                    "itemListElement": [
                        {
                            "@type": "ListItem",
                            "position": 1,
                            "item": {"@id": "https://www.harbourpost.example/", "name": "Home"},
                        },
                        {
                            "@type": "ListItem",
                            "position": 2,
                            "name": "City",
                            "item": "https://www.harbourpost.example/city",
                        },
                        {"@type": "ListItem", "position": 3, "name": "Bridge opens", "item": URL},
                    ],
                }
            ),
            "City",
        ),
        (document(), None),
    ],
)
def test_section(doc: Document, expected: str | None) -> None:
    assert facts.section(doc)[0] == expected


@pytest.mark.parametrize(
    ("doc", "expected"),
    [
        (
            document("<a rel='tag' href='/t/a'>Bridges</a>, <a rel='category tag' href='/t/b'>Tolls</a>"),
            ("Bridges", "Tolls"),
        ),
        (
            document(
                "<h1>Bridge</h1><p><a rel='tag' href='/t/a'>Bridges</a></p>"
                "<section><div><a rel='tag' href='/t/c'>Ferries</a><h3><a href='/s'>Another story</a></h3></div></section>"
            ),
            ("Bridges",),
        ),
        (
            document("<ul class='article-tags'><li><a href='/tag/a'>Bridges</a><li><a href='/tag/b'>Tolls</a></ul>"),
            ("Bridges", "Tolls"),
        ),
        (document("<div id='article_tags'>TAGS: <a href='/tag/a'>Bridges</a></div>"), ("Bridges",)),
        (document("<div class='keywords'>Topics: Bridges, Tolls</div>"), ("Bridges", "Tolls")),
        (document(linked=article(keywords="Bridges, Tolls,bridges")), ("Bridges", "Tolls")),
        (
            document(linked=article(keywords=["Bridges", "id:4711", {"@type": "Thing", "name": "Tolls"}])),
            ("Bridges", "Tolls"),
        ),
        (
            document(
                head='<meta property="article:tag" content="Bridges"><meta property="article:tag" content="Tolls">'
            ),
            ("Bridges", "Tolls"),
        ),
        (document(head='<meta name="news_keywords" content="Bridges; Tolls">'), ("Bridges", "Tolls")),
        (
            document(
                "<ul class='tag-menu'>" + "".join(f"<li><a href='/tag/{n}'>Tag {n}</a>" for n in range(90)) + "</ul>"
            ),
            (),
        ),
        (document(), ()),
    ],
)
def test_tags(doc: Document, expected: tuple[str, ...]) -> None:
    assert facts.tags(doc)[0] == expected


@pytest.mark.parametrize(
    ("doc", "expected"),
    [
        (document(linked=article(publisher={"@type": "Organization", "name": "Harbour Post"})), "Harbour Post"),
        (document(head='<meta property="og:site_name" content="Harbour Post">'), "Harbour Post"),
        (document(linked={"@type": "NewsMediaOrganization", "name": "Harbour Post"}), "Harbour Post"),
        (document(), "harbourpost.example"),
    ],
)
def test_publisher(doc: Document, expected: str) -> None:
    assert facts.publisher(doc)[0] == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<link rel="canonical" href="/city/2024/05/bridge">', "https://www.harbourpost.example/city/2024/05/bridge"),
        ('<link rel="CANONICAL" href="https://amp.example/x">', "https://amp.example/x"),
        ('<link rel="canonical" href="https://www.harbourpost.example/">', None),
        ('<link rel="canonical" href="javascript:void(0)">', None),
        ('<link rel="canonical" href="http://[broken">', None),
        ('<meta property="og:url" content="https://www.harbourpost.example/b">', "https://www.harbourpost.example/b"),
        ("", None),
    ],
)
def test_canonical(head: str, expected: str | None) -> None:
    assert facts.canonical(document(head=head))[0] == expected


@pytest.mark.parametrize(
    ("fields", "body", "whole"),
    [
        ({}, "", True),
        ({"isAccessibleForFree": True}, "", True),
        ({"isAccessibleForFree": False}, "", False),
        ({"isAccessibleForFree": "False"}, "", False),
        (
            {"hasPart": {"@type": "WebPageElement", "isAccessibleForFree": "false", "cssSelector": ".paid"}},
            "<p class=paid>Short",
            False,
        ),
        (
            {"isAccessibleForFree": False, "hasPart": [{"isAccessibleForFree": False, "cssSelector": ".paid"}]},
            "<div class='story paid'>" + "The whole story is here. " * 80,
            True,
        ),
        ({"isAccessibleForFree": False, "wordCount": 400}, "", True),
        ({"isAccessibleForFree": False, "wordCount": 2400}, "", False),
    ],
)
def test_paywall(fields: dict[str, Any], body: str, whole: bool) -> None:
    assert facts.is_whole(document(body, linked=article(**fields)), LONG)[0] is whole


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The council said that the bridge was to be opened in the morning and that it had not been a cheap one for the city "
            * 2,
            "en",
        ),
        (
            "Der Rat hat gesagt, dass die Brücke für den Verkehr geöffnet wird und das Geld auch nicht von der Stadt ist "
            * 2,
            "de",
        ),
        (
            "El consejo dijo que el puente se abre por la mañana y que no fue una obra barata para los vecinos de la ciudad "
            * 2,
            "es",
        ),
        (
            "O conselho disse que a ponte não é uma obra barata para os moradores da cidade e que o prazo foi cumprido por todos "
            * 2,
            "pt",
        ),
        (
            "港の新しい橋が十年の工事を経て水曜日に開通し、市長が式典で挨拶した。通行料は北側で支払うことになると市議会は説明している。",
            "ja",
        ),
        (
            "海港新桥经过十年施工于星期三通车，市长在仪式上致辞，市议会说明通行费将在北端支付，公交车今年年底之前免费通行，旧渡轮将作为博物馆保留。",
            "zh",
        ),
        (
            "항구의 새 다리가 십 년의 공사 끝에 수요일 개통했으며 시장이 기념식에서 인사했다고 시의회가 설명했다.",
            "ko",
        ),
        ("Мост открылся в среду после десяти лет строительства, сообщил городской совет, проезд будет платным.", None),
        ("short", None),
    ],
)
def test_language_of(text: str, expected: str | None) -> None:
    assert language_of(text) == expected


def test_declared_language_yields_to_the_words() -> None:
    german = (
        Block(
            "paragraph",
            "Der Rat hat gesagt, dass die Brücke für den Verkehr geöffnet wird und das Geld nicht von der Stadt ist "
            * 4,
        ),
    )
    assert facts.language(document(lang="en"), german, None) == ("de", "words")
    assert facts.language(document(lang="de-AT"), german, None) == ("de-at", "declared")
    assert facts.language(document(lang=""), german, None) == ("de", "words")
    assert facts.language(document(lang="ru"), (), None) == ("ru", "declared")
