"""A change as a picture to share: 1200 × 630 points, PNG, the words before and after with what was edited marked."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw

from db.records import ChangeRecord
from db.types import Kind
from monitor.report import diff_view, setting
from monitor.report.diff_view import Run
from monitor.report.fonts import Fonts
from monitor.report.safe import markup_safe
from monitor.report.setting import Line
from monitor.report.when import window

WIDTH, HEIGHT = 1200, 630
MARGIN = 64
TOP, BOTTOM = 116, 540  # between them stand both texts
TITLE_HEIGHT = 54
SIZES = (58, 52, 46, 41, 36, 32, 28, 25)
LEADING = 1.34  # a line's height in sizes
LABEL_HEIGHT = 34
CHARACTERS = 700  # of one side, at most
UNDRAWN = 0.2  # share of letters without a face from which a sentence stands in the text's place

PAPER, INK, QUIET, LINE = "#fbfaf7", "#1c1d1f", "#5c6066", "#d9d5cc"
COLOURS = {"del": ("#fbe0dd", "#8c1d18"), "ins": ("#d9f2df", "#0d5323")}
VERSION = "1"  # of the drawing; part of its entity tag


@dataclass(frozen=True, slots=True)
class Card:
    """What a card shows. `title` is the article's headline where another field was edited; a side without words is empty."""

    outlet: str
    label: str
    title: str
    before: tuple[Run, ...]
    after: tuple[Run, ...]
    foot: str
    more: int = 0


def card_of(record: ChangeRecord, zone: ZoneInfo) -> Card:
    """The card of a change: its headline whole, of a longer text the first paragraph that was edited."""
    change = record.change
    shown = diff_view.paragraphs(change, whole=change.kind == Kind.HEADLINE)
    first = tuple(Run(run.tag, _line(run.text)) for run in shown[0]) if shown else ()
    natures = f" · {', '.join(change.natures)}" if change.natures else ""
    return Card(
        outlet=_line(record.source),
        label=f"{change.kind}{natures}",
        title="" if change.kind == Kind.HEADLINE else _line(record.headline or record.url).strip(),
        before=_cut(diff_view.side(first, "before")),
        after=_cut(diff_view.side(first, "after")),
        foot=f"edited {window(record, zone)} ({zone.key}) · change {record.id}",
        more=max(len(shown) - 1, 0),
    )


def _line(text: str) -> str:
    """On one line, spaces kept; what cannot be shown left out."""
    found = markup_safe(text).replace("\ufffd", "")
    return "".join(" " if letter.isspace() else letter for letter in found)


