"""Fonts for pictures: found on the system, each word set in the first face that has its letters.

None is shipped: faces for the world's scripts weigh tens of megabytes, and most systems have them (docs/decisions/0029).
Without any, Pillow's built-in face sets Latin letters.
"""

from __future__ import annotations

import os
import re
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError
from PIL import ImageFont, features

ENVIRONMENT = "NEWSWATCH_FONTS"
"""Folders to look in first, parted as in PATH."""
SYSTEM = {
    "darwin": ("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"),
    "win32": ("C:/Windows/Fonts", "~/AppData/Local/Microsoft/Windows/Fonts"),
}
LINUX = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
FACES_MOST = 80  # opened at most, however many a system has

# families in the order liked: first those of one design for many scripts, then what systems bring
_LIKED = [
    re.compile(pattern)
    for pattern in (
        r"notosans[-.]|notosans$",
        r"dejavusans[-.]|dejavusans$",
        r"notosans(?!mono)[a-z]*",
        r"(sourcehan|pingfang|hiragino|applesdgothic|arialunicode|arial unicode|nirmala|segoeui|msyh|meiryo|malgun|leelaw)",
        r"(liberationsans|freesans|roboto|arial|helvetica|tahoma|ubuntu)",
    )
]
_AVOIDED = re.compile(r"italic|oblique|mono|thin|light|condensed|serif|black|display|symbol|emoji|math|lastresort")
# letters that change by their neighbours or run from right to left: no use without a shaper
_SHAPED = re.compile("[\u0590-\u08ff\u0900-\u0dff\u0e80-\u109f\u1780-\u17ff\ufb1d-\ufdff\ufe70-\ufefc]")

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True)
class Face:
    """One face of a font file and the code points it has."""

    path: str
    codes: frozenset[int]

    def index(self, text: str) -> int:
        """Which face of a collection: Noto's CJK collections hold Japanese, Korean, simplified Chinese, in this order."""
        if not (self.path.endswith(".ttc") and "cjk" in self.path.lower()):
            return 0
        if re.search("[\u3040-\u30ff]", text):
            return 0
        return 1 if re.search("[\uac00-\ud7a3]", text) else 2

    def has(self, text: str) -> int:
        return sum(ord(letter) in self.codes for letter in text)


@dataclass(frozen=True, slots=True)
class Fonts:
    """Faces in the order of choice, upright and bold."""

    regular: tuple[Face, ...] = ()
    bold: tuple[Face, ...] = ()

    def face(self, text: str, *, bold: bool) -> Face | None:
        """The first face with all of a word's letters, else the one with the most; None where no face is known."""
        letters = "".join(dict.fromkeys(letter for letter in text if not letter.isspace()))
        faces = self.bold + self.regular if bold else self.regular + self.bold
        best, most = None, -1
        for face in faces:
            count = face.has(letters)
            if count == len(letters):
                return face
            if count > most:
                best, most = face, count
        return best

    def font(self, text: str, size: int, *, bold: bool, script: str = "") -> Font:
        """What to draw a word with. `script` is a longer text that tells which letters' shapes are meant."""
        face = self.face(text, bold=bold)
        return _opened(face.path, size, face.index(script or text)) if face else _built_in(size)

    def missing(self, text: str) -> float:
        """The share of the letters that cannot be drawn."""
        letters = [letter for letter in text if not letter.isspace()]
        if not letters:
            return 0.0
        if not shapes() and _SHAPED.search(text):
            return 1.0
        codes = [face.codes for face in self.regular + self.bold] or [frozenset(range(0x20, 0x17F))]
        return sum(not any(ord(letter) in known for known in codes) for letter in letters) / len(letters)


@cache
def shapes() -> bool:
    """Whether Pillow can shape (Raqm): join Arabic letters, order Indic ones, run from right to left."""
    return bool(features.check("raqm"))


def direction(font: Font, level: int) -> str | None:
    """What Pillow is told of a word's direction; None for a face that it sets without a shaper, as the built-in one."""
    shaped = shapes() and getattr(font, "layout_engine", None) == ImageFont.Layout.RAQM
    return ("rtl" if level % 2 else "ltr") if shaped else None


@lru_cache(maxsize=256)
def _opened(path: str, size: int, index: int) -> Font:
    return ImageFont.truetype(path, size, index=index)


@lru_cache(maxsize=32)
def _built_in(size: int) -> Font:
    return ImageFont.load_default(size)


@cache
def system() -> Fonts:
    """The faces of this machine, looked for once a process."""
    given = [part for part in os.environ.get(ENVIRONMENT, "").split(os.pathsep) if part]
    return load([Path(part).expanduser() for part in (*given, *SYSTEM.get(sys.platform, LINUX))])


def load(folders: Iterable[Path]) -> Fonts:
    """The usable faces in these folders. A file that is no font is passed over."""
    files = [file for folder in folders for file in _files(folder)]
    chosen = sorted(files, key=_rank)[:FACES_MOST]
    return Fonts(_faces(chosen, bold=False), _faces(chosen, bold=True))


def _files(folder: Path) -> list[Path]:
    kinds = {".ttf", ".otf", ".ttc"}
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() in kinds) if folder.is_dir() else []


def _rank(file: Path) -> tuple[bool, int, int]:
    name = file.stem.lower()
    liked = next((number for number, pattern in enumerate(_LIKED) if pattern.match(name)), len(_LIKED))
    return bool(_AVOIDED.search(name)), liked, len(name)


def _faces(files: Iterable[Path], *, bold: bool) -> tuple[Face, ...]:
    wanted = [file for file in files if ("bold" in file.stem.lower()) == bold]
    return tuple(face for file in wanted if (face := _face(str(file))))


@cache
def _face(path: str) -> Face | None:
    try:
        with Path(path).open("rb") as file, TTFont(file, fontNumber=0, lazy=True) as font:
            codes = frozenset(font.getBestCmap() or ())
        _opened(path, 20, 0)
    except (OSError, TTLibError, KeyError, ValueError, AssertionError, struct.error):
        return None
    return Face(path, codes) if codes else None
