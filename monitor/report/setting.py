"""Setting words in lines for a picture: line breaks by ICU, both writing directions, a face for each word."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from icu4py.breakers import CharacterBreaker, LineBreaker

from monitor.report.diff_view import Run
from monitor.report.fonts import Font, Fonts, direction

MARKED = {"delete": "del", "move_from": "del", "insert": "ins", "move_to": "ins"}
ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Piece:
    """Words drawn in one go. `level` is that of the Unicode bidirectional algorithm: odd runs from right to left."""

    text: str
    mark: str
    level: int
    font: Font
    width: float
    space: float  # of the width, what the white space at the end takes

    @property
    def direction(self) -> str | None:
        return direction(self.font, self.level)


Line = tuple[Piece, ...]


def measure(font: Font, text: str, level: int) -> float:
    """How wide the words are, in points."""
    told = direction(font, level)
    return font.getlength(text, direction=told) if told else font.getlength(text)


def base_level(text: str) -> int:
    """The direction of a paragraph: that of its first letter that has one (UAX 9, P2)."""
    return next((level for letter in text if (level := _strong(letter)) is not None), 0)


def _strong(letter: str) -> int | None:
    kind = unicodedata.bidirectional(letter)
    return 0 if kind == "L" else 1 if kind in {"R", "AL"} else None


def pieces(runs: Sequence[Run], fonts: Fonts, size: int, *, bold: bool) -> list[Piece]:
    """The runs cut where a line may break, and where what is marked begins or ends."""
    text = "".join(run.text for run in runs)
    marks = [MARKED.get(run.tag, "") for run in runs for _ in run.text]
    base = base_level(text)
    cut: list[tuple[str, str]] = []
    at = 0
    for segment in LineBreaker(text, "en"):
        whole = base_level(segment) == 1  # letters of one Arabic word join: it is not taken apart
        for mark, group in groupby(range(at, at + len(segment)), lambda i: marks[i]):
            if whole:
                found = next((m for m in marks[at : at + len(segment)] if m), "")
                cut.append((segment, found))
                break
            cut.append((text[(places := list(group))[0] : places[-1] + 1], mark))
        at += len(segment)
    levels = _levels([words for words, _ in cut], base)
    made = [part for (words, mark), level in zip(cut, levels, strict=True) for part in _apart(words, mark, level, base)]
    return [piece_of(words, mark, level, fonts, size, bold=bold, script=text) for words, mark, level in made]


def _apart(words: str, mark: str, level: int, base: int) -> list[tuple[str, str, int]]:
    """White space behind a word runs as the paragraph does (UAX 9, N1 and L1)."""
    end = len(words.rstrip())
    if level == base or end in {0, len(words)}:
        return [(words, mark, level)]
    return [(words[:end], mark, level), (words[end:], mark, base)]


def piece_of(words: str, mark: str, level: int, fonts: Fonts, size: int, *, bold: bool, script: str) -> Piece:
    font = fonts.font(words, size, bold=bold, script=script)
    width = measure(font, words, level)
    return Piece(words, mark, level, font, width, width - measure(font, words.rstrip(), level))


def _levels(words: Sequence[str], base: int) -> list[int]:
    """A level each: its first letter's; a number's or sign's is its neighbours' where they agree, else the paragraph's."""
    own = [next((level for letter in word if (level := _strong(letter)) is not None), None) for word in words]
    found: list[int] = []
    for number, level in enumerate(own):
        before = next((other for other in reversed(own[:number]) if other is not None), base)
        after = next((other for other in own[number + 1 :] if other is not None), base)
        strong = level if level is not None else before if before == after else base
        is_number = level is None and any(letter.isdigit() for letter in words[number])
        found.append(2 if strong == 0 and base == 1 else 2 if is_number and strong == 1 else strong)
    return found


def lines(every: Iterable[Piece], width: float, fonts: Fonts, size: int, *, bold: bool) -> list[Line]:
    """Pieces in lines no wider than asked; a word wider than a line is cut between letters."""
    found: list[list[Piece]] = [[]]
    room = width
    for piece in _narrow(every, width, fonts, size, bold=bold):
        if found[-1] and piece.width - piece.space > room:
            found.append([])
            room = width
        found[-1].append(piece)
        room -= piece.width
    return [tuple(line) for line in found if line]


def _narrow(every: Iterable[Piece], width: float, fonts: Fonts, size: int, *, bold: bool) -> Iterator[Piece]:
    for piece in every:
        if piece.width - piece.space <= width:
            yield piece
            continue
        part = ""
        for letter in CharacterBreaker(piece.text, "en"):
            if part and measure(piece.font, part + letter, piece.level) > width:
                yield piece_of(part, piece.mark, piece.level, fonts, size, bold=bold, script=piece.text)
                part = ""
            part += letter
        yield piece_of(part, piece.mark, piece.level, fonts, size, bold=bold, script=piece.text)


def shortened(line: Line, width: float, fonts: Fonts, size: int, *, bold: bool) -> Line:
    """The line with an ellipsis at its end, words taken off until it fits."""
    kept = list(line)
    level = kept[-1].level if kept else 0
    dots = piece_of(ELLIPSIS, "", level, fonts, size, bold=bold, script=ELLIPSIS)
    while kept and sum(piece.width for piece in kept) + dots.width > width:
        kept.pop()
    return (*kept, dots)


def visual(line: Line) -> list[Piece]:
    """A line's pieces from left to right (UAX 9, L2)."""
    shown = list(line)
    for level in range(max((piece.level for piece in shown), default=0), 0, -1):
        at = 0
        while at < len(shown):
            end = at
            while end < len(shown) and shown[end].level >= level:
                end += 1
            shown[at:end] = reversed(shown[at:end])
            at = max(end, at + 1)
    return shown
