"""The story of a page: its paragraphs, headings, quotes, lists and captions in reading order."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.extract import normalise
from crawler.extract.bodies import choose, clean, flow
from crawler.extract.document import Document
from db.types import Block, Image

LEAST = 200
"""Fewer letters than this are no story: the page is walked again with less trust in its class names."""


@dataclass(frozen=True, slots=True)
class BodyReading:
    """A story. `complete` is false where only its beginning stands on the page; `source` says how it was found."""

    blocks: tuple[Block, ...] = ()
    images: tuple[Image, ...] = ()
    complete: bool = True
    source: str = "none"


def read(doc: Document, headline: str | None = None) -> BodyReading:
    """The story on the page. Never raises on any tree; an empty `blocks` says that there is none in the markup."""
    reading = _markup(doc, headline, strict=True)
    if sum(len(block.text) for block in reading.blocks) < LEAST:
        looser = _markup(doc, headline, strict=False)
        if sum(len(block.text) for block in looser.blocks) > 2 * sum(len(block.text) for block in reading.blocks):
            return looser
    return reading


def _markup(doc: Document, headline: str | None, *, strict: bool) -> BodyReading:
    page = flow.walk(doc.root, strict=strict)
    nodes, source = choose.choose(page, headline)
    pieces = clean.clean([piece for piece in page.pieces if piece.node in nodes], headline)
    blocks = tuple(Block(piece.role.value, normalise.text(piece.text)) for piece in pieces)
    return BodyReading(blocks=blocks, source=source)
