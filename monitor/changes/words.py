"""Cut a text into paragraphs' sentences and words that, joined again, give the text back."""

from __future__ import annotations

from functools import lru_cache

import regex
import sentencex  # type: ignore[import-untyped]
from icu4py.breakers import WordBreaker

from monitor.changes.text import base_language

UNSPACED = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Han}\p{Hiragana}\p{Katakana}ー]+")
_TOKEN = regex.compile(
    r"""(?: \p{N}+(?:[.,:'’]\p{N}+)*            # a number with its inner points
          | [\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*   # a word with its apostrophes
          | \X )\s*                               # any other sign
        | \s+""",
    regex.X,
)
LONG_RUN = 4_000
"""Characters without a space past which a run is cut by character: ICU's dictionary break is near 2 µs a character."""


def tokens(text: str, language: str | None = None) -> list[str]:
    """Words, numbers and signs of `text`, each with the spaces after it. Scripts without spaces are cut by ICU's dictionaries."""
    found: list[str] = _TOKEN.findall(text)
    if not UNSPACED.search(text):
        return found
    return [part for token in found for part in (_unspaced(token, language) if UNSPACED.search(token) else (token,))]


def _unspaced(token: str, language: str | None) -> list[str]:
    if len(token) > LONG_RUN:
        return list(token)
    parts = list(WordBreaker(token, base_language(language) or "und"))
    if len(parts) > 1 and not parts[-1].strip():
        parts[-2:] = [parts[-2] + parts[-1]]
    return parts


@lru_cache(maxsize=512)
def sentences(text: str, language: str | None = None) -> tuple[str, ...]:
    """The sentences of one paragraph, each with the spaces after it; the whole text where the splitter would lose a character."""
    if len(text) < 40:
        return (text,) if text else ()
    parts = tuple(p for p in sentencex.segment(base_language(language) or "en", text) if p)
    return parts if "".join(parts) == text else (text,)
