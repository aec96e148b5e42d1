"""JSON-LD and microdata: the objects of a page, however badly they were written.

Newsrooms' templates emit linked data by hand: raw line breaks in strings, trailing commas, HTML comments round the
script,
entities instead of quotes. `load` reads what can be read; what cannot is left out, never an error.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lxml.html import HtmlElement

from crawler.extract import normalise

Object = Mapping[str, Any]

MAX_CHARACTERS = 4_000_000
"""Linked data past this many characters a page is left unread."""
MAX_OBJECTS = 1000
"""Objects past this number a page are left out: no article needs them."""

NEWS_TYPES = frozenset(
    {
        "NewsArticle",
        "ReportageNewsArticle",
        "AnalysisNewsArticle",
        "BackgroundNewsArticle",
        "OpinionNewsArticle",
        "AskPublicNewsArticle",
        "ReviewNewsArticle",
        "AdvertiserContentArticle",
        "SatiricalArticle",
        "LiveBlogPosting",
        "Article",
        "BlogPosting",
        "SocialMediaPosting",
        "Report",
        "ScholarlyArticle",
        "TechArticle",
    }
)

_HOISTED = ("@graph", "mainEntity", "mainEntityOfPage", "hasPart")
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>)\s*$"
)
_TRAILING_COMMA = re.compile(r",(\s*[\]}])")
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrtu])')
_DECODER = json.JSONDecoder(strict=False)


def load(scripts: Iterable[str]) -> tuple[Object, ...]:
    """Every object of the page's JSON-LD scripts, `@graph`, lists and main entities flattened, in order.

    A value that is only a reference (`{"@id": …}`) to another object of the page stands as that object, one level deep,
    so
    that nothing is circular. Keys lose a `schema:` prefix. Sizes are bounded by `MAX_CHARACTERS` and `MAX_OBJECTS`.
    """
    room = MAX_CHARACTERS
    found: list[dict[str, Any]] = []
    for script in scripts:
        room -= len(script)
        if room < 0:
            break
        for value in _values(script):
            found.extend(_flatten(value, MAX_OBJECTS - len(found)))
    return tuple(_resolve(found))


def _values(script: str) -> Iterator[Any]:
    """The JSON values in one script: mended only where it does not read as it stands."""
    for mended in (script, *_mendings(script)):
        try:
            yield _DECODER.decode(mended)
        except (ValueError, RecursionError):
            continue
        return
    yield from _run_of_values(_mend(script))


def _mendings(script: str) -> Iterator[str]:
    """`script` mended step by step, each made only when the step before failed."""
    unwrapped = _WRAPPING.sub("", script).strip().rstrip(";")
    yield unwrapped
    yield _mend(script)
    if "&quot;" in script or "&#34;" in script:
        yield _mend(html.unescape(script))


def _mend(script: str) -> str:
    unwrapped = _WRAPPING.sub("", script).strip().rstrip(";")
    return _BAD_ESCAPE.sub(r"\\\\", _TRAILING_COMMA.sub(r"\1", unwrapped))


def _run_of_values(script: str) -> Iterator[Any]:
    """Values written one after another, as far as they read."""
    at = 0
    while at < len(script):
        at = min((place for place in (script.find("{", at), script.find("[", at)) if place >= 0), default=len(script))
        if at == len(script):
            return
        try:
            value, at = _DECODER.raw_decode(script, at)
        except (ValueError, RecursionError):
            return
        yield value


def _flatten(value: Any, room: int) -> list[dict[str, Any]]:
    """The objects in `value`, breadth of lists and graphs undone, at most `room` of them."""
    found: list[dict[str, Any]] = []
    waiting = [value]
    while waiting and len(found) < room:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item[:room]))
        elif isinstance(item, dict):
            plain = _plain_keys(item)
            if len(plain) > ("@graph" in plain) + ("@context" in plain):
                found.append(plain)
            waiting.extend(plain[key] for key in reversed(_HOISTED) if isinstance(plain.get(key), (dict, list)))
    return found


def _plain_keys(item: dict[str, Any]) -> dict[str, Any]:
    if any(":" in key for key in item):
        return {key.rpartition(":")[2] if key.startswith("schema:") else key: value for key, value in item.items()}
    return item


def _resolve(objects: list[dict[str, Any]]) -> Iterator[Object]:
    """`objects` with references to one another replaced, one level deep."""
    by_id = {item["@id"]: item for item in objects if isinstance(item.get("@id"), str) and len(item) > 2}
    for item in objects:
        if by_id and any(isinstance(value, (dict, list)) for value in item.values()):
            yield {key: _dereferenced(value, by_id) for key, value in item.items()}
        else:
            yield item


def _dereferenced(value: Any, by_id: Mapping[str, dict[str, Any]]) -> Any:
    if isinstance(value, list):
        return [_dereferenced(item, by_id) for item in value] if len(value) < 200 else value
    if isinstance(value, dict) and len(value) <= 3:
        target = by_id.get(value.get("@id", "")) if isinstance(value.get("@id", ""), str) else None
        return {**target, **value} if target else value
    return value


def types(item: Object) -> frozenset[str]:
    """The object's types without namespace: `http://schema.org/NewsArticle` is `NewsArticle`."""
    declared = item.get("@type")
    names = declared if isinstance(declared, list) else [declared]
    return frozenset(re.split(r"[/:#]", name.strip())[-1] for name in names if isinstance(name, str))


