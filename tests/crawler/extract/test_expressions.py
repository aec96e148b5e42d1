"""No regular expression of the readers or of the comparer takes long on a text made to hold it up.

Every compiled pattern of the packages is found by looking, so a new one is tried without being named here. It is run the way
its module runs it: from the start of the text alone, or anywhere in it. The budget is of CPU time and wide; what grows with
the square of the text does not fit into it. A short text is tried first: what is through with it at once cannot grow past the
budget on the long one, by the square of their lengths, and is not tried again.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import signal
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest
import regex

PACKAGES = ("crawler.extract", "crawler.discover", "monitor.changes")
LENGTH = 30_000
SECONDS = 0.7
"""Of CPU for one text; what is linear takes a hundredth."""
SHORT = LENGTH // 8
AT_ONCE = SECONDS / 64 / 4
"""Seconds for the short text: a quarter of what one that just fits the budget, and grows by the square, would take."""
UNITS = (" ", "\n", "a", "1", ".", "@", "(", "“", "語", "a ", "1 ", "a.", "a@", "by ", "九十")
BOUNDED = {
    # what the caller cuts the text to before the pattern sees it
    "crawler.discover.address._CHANNEL": 2_000,
    "crawler.discover.address._ARTICLE_PATH": 2_000,
    "crawler.discover.find._TITLE_ENDS": 1_000,
    "crawler.extract.beginnings._TOKEN": 2_000,
    "crawler.extract.datelines.grammar._BOUNDARY": 200,
    "crawler.extract.date_words.UNITS": 600,
    "monitor.changes.noise._RELATIVE": 2_000,
    "monitor.changes.noise._COUNTER": 2_000,
    "monitor.changes.natures.numbers._HAN": 2_000,
    "monitor.changes.natures.numbers._NUMBER": 2_000,
}
ANYWHERE = "search|finditer|findall|subn|sub|split"

Pattern = re.Pattern[Any] | regex.Pattern[Any]


class TooSlowError(Exception):
    """The budget of one text ran out."""


def modules() -> Iterator[ModuleType]:
    for name in PACKAGES:
        package = importlib.import_module(name)
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            # what writes a table uses libraries that readers need not
            if not found.name.rpartition(".")[2].startswith("make_"):
                yield importlib.import_module(found.name)


def patterns_in(value: object, depth: int = 0) -> Iterator[Pattern]:
    if isinstance(value, (re.Pattern, regex.Pattern)):
        yield value
    elif isinstance(value, dict) and depth < 3:
        yield from (found for inner in value.values() for found in patterns_in(inner, depth + 1))
    elif isinstance(value, (tuple, list, set, frozenset)) and depth < 3:
        yield from (found for inner in value for found in patterns_in(inner, depth + 1))


@cache
def collected() -> dict[str, tuple[Pattern, frozenset[str]]]:
    """Each pattern by the name of its module and its own, and the ways in which it is used."""
    sources = {module.__name__: Path(str(module.__file__)).read_text(encoding="utf-8") for module in modules()}
    everywhere = "\n".join(sources.values())
    found: dict[str, tuple[Pattern, frozenset[str]]] = {}
    for module in modules():
        for name, value in vars(module).items():
            source = sources[module.__name__] if name.startswith("_") else everywhere
            used = re.findall(rf"\b{re.escape(name)}\.(match|fullmatch|{ANYWHERE})\b", source)
            ways = frozenset("search" if way in ANYWHERE else way for way in used) or frozenset({"match", "search"})
            for number, pattern in enumerate(patterns_in(value)):
                found.setdefault(f"{module.__name__}.{name}" + (f".{number}" if number else ""), (pattern, ways))
    return found


def test_the_patterns_are_found() -> None:
    names = collected()
    assert len(names) > 150
    assert names["crawler.extract.bodies.clean._BYLINE"][1] == {"match"}
    assert "search" in names["crawler.extract.titles.SEPARATOR"][1]


@pytest.fixture
def budget() -> Iterator[None]:
    def stop(signum: int, frame: FrameType | None) -> None:
        del signum, frame
        raise TooSlowError

    before = signal.signal(signal.SIGVTALRM, stop)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


def run(pattern: Pattern, text: str, ways: frozenset[str]) -> None:
    given: Any = text.encode() if isinstance(pattern.pattern, bytes) else text
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        if "match" in ways:
            pattern.match(given)
        if "fullmatch" in ways:
            pattern.fullmatch(given)
        if "search" in ways:
            for _ in pattern.finditer(given):
                pass
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS, ids=repr)
@pytest.mark.usefixtures("budget")
def test_every_pattern_ends_soon(unit: str) -> None:
    slow = []
    for name, (pattern, ways) in collected().items():
        length = BOUNDED.get(re.sub(r"\.\d+$", "", name), LENGTH)
        try:
            for size in (min(SHORT, length), length):
                began = time.process_time()
                run(pattern, (unit * (size // len(unit) + 1))[:size] + "\0!", ways)
                if time.process_time() - began < AT_ONCE:
                    break
        except TooSlowError:
            slow.append(name)
    assert slow == []
