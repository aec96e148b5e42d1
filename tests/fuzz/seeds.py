"""Where fuzzing begins: a few whole inputs of each format, made here and from the newsroom's zoo."""

from __future__ import annotations

import gzip
import json
import zlib
from io import BytesIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from db.jsonable import article_to_json
from db.types import Article, Block, Role
from tests.newsroom.wire import Reply
from tests.newsroom.zoo_feeds import FEEDS
from tests.newsroom.zoo_pages import ARTICLE, PAGES

LONGEST = 20_000
ROBOTS = b"User-agent: *\nCrawl-delay: 2\nDisallow: /a*b$\nAllow: /\nSitemap: https://a.example/s.xml\n"
CONFIG = (
    b'[[source]]\nname = "a"\nhome = "https://a.example/"\nfeeds = ["https://a.example/rss"]\n'
    b'every = "10m"\nzone = "Asia/Manila"\n'
)
OPML = b'<opml version="2.0"><body><outline text="a" xmlUrl="https://a.example/rss" htmlUrl="https://a.example/"/></body></opml>'
DUMP = (
    b"CREATE TABLE `Articles` (\n  `id` int,\n  `url` text\n) ENGINE=x;\nINSERT INTO `Articles` VALUES (1,'http://a.example/');\n"
    b"CREATE TABLE `version` (\n  `id` int,\n  `article_id` int,\n  `v` text,\n  `title` text,\n  `byline` text,\n  `date` text,"
    b"\n  `boring` int\n) ENGINE=x;\nINSERT INTO `version` VALUES (1,1,'abc','T','B','2013-01-02 03:04:05',0);\n"
)
DATES = (
    b"/ 10:56 AM June 12, 2023",
    "Published 3 hours ago · 2026年5月4日 08:00 · 4. Mai 2026, 8.00 Uhr · mardi 4 mai".encode(),
    b"Mon, 04 May 2026 08:00:00 +0800",
)
DATELINES = (
    "SEOUL — ".encode(),
    b"KATHMANDU, April 25 (Reuters) - A text.",
    "MANILA, Philippines — Text".encode(),
    "【ソウル＝小池和樹】本文".encode(),
    "新华社北京4月24日电".encode(),
)
NOTICES = (
    b"Correction: An earlier version of this article misspelled the name.\nA second paragraph.",
    "Editor's note, May 4, 2026: This story was updated.\nKorrekturhinweis: In einer früheren Fassung stand …".encode(),
)


def _warc() -> bytes:
    out = BytesIO()
    writer = WARCWriter(out, gzip=False)
    for status in ("200 OK", "404 Not Found"):
        head = StatusAndHeaders(
            status, [("Content-Type", "text/html"), ("Content-Length", "2000")], protocol="HTTP/1.1"
        )
        body = BytesIO((ARTICLE * 2)[:2000])
        writer.write_record(
            writer.create_warc_record("https://a.example/s", "response", payload=body, http_headers=head)
        )
    return out.getvalue()


def _readings() -> bytes:
    made = Article("https://a.example/s", "A headline", {"h1": "A headline"}, byline="By Ada", published="2026-05-04")
    blocks = (Block(Role.PARAGRAPH, "Ten people were hurt on Monday."), Block(Role.QUOTE, "“I saw 12 of them.”"))
    before = {**article_to_json(made), "body": [{"role": str(b.role), "text": b.text} for b in blocks]}
    after = {**before, "headline": "Another headline", "body": before["body"][:1]}
    return json.dumps(before).encode() + b"\n" + json.dumps(after).encode()


def _bodies(replies: dict[str, Reply]) -> list[bytes]:
    return [reply.body for reply in replies.values() if 0 < len(reply.body) <= LONGEST]


def seeds() -> dict[str, list[bytes]]:
    """The first inputs of each target that has any."""
    lists = {
        name: make("https://a.example/zoo") for name, make in FEEDS.items() if "50k" not in name and "gz" not in name
    }
    pages = _bodies(PAGES)
    cdx = [["timestamp", "original", "statuscode", "mimetype", "digest"]]
    cdx += [["20240504080000", "https://a.example/s", "200", "text/html", "D"]]
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    raw = packed.compress(ARTICLE) + packed.flush()
    return {
        "page": pages,
        "pair": [ARTICLE + ARTICLE.replace(b"Tuesday", b"Monday"), *pages[:4]],
        "feed": _bodies(lists),
        "sitemap": [*_bodies(lists), gzip.compress(lists["sitemap-good"].body)],
        "dateline": list(DATELINES),
        "date": list(DATES),
        "notice": list(NOTICES),
        "address": [
            b"https://User@EXAMPLE.com:443/a/../b/?utm_source=x&b=2&a=1#f",
            "http://müller.example/ä b".encode(),
        ],
        "robots": [ROBOTS],
        "configuration": [CONFIG],
        "opml": [OPML],
        "warc": [_warc(), gzip.compress(_warc())],
        "database": [DUMP],
        "cdx": [json.dumps(cdx).encode(), json.dumps([*cdx, [], ["key 3"]]).encode()],
        "coding": [
            b"gzip\n" + gzip.compress(ARTICLE),
            b"deflate\n" + zlib.compress(ARTICLE),
            b"deflate, gzip\n" + gzip.compress(raw),
            b"br\n\x1b\x03)\x00\x00\xa4\xb0\xb2\xea\x81G\x02\x8a",
            b"zstd\n\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00hello",
        ],
        "reading": [_readings()],
        "push": [b"sha256=" + b"0" * 64 + b"\n" + ARTICLE, b"864000\n"],
        "request": [
            b"source=a&kind=dateline&nature=added&period=24h&state=open&hidden=only",
            b"WzEyXQ",
            b"2026-05-04T08:30:00+02:00",
        ],
    }
