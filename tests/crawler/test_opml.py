import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.opml import OpmlError, read, write
from crawler.sources import Source

SOURCES = (
    Source(
        name="Hafenblatt & Co",
        home="https://h.example/",
        feeds=("https://h.example/rss", "https://h.example/sport.rss"),
        sitemaps=("https://h.example/news.xml",),
        sections=("https://h.example/welt/",),
        zone="Europe/Vienna",
        language="de-AT",
        pace=2.5,
    ),
    Source(name="Ñandú", feeds=("https://n.example/feed",)),
)


def test_sources_survive_the_way_out_and_in() -> None:
    assert read(write(SOURCES)) == SOURCES


def test_other_readers_files_with_folders_give_a_source_a_feed() -> None:
    body = b"""<?xml version="1.0"?><opml version="1.0"><head/><body><outline text="News">
    <outline type="rss" text="One" xmlUrl="https://one.example/feed?utm_source=x" htmlUrl="https://one.example/"/>
    <outline type="rss" title="One" xmlUrl="https://two.example/feed"/>
    <outline text="bad" xmlUrl="nonsense"/></outline></body></opml>"""
    found = read(body)
    assert [(source.name, source.feeds) for source in found] == [
        ("One", ("https://one.example/feed",)),
        ("One (2)", ("https://two.example/feed",)),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"words",
        b"<html/>",
        b"<opml/>",
        b'<!DOCTYPE o [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><opml><body/></opml>',
        b'<!DOCTYPE o [<!ENTITY a SYSTEM "file:///etc/hosts">]><opml><body><outline text="&a;"/></body></opml>',
    ],
)
def test_what_is_no_opml_says_so(body: bytes) -> None:
    with pytest.raises(OpmlError, match="the file"):
        read(body)


@given(st.binary(max_size=200))
def test_bytes_are_opml_or_a_clear_error(body: bytes) -> None:
    try:
        found = read(b"<opml><body>" + body + b"</body></opml>")
    except OpmlError:
        return
    assert isinstance(found, tuple)
