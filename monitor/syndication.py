"""Syndication: the same wire story on several outlets, known by near-duplicate bodies.

A body's signature is one-permutation MinHash over its shingles (Li, Owen, Zhang 2012, with Shrivastava and Li's rotation for
empty bins): each shingle is hashed once, each of `BINS` keeps its least. Pairs of bins are the bands by which likely siblings are
found in an index (locality-sensitive hashing); the share of equal bins then estimates how alike two bodies are.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import regex
from rapidfuzz import fuzz

from db.types import Article, Change, Kind, Role
from monitor.changes.text import fold

BINS = 48
BAND = 2
TOKENS_MOST = 1000
"""Tokens of a body that are looked at: what bounds the cost of a signature."""
SHINGLES_LEAST = 24
CONTAINED = 0.6
"""The share of the shorter body that stands in the longer one from which two are siblings: outlets cut wire stories."""
ALIKE_LEAST = 0.15
"""The least likeness at which a share can be reckoned from so few bins."""

_MASK = (1 << 64) - 1
_MIX = 0x9E3779B97F4A7C15  # 2^64 divided by the golden ratio: spreads a 32-bit sum over 64 bits
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_TOKEN = regex.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[\p{{L}}\p{{N}}\p{{M}}])+")
_SINGLE = regex.compile(rf"[{_UNSPACED}]")
_WORD, _LETTER = re.compile(r"\w+"), re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Signature:
    """`bins` are the least hashes; `size` is how many shingles the body has."""

    bins: tuple[int, ...]
    size: int

    def pack(self) -> bytes:
        return struct.pack(f"<I{BINS}I", self.size, *self.bins)

    @classmethod
    def unpack(cls, blob: bytes) -> Signature:
        size, *bins = struct.unpack(f"<I{BINS}I", blob)
        return cls(tuple(bins), size)


def body_text(article: Article) -> str:
    """The story's running text."""
    return "\n".join(block.text for block in article.body if block.role != Role.CAPTION)


def signature(text: str) -> Signature | None:
    """The signature of a body; None where it is too short to be told from others."""
    plain = fold(text[: TOKENS_MOST * 8]).casefold()
    single = len(_SINGLE.findall(plain[:400])) * 2 > len(plain[:400])
    tokens = (_LETTER if single else _WORD).findall(plain)[:TOKENS_MOST]
    length = 6 if single else 4
    hashes = _shingles(tokens, length)
    if len(hashes) < SHINGLES_LEAST:
        return None
    mixed = sorted([((value * _MIX) & _MASK) >> 32 for value in hashes], reverse=True)
    return Signature(_filled({value % BINS: value for value in mixed}), len(hashes))


def _shingles(tokens: Sequence[str], length: int) -> set[int]:
    """The hashes of all runs of `length` tokens."""
    sums = {token: zlib.crc32(token.encode()).to_bytes(4) for token in set(tokens)}
    row, width = b"".join([sums[token] for token in tokens]), 4 * length
    return {zlib.crc32(row[at : at + width]) for at in range(0, len(row) - width + 1, 4)}


def _filled(least: Mapping[int, int]) -> tuple[int, ...]:
    """Empty bins take the next full one's value, changed by the distance, so that two bodies fill alike."""
    full = []
    for place in range(BINS):
        step = next(n for n in range(BINS) if (place + n) % BINS in least)
        full.append((least[(place + step) % BINS] + step * 0x9E3779B1) & 0xFFFFFFFF)
    return tuple(full)


def bands(made: Signature) -> list[int]:
    """The index entries of a signature: 63-bit numbers, equal where both bins of a band are."""
    out = []
    for place in range(0, BINS, BAND):
        raw = struct.pack(f"<H{BAND}I", place, *made.bins[place : place + BAND])
        out.append(((zlib.crc32(raw) << 31) ^ zlib.adler32(raw)) & ((1 << 63) - 1))
    return out


