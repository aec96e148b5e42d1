"""The reading digest: two readings have the same digest when nothing that can be compared differs between them."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any
from urllib.parse import urlsplit

from db.types import Article, Block

_CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}|\d{4}-\d{2}")


def compared_fields(article: Article) -> dict[str, Any]:
    """All that a change can be about, in plain JSON values.

    Left out: relative times ("2 hours ago"), which change without an edit, and what no kind of change speaks of: the address
    asked, provenance, picture addresses (content networks sign them anew on each visit), language, publisher, page type.
    """
    dateline = article.dateline
    return {
        "headline": article.headline,
        "headlines": dict(sorted(article.headlines.items())),
        "deck": article.deck,
        "byline": article.byline,
        "authors": list(article.authors),
        "dateline": [dateline.text, dateline.place, dateline.date, dateline.agency] if dateline else None,
        "published": _instant(article, "published"),
        "modified": _instant(article, "modified"),
        "displayed_time": None if article.displayed_relative else article.displayed_time,
        "section": article.section,
        "tags": list(article.tags),
        "notices": [[notice.nature, notice.text] for notice in article.notices],
        "body": [[block.role, block.text, _entry_time(block)] for block in article.body],
        "body_complete": article.body_complete,
        "captions": [image.caption for image in article.images if image.caption],
        "canonical": _place(article.canonical),
    }


def _instant(article: Article, field: str) -> str | None:
    """A stamp of the page; one reckoned back from "2 hours ago" moves with each visit and is none."""
    relative = article.provenance.get(field, "").startswith("relative")
    return None if relative else getattr(article, field)


def _place(url: str | None) -> str | None:
    """Host and path of the address the page calls its own; scheme, `www.`, query and a closing slash move no story."""
    if not url:
        return None
    parts = urlsplit(url)
    return parts.netloc.lower().removeprefix("www.") + parts.path.rstrip("/")


def _entry_time(block: Block) -> str | None:
    """A live entry's time where it is a time of day or a date; "5 minutes ago" is not."""
    return block.at if block.at and _CLOCK.search(block.at) else None


def reading_digest(article: Article) -> str:
    """SHA-256, in hex, over the canonical JSON of `compared_fields`: sorted keys, no spaces, UTF-8."""
    text = json.dumps(compared_fields(article), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def body_length(article: Article) -> int:
    """Characters of running text; captions stand apart from the story and do not count."""
    return sum(len(block.text) for block in article.body if block.role != "caption")