def main_article(objects: Iterable[Object], addresses: frozenset[str]) -> Object:
    """The object that describes the page's story; empty where none does.

    News types win over others, an object whose address is one of `addresses` over one of another page, the first over
    later.
    """
    best: Object = {}
    best_rank = 0
    for item in objects:
        rank = _rank(item, addresses)
        if rank > best_rank:
            best, best_rank = item, rank
    return best


def _rank(item: Object, addresses: frozenset[str]) -> int:
    named = types(item)
    if not named & NEWS_TYPES:
        return 0
    rank = 8 if item.get("headline") else 2
    rank += 1 if named & {"NewsArticle", "LiveBlogPosting", "ReportageNewsArticle"} else 0
    own = {bare_address(address) for address in _addresses(item)}
    if own & addresses:
        rank += 4
    elif own:
        rank -= 1
    return rank


def _addresses(item: Object) -> Iterator[str]:
    for key in ("url", "@id", "mainEntityOfPage"):
        value = item.get(key)
        if isinstance(value, dict):
            value = value.get("@id") or value.get("url")
        if isinstance(value, str) and value.startswith(("http", "//", "/")):
            yield value


def bare_address(address: str) -> str:
    """An address without scheme, `www.`, query, fragment and last slash, for telling two spellings of a page alike."""
    rest = address.split("#", 1)[0].split("?", 1)[0]
    rest = rest.split("//", 1)[-1]
    return rest.removeprefix("www.").removeprefix("m.").rstrip("/").lower()


def words(value: Any) -> str | None:
    """The words of a value that should be text: a string, a number, the first of a list, an object's `name`."""
    while isinstance(value, (list, dict)):
        if isinstance(value, list):
            value = value[0] if value else None
        else:
            value = value.get("name") or value.get("@value") or value.get("headline")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    return normalise.text(value) or None if isinstance(value, str) else None


def microdata(root: HtmlElement) -> tuple[Object, ...]:
    """The page's outermost microdata items as linked-data objects; nested items are values of theirs."""
    tops: list[Object] = []
    items: dict[HtmlElement, dict[str, Any]] = {}
    for element in root.xpath("descendant-or-self::*[@itemscope or @itemprop]")[: MAX_OBJECTS * 4]:
        scoped = element.get("itemscope") is not None
        owner = _owner(element, items)
        if scoped:
            items[element] = {"@type": (element.get("itemtype") or "").split("/")[-1]}
        prop = element.get("itemprop")
        value: Any = items[element] if scoped else None
        if prop and owner is not None:
            for name in prop.split():
                _add(owner, name, value if scoped else _property(element, name))
        elif scoped:
            tops.append(items[element])
    return tuple(tops)


def _owner(element: HtmlElement, items: Mapping[HtmlElement, dict[str, Any]]) -> dict[str, Any] | None:
    """The item an element's property belongs to: the nearest `itemscope` above it."""
    parent = element.getparent()
    for _ in range(200):
        if parent is None:
            return None
        if parent in items:
            return items[parent]
        parent = parent.getparent()
    return None


def _property(element: HtmlElement, name: str) -> str:
    for attribute in ("content", "datetime", "href", "src"):
        value: str | None = element.get(attribute)
        if value and not (attribute == "href" and name in {"name", "author", "headline"}):
            return value
    return "" if name in {"articleBody", "text"} else normalise.element_text(element)


def _add(owner: dict[str, Any], name: str, value: Any) -> None:
    if name not in owner:
        owner[name] = value
    elif isinstance(owner[name], list):
        owner[name].append(value)
    else:
        owner[name] = [owner[name], value]
