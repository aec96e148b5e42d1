"""What stands between a story's paragraphs without being the story: dropped by its words, links and place."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from crawler.extract.bodies.choose import prose, width
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
_TABLE = frozenset({"tr", "td", "th"})
_BYLINE = re.compile(
    r"\s*(?:by|von|par|por|di|da|av|af|door|text|autor|author|autora|текст|автор|от|yazan)\b[:\s]", re.IGNORECASE
)
_CREDIT = re.compile(
    r"(?:©|\((?:c|foto|photo|image|bild|credit|quelle)\b|\b(?:foto|photo|photograph|picture|image|bild|credit|fotó|фото|photos|fotos|zdj)\s*:"
    r"|写真|Getty Images|/\s?(?:AFP|Reuters|AP|dpa|EPA|Getty))[^.!?]{0,60}\)?\.?$",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}|\b(?:19|20)\d\d\b|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")


def clean(pieces: list[Piece], headline: str | None) -> list[Piece]:
    """The pieces of the story alone."""
    story = _headed(_captioned(pieces), headline)
    kept = [piece for piece in _without_lists(story) if not _beside(piece, headline)]
    return _once(_trim(_without_linked_headings(kept)))


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
        most = 0.8 if run and run[0].tag in _TABLE else 0.5
        if run and sum(piece.link for piece in run) < most * sum(len(piece.text) for piece in run):
            kept += run
        if not run:
            kept.append(pieces[at])
        at = max(end, at + 1)
    return kept


def _without_linked_headings(pieces: list[Piece]) -> list[Piece]:
    """The pieces without headings that are links to other pages: no prose follows them."""
    kept = []
    for at, piece in enumerate(pieces):
        if piece.role is Role.HEADING and piece.link >= 0.8 * len(piece.text):
            after = next((other for other in pieces[at + 1 :] if other.role is not Role.CAPTION), None)
            if after is None or not prose(after):
                continue
        kept.append(piece)
    return kept


def _trim(pieces: list[Piece]) -> list[Piece]:
    """The pieces from the first of the story to the last: no byline or time line before it, no heading after it."""
    start = 0
    while start < len(pieces) and (pieces[start].role is Role.CAPTION or _is_preamble(pieces[start])):
        start += 1
    kept = [piece for piece in pieces[:start] if piece.role is Role.CAPTION] + pieces[start:]
    while kept and kept[-1].role is Role.HEADING:
        kept.pop()
    return kept


def _is_preamble(piece: Piece) -> bool:
    """Whether a piece ahead of the story is its byline, its time line or the label of a button."""
    text = piece.text
    digits = sum(character.isdigit() for character in text)
    if len(text) < 100 and digits >= 0.12 * len(text) and _CLOCK.search(text):
        return True
    if len(text) < 80 and _BYLINE.match(text) and not _ENDED.search(text):
        return True
    return width(text) < 25 and not _ENDED.search(text)


def _headed(pieces: list[Piece], headline: str | None) -> list[Piece]:
    """The pieces after the headline, where no prose stands before it: what is above it is a kicker or a crumb."""
    for at, piece in enumerate(pieces):
        if prose(piece):
            break
        if piece.tag == "h1" or piece.text == headline:
            return [above for above in pieces[:at] if above.role is Role.CAPTION] + pieces[at:]
    return pieces


def _captioned(pieces: list[Piece]) -> list[Piece]:
    """Short lines that end in a picture's credit are captions, whatever their markup."""
    for piece in pieces:
        if piece.role is Role.PARAGRAPH and len(piece.text) < 300 and _CREDIT.search(piece.text):
            piece.role = Role.CAPTION
    return pieces


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
