"""Readings as plain values for JSON: the shape that other programs read (DESIGN, Contracts), and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from db.types import Article, Block, Dateline, Failure, Image, Notice, PageType


def article_to_json(article: Article) -> dict[str, Any]:
    """The reading with every key of the contract, empty ones included; `article_from_json` undoes it."""
    return {
        "url": article.url,
        "headline": article.headline,
        "headlines": dict(article.headlines),
        "deck": article.deck,
        "byline": article.byline,
        "authors": list(article.authors),
        "dateline": _dateline(article.dateline),
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


def failure_to_json(failure: Failure) -> dict[str, Any]:
    """A page that could not be read: `{"url", "error": {"reason", "detail"}}`, with `page_type` where it is known."""
    found: dict[str, Any] = {"url": failure.url, "error": {"reason": str(failure.reason), "detail": failure.detail}}
    return {**found, "page_type": str(failure.page_type)} if failure.page_type else found


def article_from_json(value: Mapping[str, Any]) -> Article:
    """The reading that `value` holds; keys may be missing, as in a reading written by hand (`{"headline": "…"}`).

    Raises ValueError, naming the key, where a value has the wrong shape. Unknown keys are left out.
    """
    return Article(
        url=_text(value, "url") or "",
        headline=_text(value, "headline"),
        headlines=_strings(value, "headlines"),
        deck=_text(value, "deck"),
        byline=_text(value, "byline"),
        authors=_texts(value, "authors"),
        dateline=_dateline_from(value.get("dateline")),
        published=_text(value, "published"),
        modified=_text(value, "modified"),
        displayed_time=_text(value, "displayed_time"),
        displayed_relative=bool(value.get("displayed_relative", False)),
        section=_text(value, "section"),
        tags=_texts(value, "tags"),
        language=_text(value, "language"),
        publisher=_text(value, "publisher"),
        notices=tuple(
            Notice(_part(item, "nature", "notices"), _part(item, "text", "notices")) for item in _list(value, "notices")
        ),
        body=tuple(_block_from(item) for item in _list(value, "body")),
        body_complete=bool(value.get("body_complete", True)),
        images=tuple(_image_from(item) for item in _list(value, "images")),
        page_type=_text(value, "page_type") or PageType.ARTICLE.value,
        canonical=_text(value, "canonical"),
        provenance=_strings(value, "provenance"),
    )


def _dateline(dateline: Dateline | None) -> dict[str, Any] | None:
    if dateline is None:
        return None
    return {"text": dateline.text, "place": dateline.place, "date": dateline.date, "agency": dateline.agency}


def _block(block: Block) -> dict[str, Any]:
    found: dict[str, Any] = {"role": str(block.role), "text": block.text}
    return {**found, "at": block.at} if block.at is not None else found


def _text(value: Mapping[str, Any], name: str) -> str | None:
    found = value.get(name)
    if found is None or isinstance(found, str):
        return found
    raise ValueError(f"'{name}' should be a string, not {type(found).__name__}")


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    if found is None:
        return []
    if isinstance(found, list):
        return found
    raise ValueError(f"'{name}' should be a list, not {type(found).__name__}")


def _texts(value: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = _list(value, name)
    if all(isinstance(item, str) for item in found):
        return tuple(found)
    raise ValueError(f"'{name}' should be a list of strings")


def _strings(value: Mapping[str, Any], name: str) -> dict[str, str]:
    found = value.get(name)
    if found is None:
        return {}
    if isinstance(found, Mapping) and all(
        isinstance(key, str) and isinstance(item, str) for key, item in found.items()
    ):
        return dict(found)
    raise ValueError(f"'{name}' should be an object of strings")


def _part(item: Any, key: str, name: str) -> str:
    found = item.get(key) if isinstance(item, Mapping) else None
    if isinstance(found, str):
        return found
    raise ValueError(f"each of '{name}' should be an object with the string '{key}'")


def _dateline_from(value: Any) -> Dateline | None:
    if value is None:
        return None
    if isinstance(value, str):
        return Dateline(value)
    text = _part(value, "text", "dateline")
    return Dateline(text, _text(value, "place"), _text(value, "date"), _text(value, "agency"))


def _block_from(item: Any) -> Block:
    if isinstance(item, str):
        return Block("paragraph", item)
    return (
        Block(item.get("role") or "paragraph", _part(item, "text", "body"), _text(item, "at"))
        if isinstance(item, Mapping)
        else _bad_block()
    )


def _bad_block() -> Block:
    raise ValueError("each of 'body' should be a string or an object with 'role' and 'text'")


def _image_from(item: Any) -> Image:
    return Image(_part(item, "url", "images"), _text(item, "caption"))
