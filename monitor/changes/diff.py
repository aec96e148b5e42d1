"""What differs between two texts: a short field by word; a body by paragraph, then sentence, then word.

Operations are `(tag, before, after)` with tag `equal | insert | delete | replace | move`; the before sides joined
give the old text,
the after sides the new one. A moved passage stands as `("move", text, "")` where it was and `("move", "", text)` where it is.
An equal operation may differ in spaces alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel, LCSseq

from monitor.changes.text import same_skeleton
from monitor.changes.words import sentences, tokens

Op = tuple[str, str, str]
Ops = tuple[Op, ...]

BREAK = "\n\n"
"""Stands between paragraphs in a body's operations."""
ALIKE = 55.0
"""Of 100 (rapidfuzz ratio): sentences at least this alike are one sentence edited, else one deleted and one added."""
MOVED_ALIKE = 90.0
MOVED_LENGTH = 30
WORD_CELLS = 60_000_000
"""Cells of the word table (words before times words after) past which what is not common at both ends is shown as replaced."""
LONG = 8_000
"""Characters of two texts together past which likeness is counted by word, of at most `MOST_WORDS` a side."""
MOST_WORDS = 6_000
MOST_EDITS = 600
"""Edited sentences past which the next are shown as replaced whole."""
PAIR_CELLS = 2_500
"""Cells of the pairing table of sentences past which they are paired in order alone."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a body that differs. `tag` is `insert`, `delete`, `edit` or `move`; `at` is the paragraph's number
    from 1 (after, or
    before where it was deleted)."""

    tag: str
    before: str
    after: str
    at: int
    ops: Ops = ()


@dataclass(frozen=True, slots=True)
class BodyDiff:
    """The differing paragraphs of a body: passages in reading order, their operations joined, and whether a cap made
    it coarser."""

    passages: tuple[Passage, ...] = ()
    ops: Ops = ()
    coarse: bool = False
    reflowed: bool = False
    gaps: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = field(default=(), repr=False)


def sides(ops: Sequence[Op]) -> tuple[str, str]:
    """The old and the new text that `ops` spell."""
    return "".join(o[1] for o in ops), "".join(o[2] for o in ops)


def word_ops(before: str, after: str, language: str | None = None) -> Ops:
    """The word operations between two short texts."""
    if before == after:
        return (("equal", before, after),) if before else ()
    old, new = tokens(before, language), tokens(after, language)
    if len(old) * len(new) > WORD_CELLS:
        return tuple(_ends(old, new))
    return tuple(_runs(old, new))


def _ends(old: Sequence[str], new: Sequence[str]) -> Iterator[Op]:
    """One replacement between what both texts begin and end with."""
    most = min(len(old), len(new))
    start = next((i for i in range(most) if old[i] != new[i]), most)
    end = next((i for i in range(most - start) if old[-1 - i] != new[-1 - i]), most - start)
    stop, last = len(old) - end, len(new) - end
    for gone, come, equal in (
        (old[:start], new[:start], True),
        (old[start:stop], new[start:last], False),
        (old[stop:], new[last:], True),
    ):
        if gone or come:
            tag = "equal" if equal else "replace" if gone and come else "delete" if gone else "insert"
            yield tag, "".join(gone), "".join(come)


def _runs(old: Sequence[str], new: Sequence[str]) -> Iterator[Op]:
    for equal, b0, b1, a0, a1 in _stretches([t.strip() for t in old], [t.strip() for t in new]):
        tag = "equal" if equal else "insert" if b0 == b1 else "delete" if a0 == a1 else "replace"
        yield tag, "".join(old[b0:b1]), "".join(new[a0:a1])


def _stretches(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[bool, int, int, int, int]]:
    """Alternating stretches that are equal or not, as `(equal, start, end, start, end)`."""
    b0 = a0 = 0
    for op in LCSseq.opcodes(old, new):
        if op.tag == "equal":
            if op.src_start > b0 or op.dest_start > a0:
                yield False, b0, op.src_start, a0, op.dest_start
            yield True, op.src_start, op.src_end, op.dest_start, op.dest_end
            b0, a0 = op.src_end, op.dest_end
    if len(old) > b0 or len(new) > a0:
        yield False, b0, len(old), a0, len(new)


# ------------------------------------------------------------------------------------------------ bodies


def body_diff(before: Sequence[str], after: Sequence[str], language: str | None = None) -> BodyDiff:
    """The difference between two bodies given as paragraphs. Paragraphs equal but for punctuation and style still
    differ, as edits."""
    gaps = list(_gaps(before, after))
    if not gaps:
        return BodyDiff()
    builder = _Builder(language)
    for old_at, old, new_at, new in gaps:
        builder.gap(old, old_at, new, new_at)
    passages = builder.finish()
    return BodyDiff(
        passages,
        trimmed([op for p in passages for op in p.ops]),
        builder.coarse,
        builder.reflowed,
        tuple((tuple(old), tuple(new)) for _, old, _, new in gaps),
    )


