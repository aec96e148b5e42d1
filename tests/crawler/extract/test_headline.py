"""Which of a page's many headlines is the one a reader sees."""

from __future__ import annotations

import json

import pytest

from crawler.extract import headline
from crawler.extract.parse import parse

URL = "https://www.harbourpost.example/news/2024/05/bridge"


def read(
    body: str, *, title: str = "", og: str = "", twitter: str = "", linked: str = "", site: str = ""
) -> headline.HeadlineReading:
    head = f"<title>{title}</title>" if title else ""
    for name, content in (("og:title", og), ("twitter:title", twitter), ("og:site_name", site)):
        head += f'<meta property="{name}" content="{content}">' if content else ""
    if linked:
        head += (
            f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", "headline": linked})}</script>'
        )
    return headline.read(parse(f"<html><head>{head}</head><body>{body}<p>Text.</p></body></html>".encode(), URL))


def test_each_surface_is_kept_as_written() -> None:
    reading = read(
        "<h1>Bridge opens after ten years</h1>",
        title="Bridge opens after ten years | Harbour Post",
        og="Harbour bridge: finally open",
        twitter="It is open!",
        linked="Bridge opens after ten years",
    )
    assert reading.headline == "Bridge opens after ten years"
    assert dict(reading.headlines) == {
        "h1": "Bridge opens after ten years",
        "title": "Bridge opens after ten years | Harbour Post",
        "og": "Harbour bridge: finally open",
        "twitter": "It is open!",
        "json_ld": "Bridge opens after ten years",
    }


def test_the_visible_heading_wins_over_search_wording() -> None:
    reading = read(
        "<h1>Bridge opens at last</h1>", og="Bridge opening date, tolls and traffic", linked="Bridge opening: all facts"
    )
    assert reading.headline == "Bridge opens at last"


@pytest.mark.parametrize(
    "title",
    [
        "Bridge opens after ten years | Harbour Post",
        "Bridge opens after ten years - Harbour Post",
        "Bridge opens after ten years – News | Harbour Post",
        "Bridge opens after ten years · harbourpost.example",
        "Harbour Post » Bridge opens after ten years",
    ],
)
def test_without_a_heading_the_site_is_taken_off_the_title(title: str) -> None:
    assert read("", title=title, og="Bridge opens after ten years - x", site="Harbour Post").headlines["title"] == title
    assert read("", title=title, site="Harbour Post").headline in {
        "Bridge opens after ten years",
        "Bridge opens after ten years – News",
    }


@pytest.mark.parametrize(
    ("body", "og", "expected"),
    [
        (
            "<h1><span class=kicker>Transport</span> Bridge opens after ten years</h1>",
            "Bridge opens after ten years",
            None,
        ),
        (
            "<h1><span>Transport</span><span>Bridge opens after ten years</span></h1>",
            "Bridge opens after ten years",
            None,
        ),
        ("<h1><b>LIVE</b>Bridge opens after ten years</h1>", "Bridge opening live", None),
        ("<h1>Bridge opens after ten years<small class=badge>Premium</small></h1>", "", None),
        ("<h1>Bridge opens after ten years | Harbour Post</h1>", "Bridge opens after ten years", None),
        ("<h1>Harbour Post</h1><h1>Bridge opens after ten years</h1>", "Bridge opens after ten years", None),
        ("<h1><a href='/'>The Daily Harbour</a></h1><h2>x</h2>", "Bridge opens after ten years", None),
        (
            "<nav><li><h1>Bridge traffic: all facts</h1></li></nav><h2>Bridge opens after ten years</h2>",
            "Bridge opens after ten years",
            None,
        ),
        ("<h1>Bridge &amp;quot;opens&amp;quot; after years</h1>", "", 'Bridge "opens" after years'),
        ("<h1><span>Transport</span>Bridge opens</h1>", "Transport: Bridge opens", "Transport: Bridge opens"),
        (
            "<h1>Related: ten other bridges</h1><h1>Bridge opens after ten years</h1>",
            "Bridge opens after ten years",
            None,
        ),
        ("<h1></h1>", "Bridge opens after ten years", None),
    ],
)
def test_glue_is_taken_off(body: str, og: str, expected: str | None) -> None:
    assert read(body, og=og, site="Harbour Post").headline == (expected or "Bridge opens after ten years")


def test_a_heading_that_is_not_the_storys_is_no_surface() -> None:
    story = "Bridge opens after ten years of work"
    reading = read("<h1>Weather today</h1><h1>Poll of the day</h1>", title=story, og=story, linked=story)
    assert reading.headline == story
    assert "h1" not in reading.headlines


def test_a_lower_heading_is_a_surface_of_its_own() -> None:
    reading = read(
        "<nav><h1>Bridge traffic: all facts</h1></nav><h2>Bridge opens after ten years</h2>",
        og="Bridge opens after ten years",
    )
    assert reading.headlines["h2"] == "Bridge opens after ten years"


