"""Bytes to a `Document`: the encoding found, the tree built once, the head read.

Bounded on hostile input: libxml2's own limits hold for depth, `MAX_BYTES` for size; bytes that do not fit the encoding
become
U+FFFD, nulls are dropped.
"""

from __future__ import annotations

import codecs
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from lxml import etree, html
from lxml.html import HtmlElement
from w3lib.encoding import http_content_type_encoding, read_bom, resolve_encoding

from crawler.extract import linked_data
from crawler.extract.document import Document, index

MAX_BYTES = 12_000_000
"""A page past this size is refused: the largest news pages are a tenth of it."""

# One class for every element: lxml's own lookup is a Python call an element, for form helpers that a reader never needs.
_ELEMENTS = etree.ElementDefaultClassLookup(element=HtmlElement)

_META_CHARSET = re.compile(rb"<meta[^>]{1,300}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"^\s*<\?xml[^>]{1,200}?encoding\s*=\s*[\"']([\w.:-]{2,40})", re.IGNORECASE)
_LANGUAGE = re.compile(r"^[a-z]{2,3}(?:-[a-z0-9]{2,8})*$")
_MAGIC = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b", b"RIFF", b"OggS")
_CONTROL = bytes(byte for byte in range(32) if byte not in b"\t\n\x0b\x0c\r\x1b")
_LINKED_TYPE = re.compile(r"^\s*application/ld\+json", re.IGNORECASE)


class UnreadableError(ValueError):
    """The bytes are no page: empty, binary, or past `MAX_BYTES`. `reason` is one of `db.types.Reason`."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def parse(
    body: bytes,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    fetched_at: datetime | None = None,
    zone: str | None = None,
    status: int = 200,
) -> Document:
    """The page as a tree with its metas and linked data.

    Raises UnreadableError where the bytes hold no page. `headers` are the response's, names in any case. Where `url` is empty
    the page's own canonical address stands in.
    """
    lowered = {name.lower(): value for name, value in (headers or {}).items()}
    root = _tree(body, lowered.get("content-type"))
    found = index(root)
    meta = _meta(found["meta"])
    linked = _linked(root, found["script"], body)
    own = frozenset(
        linked_data.bare_address(address)
        for address in (url, _canonical(found["link"]), *meta.get("og:url", ()))
        if address
    )
    return Document(
        url=url,
        root=root,
        meta=meta,
        linked=linked,
        fetched_at=fetched_at,
        zone=zone,
        language=_language(root, found["body"], meta),
        headers=lowered,
        status=status,
        article=linked_data.main_article(linked, own),
        index=found,
    )


def _tree(body: bytes, content_type: str | None) -> HtmlElement:
    if len(body) > MAX_BYTES:
        raise UnreadableError("too_large", f"the page has {len(body)} bytes; {MAX_BYTES} are read")
    text = _utf8(body, content_type)
    if not text.strip():
        raise UnreadableError("empty", "the response has no text")
    if b"<" not in text:
        raise UnreadableError("unreadable", "the response holds no markup")
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, collect_ids=False)
    parser.set_element_class_lookup(_ELEMENTS)
    try:
        root = html.document_fromstring(text, parser=parser, ensure_head_body=False)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise UnreadableError("unreadable", f"the markup cannot be read: {error}") from error
    return root


def _utf8(body: bytes, content_type: str | None) -> bytes:
    """The page's text as UTF-8, without nulls."""
    encoding, bom = read_bom(body)
    if bom:
        body = body[len(bom) :]
    if encoding and encoding.startswith(("utf-16", "utf-32")):
        return body.decode(encoding, "replace").replace("\0", "").encode()
    if _looks_binary(body):
        raise UnreadableError("binary", "the response is no text")
    body = body.replace(b"\0", b"")
    if _is_utf8(body):
        return body
    return _decode(body, declared_encoding(body, content_type)).encode()


def _looks_binary(body: bytes) -> bool:
    start = body[:2048]
    control = len(start) - len(start.translate(None, _CONTROL))
    return start.startswith(_MAGIC) or control * 20 > len(start) > 0


def _is_utf8(body: bytes) -> bool:
    """Whether the bytes are UTF-8 as they stand: text of another encoding hardly ever is, whatever was declared."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\x1b" not in body or b"\x1b$" not in body


def declared_encoding(body: bytes, content_type: str | None) -> str | None:
    """The encoding that the header, else the page itself declares, as Python names it; browsers' order."""
    declared = http_content_type_encoding(content_type) if content_type else None
    if declared and resolve_encoding(declared):
        return resolve_encoding(declared)
    found = _XML_CHARSET.search(body[:400]) or _META_CHARSET.search(body[:8192])
    return resolve_encoding(found.group(1).decode("ascii", "replace")) if found else None


def _decode(body: bytes, declared: str | None) -> str:
    """Bytes that are not clean UTF-8: by what is declared where that fits, else by what charset-normalizer finds."""
    if declared and declared != "utf-8":
        try:
            return body.decode(declared)
        except (UnicodeDecodeError, LookupError):
            pass
    mostly = body.decode("utf-8", "replace")
    broken = mostly.count("\ufffd")
    multibyte = sum(1 for character in mostly[:200_000] if character > "\x7f" and character != "\ufffd")
    if broken * 20 < multibyte or (declared == "utf-8" and broken < 20):
        return mostly
    return body.decode(_guessed(body) or declared or "windows-1252", "replace")


def _guessed(body: bytes) -> str | None:
    """What charset-normalizer finds in the first bytes past ASCII; costly, so only where nothing declared fits."""
    from charset_normalizer import from_bytes  # noqa: PLC0415 - heavy and rarely needed

    best = from_bytes(body[:60_000]).best()
    if best is None:
        return None
    try:
        return codecs.lookup(best.encoding).name
    except LookupError:
        return None


def _meta(elements: Iterable[HtmlElement]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for element in elements:
        attributes = element.attrib
        content = attributes.get("content")
        if content is None:
            content = attributes.get("value")
        if content is None:
            continue
        for key in {
            attributes[name].strip().lower()
            for name in ("name", "property", "http-equiv", "itemprop")
            if name in attributes
        }:
            found[key].append(content)
    return {key: tuple(contents) for key, contents in found.items()}


def _linked(root: HtmlElement, elements: Iterable[HtmlElement], body: bytes) -> tuple[linked_data.Object, ...]:
    scripts = [script.text or "" for script in elements if _LINKED_TYPE.match(script.get("type", ""))]
    linked = linked_data.load(scripts)
    if b"itemprop" in body and not any(linked_data.types(item) & linked_data.NEWS_TYPES for item in linked):
        linked += linked_data.microdata(root)
    return linked


def _canonical(links: Iterable[HtmlElement]) -> str | None:
    for link in links:
        if "canonical" in link.get("rel", "").lower().split():
            address: str | None = link.get("href")
            return address
    return None


def _language(root: HtmlElement, bodies: Iterable[HtmlElement], meta: Mapping[str, tuple[str, ...]]) -> str | None:
    """What the markup declares: the root's `lang`, the metas, the body's `lang`."""
    named = [root.get("lang"), root.get("{http://www.w3.org/XML/1998/namespace}lang"), root.get("xml:lang")]
    for key in ("og:locale", "content-language", "language", "inlanguage", "dc.language"):
        named.extend(meta.get(key, ()))
    named.extend(body.get("lang") for body in bodies)
    for name in named:
        tag = (name or "").split(",")[0].strip().lower().replace("_", "-")
        if _LANGUAGE.match(tag):
            return tag
    return None