def likeness(one: Signature, other: Signature) -> float:
    """The estimated Jaccard index of two bodies' shingles, 0 to 1 (standard error about 0.07 at one half)."""
    return sum(a == b for a, b in zip(one.bins, other.bins, strict=True)) / BINS


def contained(one: Signature, other: Signature) -> float:
    """The estimated share of the shorter body's shingles that the longer one has, 0 to 1."""
    alike = likeness(one, other)
    common = alike * (one.size + other.size) / (1 + alike)
    return min(common / min(one.size, other.size), 1.0)


def siblings(one: Signature, other: Signature) -> bool:
    """Whether two bodies are one story, perhaps cut or edited."""
    return likeness(one, other) >= ALIKE_LEAST and contained(one, other) >= CONTAINED


# ------------------------------------------------------------------------------------ who carries an edit

CARRIED, NOT_CARRIED, ELSEWHERE = "carried", "not carried", "not comparable"
_CONTEXT = 24  # characters to either side of an edit that tell its place
_STANDS = 92.0  # of 100: how well a phrase must be found to stand in a text


def carries(change: Change, sibling: Article) -> str:
    """Whether a sibling's article carries an edit: it says the new words, still says the old ones, or neither can be found."""
    if change.kind == Kind.HEADLINE:
        return _same(change, sibling.headline)
    if change.kind == Kind.DATELINE:
        return _same(change, sibling.dateline.text if sibling.dateline else None)
    if change.kind != Kind.BODY:
        return ELSEWHERE
    text = _plain(body_text(sibling))
    verdicts = [_either(place, text) for place in _places(change)]
    return next((v for v in (NOT_CARRIED, CARRIED) if v in verdicts), ELSEWHERE)


@dataclass(frozen=True, slots=True)
class _Place:
    """A differing place: the words on each side, and what stands around them."""

    before: str
    after: str
    left: str
    right: str

    def phrase(self, words: str) -> str:
        return " ".join(filter(None, (self.left, words, self.right)))


def _same(change: Change, text: str | None) -> str:
    """A short text as a whole: outlets that take it over take it word for word."""
    before, after, said = (_plain(side or "") for side in (change.before, change.after, text))
    if not said or said not in {before, after}:
        return ELSEWHERE
    return CARRIED if said == after else NOT_CARRIED


def _places(change: Change) -> Iterable[_Place]:
    ops = change.ops
    for number, (tag, before, after) in enumerate(ops):
        if tag in {"equal", "move"}:
            continue
        left = _plain(ops[number - 1][2])[-_CONTEXT:] if number and ops[number - 1][0] == "equal" else ""
        right = _plain(ops[number + 1][2])[:_CONTEXT] if number + 1 < len(ops) and ops[number + 1][0] == "equal" else ""
        yield _Place(_plain(before), _plain(after), left.strip(), right.strip())


def _plain(text: str) -> str:
    return " ".join(_TOKEN.findall(fold(text).casefold()))


def _either(place: _Place, text: str) -> str:
    old, new = (_stands(place, words, text) for words in (place.before, place.after))
    if not (place.left or place.right) and not (place.before and place.after):
        # words that only came or only went, with nothing around them to tell their place: they stand there or not
        return CARRIED if (old or new) == bool(place.after) else NOT_CARRIED
    if not (old or new):
        return ELSEWHERE
    # where both stand, one holds the other, and the longer one says more
    return CARRIED if (new, len(place.after)) > (old, len(place.before)) else NOT_CARRIED


def _stands(place: _Place, words: str, text: str) -> bool:
    """Whether the words stand in a text where the edit was made: they themselves exactly, what is around them nearly."""
    phrase = place.phrase(words)
    if not phrase or len(phrase) > len(text):
        return False
    if phrase in text:
        return True
    found = fuzz.partial_ratio_alignment(phrase, text, score_cutoff=_STANDS)
    return bool(words) and found is not None and words in text[found.dest_start : found.dest_end]
