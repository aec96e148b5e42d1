"""The byline: names out of lines in many languages, and the page against its linked data."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract import byline
from crawler.extract.bylines import names
from crawler.extract.parse import UnreadableError
from crawler.extract.parse import parse as parse_page
from db.types import Block

HOUSE = names.House(frozenset({"example news", "example"}))

LINES = [
    ("By Jane Quardle", ["Jane Quardle"]),
    ("Jane Quardle and John Roe", ["Jane Quardle", "John Roe"]),
    ("By Jane Quardle, John Roe and Ana de la Cruz", ["Jane Quardle", "John Roe", "Ana de la Cruz"]),
    ("By JANE QUARDLE, Associated Press", ["JANE QUARDLE"]),
    ("By Jane Quardle | Example News", ["Jane Quardle"]),
    ("Jane Quardle jane.quardle@news.example @janeq", ["Jane Quardle"]),
    ("By Jane Quardle June 19, 2023", ["Jane Quardle"]),
    ("Posted on September 21, 2020 by Jane Quardle", ["Jane Quardle"]),
    ("By Jane Quardle Updated 3 hours ago", ["Jane Quardle"]),
    ("Jane Quardle\nSenior Reporter\nFollow", ["Jane Quardle"]),
    ("By Jane Quardle For The Example News", ["Jane Quardle"]),
    ("Jane Quardle, Nairobi", ["Jane Quardle"]),
    ("Jane Quardle, PhD", ["Jane Quardle"]),
    ("Martin Luther Roe Jr.", ["Martin Luther Roe Jr."]),
    ("Written by Tim O'Reilly & Mary-Ann St. Clair", ["Tim O'Reilly", "Mary-Ann St. Clair"]),
    ("Von Ännchen Müller und Jörg Weiß", ["Ännchen Müller", "Jörg Weiß"]),
    ("Von Ännchen Müller/dpa", ["Ännchen Müller"]),
    ("Text: Ännchen Müller, Fotos: Jörg Weiß", ["Ännchen Müller"]),
    ("Ein Artikel von Dr. Ännchen Müller", ["Dr. Ännchen Müller"]),
    ("Par Zoé Lefèvre et Jean-Luc Petit", ["Zoé Lefèvre", "Jean-Luc Petit"]),
    ("Por María R. Pérez y Juan Gómez", ["María R. Pérez", "Juan Gómez"]),
    ("di Giulia Bianchi e Marco Rossi", ["Giulia Bianchi", "Marco Rossi"]),
    ("Af Søren Ørsted og Åse Lund", ["Søren Ørsted", "Åse Lund"]),
    ("Av Pär Öberg och Åsa Ek", ["Pär Öberg", "Åsa Ek"]),
    ("Door Jan van der Berg", ["Jan van der Berg"]),
    ("E. ROE / J. I. DA SILVA", ["E. ROE", "J. I. DA SILVA"]),
    ("Автор: Иван Петров", ["Иван Петров"]),
    ("記者 王小明", ["王小明"]),
    ("山田 花子", ["山田 花子"]),
    ("홍길동 기자", ["홍길동"]),
    ("بقلم: أحمد علي", ["أحمد علي"]),
    ("מאת: דנה לוי", ["דנה לוי"]),
    ("लेखक: राम कुमार", ["राम कुमार"]),
]


@pytest.mark.parametrize(("line", "people"), LINES, ids=lambda value: str(value)[:24])
def test_people_in_a_line(line: str, people: list[str]) -> None:
    assert [name.text for name in names.people(names.parse(line, HOUSE))] == people


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Reuters", "agency"),
        ("Von dpa", "agency"),
        ("Example News", "outlet"),
        ("news.example.com", "outlet"),
        ("EXAMPLE SACHSEN", "outlet"),
        ("News Desk", "outlet"),
        ("Online-Redaktion", "outlet"),
        ("東京例新聞", "outlet"),
    ],
)
def test_who_is_no_person_is_told_apart(line: str, kind: str) -> None:
    assert [name.kind for name in names.parse(line, HOUSE)] == [kind]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "By",
        "Follow",
        "June 19, 2023",
        "Twitter",
        "3:33 PM ET",
        "...",
        "https://news.example/a",
        "Frankfurt, Germany",
    ],
)
def test_what_names_nobody(line: str) -> None:
    assert names.parse(line, HOUSE) == ()


def read(body: str, *, head: str = "", linked: object = None) -> byline.Byline:
    script = f'<script type="application/ld+json">{json.dumps(linked)}</script>' if linked else ""
    html = f'<html><head><meta property="og:site_name" content="Example News">{head}{script}</head><body>{body}</body></html>'
    return byline.read(parse_page(html.encode(), "https://www.news.example/a"))


def article(author: object) -> dict[str, object]:
    return {"@context": "https://schema.org", "@type": "NewsArticle", "headline": "Office sold", "author": author}


HEADLINE = "<h1>Council sells the harbour office</h1>"
STORY = "<p>The council sold the old harbour office on Tuesday, after two years of talks with its neighbours.</p>"


@pytest.mark.parametrize(
    "shown",
    [
        '<div class="byline">By <a rel="author" href="/authors/jane">Jane Quardle</a></div>',
        '<p class="article__author">By Jane Quardle</p>',
        '<span itemprop="author"><span itemprop="name">Jane Quardle</span></span>',
        '<div class="author-and-date">by Jane Quardle <time>June 19, 2023</time></div>',
        '<div class="byline"><span>Jane Quardle</span><span>Twitter</span><span>News &amp; Culture Writer</span></div>',
        '<div class="byline"><a href="/a"><span>Jane</span> <span>Quardle</span></a></div>',
        '<div class="meta"><a href="/author/jane-quardle">Jane Quardle</a></div>',
        "<p>By Jane Quardle</p>",
    ],
)
def test_a_byline_under_the_headline(shown: str) -> None:
    reading = read(f"{HEADLINE}{shown}{STORY}")
    assert reading.authors == ("Jane Quardle",)
    assert reading.source.startswith("page.")
    assert "Jane Quardle" in (reading.text or "")


def test_a_byline_above_the_headline() -> None:
    assert read(f'<article><div class="byline">By Jane Quardle</div>{HEADLINE}{STORY}</article>').authors == (
        "Jane Quardle",
    )


def test_two_authors_in_elements_of_their_own_in_the_order_shown() -> None:
    shown = '<div><span class="author">Jane Quardle</span><span class="author">John Roe</span></div>'
    assert read(f"{HEADLINE}{shown}{STORY}").authors == ("Jane Quardle", "John Roe")


@pytest.mark.parametrize(
    "beside",
    [
        '<figure><figcaption class="author">Photo: Max Lens</figcaption></figure>',
        '<div class="comment"><span class="author">Troll Face</span></div>',
        '<div class="related-teaser"><span class="byline">By Other Writer</span></div>',
        '<footer><span class="author">Site Builder</span></footer>',
        '<blockquote><span class="quote-author">Great Poet</span></blockquote>',
        '<div class="author" style="display:none">Ghost Writer</div>',
    ],
)
def test_names_beside_the_story_are_not_its_authors(beside: str) -> None:
    assert read(f"{HEADLINE}{beside}{STORY}").authors == ()
    byline_shown = '<p class="byline">By Jane Quardle</p>'
    assert read(f"{HEADLINE}{beside}{byline_shown}{STORY}").authors == ("Jane Quardle",)


@pytest.mark.parametrize(
    ("author", "people"),
    [
        ({"@type": "Person", "name": "Jane Quardle"}, ("Jane Quardle",)),
        (
            [{"@type": "Person", "name": "Jane Quardle"}, {"@type": "Person", "name": "John Roe"}],
            ("Jane Quardle", "John Roe"),
        ),
        ("Jane Quardle and John Roe", ("Jane Quardle", "John Roe")),
        (["Jane Quardle", "John Roe"], ("Jane Quardle", "John Roe")),
        ({"@type": "Person", "name": ["Jane Quardle", "John Roe"]}, ("Jane Quardle", "John Roe")),
        ({"@type": "Person", "givenName": "Jane", "familyName": "Quardle"}, ("Jane Quardle",)),
        (
            [{"@type": "Person", "name": "Jane Quardle"}, {"@type": "Organization", "name": "Example News"}],
            ("Jane Quardle",),
        ),
        ([{"@type": "Person", "name": "Jane Quardle"}, {"@type": "Person", "name": "Reuters"}], ("Jane Quardle",)),
        ({"@type": "Person", "name": "https://www.news.example/people/jane"}, ()),
        ({"@type": "Person", "name": None}, ()),
        ([], ()),
        (17, ()),
    ],
)
def test_linked_data_names_people(author: object, people: tuple[str, ...]) -> None:
    assert read(HEADLINE + STORY, linked=article(author)).authors == people


@pytest.mark.parametrize("key", ["author", "article:author", "parsely-author", "sailthru.author", "dc.creator"])
def test_metas_name_people(key: str) -> None:
    assert read(HEADLINE + STORY, head=f'<meta name="{key}" content="Jane Quardle">').authors == ("Jane Quardle",)


def test_addresses_and_logins_in_metas_are_no_names() -> None:
    head = (
        '<meta property="article:author" content="https://social.example/janeq">'
        '<meta name="sailthru.author" content="janequardle">'
    )
    assert read(HEADLINE + STORY, head=head).authors == ()


def test_the_page_wins_over_linked_data_it_disagrees_with() -> None:
    shown = '<p class="byline">By Jane Halvorsen</p>'
    reading = read(f"{HEADLINE}{shown}{STORY}", linked=article({"@type": "Person", "name": "Jane Quardle"}))
    assert reading.authors == ("Jane Halvorsen",)


def test_linked_data_wins_where_the_page_shows_its_names_among_others() -> None:
    shown = (
        '<div class="author-list"><span class="author">Max Other</span></div><div class="byline">By Jane Quardle</div>'
    )
    reading = read(f"{HEADLINE}{shown}{STORY}", linked=article({"@type": "Person", "name": "Jane Quardle"}))
    assert reading.authors == ("Jane Quardle",)
    assert reading.text == "Jane Quardle"


def test_the_page_may_name_one_author_more() -> None:
    shown = '<div class="byline"><a rel="author">Ida Berg</a><a rel="author">Jane Quardle</a></div>'
    reading = read(f"{HEADLINE}{shown}{STORY}", linked=article({"@type": "Person", "name": "Jane Quardle"}))
    assert reading.authors == ("Ida Berg", "Jane Quardle")


@pytest.mark.parametrize("signed", ["Reuters", "dpa", "Example News"])
def test_where_nobody_signs_the_agency_or_outlet_is_the_author(signed: str) -> None:
    assert read(HEADLINE + STORY, linked=article({"@type": "Organization", "name": signed})).authors == (signed,)
    assert read(f'{HEADLINE}<p class="byline">By {signed}</p>{STORY}').authors == (signed,)


def test_an_editor_is_no_author() -> None:
    shown = '<div class="info-author">Editor : <a class="author">Max Other</a></div><div class="author-2">Jane Quardle</div>'
    assert read(f"{HEADLINE}{shown}{STORY}").authors == ("Jane Quardle",)


def test_dates_and_buttons_leave_no_trace_in_the_words() -> None:
    def shown(ago: str) -> byline.Byline:
        return read(
            f'{HEADLINE}<div class="byline">By Jane Quardle <span>Updated {ago}</span> <a>Follow</a></div>{STORY}'
        )

    assert shown("3 hours ago") == shown("4 hours ago")
    assert shown("3 hours ago").text == "Jane Quardle"


def test_a_page_without_one_has_none() -> None:
    assert read(HEADLINE + STORY) == byline.Byline(None, ())


@given(st.text(max_size=400))
def test_any_line_gives_names_without_edges(line: str) -> None:
    for name in names.parse(line, HOUSE):
        assert name.text
        assert name.text == name.text.strip()
        assert len(name.text) <= names.MAX_NAME


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from(
            [
                "<div class=author>",
                "</div>",
                "<a rel=author>",
                "</a>",
                "<h1>",
                "</h1>",
                "By ",
                "Jane Quardle",
                "<p>",
                ", ",
                "\x00",
                "&amp;",
            ]
        ),
        max_size=40,
    )
)
def test_any_markup_is_read(parts: list[str]) -> None:
    try:
        reading = read("".join(parts))
    except UnreadableError:  # bytes that are mostly nulls are no page
        return
    assert isinstance(reading.authors, tuple)
    assert reading.text is None or reading.text.strip()


@pytest.mark.parametrize("unit", ["A", "By ", "A, ", "A and ", "1/", "@", "(", "A/", " ", ".", "Dr. "])
def test_a_hostile_line_ends_in_bounded_time(unit: str) -> None:
    assert len(names.parse(unit * (300_000 // len(unit)), HOUSE)) <= names.MAX_NAMES


def test_ten_thousand_authors_are_cut_off() -> None:
    crowd = [
        {"@type": "Person", "name": f"Jane Quardle{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}"} for n in range(10_000)
    ]
    assert 0 < len(read(HEADLINE + STORY, linked=article(crowd)).authors) <= 30


def body(*texts: str) -> tuple[Block, ...]:
    return tuple(Block("paragraph", text) for text in texts)


LONG = tuple(f"Paragraph {n} of the story tells what the council did with the harbour office." for n in range(10))
JANE = byline.Byline("Jane Quardle, Reuters", ("Jane Quardle",), "json_ld.author")


@pytest.mark.parametrize(
    "line", ["By Jane Quardle", "Von Jane Quardle", "Jane Quardle", "Jane Quardle, Reuters", "By JANE QUARDLE"]
)
def test_a_byline_in_the_body_is_taken_off_its_edges(line: str) -> None:
    assert byline.without(body(line, *LONG), JANE) == body(*LONG)
    assert byline.without(body(*LONG, line), JANE) == body(*LONG)
    assert byline.without(body(*LONG[:5], line, *LONG[5:]), JANE) == body(*LONG[:5], line, *LONG[5:])


def test_an_authors_life_is_taken_off_the_end_and_a_story_about_her_kept() -> None:
    life = "Jane Quardle is a writer and editor who has covered harbours for a decade."
    assert byline.without(body(*LONG, life), JANE) == body(*LONG)
    assert byline.without(body(life, *LONG), JANE) == body(life, *LONG)


def test_other_words_stay_in_the_body() -> None:
    story = body("Photographs of the office", *LONG, "John Roe", "Jane Quardle said nothing.")
    assert byline.without(story, JANE) == story
    assert byline.without(body("By Jane Quardle"), JANE) == body("By Jane Quardle")
    assert byline.without(body("By Jane Quardle", *LONG), byline.Byline(None, ())) == body("By Jane Quardle", *LONG)
    caption = (Block("caption", "Jane Quardle"), *body(*LONG))
    assert byline.without(caption, JANE) == caption