def _cut(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    found: list[Run] = []
    left = CHARACTERS
    for run in runs:
        if left <= 0:
            break
        found.append(Run(run.tag, run.text[:left]))
        left -= len(run.text)
    return tuple(found) if "".join(run.text for run in found).strip() else ()


def draw(card: Card, fonts: Fonts) -> bytes:
    """The card as PNG. It never fails for its words: what no face can draw is said in a sentence."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, WIDTH, 10), fill="#0b57a4")
    room = WIDTH - 2 * MARGIN
    end = _single(pen, card.label, fonts, 24, (MARGIN, 52), width=room * 0.55, colour=QUIET, right=True)
    _single(pen, card.outlet, fonts, 32, (MARGIN, 44), width=end - MARGIN - 24, bold=True)
    _single(pen, card.title, fonts, 26, (MARGIN, 104), width=room, colour=QUIET)
    top = TOP + (TITLE_HEIGHT if card.title else 0)
    pen.line((MARGIN, top - 12, WIDTH - MARGIN, top - 12), fill=LINE, width=2)
    _sides(pen, card, fonts, top)
    pen.line((MARGIN, 562, WIDTH - MARGIN, 562), fill=LINE, width=2)
    end = _single(pen, "newswatch", fonts, 24, (MARGIN, 576), width=200, colour=QUIET, bold=True, right=True)
    more = f" · {card.more} more paragraph{'' if card.more == 1 else 's'}" if card.more else ""
    _single(pen, card.foot + more, fonts, 22, (MARGIN, 578), width=end - MARGIN - 24, colour=QUIET)
    sink = BytesIO()
    image.save(sink, "PNG", optimize=True)
    return sink.getvalue()


def _sides(pen: ImageDraw.ImageDraw, card: Card, fonts: Fonts, top: int) -> None:
    sides = [_drawable(side, fonts) for side in (card.before, card.after)]
    size, found = _fitted(sides, fonts, BOTTOM - top - 2 * LABEL_HEIGHT)
    height = size * LEADING
    free = BOTTOM - top - 2 * LABEL_HEIGHT - sum(map(len, found)) * height
    y = top + min(free / 4, 40)
    for name, runs, side in zip(("BEFORE", "AFTER"), sides, found, strict=True):
        _single(pen, name, fonts, 18, (MARGIN, y), width=200, colour=QUIET, bold=True)
        y += LABEL_HEIGHT - 6
        from_right = setting.base_level("".join(run.text for run in runs)) == 1
        for line in side:
            x = WIDTH - MARGIN - sum(piece.width for piece in line) if from_right else MARGIN
            _placed(pen, line, size, (x, y), INK)
            y += height
        y += min(free / 2, 40)


def _drawable(runs: tuple[Run, ...], fonts: Fonts) -> tuple[Run, ...]:
    if not runs:
        return (Run("cut", "(nothing stood here)"),)
    if fonts.missing("".join(run.text for run in runs)) >= UNDRAWN:
        return (Run("cut", "(in letters for which this machine has no font; the change's page shows them)"),)
    return runs


def _fitted(sides: list[tuple[Run, ...]], fonts: Fonts, height: float) -> tuple[int, list[list[Line]]]:
    """The greatest size in which both sides fit, with their lines; at the smallest they are shortened."""
    room = WIDTH - 2 * MARGIN
    for size in SIZES:
        made = [setting.pieces(side, fonts, size, bold=False) for side in sides]
        found = [setting.lines(pieces, room, fonts, size, bold=False) for pieces in made]
        most = int(height // (size * LEADING))
        if sum(map(len, found)) <= most:
            return size, found
    half = most // 2
    lengths = [min(len(found[0]), max(half, most - len(found[1]))), min(len(found[1]), max(half, most - len(found[0])))]
    return size, [_shortened(side, length, fonts, size) for side, length in zip(found, lengths, strict=True)]


def _shortened(side: list[Line], length: int, fonts: Fonts, size: int) -> list[Line]:
    if len(side) <= length:
        return side
    last = setting.shortened(side[length - 1], WIDTH - 2 * MARGIN, fonts, size, bold=False)
    return [*side[: length - 1], last]


def _single(
    pen: ImageDraw.ImageDraw,
    text: str,
    fonts: Fonts,
    size: int,
    at: tuple[float, float],
    *,
    width: float,
    colour: str = INK,
    bold: bool = False,
    right: bool = False,
) -> float:
    """One line, shortened to the width; from the right margin with `right`. Gives where it begins."""
    runs = (Run("equal", text),) if fonts.missing(text) < UNDRAWN else ()
    found = setting.lines(setting.pieces(runs, fonts, size, bold=bold), width, fonts, size, bold=bold)
    if not found:
        return WIDTH - at[0] if right else at[0]
    line = found[0] if len(found) == 1 else setting.shortened(found[0], width, fonts, size, bold=bold)
    x = WIDTH - at[0] - sum(piece.width for piece in line) if right else at[0]
    _placed(pen, line, size, (x, at[1]), colour)
    return x


def _placed(pen: ImageDraw.ImageDraw, line: Line, size: int, at: tuple[float, float], colour: str) -> None:
    x, y = at
    after = dict(zip(map(id, line), line[1:], strict=False))
    baseline = y + size
    for piece in setting.visual(line):
        following = after.get(id(piece))
        joined = following is not None and following.mark == piece.mark
        left = x + (piece.space if piece.level % 2 and not joined else 0)
        end = x + piece.width - (piece.space if not piece.level % 2 and not joined else 0)
        ground, ink = COLOURS.get(piece.mark, ("", colour))
        if ground:
            pen.rectangle((left, y + size * 0.08, end, y + size * 1.27), fill=ground)
        pen.text((x, baseline), piece.text, font=piece.font, fill=ink, anchor="ls", direction=piece.direction)
        if piece.mark == "del":
            pen.line((left, baseline - size * 0.27, end, baseline - size * 0.27), fill=ink, width=max(size // 18, 2))
        if piece.mark == "ins":
            pen.line((left, baseline + size * 0.13, end, baseline + size * 0.13), fill=ink, width=max(size // 20, 2))
        x += piece.width
