"""What RFC 4287 and the W3C's feed validator ask of an Atom feed, as a list of what is broken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

import lxml.html
from lxml import etree

NS = "{http://www.w3.org/2005/Atom}"
TAG = re.compile(r"tag:([a-z0-9\-._]+?@)?[a-z0-9.\-]+?,\d{4}(-\d{2}(-\d{2})?)?:[0-9a-zA-Z;/?:@&=+$.\-_!~*'()%,#]*")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
ONE = {"id", "title", "updated"}
AT_MOST_ONE = {"generator", "icon", "logo", "rights", "subtitle", "content", "published", "source", "summary"}
ALLOWED = {
    "feed": ONE
    | {"generator", "icon", "logo", "rights", "subtitle", "author", "category", "contributor", "link", "entry"},
    "entry": ONE
    | AT_MOST_ONE - {"generator", "icon", "logo", "subtitle"}
    | {"author", "category", "contributor", "link"},
}
ACTIVE = {"script", "style", "iframe", "object", "embed", "form", "meta", "base", "link", "svg", "img"}


def broken(document: bytes) -> list[str]:
    """Every rule that the document breaks."""
    root = etree.fromstring(document)  # not well-formed: an error of its own
    entries = root.findall(f"{NS}entry")
    found = [f"root is {root.tag}"] if root.tag != f"{NS}feed" else []
    found += [problem for element in (root, *entries) for problem in _element(element)]
    ids = Counter(entry.findtext(f"{NS}id") for entry in entries)
    found += [f"id {name} stands {count} times" for name, count in ids.items() if count > 1]
    if root.findtext(f"{NS}id") in ids:
        found.append("the feed has the id of an entry")
    selves = [link for link in root.findall(f"{NS}link") if link.get("rel") == "self"]
    return [*found, *([] if len(selves) == 1 else ["no self link"])]


def _element(element: etree._Element) -> Iterator[str]:
    name = etree.QName(element).localname
    children = Counter(etree.QName(child).localname for child in element)
    yield from (f"{name} has {children[one]} {one}" for one in ONE if children[one] != 1)
    yield from (f"{name} has {children[one]} {one}" for one in AT_MOST_ONE if children[one] > 1)
    yield from (f"{name} holds {child}" for child in children if child not in ALLOWED[name])
    if not children["author"]:
        yield f"{name} has no author"
    if not TAG.fullmatch(element.findtext(f"{NS}id") or ""):
        yield f"id {element.findtext(f'{NS}id')}"
    if not (element.findtext(f"{NS}title") or "").strip():
        yield f"{name} has an empty title"
    for which in ("updated", "published"):
        text = element.findtext(f"{NS}{which}")
        if text is not None and (not INSTANT.fullmatch(text) or datetime.fromisoformat(text).tzinfo is None):
            yield f"{which} {text}"
    yield from _links(element)
    yield from _texts(element)


def _links(element: etree._Element) -> Iterator[str]:
    links = element.findall(f"{NS}link")
    alternates = Counter((link.get("type"), link.get("hreflang")) for link in links if link.get("rel") == "alternate")
    yield from (f"two alternates {key}" for key, count in alternates.items() if count > 1)
    if not alternates:
        yield "no alternate"
    for link in links:
        href = link.get("href", "")
        if urlsplit(href).scheme not in {"http", "https"} or not urlsplit(href).netloc or not URI.fullmatch(href):
            yield f"link {href}"
    yield from ("a category without term" for category in element.findall(f"{NS}category") if not category.get("term"))


def _texts(element: etree._Element) -> Iterator[str]:
    published, updated = element.findtext(f"{NS}published"), element.findtext(f"{NS}updated")
    if published and updated and published > updated:
        yield "published after updated"
    content = element.find(f"{NS}content")
    if content is None:
        return
    if content.get("type") != "html" or len(content):
        yield "content is not escaped HTML"
    tree = lxml.html.fragment_fromstring(content.text or "", create_parent="div")
    for node in tree.iter():
        if node.tag in ACTIVE or any(name.startswith("on") or name in {"style", "src"} for name in node.attrib):
            yield f"content holds {node.tag} {dict(node.attrib)}"
        href = node.get("href")
        if href is not None and urlsplit(href).scheme not in {"http", "https"}:
            yield f"content leads to {href}"
