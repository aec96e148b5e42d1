"""The place line in running scripts: places, regions, dates and agencies in a row, closed by a dash, colon, stop or danda.

    line   = [lead-in] part { separator part } close
    part   = place | region | date | agency | "(" date | agency | region ")"
    close  = "—" "–" "-" "--" ".-" ":" "." "।" "="

A line is taken at the last close where the parts read so far bear it out (`evidence`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from crawler.extract.datelines import evidence
from crawler.extract.datelines.agencies import is_agency, may_be_agency
from crawler.extract.datelines.evidence import Kind, Line, Part
from crawler.extract.datelines.places import PLACE, fold, tiers
from crawler.extract.datelines.words import STATES, is_date, keeps_stop

MAX_HEAD = 160
MAX_PLACE_WORDS = 5

Mark = Literal["group", "close", "stop", "comma", "slash"]

_BOUNDARY = re.compile(
    r"""
    (?P<group>[(（\[][^()（）\[\]]{1,48}[)）\]] | (?<=[\s.])/[^/\s][^/]{1,24}/(?=[\s.:]))
  | (?P<close>\.?\s*(?:[—―]|--+|[‐-–]{2,})-?\s* | \.?\s*(?:(?<=[\s).A-Z])[–‒‑‐]|[–‒‑‐](?=\s))\s* | (?:\s+-|\.-|-(?=\s))\s*
      | \s?[:：](?![\d/])\s* | \s?[।॥|](?=\s)\s* | \s*[=＝]\s*)
  | (?P<stop>\.\s+ | 。)
  | (?P<comma>\s*[,،、]\s*)
  | (?P<slash>(?<!\d)\s*/\s*(?!\d))
    """,
    re.VERBOSE,
)
_ANY_MARK = re.compile(r"[—―–‒‑‐:：।॥|=＝.。,،、/(（\[]|--|-(?=\s)|(?<=\s)-")
_LEAD_IN = re.compile(
    r"(?:DALL?A? NOSTR[OA] (?:CORRISPONDENTE|INVIATO|INVIATA)|CORRESPONSAL(?: EN)?|ENVIAD[OA] ESPECIAL(?: A| EN)?"
    r"|DE NOTRE (?:CORRESPONDANTE?|ENVOYÉE? SPÉCIALE?)|ENVOYÉE? SPÉCIALE? À|VON UNSEREM KORRESPONDENTEN)[\s,:–-]*",
    re.IGNORECASE,
)
# "عمان 4 حزيران": a date that no comma parts from the place
_DATE_BEHIND = re.compile(r"(\D{2,40}?)\s+(\d{1,2}\D?\s.{2,24})")
_DESK = re.compile(r".{0,20}(?:संवाददाता|संवाद सूत्र|ब्यूरो|न्यूज|সংবাদদাতা|প্রতিবেদক|প্রতিনিধি|ডেস্ক)")
_PARTICLE_WORDS = """
de del della di do da das dos du des la le les el al am an der den im in bei ob auf sur sous en upon on of and the
und et y e i и à l' d' na nad pod pri v zu zum zur ved
"""
_PARTICLES = frozenset(_PARTICLE_WORDS.split())


class Token(NamedTuple):
    """A stretch of words and the mark that ends it; a group is a token of its own with the words inside the brackets."""

    start: int
    end: int
    mark: Mark | None
    mark_text: str
    after: int
    grouped: bool


def tokens(head: str) -> Iterator[Token]:
    """The head cut at its separators; a stop that belongs to an abbreviation cuts nothing."""
    start = 0
    for found in _BOUNDARY.finditer(head):
        mark: Mark = found.lastgroup  # type: ignore[assignment]  # every alternative is a named group
        if mark == "stop" and found.group() != "。" and keeps_stop(head[start : found.start()]):
            continue
        words = head[start : found.start()].strip()
        if mark == "group":
            if words:
                yield _token(head, (start, found.start()), found.start())
            yield Token(found.start() + 1, found.end() - 1, None, found.group()[0], found.end(), grouped=True)
        else:
            yield _token(head, (start, found.start()), found.end(), mark, found.group())
        start = found.end()


def _token(head: str, span: tuple[int, int], after: int, mark: Mark | None = None, mark_text: str = "") -> Token:
    start, end = span
    words = head[start:end]
    left = start + len(words) - len(words.lstrip())
    right = end - (len(words) - len(words.rstrip())) if words.strip() else left
    if mark_text.startswith(".") and mark == "close" and words.strip() and keeps_stop(words):
        right += 1
    return Token(left, right, mark, mark_text, after, grouped=False)


@dataclass(slots=True)
class _Walk:
    """What has been read of a line so far."""

    head: str
    language: str | None
    parts: list[Part]
    opener: str = ""
    best: tuple[Line, int] | None = None

    def words(self, token: Token) -> str:
        return self.head[token.start : token.end]

    def has(self, *kinds: Kind) -> bool:
        return any(part.kind in kinds for part in self.parts)


def parse(text: str, language: str | None = None) -> tuple[Line, int] | None:
    """The line that opens the text, and where the text goes on; None where no line opens it."""
    head = text[:MAX_HEAD]
    lead = _LEAD_IN.match(head)
    if not lead and not may_open(head):
        return None
    offset = lead.end() if lead else 0
    walk = _Walk(head=head[offset:], language=language, parts=[])
    for token in tokens(walk.head):
        if not _step(walk, token, text[offset + token.after :]):
            break
    if walk.best is None:
        return None
    line, end = walk.best
    return line, offset + end


def may_open(head: str) -> bool:
    """Whether the words before the first mark of any kind could open a line; most paragraphs end here."""
    first = _ANY_MARK.search(head)
    if not first:
        return False
    words = head[: first.start()].strip()
    return not words or reads_as_name(words, MAX_PLACE_WORDS) or words[0].isdigit() or bool(_DESK.fullmatch(words))


def _step(walk: _Walk, token: Token, rest: str) -> bool:
    """Read one token; False where the line cannot go on past it."""
    words = walk.words(token)
    if words or token.grouped:
        read = _group(walk, token) if token.grouped else _segment(walk, token)
        if not read:
            return False
    elif not walk.parts:
        return False
    if token.mark in ("close", "stop") or (token.grouped and rest.lstrip()[:1].isalnum()):
        mark = token.mark_text.strip() or "."
        line = Line(tuple(walk.parts), "" if token.grouped else mark, walk.language)
        if evidence.bears_out(line, rest.lstrip()):
            walk.best = line, token.after
    if not token.grouped or token.mark:
        walk.opener = token.mark or ""
    else:
        walk.opener = "group"
    return True


def _group(walk: _Walk, token: Token) -> bool:
    """Words in brackets: a date, an agency, a region, or several of them parted by commas."""
    words = walk.words(token).strip()
    if is_agency(words):
        walk.parts.append(Part("agency", words, bracketed=True))
        return True
    if is_date(words):
        walk.parts.append(Part("date", words, bracketed=True))
        return True
    pieces = [piece.strip() for piece in re.split(r"[,،、]", words)]
    kinds = [_plain_kind(piece) for piece in pieces]
    if len(pieces) > 1 and all(kinds):
        walk.parts.extend(Part(kind, piece, bracketed=True) for kind, piece in zip(kinds, pieces, strict=True) if kind)
        return True
    if walk.has("place") and not walk.has("region") and fold(words) in STATES:
        walk.parts.append(Part("region", words, bracketed=True))
        return True
    if walk.has("place") and may_be_agency(words):
        known = bool(tiers(words) & PLACE)
        walk.parts.append(Part("region" if known else "signature", words, bracketed=True))
        return True
    return False


def _plain_kind(words: str) -> Kind | None:
    if is_date(words):
        return "date"
    return "agency" if is_agency(words) else None


def _segment(walk: _Walk, token: Token) -> bool:
    words = walk.words(token)
    last = walk.parts[-1].kind if walk.parts else None
    if is_date(words, after_date=last == "date"):
        walk.parts.append(Part("date", words))
        return True
    place_next = not walk.has("place")
    if _signs(walk, words, place_next=place_next):
        walk.parts.append(Part("agency", words))
        return True
    if place_next:
        return walk.opener in ("", "close", "comma", "group") and _place(walk, words)
    if last in ("place", "region") and walk.opener == "comma" and reads_as_name(words, 4):
        walk.parts.append(Part("region", words))
        return True
    if last == "place" and walk.opener == "slash" and reads_as_name(words, MAX_PLACE_WORDS):
        walk.parts.append(Part("place", words))
        return True
    return False


def _signs(walk: _Walk, words: str, *, place_next: bool) -> bool:
    """Whether bare words are an agency's: known ones after a place, addresses and desks before it."""
    if place_next and not walk.parts:
        return ("." in words and is_agency(words)) or bool(_DESK.fullmatch(words))
    return is_agency(words)


def _place(walk: _Walk, words: str) -> bool:
    if not reads_as_name(words, MAX_PLACE_WORDS):
        return False
    place, _, signature = words.rpartition(" ")
    if place and is_agency(signature) and tiers(place) & PLACE:
        walk.parts += [Part("place", place), Part("agency", signature)]
        return True
    dated = _DATE_BEHIND.match(words)
    if dated and is_date(dated[2]) and tiers(dated[1]) & PLACE:
        walk.parts += [Part("place", dated[1]), Part("date", dated[2])]
        return True
    walk.parts.append(Part("place", words))
    return True


def reads_as_name(words: str, most: int) -> bool:
    """Whether the words are written like a name: few, no digits at the start, each with a capital (or without case)."""
    pieces = words.split()
    if not 0 < len(pieces) <= most or len(words) > 48 or not words[0].isalpha():
        return False
    return all(piece.casefold() in _PARTICLES or not piece.lstrip("('’\"«“")[:1].islower() for piece in pieces)
