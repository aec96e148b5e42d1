"""The one way in: bytes to a reading, the same each time, and never an exception."""

from __future__ import annotations

import ast
import contextlib
import json
from importlib import metadata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract import reader
from db.jsonable import article_from_json, article_to_json
from db.types import Article, Failure

URL = "https://news.example/2024/05/01/bridge"
PAGE = """<!doctype html><html lang="en"><head><title>Bridge opens | Harbour Post</title>
<meta property="og:site_name" content="Harbour Post"><link rel="canonical" href="/2024/05/01/bridge">
<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Bridge opens",
"datePublished": "2024-05-01T10:00:00+02:00", "author": {"@type": "Person", "name": "Ada Roe"},
"articleSection": "City", "keywords": ["bridges", "tolls"]}</script></head>
<body><article><h1>Bridge opens</h1><p class="standfirst">After ten years of work, cars may cross from Monday morning.</p>
<p>HARBOUR, May 1 (Newswire) - The bridge was opened by the mayor on Wednesday, ten years after the first pile was driven.</p>
<p>Tolls will be paid at the northern end, and buses cross free of charge until the end of the year, the council said.</p>
<p>“It is a good day for the harbour,” the mayor told a crowd of several hundred people who had come to walk across it.</p>
<p>The old ferry, which carried cars and people for a century, is to be kept as a museum at the southern pier.</p>
</article></body></html>""".encode()


def article() -> Article:
    made = reader.read(PAGE, URL)
    assert isinstance(made, Article)
    return made


def test_every_field_is_read() -> None:
    made = article()
    assert made.headline == "Bridge opens"
    assert made.deck == "After ten years of work, cars may cross from Monday morning."
    assert made.authors == ("Ada Roe",)
    assert made.dateline is not None
    assert (made.dateline.place, made.dateline.agency) == ("HARBOUR", "Newswire")
    assert made.published == "2024-05-01T10:00:00+02:00"
    assert (made.section, made.tags, made.language, made.publisher) == (
        "City",
        ("bridges", "tolls"),
        "en",
        "Harbour Post",
    )
    assert made.canonical == URL
    assert made.page_type == "article"
    assert made.body_complete
    assert made.body[-1].text.startswith("The old ferry")
    assert set(made.provenance) >= {"headline", "deck", "published", "section", "tags", "body", "page_type"}


def test_the_same_bytes_give_the_same_reading() -> None:
    assert article() == article()


def test_a_reading_survives_json() -> None:
    assert article_from_json(article_to_json(article())) == article()


@pytest.mark.parametrize(
    ("body", "reason"), [(b"", "empty"), (b"\x89PNG\r\n\0\0", "binary"), (b"plain words", "unreadable")]
)
def test_what_is_no_page_is_a_failure_with_a_reason(body: bytes, reason: str) -> None:
    assert reader.read(body, URL) == Failure(URL, reason, reader.read(body, URL).detail)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "body",
    [
        b"<div>" * 5_000 + PAGE,
        b"<p>x" * 5_000,
        PAGE.replace(b"<p>", b"<p><b><i>") * 20,
        b"<script type='application/ld+json'>" + b"[" * 200_000 + b"</script>" + PAGE,
        b"<h1>" * 3000 + b"x",
        b"<meta property='og:title' content='" + b"a - " * 50_000 + b"'>" + PAGE,
        PAGE[:900],
        PAGE.replace(b"e", b"\xe9"),
    ],
)
def test_hostile_pages_end_in_an_answer(body: bytes) -> None:
    assert isinstance(reader.read(body, URL), (Article, Failure))


@settings(max_examples=40, deadline=None)
@given(
    st.binary(max_size=60),
    st.integers(0, len(PAGE)),
    st.sampled_from([URL, "", "not an address", "http://[::1", "https://x/"]),
)
def test_any_bytes_in_the_middle_of_a_page_are_answered(junk: bytes, at: int, url: str) -> None:
    assert isinstance(reader.read(PAGE[:at] + junk + PAGE[at:], url), (Article, Failure))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["@id", "@type", "name", "url", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = [
    "headline",
    "author",
    "creator",
    "publisher",
    "datePublished",
    "dateModified",
    "keywords",
    "articleSection",
    "inLanguage",
    "wordCount",
    "isAccessibleForFree",
    "hasPart",
    "mainEntityOfPage",
    "url",
    "image",
    "description",
    "articleBody",
    "liveBlogUpdate",
    "@id",
    "@graph",
    "name",
]


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=12),
    st.sampled_from(["NewsArticle", ["LiveBlogPosting"], "BreadcrumbList"]),
)
def test_any_linked_data_is_answered(fields: dict[str, object], kind: object) -> None:
    script = json.dumps({"@type": kind, **fields}).encode()
    body = (
        PAGE[: PAGE.index(b"<script")]
        + b'<script type="application/ld+json">'
        + script
        + PAGE[PAGE.index(b"</script>") :]
    )
    assert isinstance(reader.read(body, URL), (Article, Failure))


def test_version_depends_on_site_and_zone_and_nothing_else() -> None:
    version = reader.reader_version(URL)
    assert version == reader.reader_version("https://other.example/x")
    assert version != reader.reader_version(URL, "Asia/Manila")
    assert version != reader.reader_version("https://newsinfo.inquirer.net/1784500/x")
    assert len(version) == 16


def test_version_covers_every_library_that_reads() -> None:
    imported: set[str] = set()
    for path in reader.code_files():
        # make_*.py write data files; no reading imports them
        if path.suffix == ".py" and not path.name.startswith("make_"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    imported |= {name.name.partition(".")[0] for name in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    imported.add(node.module.partition(".")[0])
    names = metadata.packages_distributions()
    needed = {names[name][0].lower().replace("_", "-") for name in imported if name in names}
    assert needed - {"newswatch"} <= set(reader.LIBRARIES)


def test_a_change_of_code_changes_the_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = reader.reader_version(URL)
    extra = tmp_path / "rule.py"
    extra.write_text("x = 1")
    monkeypatch.setattr(reader, "_CODE", tmp_path)
    for cached in (reader.reader_version, reader._version, reader._generic_digest):
        cached.cache_clear()
    try:
        assert reader.reader_version(URL) != before
    finally:
        with contextlib.suppress(AttributeError):
            for cached in (reader.reader_version, reader._version, reader._generic_digest):
                cached.cache_clear()
