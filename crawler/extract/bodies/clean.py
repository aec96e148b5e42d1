"""What stands between a story's paragraphs without being the story: dropped by its words, links and place."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from crawler.extract.bodies.choose import prose
from crawler.extract.bodies.flow import Piece
from db.types import Role

_TABLES = tomllib.loads(Path(__file__).with_name("boilerplate.toml").read_text(encoding="utf-8"))
_FOLD = {ord(quote): "'" for quote in "’‘`´ʼ"} | {0xA0: " "}
_EDGES = " \t.:!?…-–—|>»›→▶►•*[]()+,"


def _phrases(table: str) -> tuple[str, ...]:
    return tuple(" ".join(phrase.split()) for phrase in _TABLES[table]["lines"].split("|") if phrase.strip())


_WHOLE = frozenset(_phrases("whole"))
_OPENING = re.compile(
    r"[\s>»›→▶►•*|\[(+-]*(?:"
    + "|".join(
        re.escape(phrase) + (r"(?!\w)" if phrase[-1].isalnum() and phrase.isascii() else "")
        for phrase in sorted(_phrases("opening"), key=len, reverse=True)
    )
    + ")"
)
_INSIDE = _phrases("inside")
_OPENING_LONG: int = _TABLES["opening"]["long"]
_INSIDE_LONG: int = _TABLES["inside"]["long"]
_ENDED = re.compile(r"[.!?…。！？।॥؟։။:;\"”»’」』)]\s*$")
_CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}|\b(?:19|20)\d\d\b|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")


def clean(pieces: list[Piece], headline: str | None) -> list[Piece]:
    """The pieces of the story alone."""
    kept = [piece for piece in _without_lists(pieces) if not _beside(piece, headline)]
    return _once(_trim(kept))


def _beside(piece: Piece, headline: str | None) -> bool:
    text = piece.text
    if not any(character.isalnum() for character in text):
        return True
    if piece.link >= 0.8 * len(text) and len(text) < 200 and piece.role is not Role.HEADING:
        return True
    if piece.role is Role.HEADING and (piece.tag == "h1" or text == headline):
        return True
    return piece.role is not Role.CAPTION and _is_boilerplate(text)


def _is_boilerplate(text: str) -> bool:
    if len(text) > _INSIDE_LONG:
        return False
    folded = text.translate(_FOLD).lower()
    if folded.strip(_EDGES) in _WHOLE:
        return True
    if len(folded) <= _OPENING_LONG and _OPENING.match(folded):
        return True
    return any(phrase in folded for phrase in _INSIDE)


def _without_lists(pieces: list[Piece]) -> list[Piece]:
    """The pieces without lists that are mostly links: related stories, tags, contents."""
    kept: list[Piece] = []
    at = 0
    while at < len(pieces):
        end = at
        while end < len(pieces) and pieces[end].role is Role.LIST and pieces[end].node == pieces[at].node:
            end += 1
        run = pieces[at:end]
        if run and sum(piece.link for piece in run) < 0.5 * sum(len(piece.text) for piece in run):
            kept += run
        if not run:
            kept.append(pieces[at])
        at = max(end, at + 1)
    return kept


def _trim(pieces: list[Piece]) -> list[Piece]:
    """The pieces from the first of the story to the last: no byline or time line before it, no heading after it."""
    start = next((at for at, piece in enumerate(pieces) if _is_start(piece)), len(pieces))
    ahead = [piece for piece in pieces[:start] if piece.role is Role.CAPTION]
    kept = ahead + pieces[start:]
    while kept and kept[-1].role is Role.HEADING:
        kept.pop()
    return kept


def _is_start(piece: Piece) -> bool:
    if piece.role is Role.CAPTION:
        return False
    if prose(piece):
        return True
    if _CLOCK.search(piece.text) and len(piece.text) < 80:
        return False
    return piece.role is not Role.HEADING and len(piece.text) > 25 and _ENDED.search(piece.text) is not None


def _once(pieces: list[Piece]) -> list[Piece]:
    """The pieces without those that say word for word what a long one before them said."""
    seen: set[str] = set()
    kept = []
    for piece in pieces:
        if len(piece.text) > 60:
            if piece.text in seen:
                continue
            seen.add(piece.text)
        kept.append(piece)
    return kept