def test_words_typed_in_the_headline_stay() -> None:
    live = "Storm LIVE: Bridge closes as winds rise"
    assert read(f"<h1>{live}</h1>", og=live).headline == live
    quoted = "Minister: «Bridge will open»"
    assert read(f"<h1>{quoted}</h1>", og=quoted).headline == quoted


def test_the_typing_that_most_surfaces_share_is_taken() -> None:
    reading = read(
        "<h1><span>Transport</span><span>Bridge opens after ten years</span></h1>",
        title="Transport: Bridge opens after ten years",
        og="Transport: Bridge opens after ten years",
        linked="Transport - Bridge opens after ten years",
    )
    assert reading.headline == "Transport: Bridge opens after ten years"


@pytest.mark.parametrize("separator", ["<span class='visually-hidden'>: </span>", "<i hidden>:</i> "])
def test_a_sign_for_those_who_hear_the_page_parts_kicker_and_headline(separator: str) -> None:
    body = f"<h1><div><span>Transport</span></div>{separator}<span>Bridge opens after ten years</span></h1>"
    assert read(body).headlines["h1"] == "Transport: Bridge opens after ten years"


@pytest.mark.parametrize("archive", ["Blog Archive »", "Blog Archiv »"])
def test_an_archives_name_is_no_headline(archive: str) -> None:
    title = f"Harbour Post » {archive} Bridge opens after ten years"
    assert read("", title=title, site="Harbour Post").headline == "Bridge opens after ten years"


def test_no_headline_at_all() -> None:
    assert read("<div>nothing</div>") == headline.HeadlineReading(None, {}, "")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("One thing - and another", "One thing - and another"),
        ("One thing | Harbour Post", "One thing"),
        ("One thing | News | Harbour Post", "One thing | News"),
        ("Harbour Post", "Harbour Post"),
        ("Harbour Post » One thing that matters", "One thing that matters"),
    ],
)
def test_without_site(words: str, expected: str) -> None:
    assert headline.without_site(words, frozenset({"harbourpost"})) == expected


def test_a_heading_in_the_trail_that_repeats_the_headline_is_a_surface() -> None:
    trail = '<nav class="breadcrumb"><h1>Quay works: Bridge opens after ten years</h1></nav>'
    story = "<h2>Quay works <span>Bridge opens after ten years</span></h2>"
    reading = read(f"{trail}<article>{story}</article>", og="Bridge opens after ten years")
    assert reading.source.startswith("h2")
    assert reading.headlines["h1"] == "Quay works: Bridge opens after ten years"


def test_a_heading_over_a_list_is_no_rival_of_the_storys_own() -> None:
    more = '<section><h1><a href="/north">More from the north</a></h1></section>'
    reading = read(f"<article><h1>How trams stay cool in July heat</h1></article>{more}", og="Old rails, new risks")
    assert reading.headline == "How trams stay cool in July heat"


def page_with(title: str, body: str, head: str = "") -> headline.HeadlineReading:
    page = f'<html lang="en"><head><title>{title}</title>{head}</head><body>{body}</body></html>'
    return headline.read(parse(page.encode(), "https://www.quay-post.example/world/bridge"))


def test_a_section_s_heading_gives_way_to_the_lower_one_that_the_title_tells() -> None:
    found = page_with(
        "Harbour Office - Press notices - Old bridge is to be built anew",
        "<h1>Press notices</h1><h2>Old bridge is to be built anew</h2>",
    )
    assert found.headline == "Old bridge is to be built anew"
    assert found.headlines["h2"] == "Old bridge is to be built anew"


def test_a_heading_that_is_the_longest_part_of_the_title_stays() -> None:
    found = page_with(
        "Old bridge is to be built anew - What it costs the town",
        "<h1>Old bridge is to be built anew</h1><h2>What it costs the town</h2>",
    )
    assert found.headline == "Old bridge is to be built anew"


def test_a_heading_in_a_list_that_linked_data_and_og_agree_on_is_the_headline() -> None:
    words = "Old bridge is to be built anew for the islands"
    head = (
        f'<meta property="og:title" content="{words}"><script type="application/ld+json">'
        f'{{"@type":"NewsArticle","headline":"{words}"}}</script>'
    )
    found = page_with(
        f"{words} | Quay Post", f"<ul><li><h1>{words}</h1></li></ul><h2>Old bridge is to be built anew</h2>", head
    )
    assert found.headline == words


def test_a_page_without_headings_shows_its_headline_in_bold() -> None:
    found = page_with(
        "Quay News - Old bridge is to be built anew", "<td><b>Old bridge is to be built anew</b> May 2</td>"
    )
    assert (found.headline, found.source) == ("Old bridge is to be built anew", "b, as in title")
