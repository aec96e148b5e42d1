"""Which changes a channel is told of. Pure: a change and its page in, yes or no out."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import regex

from db.records import ChangeRecord
from db.types import SIGNIFICANCE_ORDER, Significance

# scripts that write no space between words: a word has no edge there that could be asked for
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"
_PARTICLES = r"[\p{Hangul}]"  # a Korean noun carries its particles behind it


@dataclass(frozen=True, slots=True)
class Rule:
    """Each part narrows; an empty one asks nothing. Keywords are whole words of the text before or after, or the headline."""

    sources: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    natures: tuple[str, ...] = ()
    significance: str = Significance.SUBSTANTIVE
    keywords: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    pinned: bool = False

    def fits(self, record: ChangeRecord, *, pinned: bool) -> bool:
        """Whether the rule wants this change; `pinned` is whether its page is."""
        change = record.change
        if SIGNIFICANCE_ORDER[change.significance] < SIGNIFICANCE_ORDER[self.significance]:
            return False
        if (self.sources and record.source not in self.sources) or (self.kinds and change.kind not in self.kinds):
            return False
        if (self.natures and not set(self.natures) & set(change.natures)) or (self.pinned and not pinned):
            return False
        return self._words_fit(record)

    def _words_fit(self, record: ChangeRecord) -> bool:
        if not self.keywords and not self.exclude:
            return True
        text = _plain("\n".join(filter(None, (record.change.before, record.change.after, record.headline))))
        if self.keywords and not has_word(text, self.keywords):
            return False
        return not (self.exclude and has_word(text, self.exclude))


@dataclass(frozen=True, slots=True)
class Choice:
    """A channel's rules: a change must fit `own`, and one of `any_of` where there are any."""

    own: Rule = Rule()
    any_of: tuple[Rule, ...] = ()

    def wants(self, record: ChangeRecord, *, pinned: bool) -> bool:
        if not self.own.fits(record, pinned=pinned):
            return False
        return not self.any_of or any(rule.fits(record, pinned=pinned) for rule in self.any_of)


def has_word(plain: str, words: tuple[str, ...]) -> bool:
    """Whether a text made plain holds one of the words, whole, whatever its case."""
    return _pattern(words).search(plain) is not None


def _plain(text: str) -> str:
    # NFKC makes full-width letters and compatibility forms one; the dot that İ leaves behind is no part of a letter
    return unicodedata.normalize("NFKC", text).casefold().replace("i\u0307", "i")


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> regex.Pattern[str]:
    return regex.compile("|".join(_whole(_plain(word)) for word in words))


def _whole(word: str) -> str:
    parts = word.split()
    body = r"\s+".join(regex.escape(part, literal_spaces=True) for part in parts)
    first, last = parts[0][0], parts[-1][-1]
    left = "" if not _is_word(first) or regex.match(_UNSPACED, first) else r"(?<!\w)"
    open_end = not _is_word(last) or regex.match(_UNSPACED, last) or regex.match(_PARTICLES, last)
    return f"{left}{body}" if open_end else rf"{left}{body}(?!\w)"


def _is_word(letter: str) -> bool:
    return regex.match(r"\w", letter) is not None


def describe(choice: Choice) -> list[str]:
    """The rules in plain words, a line each."""
    own = _words_of(choice.own)
    if not choice.any_of:
        return [own]
    return [*([own] if own != EVERYTHING else []), *(f"any of: {_words_of(rule)}" for rule in choice.any_of)]


EVERYTHING = "every change"


def _words_of(rule: Rule) -> str:
    parts = [] if rule.significance == Significance.COSMETIC else [f"from {rule.significance} on"]
    lists: Iterable[tuple[str, tuple[str, ...]]] = (
        ("source", rule.sources),
        ("kind", rule.kinds),
        ("nature", rule.natures),
        ("with a word of", rule.keywords),
        ("without", rule.exclude),
    )
    parts += [f"{name} {', '.join(values)}" for name, values in lists if values]
    parts += ["pinned articles only"] if rule.pinned else []
    return "; ".join(parts) or EVERYTHING
