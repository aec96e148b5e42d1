# ruff: noqa: E501 - stories as pages have them
"""A page and what a reader of it sees."""

from __future__ import annotations

from dataclasses import dataclass

P1 = "The council of the harbour town voted on Tuesday to rebuild the old bridge, which was closed after the flood of last winter."
P2 = "Engineers said that the work would take about two years and cost 40 million, a third more than was planned in the spring."
P3 = "Fishermen who had feared for their moorings welcomed the vote, and the mayor promised them a jetty of their own by the autumn."
P4 = "The bridge was built in 1931 and carries the only road between the islands and the mainland, some 9,000 vehicles a day."
STORY = (P1, P2, P3, P4)
HEADLINE = "Harbour town votes to rebuild its old bridge"


@dataclass(frozen=True)
class Case:
    """`story`: the paragraphs, in order, all of them and no other; `absent`: words of no field but tags and images."""

    name: str
    html: str
    headline: str | None = HEADLINE
    authors: tuple[str, ...] = ()
    published: str | None = None
    modified: str | None = None
    place: str | None = None
    deck: str | None = None
    story: tuple[str, ...] = STORY
    headings: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    page_type: str = "article"
    url: str = "https://www.news.example/world/harbour-bridge"
    lang: str = "en"


def paragraphs(*texts: str, tag: str = "p", of: str = "") -> str:
    """The texts as elements of one tag and class."""
    named = f' class="{of}"' if of else ""
    return "".join(f"<{tag}{named}>{text}</{tag}>" for text in texts)


TEASERS = """<div class="grid"><div class="item"><a href="/a"><h3>Cat found on the roof of the town hall</h3></a><p>A cat was found on Monday
on the roof.</p></div><div class="item"><a href="/b"><h3>Market moves to the northern quay</h3></a><p>The market moves.</p></div></div>"""
FOOTER = "<footer><p>Copyright The Example, all rights reserved. Registered office: 12 Quay Street.</p></footer>"
NAV = '<nav><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li><li><a href="/sport">Sport</a></li></ul></nav>'
