"""The body reader: what of a page is the story, and that nothing beside it moves the reading."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract import body, parse

STORY = [
    "The harbour council voted on Monday to close the old fish market, ending a dispute that began in the spring.",
    "Traders who have worked there for three generations said they had been told nothing before the vote took place.",
    "The mayor, Ilse Brandt, promised that a new hall would open within 18 months on the northern quay of the city.",
    "Opponents want a referendum; they have gathered 4,200 of the 5,000 signatures that the town's rules ask for.",
]
RELATED = (
    '<aside class="related-stories"><h3>RELATED STORIES</h3>'
    '<ul><li><a href="/a">A bridge opens after a long delay in the north</a></li>'
    "</ul></aside>"
)
AD = '<div class="ad-slot" id="ad-7"><span>ADVERTISEMENT</span><iframe src="https://ads.example/7"></iframe></div>'
SHARE = '<div class="share-bar"><a href="#">Share</a> <a href="#">Tweet</a></div>'
LETTER = (
    '<div class="newsletter-signup"><h4>Briefing</h4><p>Sign up for our newsletter and get the news at seven.</p></div>'
)
NOISE = [
    AD,
    RELATED,
    SHARE,
    LETTER,
    "<script>var t=1</script>",
    "<p>Advertisement</p>",
    '<p><a href="/x">Read also: the bridge that nobody wanted</a></p>',
]


def page(inner: str, *, head: str = "", before: str = "", after: str = "") -> bytes:
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>Market to close</title>{head}</head><body>'
        f'<header><nav><a href="/">Home</a><a href="/s">Sport</a></nav></header>{before}<main><article><h1>Market to close</h1>'
        f'<div class="article-body">{inner}</div></article></main>{after}'
        "<footer><p>© 2026 The Harbour Post. All rights reserved.</p></footer></body></html>"
    ).encode()


def paragraphs(texts: list[str]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def read(raw: bytes) -> body.BodyReading:
    return body.read(parse.parse(raw, "https://news.example/market"), "Market to close")


def texts(raw: bytes) -> list[str]:
    return [block.text for block in read(raw).blocks]


def test_the_story_alone_is_read() -> None:
    inner = SHARE + paragraphs(STORY[:2]) + RELATED + AD + paragraphs(STORY[2:]) + LETTER
    comments = (
        '<section id="comments"><p>What a shame, I bought my herring there for thirty years and more!</p></section>'
    )
    assert texts(page(inner, after=comments)) == STORY


def test_roles_are_told_apart_in_reading_order() -> None:
    inner = (
        f"<p>{STORY[0]}</p><h2>What happens now</h2><ul><li>The market closes in May.</li><li>The hall opens later.</li></ul>"
        f"<blockquote><p>We were never asked about any of it by anyone.</p></blockquote>"
        f'<figure><img src="/m.jpg"><figcaption>The old market in 1931.</figcaption></figure><p>{STORY[1]}</p>'
    )
    reading = read(page(inner))
    assert [block.role for block in reading.blocks] == [
        "paragraph",
        "heading",
        "list",
        "list",
        "quote",
        "caption",
        "paragraph",
    ]
    assert [(image.url, image.caption) for image in reading.images] == [
        ("https://news.example/m.jpg", "The old market in 1931.")
    ]


@pytest.mark.parametrize(
    "inner",
    [
        "<br><br>".join(STORY),
        "".join(f"<div>{text}</div>" for text in STORY),
        f"{STORY[0]}<p>{STORY[1]}</p>{STORY[2]}<br/> <br/>{STORY[3]}",
        "".join(f"<section><p>{text}</p></section>" for text in STORY),
        f"<p>{STORY[0]}<span class='x-note'></span></p>{paragraphs(STORY[1:])}",
    ],
)
def test_paragraphs_of_any_markup(inner: str) -> None:
    assert texts(page(inner)) == STORY


def test_a_page_without_names_is_read_by_its_prose() -> None:
    links = "".join(f'<li><a href="/{n}">Another story number {n} with a long title</a></li>' for n in range(30))
    raw = f"<html><body><div><ul>{links}</ul></div><div><div>{paragraphs(STORY)}</div></div></body></html>".encode()
    reading = read(raw)
    assert [block.text for block in reading.blocks] == STORY
    assert reading.source == "paragraph cluster"


def test_a_story_split_over_two_containers_is_whole() -> None:
    inner = f'{paragraphs(STORY[:2])}</div><div class="promo">Subscribe</div><div class="article-body">{paragraphs(STORY[2:])}'
    assert texts(page(inner)) == STORY


def test_the_next_article_on_the_page_is_another_story() -> None:
    other = "".join(f"<p>{text.replace('market', 'theatre')} More of it follows here.</p>" for text in STORY)
    after = f'<article><h1>Theatre to open</h1><div class="article-body">{other}</div></article>'
    assert texts(page(paragraphs(STORY), after=after)) == STORY


def test_a_container_with_an_unlucky_name_is_kept() -> None:
    assert texts(page(f'<div class="content-share-container">{paragraphs(STORY)}</div>')) == STORY


def test_interview_questions_in_bold_stay() -> None:
    inner = f"<p><strong>Why now?</strong></p><p>{STORY[0]}</p><p><strong>And then?</strong></p><p>{STORY[1]}</p>"
    assert texts(page(f"<p>{STORY[3]}</p>{inner}")) == [STORY[3], "Why now?", STORY[0], "And then?", STORY[1]]


@pytest.mark.parametrize(
    "story",
    [
        [
            "市议会周一投票决定关闭旧鱼市，结束了自春天开始的争端。商户们表示事先没有人通知他们。",
            "市长承诺将在十八个月内在北码头建成新的市场大厅，并欢迎居民参加讨论。",
        ],
        [
            "صوّت مجلس المدينة يوم الاثنين على إغلاق سوق السمك القديم منهياً نزاعاً بدأ في الربيع.",
            "ووعدت رئيسة البلدية بافتتاح قاعة جديدة خلال ثمانية عشر شهراً على الرصيف الشمالي.",
        ],
        [
            "สภาเมืองลงมติเมื่อวันจันทร์ให้ปิดตลาดปลาเก่าซึ่งเป็นการยุติข้อพิพาทที่เริ่มขึ้นเมื่อฤดูใบไม้ผลิ",
            "นายกเทศมนตรีสัญญาว่าจะเปิดอาคารใหม่ภายในสิบแปดเดือนที่ท่าเรือด้านเหนือของเมือง",
        ],
    ],
)
def test_scripts_without_spaces_or_latin_letters(story: list[str]) -> None:
    assert texts(page(paragraphs(story))) == story


def test_a_script_shell_is_read_from_linked_data() -> None:
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": "Market to close",
        "articleBody": "\n\n".join(STORY),
    }
    head = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    reading = read(f'<html><head>{head}</head><body><div id="root"></div></body></html>'.encode())
    assert [block.text for block in reading.blocks] == STORY
    assert reading.source == "json_ld articleBody"


def test_a_script_shell_is_read_from_its_state() -> None:
    state = json.dumps({"props": {"page": [{"body": paragraphs(STORY)}]}})
    reading = read(f'<html><body><div></div><script type="application/json">{state}</script></body></html>'.encode())
    assert [block.text for block in reading.blocks] == STORY
    assert reading.source == "script state"


def test_a_paywalled_beginning_is_not_complete() -> None:
    data = {"@type": "NewsArticle", "headline": "Market to close", "isAccessibleForFree": "False"}
    head = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    assert not read(page(paragraphs(STORY[:2]), head=head)).complete
    assert read(page(paragraphs(STORY))).complete


def test_what_is_beside_the_story_never_moves_the_reading() -> None:
    clocks = [
        f'<div class="topbar"><span>Monday, June {day}, 2023</span><span class="ticker">6,5{day}.15</span></div>'
        for day in (12, 13)
    ]
    readings = [read(page(paragraphs(STORY), before=clock)) for clock in clocks]
    assert readings[0] == readings[1]


@given(st.lists(st.tuples(st.integers(0, len(STORY)), st.sampled_from(NOISE)), max_size=6))
def test_noise_between_paragraphs_never_changes_the_blocks(noise: list[tuple[int, str]]) -> None:
    parts = [f"<p>{text}</p>" for text in STORY]
    for at, inserted in sorted(noise, key=lambda one: one[0], reverse=True):
        parts.insert(at, inserted)
    assert texts(page("".join(parts))) == STORY


@given(st.integers(0, len(STORY) - 1), st.data())
def test_an_edit_of_any_word_shows(which: int, data: st.DataObject) -> None:
    words = STORY[which].split()
    at = data.draw(st.integers(0, len(words) - 1))
    words[at] = data.draw(st.text("abcdefghijk", min_size=2, max_size=9).filter(lambda word: word != words[at]))
    edited = [*STORY[:which], " ".join(words), *STORY[which + 1 :]]
    assert texts(page(paragraphs(edited))) == edited


@given(
    st.recursive(
        st.sampled_from([*STORY, *NOISE]),
        lambda inner: st.lists(inner, max_size=4).map(lambda parts: f"<div>{''.join(parts)}</div>"),
    )
)
@settings(max_examples=60)
def test_reading_is_deterministic(inner: str) -> None:
    assert read(page(inner)) == read(page(inner))


@pytest.mark.parametrize(
    "inner",
    [
        "<div>" * 10_000,
        "<b>" * 10_000 + "x",
        "<p>word</p>" * 30_000,
        "<div class='ad'><p>" * 3_000,
        "<ul><li>" * 3_000,
        "x " * 1_000_000,
    ],
    ids=["divs", "inline", "elements", "asides", "lists", "text"],
)
def test_hostile_pages_end(inner: str) -> None:
    assert isinstance(read(f"<html><body>{inner}</body></html>".encode()), body.BodyReading)


def test_a_first_paragraph_outside_the_tight_container_is_kept() -> None:
    lead = "A short lead that stands on its own ahead of the container in which all the other paragraphs are."
    raw = f"<html><body><div><p>{lead}</p><div><div>{paragraphs(STORY)}</div></div></div></body></html>".encode()
    assert texts(raw) == [lead, *STORY]


def test_a_story_that_is_called_a_summary_is_read_without_the_boxes_inside_it() -> None:
    long = [text * 2 for text in STORY]
    inner = "".join(f"<p>{text}</p>" for text in long[:2]) + LETTER + "".join(f"<p>{text}</p>" for text in long[2:])
    for name in ("summary", "embed-responsive", "related"):
        html = f"<html><body><h1>Market to close</h1><div class='{name}'>{inner}</div></body></html>"
        told = [
            block.text
            for block in body.read(parse.parse(html.encode(), "https://a.example/x"), "Market to close").blocks
        ]
        assert told == long, name


def test_what_is_hidden_from_the_ear_alone_is_of_the_story() -> None:
    paragraphs = "".join(f"<p class='paywall' aria-hidden='true'>{text}</p>" for text in STORY)
    told = body.read(parse.parse(page(paragraphs), "https://a.example/x"), "Market to close").blocks
    assert [block.text for block in told] == STORY


def test_the_caption_of_a_picture_that_opens_a_gallery() -> None:
    figure = "<button><figure><img src='/a.jpg'><figcaption>The old market hall in May</figcaption></figure></button>"
    html = page(
        "".join(f"<p>{text}</p>" for text in STORY[:2]) + figure + "".join(f"<p>{text}</p>" for text in STORY[2:])
    )
    told = body.read(parse.parse(html, "https://a.example/x"), "Market to close")
    assert [block.text for block in told.blocks if block.role == "caption"] == ["The old market hall in May"]
