"""Bytes to a tree: encodings, the head, and pages meant to break a reader."""

from __future__ import annotations

import contextlib
import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract import normalise
from crawler.extract.parse import MAX_BYTES, UnreadableError, parse

URL = "https://news.example/2024/05/story"


def page(head: str = "", body: str = "<h1>Café über Straße</h1>") -> str:
    return f"<!doctype html><html lang='en-GB'><head>{head}</head><body>{body}</body></html>"


def heading(body: bytes, **named: str) -> str:
    root = parse(body, URL, headers=named and {"Content-Type": named["content_type"]}).root
    return normalise.element_text(next(root.iter("h1")))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (page().encode(), "text/html; charset=utf-8"),
        (page().encode(), "text/html; charset=iso-8859-1"),
        (b"\xef\xbb\xbf" + page().encode(), "text/html"),
        (page().encode("utf-16"), "text/html"),
        (page().encode("latin-1"), "text/html; charset=iso-8859-1"),
        (page("<meta charset=windows-1252>").encode("cp1252"), "text/html"),
        (page("<meta http-equiv=content-type content='text/html; charset=iso-8859-15'>").encode("iso-8859-15"), ""),
        (page("<meta charset=no-such-thing>").encode("utf-8"), ""),
        (page().encode().replace(b"Caf", b"C\0af"), "text/html; charset=utf-8"),
    ],
)
def test_encodings(body: bytes, content_type: str) -> None:
    assert heading(body, content_type=content_type) == "Café über Straße"


def test_a_few_broken_bytes_do_not_turn_the_page_into_another_encoding() -> None:
    text = page(body="<h1>Ärger in Österreich</h1><p>" + "größer " * 50 + "</p>").encode() + b"\xff\xfe"
    assert heading(text, content_type="text/html; charset=utf-8") == "Ärger in Österreich"


def test_japanese_without_a_declared_encoding() -> None:
    story = "".join(f"<p>東京で新しい橋が開通した。第{number}回の式典が行われた。</p>" for number in range(30))
    assert heading(page(body="<h1>橋が開通</h1>" + story).encode("shift_jis")) == "橋が開通"


def test_head_is_read() -> None:
    head = (
        '<meta property="og:title" content="One"><meta NAME="Author" content="Ada Roe">'
        '<meta name="author" content="Bo Li">'
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Two"}</script>'
    )
    document = parse(page(head).encode(), URL, headers={"X-Name": "v"}, status=203, zone="Asia/Manila")
    assert document.meta["author"] == ("Ada Roe", "Bo Li")
    assert document.first_meta("twitter:title", "og:title") == "One"
    assert document.article["headline"] == "Two"
    assert (document.language, document.headers, document.status) == ("en-gb", {"x-name": "v"}, 203)


def test_microdata_stands_in_for_missing_linked_data() -> None:
    body = '<article itemscope itemtype="http://schema.org/Article"><h1 itemprop="headline">Bridge opens</h1></article>'
    assert parse(page(body=body).encode(), URL).article["headline"] == "Bridge opens"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n\0 ", "binary"),
        (b"just words, no markup", "unreadable"),
        (b"\x89PNG\r\n" + b"\0" * 400, "binary"),
        (b"<p>" + b"x" * MAX_BYTES, "too_large"),
        (gzip.compress(page().encode() * 40, mtime=0), "binary"),
    ],
)
def test_no_page(body: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        parse(body, URL)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "body",
    [
        b"<div>" * 200_000 + b"<h1>deep</h1>",
        b"<p>x" * 200_000,
        b"<html><html><body><body>" + b"<table><tr>" * 5000,
        b"<" * 100_000,
        b"<a href='" + b"x" * 1_000_000,
        b"<h1>&#0;&#xD800;&#99999999;</h1>",
        b"<!-- unclosed comment",
        b"<meta charset=utf-16><h1>x</h1>",
    ],
)
def test_hostile_pages_end(body: bytes) -> None:
    try:
        document = parse(body, URL)
    except UnreadableError:
        return
    normalise.element_text(document.root)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_answered(body: bytes) -> None:
    with contextlib.suppress(UnreadableError):
        assert parse(b"<html>" + body, URL).root is not None
