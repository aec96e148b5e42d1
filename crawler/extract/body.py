"""The story of a page: its paragraphs, headings, quotes, lists and captions in reading order.

Ours first: one walk over the tree, the container chosen by its prose and its name, the blocks cleaned of what stands beside
the story. Where the markup holds next to nothing, the cheap ways before the heavy one: linked data, a script's state, and
trafilatura at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin

from lxml import etree

from crawler.extract import live, normalise
from crawler.extract.bodies import choose, clean, flow, unmarked, wall
from crawler.extract.document import Document
from db.types import Block, Image, Role

LEAST = 250
"""Fewer letters than this are hardly a story: the other ways are asked as well."""
_WALLED = 1500
"""A story of so many letters stands before no paywall."""
_PROSE = 0.35
"""A text with a smaller share of sentences and long lines is a list of other stories' titles."""
_LAZY = ("data-src", "data-original", "data-lazy-src", "data-url", "src", "srcset", "data-srcset")


@dataclass(frozen=True, slots=True)
class BodyReading:
    """A story. `complete` is false where only its beginning stands on the page; `source` says how it was found."""

    blocks: tuple[Block, ...] = ()
    images: tuple[Image, ...] = ()
    complete: bool = True
    source: str = "none"


def read(doc: Document, headline: str | None = None) -> BodyReading:
    """The story on the page. Never raises on any tree; an empty `blocks` says that there is none."""
    headline = normalise.text(headline) if headline else None
    reading = _markup(doc, headline, flow.Trust.FULL)
    if not any(block.at for block in reading.blocks) and live.is_declared(doc):
        reading = _with_linked_entries(doc, reading)
    if _size(reading.blocks) < LEAST:
        reading = _elsewhere(doc, headline, reading)
    return reading


def _size(blocks: tuple[Block, ...]) -> int:
    """The story's length in Latin letters, captions left out."""
    return sum(choose.width(block.text) for block in blocks if block.role != Role.CAPTION.value)


def _markup(doc: Document, headline: str | None, trust: flow.Trust) -> BodyReading:
    page = flow.walk(doc.root, trust=trust, entries=live.entries(doc))
    nodes, source = choose.choose(page, headline)
    pieces = clean.clean(page, nodes, headline)
    told = ((piece, normalise.text(piece.text)) for piece in pieces)
    blocks = tuple(Block(piece.role.value, text, piece.at) for piece, text in told if text)
    shown = nodes | {
        node for piece in pieces for node in (piece.node, page.parents[piece.node]) if _leads(piece, nodes)
    }
    images = _images(doc.url, [picture for picture in page.pictures if picture.node in shown])
    return BodyReading(blocks, images, complete=_complete(doc, blocks), source=source)


def _leads(piece: flow.Piece, nodes: frozenset[int]) -> bool:
    """Whether a caption stands outside the story's nodes: above it, with its picture."""
    return piece.role is Role.CAPTION and piece.node not in nodes


def _blocks(pieces: list[tuple[Role, str]]) -> tuple[Block, ...]:
    told = ((role, normalise.text(text)) for role, text in pieces)
    return tuple(Block(role.value, text) for role, text in told if text)


def _images(base: str, pictures: list[flow.Picture]) -> tuple[Image, ...]:
    """The pictures of the story, each address once; pictures that are data or a pixel are none."""
    found: dict[str, Image] = {}
    for picture in pictures:
        get = picture.element.get
        address = next(
            (value for name in _LAZY if (value := (get(name) or "").strip()) and not value.startswith("data:")), ""
        )
        if not address or get("width") in {"0", "1"} or get("height") in {"0", "1"}:
            continue
        try:
            url = urljoin(base, address.split(", ")[0].split(" ")[0])
        except ValueError:
            continue
        caption = normalise.text(picture.caption) if picture.caption else None
        found.setdefault(url, Image(url, caption))
    return tuple(found.values())


def _complete(doc: Document, blocks: tuple[Block, ...]) -> bool:
    """Whether the whole story stands on the page, by what the page says of its own access."""
    free = str(doc.article.get("isAccessibleForFree")).lower()
    if free != "false":
        return free == "true" or _size(blocks) >= _WALLED or not wall.stands(doc.root)
    said = doc.article.get("articleBody")
    size = _size(blocks)
    longer = isinstance(said, str) and choose.width(said) > 1.3 * size
    told = [block.text for block in blocks if block.role == Role.PARAGRAPH.value]
    broken = bool(told) and told[-1].endswith(("…", "...", "[…]", "[...]"))
    return not (longer or broken or size < _WALLED)


def _with_linked_entries(doc: Document, reading: BodyReading) -> BodyReading:
    """A live page whose entries only its linked data tells: its text, then those that are not in it."""
    shown = {block.text for block in reading.blocks}
    added = tuple(block for block in live.linked_entries(doc) if block.text not in shown)
    if _size(added) <= _size(reading.blocks):
        return reading
    return BodyReading(
        (*reading.blocks, *added), reading.images, complete=reading.complete, source="json_ld liveBlogUpdate"
    )


def _elsewhere(doc: Document, headline: str | None, reading: BodyReading) -> BodyReading:
    """The story by the other ways, where one of them finds twice as much."""
    for way in (_linked, _looser, _state, _trafilatura):
        other = way(doc, headline)
        if _size(other.blocks) > max(2 * _size(reading.blocks), 120):
            return other
    return reading


def _linked(doc: Document, headline: str | None) -> BodyReading:
    del headline
    return BodyReading(_blocks(unmarked.linked(doc)), source="json_ld articleBody")


def _looser(doc: Document, headline: str | None) -> BodyReading:
    """The markup again with less trust in its class names and in what it hides: first where they call a whole story so."""
    told = _markup(doc, headline, flow.Trust.SMALL)
    return told if _size(told.blocks) >= LEAST else _markup(doc, headline, flow.Trust.NONE)


def _state(doc: Document, headline: str | None) -> BodyReading:
    del headline
    return BodyReading(_blocks(unmarked.state(doc.root)), source="script state")


def _trafilatura(doc: Document, headline: str | None) -> BodyReading:
    """What trafilatura reads: twenty times as slow, so only for the few pages where nothing else finds a story."""
    del headline
    from trafilatura import extract  # noqa: PLC0415 - slow to import and rarely needed

    if sum(1 for _ in doc.root.iter()) > 20_000:
        return BodyReading()
    page = etree.tostring(doc.root, encoding="unicode", method="html")
    # its fast way alone: the other asks justext too, whose word lists take half a second to load, and found no story more
    text = extract(page, include_comments=False, include_tables=True, fast=True) or ""
    blocks = _blocks([(Role.PARAGRAPH, line) for line in text.split("\n")])
    told = sum(choose.prose(flow.Piece(Role.PARAGRAPH, block.text, 0, 0, "p")) for block in blocks)
    return BodyReading(blocks, source="trafilatura") if told >= _PROSE * _size(blocks) else BodyReading()
