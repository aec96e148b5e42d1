"""An article as JSON in the shape that other programs are promised (DESIGN, Contracts), and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from db.types import Article, Block, Dateline, Failure, Image, Notice

_PLAIN = (
    "headline",
    "deck",
    "byline",
    "published",
    "modified",
    "displayed_time",
    "section",
    "language",
    "publisher",
    "canonical",
)


def article_to_json(article: Article) -> dict[str, Any]:
    """Every field of the contract, in its order, then what is ours beside it (`canonical`, `displayed_relative`)."""
    return {
        "url": article.url,
        "headline": article.headline,
        "headlines": dict(article.headlines),
        "deck": article.deck,
        "byline": article.byline,
        "authors": list(article.authors),
        "dateline": asdict(article.dateline) if article.dateline else None,
        "published": article.published,
        "modified": article.modified,
        "displayed_time": article.displayed_time,
        "displayed_relative": article.displayed_relative,
        "section": article.section,
        "tags": list(article.tags),
        "language": article.language,
        "publisher": article.publisher,
        "notices": [{"nature": notice.nature, "text": notice.text} for notice in article.notices],
        "body": [_block(block) for block in article.body],
        "body_complete": article.body_complete,
        "images": [{"url": image.url, "caption": image.caption} for image in article.images],
        "page_type": str(article.page_type),
        "canonical": article.canonical,
        "provenance": dict(article.provenance),
    }


def _block(block: Block) -> dict[str, Any]:
    known = {"role": str(block.role), "text": block.text}
    return known if block.at is None else {**known, "at": block.at}


def failure_to_json(failure: Failure) -> dict[str, Any]:
    """A page that could not be read, in the contract's shape."""
    error = {"reason": str(failure.reason), "detail": failure.detail, "page_type": failure.page_type}
    return {"url": failure.url, "error": {key: value for key, value in error.items() if value is not None}}


def article_from_json(value: Mapping[str, Any]) -> Article:
    """An article from the contract's shape, whole or in part (`{"headline": "…"}`). Raises `ValueError` for a wrong shape."""
    if not isinstance(value, Mapping):
        raise ValueError("a reading is a JSON object")
    try:
        return _article(value)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not a reading: {error}") from error


def _article(value: Mapping[str, Any]) -> Article:
    dateline = value.get("dateline")
    return Article(
        url=value.get("url") or "",
        headlines=dict(value.get("headlines") or {}),
        authors=tuple(value.get("authors") or ()),
        dateline=Dateline(**dateline) if dateline else None,
        displayed_relative=bool(value.get("displayed_relative", False)),
        tags=tuple(value.get("tags") or ()),
        notices=tuple(Notice(n["nature"], n["text"]) for n in value.get("notices") or ()),
        body=tuple(Block(b["role"], b["text"], b.get("at")) for b in value.get("body") or ()),
        body_complete=bool(value.get("body_complete", True)),
        images=tuple(Image(i["url"], i.get("caption")) for i in value.get("images") or ()),
        page_type=value.get("page_type") or "article",
        provenance=dict(value.get("provenance") or {}),
        **{name: value.get(name) for name in _PLAIN},
    )
