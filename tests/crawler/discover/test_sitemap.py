import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discover.sitemap import MAX_ENTRIES, Sitemap, parse, robots_sitemaps
from db.types import Failure, Reason

URL = "https://n.example/sitemap.xml"
HEAD = b'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
NEWS = (
    HEAD
    + b"""xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> https://n.example/a?utm_medium=x </loc><lastmod>2023-06-12T03:00:00Z</lastmod><image:image><image:loc>https://n.example/p.jpg</image:loc></image:image>
<news:news><news:publication><news:name>N</news:name><news:language>en</news:language></news:publication>
<news:publication_date>2023-06-12T10:56:00</news:publication_date><news:title>Mayor &amp; bridge</news:title></news:news></url>
<url><loc>nonsense:</loc></url><url/></urlset>"""
)
INDEX = b"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>/s1.xml.gz</loc><lastmod>2023-06-12</lastmod></sitemap>"""
BOMB = b'<!DOCTYPE u [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>'


def sitemap(body: bytes, zone: str | None = None) -> Sitemap:
    read = parse(URL, body, zone=zone)
    assert isinstance(read, Sitemap), read
    return read


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_news_sitemap(pack: type[bytes]) -> None:
    read = sitemap(pack(NEWS), zone="Asia/Manila")
    assert read.news
    (entry,) = read.entries
    assert (entry.url, entry.title) == ("https://n.example/a", "Mayor & bridge")
    assert (entry.published, entry.updated) == ("2023-06-12T10:56:00+08:00", "2023-06-12T03:00:00+00:00")


def test_index_even_where_it_is_cut_off() -> None:
    read = sitemap(INDEX)
    assert [(child.url, child.updated) for child in read.children] == [("https://n.example/s1.xml.gz", "2023-06-12")]


def test_text_form_and_a_feed_in_a_sitemap_s_place() -> None:
    assert [e.url for e in sitemap(b"https://n.example/1\nhttps://n.example/2\n\nx").entries][:2] == [
        "https://n.example/1",
        "https://n.example/2",
    ]
    rss = b"<rss version='2.0'><channel><item><link>https://n.example/r</link></item></channel></rss>"
    assert [e.url for e in sitemap(rss).entries] == ["https://n.example/r"]


def test_an_empty_sitemap_is_one() -> None:
    assert sitemap(HEAD + b"></urlset>") == Sitemap()


@pytest.mark.slow
def test_fifty_thousand_addresses_and_one_more() -> None:
    rows = b"".join(b"<url><loc>https://n.example/a/%d</loc></url>" % i for i in range(MAX_ENTRIES + 1))
    read = sitemap(gzip.compress(HEAD + b">" + rows + b"</urlset>"))
    assert len(read.entries) == MAX_ENTRIES
    assert read.truncated


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"<html><body>404</body></html>", Reason.NOT_A_FEED),
        (b"words", Reason.NOT_A_FEED),
        (BOMB, Reason.NOT_A_FEED),
        (gzip.compress(NEWS, mtime=0)[:40] + b"junk" * 9, Reason.UNREADABLE),
        (gzip.compress(BOMB, mtime=0), Reason.NOT_A_FEED),
    ],
)
def test_what_is_no_sitemap_says_so(body: bytes, reason: Reason) -> None:
    read = parse(URL, body)
    assert isinstance(read, Failure)
    assert read.reason == reason


@pytest.mark.parametrize(("pack", "reason"), [(gzip.compress, Reason.BOMB), (bytes, Reason.TOO_LARGE)])
def test_unpacked_size_is_bounded(pack: type[bytes], reason: Reason) -> None:
    read = parse(URL, pack(HEAD + b">" + b" " * 3_000_000 + b"</urlset>"), limit=1_000_000)
    assert isinstance(read, Failure)
    assert read.reason == reason


def test_robots_sitemaps() -> None:
    robots = (
        "User-agent: *\nDisallow: /x\nSitemap: https://n.example/s.xml\nsitemap: /n.xml\nSitemap: /n.xml\nSitemap: :::"
    )
    assert robots_sitemaps(robots, "https://n.example/robots.txt")[:2] == (
        "https://n.example/s.xml",
        "https://n.example/n.xml",
    )


@given(st.binary(max_size=300))
def test_never_raises_on_bytes(body: bytes) -> None:
    parse(URL, body)
    parse(URL, b"\x1f\x8b\x08" + body)
    parse(URL, b"<urlset><url><loc>" + body)


@given(st.integers(0, len(NEWS)), st.binary(max_size=8))
def test_never_raises_on_damage(at: int, junk: bytes) -> None:
    parse(URL, NEWS[:at] + junk + NEWS[at + 3 :])


@given(st.text(max_size=200))
def test_never_raises_on_robots(text: str) -> None:
    robots_sitemaps(text, "https://n.example/")
