"""The card: the right size whatever the words, marked words in their colours, and no script that breaks it."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from db.types import Article, Change
from monitor.changes import compare
from monitor.report import card, fonts, setting
from monitor.report.diff_view import Run
from tests.monitor.report.samples import hostile, record

TOKYO = ZoneInfo("Asia/Tokyo")
PAIRS = {
    "latin": ("Ferry with 12 aboard sinks off Busan", "Ferry with 20 aboard sinks off Busan"),
    "japanese": ("釜山沖でフェリーが沈没、12人が不明", "釜山沖でフェリーが沈没、20人が不明"),
    "arabic": ("غرق عبارة تقل 12 شخصا قبالة BUSAN", "غرق عبارة تقل 20 شخصا قبالة BUSAN"),
    "hindi": ("नौका डूबी, 12 लापता", "नौका डूबी, 20 लापता"),
    "long": ("word " * 400, "word " * 200 + "other " * 300),
    "one word": ("x" * 5000, "y" * 5000),
    "emoji": ("Rain 🌧", "Sun 🌞👩‍🚀"),
    "removed": ("Here", None),
    "added": (None, "Here"),
    "empty": ("", ""),
}  # fmt: skip


def drawn(before: str | None, after: str | None, faces: fonts.Fonts) -> Image.Image:
    sides = [Article("https://a.example/", headline=text, headlines={"h1": text or ""}) for text in (before, after)]
    found = [change for change in compare(*sides) if change.kind == "headline"] if before and after else []
    change = found[0] if found else Change("headline", ("added",), "substantive", before, after)
    made = card.card_of(replace(record(), change=change), TOKYO)
    return Image.open(BytesIO(card.draw(made, faces))).convert("RGB")


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("faces", [fonts.system(), fonts.Fonts()], ids=["system", "built-in"])
def test_it_is_always_drawn(name: str, faces: fonts.Fonts) -> None:
    assert drawn(*PAIRS[name], faces).size == (1200, 630)


def test_hostile_words_are_drawn_too() -> None:
    for found in hostile():
        assert card.draw(card.card_of(found, TOKYO), fonts.system()).startswith(b"\x89PNG")


def test_what_was_deleted_and_inserted_stands_on_its_colour() -> None:
    shown = drawn(*PAIRS["latin"], fonts.system())
    colours = {colour for _, colour in shown.getcolors(1 << 20) or ()}
    assert {(0xFB, 0xE0, 0xDD), (0xD9, 0xF2, 0xDF)} <= colours
    alike = drawn("Same", "Same", fonts.Fonts())
    assert alike.size == (1200, 630)


def test_nothing_is_drawn_beyond_the_margins() -> None:
    for name in ("long", "one word", "arabic"):
        shown = drawn(*PAIRS[name], fonts.system())
        paper = shown.getpixel((5, 300))
        sides = [shown.crop((0, 12, card.MARGIN - 6, 630)), shown.crop((1200 - card.MARGIN + 6, 12, 1200, 630))]
        assert all(side.getcolors() == [(side.width * side.height, paper)] for side in sides), name


def test_a_card_of_the_body_shows_the_headline_and_the_first_paragraph_edited() -> None:
    change = Change("body", ("number",), "substantive", None, None, ops=(("equal", "One\n\nTwo ", "One\n\nTwo "),
        ("replace", "12", "20"), ("equal", " end\n\n", " end\n\n"), ("insert", "", "More")))  # fmt: skip
    made = card.card_of(replace(record(), change=change), TOKYO)
    assert made.title == "Ferry with 20 aboard sinks"
    assert "".join(run.text for run in made.before) == "Two 12 end"
    assert "".join(run.text for run in made.after) == "Two 20 end"
    assert made.more == 1
    assert made.foot == "edited 2026-05-04 17:00:00 – 17:01:00 (Asia/Tokyo) · change 1"


def test_letters_that_no_face_has_are_said_in_words() -> None:
    nothing = fonts.Fonts()
    assert nothing.missing("釜山沖") == 1
    assert nothing.missing("Busan 釜山") < 1
    assert nothing.missing("Busan") == nothing.missing(" ") == 0


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("one two", [0, 0]),
        ("غرق 12 BUSAN مساء", [1, 2, 1, 2, 1, 1]),
        ("say غرق 12 مساء now", [0, 1, 2, 1, 0]),
    ],
)
def test_directions_follow_the_unicode_algorithm(text: str, levels: list[int]) -> None:
    found = setting.pieces([Run("equal", text)], fonts.Fonts(), 20, bold=False)
    assert "".join(piece.text for piece in found) == text
    shown = [piece.level for piece in found]
    assert [level for level, piece in zip(shown, found, strict=True) if piece.text.strip() or level != 0] == levels


def test_a_line_is_turned_round_where_it_is_read_from_the_right() -> None:
    pieces = setting.pieces([Run("equal", "غرق 12 مساء")], fonts.Fonts(), 20, bold=False)
    assert [piece.text.strip() for piece in setting.visual(tuple(pieces)) if piece.text.strip()] == [
        "مساء",
        "12",
        "غرق",
    ]


def test_a_folder_with_broken_fonts_is_borne(tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"\x00\x01\x00\x00" + b"x" * 200)
    (tmp_path / "empty.otf").touch()
    assert fonts.load([tmp_path, tmp_path / "nowhere"]) == fonts.Fonts()


def test_without_a_shaper_joined_scripts_are_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "shapes", lambda: False)
    assert fonts.system().missing("غرق") == 1
    assert drawn(*PAIRS["latin"], fonts.system()).size == (1200, 630)
    assert drawn(*PAIRS["arabic"], fonts.system()).size == (1200, 630)
