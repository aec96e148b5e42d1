"""What a scripted case is, and where in a page's markup it edits; the pages and their maker are the bench's."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

BENCH = Path(os.environ.get("NEWSWATCH_BENCH", "../shared/bench"))
Made = str | tuple[str, str] | None


def _maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_pairs", BENCH / "changes/make_pairs.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Case:
    make: Callable[[Any], Made]
    expect: frozenset[str] = frozenset()
    allow: frozenset[str] = frozenset()
    natures: frozenset[str] = frozenset()
    quiet: bool = False  # a cosmetic change counts as told


CASES: dict[str, Case] = {}


def edit(*expect: str, allow: str = "", natures: str = "", quiet: bool = False) -> Callable[[Any], Any]:
    def mark(make: Callable[[Any], Made]) -> Callable[[Any], Made]:
        CASES[make.__name__] = Case(
            make, frozenset(expect), frozenset(allow.split()), frozenset(natures.split()), quiet
        )
        return make

    return mark


noise = edit()


MAKER: Any = _maker() if (BENCH / "changes/make_pairs.py").exists() else None


def spans(page: Any) -> list[tuple[str, tuple[int, int]]]:
    return list(page.text_paragraphs())


def in_paragraph(page: Any, alter: Callable[[str, str], str | None], which: slice = slice(None)) -> Made:
    """The page with the first paragraph altered that `alter(markup, text)` gives something for."""
    for text, (start, end) in spans(page)[which]:
        new = alter(page.doc[start:end], text)
        if new and new != page.doc[start:end]:
            return str(page.doc[:start] + new + page.doc[end:])
    return None


def once(markup: str, old: str, new: str) -> str | None:
    return markup.replace(old, new, 1) if markup.count(old) == 1 else None


def after_paragraph(page: Any, n: int, block: str) -> Made:
    found = spans(page)
    if len(found) < max(n, -n) + 1:
        return None
    end = found[n][1][1]
    return str(page.doc[:end] + block + page.doc[end:])


def around(page: Any, n: int, one: str, two: str) -> Made:
    before, after = after_paragraph(page, n, one), after_paragraph(page, n, two)
    return (before, after) if isinstance(before, str) and isinstance(after, str) else None


def before_headline(page: Any, one: str, two: str) -> Made:
    for m in MAKER.h1s(page.doc):
        if page.headline and " ".join(page.headline.split()) in MAKER.visible(m.group(0)):
            at = m.start()
            return page.doc[:at] + one + page.doc[at:], page.doc[:at] + two + page.doc[at:]
    return None


def after_headline(page: Any, one: str, two: str) -> Made:
    for m in MAKER.h1s(page.doc):
        if page.headline and " ".join(page.headline.split()) in MAKER.visible(m.group(0)):
            at = m.end()
            return page.doc[:at] + one + page.doc[at:], page.doc[:at] + two + page.doc[at:]
    return None


def at_body(page: Any, one: str, two: str, *, end: bool = False) -> Made:
    if end:
        at = page.doc.lower().rfind("</body>")
    else:
        tag = re.search(r"<body\b[^>]*>", page.doc, re.IGNORECASE)
        at = tag.end() if tag else -1
    return None if at < 0 else (page.doc[:at] + one + page.doc[at:], page.doc[:at] + two + page.doc[at:])