def _gaps(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, list[str], int, list[str]]]:
    """Stretches of paragraphs that differ, between paragraphs that are the same: (start, old paragraphs, start, new
    paragraphs)."""
    gap: list[int] | None = None
    for equal, b0, b1, a0, a1 in _paragraph_stretches(before, after):
        if equal and before[b0] == after[a0]:
            if gap:
                yield _gap_of(gap, before, after)
            gap = None
        elif gap:
            gap[1], gap[3] = b1, a1
        else:
            gap = [b0, b1, a0, a1]
    if gap:
        yield _gap_of(gap, before, after)


def _paragraph_stretches(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[bool, int, int, int, int]]:
    """As `_stretches`, equal paragraphs one by one."""
    for equal, b0, b1, a0, a1 in _stretches(*_paragraph_keys(before, after)):
        if equal:
            yield from ((True, b0 + i, b0 + i + 1, a0 + i, a0 + i + 1) for i in range(b1 - b0))
        else:
            yield False, b0, b1, a0, a1


def _gap_of(span: list[int], before: Sequence[str], after: Sequence[str]) -> tuple[int, list[str], int, list[str]]:
    b0, b1, a0, a1 = span
    return b0, list(before[b0:b1]), a0, list(after[a0:a1])


def _paragraph_keys(before: Sequence[str], after: Sequence[str]) -> tuple[list[str], list[str]]:
    """Keys that align paragraphs: a new paragraph takes the key of the old one it was most likely edited from."""
    known, kept = set(before), set(after)
    old = [t for t in before if t not in kept]
    new = [t for t in after if t not in known]
    if not old or not new or len(old) * len(new) > PAIR_CELLS:
        return list(before), list(after)
    scored = sorted(((_alike(b, a), i, j) for i, b in enumerate(old) for j, a in enumerate(new)), reverse=True)
    taken: dict[str, str] = {}
    for score, i, j in scored:
        if score and new[j] not in taken and old[i] not in taken.values():
            taken[new[j]] = old[i]
    return list(before), [taken.get(t, t) for t in after]


def trimmed(ops: Sequence[Op]) -> Ops:
    """`ops` without the break after the last paragraph of each side."""
    out = list(ops)
    for side in (1, 2):
        last = next((i for i in range(len(out) - 1, -1, -1) if out[i][side]), None)
        if last is not None:
            parts = list(out[last])
            parts[side] = parts[side].removesuffix(BREAK)
            out[last] = (parts[0], parts[1], parts[2])
    return tuple(op for op in out if op[1] or op[2])


@dataclass(slots=True)
class _Unit:
    """One sentence with the paragraph it stands in; the last of a paragraph carries the break."""

    text: str
    at: int


