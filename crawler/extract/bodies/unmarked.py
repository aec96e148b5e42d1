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
_ASSIGNED = re.compile(
    r"(?:__[A-Z][A-Z0-9_]{2,30}__|[gG]lobalContent|initialState|[pP]reloaded_?[sS]tate|INITIAL_STATE)[\"'\])]?\s*=\s*(?=[{\[])"
)
_DECODER = json.JSONDecoder(strict=False)
_KIND_KEYS = ("type", "_type", "nodeType", "__typename", "kind", "tag")
_TEXT_KEYS = ("text", "content", "value", "html", "children", "data", "body", "copy", "paragraph")
_BESIDE = frozenset(
    """ad ads advert image embed video link interstitial_link related teaser promo newsletter caption media
    gallery""".split()  # noqa: SIM905
)
_KINDS = (
    (("head", "title", "h2", "h3"), Role.HEADING),
    (("quote",), Role.QUOTE),
    (("list", "li"), Role.LIST),
    (("paragraph", "text", "block", "html", "p"), Role.PARAGRAPH),
)
"""What a block's kind says, the first that fits; those of `_BESIDE` and unknown ones hold no words of the story."""
_PARTED = re.compile(r"[^a-z]+")
_MARKUP = re.compile(r"<[^<>]{1,2000}>")
_ENDS = tuple('.!?…。！？।”"»')
_LONG = 60
_MOST_BLOCKS = 2000
_DEEPEST = 6
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
    """The paragraphs of the longest story in the page's state, be it markup in a string or a list of blocks."""
    best: list[tuple[Role, str]] = []
    for value in _states(root):
        longest = max(_stories(value), key=len, default="")
        told = list(_paragraphs(longest)) if longest else []
        for found in (told, max(_block_lists(value), key=_told, default=[])):
            if _told(found) > max(_told(best), LEAST - 1):
                best = found
    return best


def _told(found: list[tuple[Role, str]]) -> int:
    return sum(width(text) for _, text in found)


def _states(root: HtmlElement) -> Iterator[Any]:
    """The values of the page's JSON scripts, and of those that a script assigns to its state."""
    for script in root.iter("script"):
        kind, text = (script.get("type") or "").lower(), script.text or ""
        if "ld+json" in kind or not LEAST < len(text) < _MOST_STATE:
            continue
        start = 0
        if "json" not in kind:
            assigned = _ASSIGNED.search(text)
            if not assigned:
                continue
            start = assigned.end()
        try:
            yield _DECODER.raw_decode(text.lstrip() if not start else text, start)[0]
        except (ValueError, RecursionError):
            continue


def _block_lists(value: Any) -> Iterator[list[tuple[Role, str]]]:
    """The stories written as lists of blocks, each of a kind: Arc, Contentful, Sanity, Editor.js, ProseMirror and others."""
    for item in _walked(value):
        if isinstance(item, list) and len(item) > 2 and all(isinstance(block, dict) for block in item):
            read = [_block(block) for block in item[:_MOST_BLOCKS]]
            told = [block for block in read if block]
            if sum(1 for _, text in told if len(text) >= _LONG and text[-1:] in _ENDS) > 1:
                yield told


def _block(block: dict[str, Any]) -> tuple[Role, str] | None:
    """One block of a kind that holds a story's words."""
    kind = next((block[key].lower() for key in _KIND_KEYS if isinstance(block.get(key), str)), "")
    role = next((role for words, role in _KINDS if any(word in kind for word in words)), None)
    if role is None or not _BESIDE.isdisjoint((kind, *_PARTED.split(kind))):
        return None
    text = normalise.text(_MARKUP.sub("", normalise.unescape(_words(block, 0))))
    return (role, text) if text else None


def _words(value: Any, depth: int) -> str:
    """The words in a block, those of its children joined."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(_words(inner, depth) for inner in value)
    if not isinstance(value, dict) or depth > _DEEPEST:
        return ""
    return next((words for key in _TEXT_KEYS if (words := _words(value.get(key), depth + 1))), "")


def _walked(value: Any) -> Iterator[Any]:
    """Every list and object below a value, itself first. A stack and no recursion."""
    waiting = [value]
    for _ in range(_MOST_VALUES):
        if not waiting:
            return
        item = waiting.pop()
        if isinstance(item, (dict, list)):
            yield item
            waiting.extend(item.values() if isinstance(item, dict) else item)


def _stories(value: Any) -> Iterator[str]:
    """Strings of HTML under the names that state gives a story."""
    for item in _walked(value):
        for key, inner in item.items() if isinstance(item, dict) else ():
            if isinstance(inner, str) and len(inner) >= LEAST and key.lower() in _STATE_KEYS and _TAG.search(inner):
                yield inner


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
