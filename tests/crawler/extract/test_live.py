"""Live pages: entries carry their own times."""

from __future__ import annotations

import json

from crawler.extract import body, live, parse

ENTRIES = [
    (
        "2026-03-01T10:05:00Z",
        "Ministers arrive at the palace",
        "The first ministers have arrived at the palace for the talks that begin at noon.",
    ),
    (
        "2026-03-01T09:40:00Z",
        "Roads closed",
        "Police have closed the roads around the palace and ask drivers to avoid the centre.",
    ),
    (
        "2026-03-01T09:00:00Z",
        "Good morning",
        "Good morning and welcome to our coverage of the talks between the two governments.",
    ),
]


def entry(at: str, heading: str, text: str) -> str:
    title = f'<h3><a href="#x">{heading}</a></h3>'
    return f'<article class="live-blog-entry"><time datetime="{at}">{at[11:16]}</time>{title}<p>{text}</p></article>'


def read(raw: str) -> body.BodyReading:
    return body.read(parse.parse(raw.encode(), "https://news.example/live"), "Talks at the palace")


def test_entries_of_the_markup_carry_their_times() -> None:
    intro = "Leaders of both governments meet at the palace today for the first time in nine years."
    reading = read(
        f"<main><h1>Talks at the palace</h1><p>{intro}</p><div>{''.join(entry(*one) for one in ENTRIES)}</div></main>"
    )
    assert reading.source == "live entries"
    assert reading.blocks[0].text == intro
    assert reading.blocks[0].at is None
    told = [(block.at, block.text) for block in reading.blocks if block.at]
    assert told == [(at, text) for at, *texts in ENTRIES for text in texts]


def test_two_boxes_with_a_time_are_no_live_blog() -> None:
    doc = parse.parse(f"<main>{''.join(entry(*one) for one in ENTRIES[:2])}</main>".encode(), "https://news.example/a")
    assert live.entries(doc) == {}


def test_entries_told_by_linked_data_alone() -> None:
    updates = [
        {"@type": "BlogPosting", "headline": heading, "datePublished": at, "articleBody": text}
        for at, heading, text in ENTRIES
    ]
    data = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "headline": "Talks at the palace",
        "liveBlogUpdate": updates,
    }
    reading = read(
        f'<html><head><script type="application/ld+json">{json.dumps(data)}</script></head>'
        "<body><h1>Talks at the palace</h1></body></html>"
    )
    assert reading.source == "json_ld liveBlogUpdate"
    assert [block.at for block in reading.blocks] == [at for at, *_ in ENTRIES for _ in range(2)]
