"""What stands between a story's paragraphs without being the story: dropped by its words, links and place."""

from __future__ import annotations

from crawler.extract.bodies.flow import Piece
from db.types import Role


def clean(pieces: list[Piece], headline: str | None) -> list[Piece]:
    """The pieces of the story alone."""
    kept = [piece for piece in pieces if not _beside(piece, headline)]
    while kept and kept[-1].role is Role.HEADING:
        kept.pop()
    return kept


def _beside(piece: Piece, headline: str | None) -> bool:
    if piece.link >= 0.8 * len(piece.text) and len(piece.text) < 200:
        return True
    return piece.role is Role.HEADING and (piece.tag == "h1" or piece.text == headline)
