"""A change's word operations as something to look at: paragraphs of marked runs, with what did not change cut short."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from db.types import Change

BREAK = "\n\n"  # between paragraphs of a body's operations
CONTEXT = 160  # characters of unchanged text shown beside an edit


@dataclass(frozen=True, slots=True)
class Run:
    """Words that share a fate: `equal`, `insert`, `delete`, `move_from`, `move_to` or `cut` (left out)."""

    tag: str
    text: str


Paragraph = tuple[Run, ...]


def runs_of(change: Change) -> list[Run]:
    """The change's words in reading order; without operations, the old text whole and the new one whole."""
    ops = change.ops or (("replace", change.before or "", change.after or ""),)
    found: list[Run] = []
    for tag, before, after in ops:
        if tag == "equal":
            found.append(Run("equal", after))
        elif tag == "move":
            found.append(Run("move_from", before) if before else Run("move_to", after))
        else:
            found += [Run("delete", before), Run("insert", after)]
    return [run for run in found if run.text]


def paragraphs(change: Change, *, whole: bool = False) -> list[Paragraph]:
    """The change as paragraphs. Paragraphs that did not change are left out, and long equal runs cut, unless `whole`."""
    split: list[list[Run]] = [[]]
    for run in runs_of(change):
        first, *rest = run.text.split(BREAK)
        split[-1].append(Run(run.tag, first))
        split += [[Run(run.tag, part)] for part in rest]
    kept = [[run for run in runs if run.text] for runs in split]
    shown = [runs for runs in kept if runs and (whole or any(run.tag != "equal" for run in runs))]
    return [tuple(runs) if whole else tuple(_cut(runs)) for runs in shown]


def _cut(runs: list[Run]) -> Iterable[Run]:
    for index, run in enumerate(runs):
        if run.tag != "equal" or len(run.text) <= 2 * CONTEXT + 40:
            yield run
            continue
        head = run.text[:CONTEXT].rsplit(" ", 1)[0] if index > 0 else ""
        tail = run.text[-CONTEXT:].split(" ", 1)[-1] if index < len(runs) - 1 else ""
        yield from (part for part in (Run("equal", head), Run("cut", " … "), Run("equal", tail)) if part.text)


def side(paragraph: Paragraph, which: str) -> Paragraph:
    """One side of a paragraph: `before` without what was inserted, `after` without what was deleted."""
    hidden = {"insert", "move_to"} if which == "before" else {"delete", "move_from"}
    return tuple(run for run in paragraph if run.tag not in hidden)
