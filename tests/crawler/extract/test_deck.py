"""The deck: on the page by its name or by what the page's descriptions say; else the description."""

from __future__ import annotations

import pytest

from crawler.extract import deck
from db.types import Block
from tests.crawler.extract.test_facts import LONG, article, document

STANDFIRST = "Cars may cross the harbour from Monday morning on."


@pytest.mark.parametrize(
    "body",
    [
        f"<h1>Bridge opens</h1><p class='standfirst'>{STANDFIRST}</p>",
        f"<header><h1>Bridge opens</h1></header><div><h2 class='article-subtitle'>{STANDFIRST}</h2></div>",
        f"<h1>Bridge opens</h1><h2>{STANDFIRST}</h2>",
        f"<div><div><h1>Bridge opens</h1></div><div class='meta'>By Ada</div><p class='c-article__deck'>{STANDFIRST}</p></div>",
    ],
)
def test_deck_stands_under_the_headline(body: str) -> None:
    doc = document(body)
    assert deck.read(doc, next(doc.root.iter("h1")), "Bridge opens", LONG) == (STANDFIRST, "page")


def test_deck_from_the_description_unless_it_is_the_bodys_beginning() -> None:
    doc = document(head='<meta property="og:description" content="All that you need to know of the new bridge">')
    assert deck.read(doc, None, "Bridge opens", LONG) == (
        "All that you need to know of the new bridge",
        "og:description",
    )
    cut = document(head=f'<meta name="description" content="{LONG[0].text[:70]}…">')
    assert deck.read(cut, None, "Bridge opens", LONG) == deck.NOTHING


def test_the_headline_again_is_no_deck() -> None:
    doc = document(
        "<h1>Bridge opens after ten long years</h1><h2 class=subtitle>Bridge opens after ten long years</h2>"
    )
    assert deck.read(doc, next(doc.root.iter("h1")), "Bridge opens after ten long years", ()) == deck.NOTHING


DESCRIPTION = "Cars may cross the harbour from Monday morning on; lorries have to wait."


def described(body: str, description: str = DESCRIPTION, **more: str) -> deck.Found:
    doc = document(body, linked=article(description=description, **more))
    return deck.read(doc, next(doc.root.iter("h1")), "Bridge opens", LONG)


def test_a_text_without_a_name_is_the_deck_where_a_description_says_the_same() -> None:
    page = "<div><h1>Bridge opens</h1></div><p>By Ada</p><div class='x9'><span>{}</span></div><p>Share it</p>"
    assert described(page.format(DESCRIPTION)) == (DESCRIPTION, "page")
    edited = DESCRIPTION.replace("Monday", "Tuesday")
    assert described(page.format(edited)) == (edited, "page"), "an edit of the page alone is read off the page"


def test_what_the_descriptions_say_beats_a_named_element() -> None:
    page = (
        f"<h1>Bridge opens</h1><h2 class='subtitle'>The harbour and its bridges</h2><p class='a-lead'>{DESCRIPTION}</p>"
    )
    assert described(page) == (DESCRIPTION, "page")


def test_a_teaser_below_the_story_is_no_deck() -> None:
    story = "".join(f"<p>{block.text}</p>" for block in LONG[:3])
    page = f"<div><h1>Bridge opens</h1>{story}</div><div><p class='teaser-text'>A comet was given its finder's name.</p></div>"
    assert described(page, "Something that nobody sees.")[1] == "json_ld description"


def test_a_second_title_of_linked_data_is_the_last_resort() -> None:
    found = described("<h1>Bridge opens</h1>", alternativeHeadline="The bridge, the harbour and its people")
    assert found == (DESCRIPTION, "json_ld description")
    alone = document(
        "<h1>Bridge opens</h1>", linked=article(alternativeHeadline="The bridge, the harbour and its people")
    )
    assert deck.read(alone, None, "Bridge opens", LONG)[1] == "json_ld alternativeHeadline"


def test_a_lead_set_apart_is_the_deck_and_no_paragraph_twice() -> None:
    lead = LONG[0].text.strip()
    bold = f"<h1>Bridge opens</h1><p><strong>{lead}</strong></p><p>{LONG[1].text}</p>"
    assert described(bold, lead) == (lead, "page")
    assert described(bold.replace("<strong>", "").replace("</strong>", ""), lead)[1] != "page"
    named = f"<h1>Bridge opens</h1><p class='article-lead'>{lead}</p><p>{LONG[1].text}</p>"
    assert described(named, "Something else about the harbour.") == (lead, "page")
    rest = deck.without((Block("paragraph", lead), *LONG[1:]), (lead, "page"))
    assert [block.text for block in rest] == [block.text for block in LONG[1:]]
    assert deck.without(LONG, (lead, "og:description")) == LONG


def test_a_lead_that_a_place_line_opens_is_the_story() -> None:
    lead = f"SEOUL (Reuters) — {LONG[0].text.strip()}"
    doc = document(f"<h1>Bridge opens</h1><p class='article-lead'>{lead}</p>", linked=article(description=lead))
    assert (
        deck.read(doc, next(doc.root.iter("h1")), "Bridge opens", (Block("paragraph", lead), *LONG[1:])) == deck.NOTHING
    )


def test_tags_in_a_description_are_no_words() -> None:
    assert described("<h1>Bridge opens</h1>", f"<p>{DESCRIPTION} </p>") == (DESCRIPTION, "json_ld description")
