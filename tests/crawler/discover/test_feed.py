import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discover.feed import Feed, is_entity_bomb, parse
from db.types import Failure, Reason

URL = "https://n.example/feed"
RSS = b"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>
<title>News &amp; More</title><link>https://n.example/</link><ttl>15</ttl><language>en-ph</language>
<atom:link rel="hub" href="https://hub.example/"/>
<item><title>A <b>bold</b> mayor</title><link>/a?utm_source=rss</link><pubDate>Mon, 12 Jun 2023 10:56:00 +0800</pubDate></item>
<item><title>again</title><link>https://n.example/a</link></item>
<item><guid>https://n.example/b</guid><pubDate>12 Jun 2023 10:56:00</pubDate></item>
<item><title>no address</title></item>
<item><title>odd</title><link>javascript:alert(1)</link></item>
</channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><title>q</title><link href="https://n.example/1"/>
<published>2023-06-12T10:00:00Z</published><updated>2023-06-12T10:56:00Z</updated></entry></feed>"""
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://n.example/"><title>R</title></channel>
<item rdf:about="https://n.example/r"><title>r</title><link>https://n.example/r</link>
<dc:date>2023-06-12T10:56:00+09:00</dc:date></item></rdf:RDF>"""
JSON = b"""{"version":"https://jsonfeed.org/version/1.1","title":"J","items":[
{"id":"https://n.example/j","title":"j","date_published":"2023-06-12T10:56:00+02:00"},{"id":3},"x"]}"""
BOMB = b"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>
<rss version="2.0"><channel><title>&b;</title></channel></rss>"""


def feed(body: bytes, zone: str | None = None) -> Feed:
    read = parse(URL, body, zone=zone)
    assert isinstance(read, Feed), read
    return read


def test_rss() -> None:
    read = feed(RSS, zone="Asia/Manila")
    assert (read.title, read.language, read.ttl_minutes, read.hub) == (
        "News & More",
        "en-ph",
        15,
        "https://hub.example/",
    )
    assert [(entry.url, entry.title, entry.published, entry.updated) for entry in read.entries] == [
        ("https://n.example/a", "A bold mayor", "2023-06-12T10:56:00+08:00", None),
        ("https://n.example/b", None, "2023-06-12T10:56:00+08:00", None),
    ]


def test_atom_rdf_and_json() -> None:
    entry = feed(ATOM).entries[0]
    assert (entry.published, entry.updated) == ("2023-06-12T10:00:00+00:00", "2023-06-12T10:56:00+00:00")
    assert [entry.url for entry in feed(RDF).entries] == ["https://n.example/r"]
    assert [(entry.url, entry.published) for entry in feed(JSON).entries] == [
        ("https://n.example/j", "2023-06-12T10:56:00+02:00")
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"  \n", Reason.EMPTY),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", Reason.NOT_A_FEED),
        (b"<html><head><link rel='alternate' href='/feed'></head></html>", Reason.NOT_A_FEED),
        (b"plain words", Reason.NOT_A_FEED),
        (b'{"error": "no"}', Reason.NOT_A_FEED),
        (b"{" * 100_000, Reason.NOT_A_FEED),
        (b"\x89PNG\r\n\x1a\n\0\0\0", Reason.NOT_A_FEED),
        (BOMB, Reason.NOT_A_FEED),
        (b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel>&x;</channel></rss>', Reason.NOT_A_FEED),
    ],
)
def test_what_is_no_feed_says_so(body: bytes, reason: Reason) -> None:
    read = parse(URL, body)
    assert isinstance(read, Failure)
    assert read.reason == reason
    assert read.detail


def test_harmless_entities_pass() -> None:
    assert not is_entity_bomb(b'<!DOCTYPE rss [<!ENTITY nbsp "&#160;">]><rss/>')


def test_a_torn_feed_gives_what_it_has() -> None:
    assert [entry.url for entry in feed(RSS[: RSS.index(b"<item><guid>")]).entries] == ["https://n.example/a"]


@given(st.binary(max_size=300))
def test_never_raises_on_bytes(body: bytes) -> None:
    parse(URL, body)
    parse(URL, b"<rss version='2.0'><channel>" + body)


@given(st.integers(0, len(RSS)), st.binary(max_size=8))
def test_never_raises_on_damage(at: int, junk: bytes) -> None:
    parse(URL, RSS[:at] + junk + RSS[at + 3 :])


def test_the_hub_is_read_from_the_answer_s_links_before_the_feed_s() -> None:
    head = '<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel><title>x</title>'
    body = (
        f'{head}<a:link rel="hub" href="/hub"/><a:link rel="self" href="https://a.example/feed?Self"/></channel></rss>'
    )
    found = parse("https://a.example/feed", body.encode())
    assert isinstance(found, Feed)
    assert (found.hub, found.topic) == ("https://a.example/hub", "https://a.example/feed?Self")
    link = {
        "Link": '<https://hub.example/>; rel="hub", <https://a.example/canonical.rss>; rel=self, <javascript:x>; rel="hub"'
    }
    found = parse("https://a.example/feed", body.encode(), link)
    assert isinstance(found, Feed)
    assert (found.hub, found.topic) == ("https://hub.example/", "https://a.example/canonical.rss")
    bad = parse(
        "https://a.example/feed", f'{head}<a:link rel="hub" href="mailto:x@a.example"/></channel></rss>'.encode()
    )
    assert isinstance(bad, Feed)
    assert bad.hub is None


def test_a_json_feed_names_hubs_by_their_kind() -> None:
    hubs = [
        {"type": "rssCloud", "url": "https://cloud.example/"},
        {"type": "WebSub", "url": "https://hub.example/"},
        "x",
    ]
    made = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [],
        "feed_url": "https://a.example/f.json",
        "hubs": hubs,
    }
    found = parse("https://a.example/f", json.dumps(made).encode())
    assert isinstance(found, Feed)
    assert (found.hub, found.topic) == ("https://hub.example/", "https://a.example/f.json")