class _Builder:
    """Collects passages gap by gap, then finds what moved between gaps."""

    def __init__(self, language: str | None) -> None:
        self.language = language
        self.coarse = False
        self.reflowed = False
        self._edits = 0
        self._passages: list[Passage] = []

    def gap(self, old: list[str], old_at: int, new: list[str], new_at: int) -> None:
        if len(old) == len(new):
            pairs = list(zip(old, new, strict=True))
            if all(same_skeleton(b, a, self.language) for b, a in pairs):
                for i, (b, a) in enumerate(pairs):
                    self._edit(b + BREAK, a + BREAK, new_at + i + 1)
                return
        elif old and new and same_skeleton("".join(old), "".join(new), self.language):
            self.reflowed = True
        self._sentences(self._units(old, old_at), self._units(new, new_at))

    def _units(self, paragraphs: list[str], at: int) -> list[_Unit]:
        if len(paragraphs) > MOST_EDITS:
            self.coarse = True
            return [_Unit(p + BREAK, i) for i, p in enumerate(paragraphs, start=at + 1)]
        out: list[_Unit] = []
        for i, paragraph in enumerate(paragraphs, start=at + 1):
            parts = list(sentences(paragraph, self.language)) or [""]
            parts[-1] += BREAK
            out += [_Unit(p, i) for p in parts]
        return out

    def _sentences(self, old: list[_Unit], new: list[_Unit]) -> None:
        for equal, b0, b1, a0, a1 in _stretches([u.text.strip() for u in old], [u.text.strip() for u in new]):
            if equal:
                for b, a in zip(old[b0:b1], new[a0:a1], strict=True):
                    tag = "equal" if b.text == a.text else "flow"
                    self._passages.append(Passage(tag, b.text, a.text, a.at, (("equal", b.text, a.text),)))
            else:
                self._uneven(old[b0:b1], new[a0:a1])

    def _uneven(self, old: list[_Unit], new: list[_Unit]) -> None:
        i = j = 0
        for b, a in self._pairs(old, new):
            self._drop(old[i:b])
            self._add(new[j:a])
            self._edit(old[b].text, new[a].text, new[a].at)
            i, j = b + 1, a + 1
        self._drop(old[i:])
        self._add(new[j:])

    def _drop(self, units: list[_Unit]) -> None:
        self._passages += [Passage("delete", u.text, "", u.at, (("delete", u.text, ""),)) for u in units]

    def _add(self, units: list[_Unit]) -> None:
        self._passages += [Passage("insert", "", u.text, u.at, (("insert", "", u.text),)) for u in units]

    def _edit(self, before: str, after: str, at: int) -> None:
        self._edits += 1
        if self._edits > MOST_EDITS:
            self.coarse = True
            self._passages.append(Passage("edit", before, after, at, (("replace", before, after),)))
            return
        ops = word_ops(before, after, self.language)
        self.coarse |= any(_huge(op) for op in ops)
        self._passages.append(Passage("edit", before, after, at, ops))

    def _pairs(self, old: list[_Unit], new: list[_Unit]) -> list[tuple[int, int]]:
        """Sentences of `old` and `new` that are one sentence edited, both in order: the pairing of most likeness."""
        if len(old) == len(new) == 1:
            return [(0, 0)] if _same_sentence(old[0].text, new[0].text) else []
        if len(old) * len(new) > PAIR_CELLS:
            self.coarse = True
            return [(i, i) for i in range(min(len(old), len(new))) if _alike(old[i].text, new[i].text) >= ALIKE]
        return _best_pairs(len(old), len(new), lambda i, j: _alike(old[i].text, new[j].text))

    def finish(self) -> tuple[Passage, ...]:
        removed = [i for i, p in enumerate(self._passages) if p.tag == "delete" and len(p.before) >= MOVED_LENGTH]
        added = [i for i, p in enumerate(self._passages) if p.tag == "insert" and len(p.after) >= MOVED_LENGTH]
        if len(removed) * len(added) <= PAIR_CELLS:
            self._find_moves(removed, added)
        return tuple(self._passages)

    def _find_moves(self, removed: list[int], added: list[int]) -> None:
        free = set(added)
        for i in removed:
            old = self._passages[i]
            best = max(free, key=lambda j: _alike(old.before, self._passages[j].after), default=None)
            if best is None or _alike(old.before, self._passages[best].after) < MOVED_ALIKE:
                continue
            free.discard(best)
            new = self._passages[best]
            self._passages[i] = Passage("move", old.before, new.after, old.at, (("move", old.before, ""),))
            self._passages[best] = Passage("moved_here", old.before, new.after, new.at, (("move", "", new.after),))


def _huge(op: Op) -> bool:
    return op[0] == "replace" and len(op[1]) + len(op[2]) > LONG


def _alike(before: str, after: str) -> float:
    return likeness(before, after, ALIKE)


def likeness(before: str, after: str, least: float = 0.0) -> float:
    """How alike two texts are, of 100, and 0 below `least`: by character, or by word where they are long."""
    if len(before) + len(after) <= LONG:
        return fuzz.ratio(before, after, score_cutoff=least)
    return 100 * Indel.normalized_similarity(_coarse(before), _coarse(after), score_cutoff=least / 100)


def _coarse(text: str) -> list[str]:
    """Words of a long text; where it has next to no spaces, its characters."""
    words = text[: 40 * MOST_WORDS].split(None, MOST_WORDS)[:MOST_WORDS]
    return words if len(words) * 40 > min(len(text), 40 * MOST_WORDS) else list(text[:MOST_WORDS])


def _same_sentence(before: str, after: str) -> bool:
    """Two sentences alone between equal neighbours need less likeness; nothing in common is still a replacement."""
    return likeness(before, after) >= ALIKE - 15


def _best_pairs(rows: int, columns: int, score: Callable[[int, int], float]) -> list[tuple[int, int]]:
    """The increasing pairs of rows and columns with the greatest sum of scores; a pair of score 0 is none."""
    table = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    scores = [[score(i, j) for j in range(columns)] for i in range(rows)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            table[i][j] = max(table[i + 1][j], table[i][j + 1], table[i + 1][j + 1] + scores[i][j])
    out: list[tuple[int, int]] = []
    i = j = 0
    while i < rows and j < columns:
        if scores[i][j] and table[i][j] == table[i + 1][j + 1] + scores[i][j]:
            out.append((i, j))
            i, j = i + 1, j + 1
        elif table[i][j] == table[i + 1][j]:
            i += 1
        else:
            j += 1
    return out
