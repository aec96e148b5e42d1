# ruff: noqa: E501 - a card is a line
"""Section pages as listings: which links are stories, and what they are announced by."""

from __future__ import annotations

from datetime import date

import pytest

from crawler.discover.address import day_in
from crawler.discover.feed import Entry
from crawler.discover.section import Section, links, parse, sections
from crawler.extract.parse import parse as parse_page
from db.types import Failure, Reason

BASE = "https://harbour.example/world/"


def found(body: str, base: str = BASE) -> dict[str, str | None]:
    page = f"<html><head><title>World</title></head><body>{body}</body></html>"
    return {entry.url: entry.title for entry in links(parse_page(page.encode(), base))}


CARDS = """
<header><a href="/">Harbour Post</a> <nav><a href="/world/">World</a> <a href="/2026/11/24/from-the-menu-to-you">Menu</a></nav></header>
<div role="navigation"><a href="/sport/2026/a-story-that-stands-in-a-menu">More sport than you ever wanted</a></div>
<main>
 <article><a href="/2026/11/25/ferry-sinks"><img alt="A ferry"><span class="kicker">Harbour</span><h2>Ferry sinks off the point</h2>
   <p class="summary">All were saved.</p><time>5 min ago</time><span class="comment-count">12</span></a></article>
 <article><h3><span class="label">Live</span> <a href="/world/strike">Dockers strike for a third day</a></h3>
   <a href="/world/strike">Read more</a> <a href="/world/strike#comments">31 comments</a> <a href="/author/edith-lomax">By Edith Lomax</a></article>
 <div class="card"><a href="/story/4711234"><span>Council votes to widen the lock</span> <span class="card__time">09:14</span></a></div>
 <ul><li><a href="/world/2026/11/">November</a></li><li><a href="/tag/docks-and-harbours-of-the-north">Docks</a></li>
   <li><a href="/world/rss/2026/11/25/as-a-feed">Feed of the day</a> <a href="/files/report-on-the-harbour-of-2026.pdf">The report on the harbour as a file</a></li>
   <li><a href="https://elsewhere.example/2026/11/25/a-story-of-another-site">A story of another site altogether</a></li>
   <li><a href="mailto:desk@harbour.example">Write to the desk</a></li></ul>
</main>
<footer><a href="/2026/11/25/how-we-work-and-whom-to-call">How we work</a></footer>
"""


def test_stories_are_told_from_menus_tags_authors_files_and_days() -> None:
    assert found(CARDS) == {
        "https://harbour.example/2026/11/25/ferry-sinks": "Ferry sinks off the point",
        "https://harbour.example/world/strike": "Dockers strike for a third day",
        "https://harbour.example/story/4711234": "Council votes to widen the lock",
    }


def test_what_turns_by_itself_leaves_a_title_as_it_is() -> None:
    later = (
        CARDS.replace("5 min ago", "12 min ago")
        .replace(">12<", ">48<")
        .replace("09:14", "yesterday")
        .replace("31 com", "57 com")
    )
    assert found(later) == found(CARDS)
    edited = CARDS.replace("Ferry sinks off", "Ferry with twelve on board sinks off")
    assert (
        found(edited)["https://harbour.example/2026/11/25/ferry-sinks"]
        == "Ferry with twelve on board sinks off the point"
    )


def test_a_heading_wins_over_longer_words_wherever_it_stands() -> None:
    body = """<aside><a href="/2026/11/25/a">Most read this week: the ferry that sank, and what the harbour master knew of it</a></aside>
    <h2><a href="/2026/11/25/a">Ferry sinks</a></h2><h2><a href="/2026/11/25/a">Ferry sinks: a timeline</a></h2>"""
    assert found(body) == {"https://harbour.example/2026/11/25/a": "Ferry sinks"}


@pytest.mark.parametrize(
    ("base", "body", "urls"),
    [
        (
            "https://kangtan.example/news/",
            '<h3><a href="/news/a1b2">항구의 다리가 다시 열렸다</a></h3><a href="/news/live">속보</a>',
            ["https://kangtan.example/news/a1b2"],
        ),
        (
            "https://bandar.example/fa/",
            '<article><a href="/fa/news/1402">پل بندر پس از هفت ماه تعمیر دوباره باز شد</a></article>',
            ["https://bandar.example/fa/news/1402"],
        ),
        (
            "https://wj.example/",
            '<li><a href="/c/2026-11/25/c_1129871234.htm">港口大桥重新通车</a></li><li><a href="/about.htm">关于</a></li>',
            ["https://wj.example/c/2026-11/25/c_1129871234.htm", "https://wj.example/about.htm"],
        ),
    ],
)
def test_other_scripts(base: str, body: str, urls: list[str]) -> None:
    assert set(found(body, base)) <= set(urls)
    assert urls[0] in found(body, base)


def test_a_page_without_stories_says_so() -> None:
    empty = parse(BASE, b"<title>x</title><p>Nothing here", {"content-type": "text/html"})
    assert isinstance(empty, Failure)
    assert empty.reason == Reason.NOT_A_FEED
    assert isinstance(parse(BASE, b"", {}), Failure)
    read = parse(BASE, f"<title>World | Harbour</title>{CARDS}".encode(), {"content-type": "text/html; charset=utf-8"})
    assert isinstance(read, Section)
    assert read.title == "World | Harbour"
    assert read.entries[0] == Entry("https://harbour.example/2026/11/25/ferry-sinks", "Ferry sinks off the point")


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://a.example/2026/11/25/x", date(2026, 11, 25)),
        ("https://a.example/x-2026-11-05.html", date(2026, 11, 5)),
        ("https://a.example/n/20261125/x", date(2026, 11, 25)),
        ("https://a.example/2026/1/5/x", date(2026, 1, 5)),
        ("https://a.example/2026/02/31/x", None),
        ("https://a.example/2026/x", None),
        ("https://a.example/id/120261125", None),
        ("https://a.example/2026/11/25/as-of-2026-11-20", None),
        ("https://a.example/?d=2026-11-25", None),
    ],
)
def test_the_day_in_an_address(url: str, day: date | None) -> None:
    assert day_in(url) == day


def test_sections_are_what_menus_lead_to() -> None:
    home = """<header><nav><a href="/">Home</a><a href="/world/">World</a><a href="/business/markets">Markets</a><a href="/login">Log in</a>
    <a href="/2026/11/25/ferry-sinks">Ferry sinks</a><a href="/world/?page=2">More</a><a href="https://shop.elsewhere.example/">Shop</a>
    <a href="/guide.pdf">Guide</a></nav></header><main><a href="/not-in-a-menu/">Elsewhere</a></main>"""
    page = parse_page(f"<html><body>{home}</body></html>".encode(), "https://harbour.example/")
    assert sections(page) == ("https://harbour.example/world/", "https://harbour.example/business/markets")
