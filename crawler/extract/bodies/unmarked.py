"""A story that is not in the page's markup: in its linked data, or in the state a script would render it from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree, html
from lxml.html import HtmlElement

from crawler.extract import normalise
from crawler.extract.bodies import flow
from crawler.extract.bodies.choose import width
from crawler.extract.document import Document
from db.types import Role

LEAST = 300
"""A shorter text in data is a teaser."""

_STATE_KEYS = frozenset(
    "articlebody body bodyhtml body_html content contenthtml content_html html text maintext articletext storybody".split()  # noqa: SIM905
)
_TAG = re.compile(r"<(?:p|br|div|h[1-6]|li)\b", re.IGNORECASE)
_MOST_STATE = 3_000_000
_MOST_VALUES = 200_000


def linked(doc: Document) -> list[tuple[Role, str]]:
    """The paragraphs of the linked data's `articleBody`, none where it is missing or a teaser."""
    said = doc.article.get("articleBody")
    if isinstance(said, list):
        said = "\n\n".join(part for part in said if isinstance(part, str))
    if not isinstance(said, str) or width(said) < LEAST:
        return []
    return list(_paragraphs(said))


def state(root: HtmlElement) -> list[tuple[Role, str]]:
    """The paragraphs of the longest story in the page's JSON scripts, none where there is none."""
    best = ""
    for script in root.iter("script"):
        kind = (script.get("type") or "").lower()
        text = script.text or ""
        if "json" not in kind or "ld+json" in kind or not LEAST < len(text) < _MOST_STATE:
            continue
        try:
            best = max([best, *_stories(json.loads(text))], key=len)
        except (ValueError, RecursionError):
            continue
    return list(_paragraphs(best)) if best else []


def _stories(value: Any) -> Iterator[str]:
    """Strings of HTML under the names that state gives a story. A stack and no recursion."""
    waiting = [value]
    for _ in range(_MOST_VALUES):
        if not waiting:
            return
        item = waiting.pop()
        if isinstance(item, dict):
            for key, inner in item.items():
                if isinstance(inner, str):
                    if len(inner) >= LEAST and key.lower() in _STATE_KEYS and _TAG.search(inner):
                        yield inner
                else:
                    waiting.append(inner)
        elif isinstance(item, list):
            waiting.extend(inner for inner in item if not isinstance(inner, str))


def _paragraphs(said: str) -> Iterator[tuple[Role, str]]:
    said = normalise.unescape(said)
    if _TAG.search(said):
        yield from _marked(said)
        return
    parts = said.split("\n\n") if "\n\n" in said else said.split("\n")
    for part in parts:
        if text := normalise.text(part):
            yield Role.PARAGRAPH, text


def _marked(said: str) -> Iterator[tuple[Role, str]]:
    try:
        root = html.fragment_fromstring(said, create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return
    for piece in flow.walk(root).pieces:
        yield piece.role, normalise.text(piece.text)
