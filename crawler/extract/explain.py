"""Why a reading came out as it did: each field with its candidates a surface, and what chose among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crawler.extract import linked_data, normalise
from crawler.extract.document import Document
from crawler.extract.page import ArticlePage
from db.types import Article


@dataclass(frozen=True, slots=True)
class Explained:
    """One field: its value as words, why it won, and `(surface, words)` of everything that could have been it."""

    field: str
    value: str
    why: str
    candidates: tuple[tuple[str, str], ...] = ()


_METAS = {
    "deck": ("og:description", "description", "twitter:description"),
    "byline": ("author", "article:author", "byl", "parsely-author", "dc.creator"),
    "published": (
        "article:published_time",
        "og:published_time",
        "date",
        "pubdate",
        "publishdate",
        "dc.date",
        "parsely-pub-date",
    ),
    "modified": ("article:modified_time", "og:updated_time", "last-modified", "lastmod"),
    "section": ("article:section", "parsely-section", "section"),
    "tags": ("article:tag", "news_keywords", "keywords"),
    "publisher": ("og:site_name", "publisher", "application-name"),
    "canonical": ("og:url",),
    "language": ("og:locale", "content-language"),
}
_LINKED = {
    "deck": ("description", "alternativeHeadline"),
    "byline": ("author", "creator"),
    "published": ("datePublished", "dateCreated"),
    "modified": ("dateModified",),
    "section": ("articleSection",),
    "tags": ("keywords",),
    "publisher": ("publisher",),
    "canonical": ("url", "mainEntityOfPage"),
    "language": ("inLanguage",),
}


def explain(page: ArticlePage) -> tuple[Article, tuple[Explained, ...]]:
    """The reading of the page, and an explanation a field; `page` comes from `reader.open_page`."""
    article = page.to_article()
    return article, tuple(_explained(page, article))


def _explained(page: ArticlePage, article: Article) -> Iterator[Explained]:
    why = article.provenance
    yield Explained("page_type", article.page_type, why.get("page_type", ""))
    yield Explained("headline", article.headline or "", why.get("headline", ""), tuple(article.headlines.items()))
    values = {
        "deck": article.deck,
        "byline": _named(article.byline, article.authors),
        "dateline": article.dateline.text if article.dateline else None,
        "published": article.published,
        "modified": article.modified,
        "displayed_time": article.displayed_time,
        "section": article.section,
        "tags": ", ".join(article.tags),
        "publisher": article.publisher,
        "language": article.language,
        "canonical": article.canonical,
    }
    for field, value in values.items():
        yield Explained(field, value or "", why.get(field, ""), tuple(_candidates(page.document, field)))
    yield Explained(
        "notices", f"{len(article.notices)}", "", tuple((notice.nature, notice.text) for notice in article.notices)
    )
    letters = sum(len(block.text) for block in article.body)
    kinds = tuple((str(block.role), block.text[:100]) for block in article.body)
    yield Explained("body", f"{len(article.body)} blocks, {letters} characters", why.get("body", ""), kinds)
    yield Explained("body_complete", str(article.body_complete).lower(), why.get("body_complete", ""))


def _named(byline: str | None, authors: tuple[str, ...]) -> str:
    return f"{byline or ''} [{'; '.join(authors)}]" if authors else byline or ""


def _candidates(doc: Document, field: str) -> Iterator[tuple[str, str]]:
    for name in _LINKED.get(field, ()):
        value = doc.article.get(name)
        values = value if isinstance(value, list) else [value]
        words = [linked_data.words(item) or "" for item in values[:20]]
        if any(words):
            yield f"json_ld {name}", "; ".join(word for word in words if word)
    for name in _METAS.get(field, ()):
        for content in doc.meta.get(name, ()):
            yield f"meta {name}", normalise.text(content)
    if field in {"published", "modified", "displayed_time"}:
        for element in doc.all("time")[:8]:
            yield "time", f"{element.get('datetime', '')} {normalise.element_text(element)}".strip()
