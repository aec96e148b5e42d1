"""The time of publication, and the time line as shown."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from db.types import Kind, Nature
from monitor.changes import moments
from monitor.changes.draft import Draft, Pair, place, text_draft
from monitor.changes.text import fold, skeleton

KIND = Kind.PUBLISHED
MODIFIED_LABEL = regex.compile(
    r"updat|modifi|amend|aktualis|geändert|mis à jour|mise à jour|actualiz|aggiornat|atualiz|bijgewerkt|gewijzigd|uppdater|"
    r"opdater|oppdater|päivitet|zaktualiz|aktualiz|actualizat|frissít|güncelle|diperbarui|cập nhật|обновл|оновл|ενημερ|"
    r"تحديث|به‌روز|עודכן|अपडेट|更新|수정|업데이트|อัปเดต",
    regex.I,
)

LABEL = regex.compile(r"[^\d:：]*[:：]")
"""The words up to a colon that stands before the first figure."""


def find(pair: Pair) -> Iterator[Draft]:
    """The published instant moved; where neither instant did, the time line as shown, if its label is not a modified one's."""
    drafts = list(instant_changes(KIND, "published", pair))
    yield from drafts or shown_changes(KIND, pair)


def instant_changes(kind: str, name: str, pair: Pair) -> Iterator[Draft]:
    """The change of an instant that both readings took from the same place; relative times never make one."""
    before, after = getattr(pair.before, name), getattr(pair.after, name)
    if not before or not after or moments.same(before, after) or not pair.same_place(name):
        return
    if place(pair.before.provenance.get(name)).startswith("relative"):
        return
    day, old, new = moments.differing_part(before, after)
    natures = (Nature.DATE,) if day else (Nature.TIME,)
    yield Draft(kind, before, after, natures, (f"{name} {old} → {new}",), (("replace", before, after),))


def shown_changes(kind: str, pair: Pair) -> Iterator[Draft]:
    """The time line's own edit, where the instants stood still: `modified` by its label, else `published`."""
    old, new = pair.before.displayed_time, pair.after.displayed_time
    if (
        not old
        or not new
        or _same_time(_told(old), _told(new))
        or pair.before.displayed_relative
        or pair.after.displayed_relative
    ):
        return
    if not pair.same_place("displayed_time") or _instants_moved(pair):
        return
    label = Kind.MODIFIED if MODIFIED_LABEL.search(fold(old)) and MODIFIED_LABEL.search(fold(new)) else Kind.PUBLISHED
    if label == kind:
        draft = text_draft(kind, old, new, pair, surface="displayed_time")
        natures = tuple(n for n in draft.natures if n in {Nature.DATE, Nature.TIME}) or (Nature.TIME,)
        yield Draft(kind, old, new, natures, (f"time line {fold(old)} → {fold(new)}",), draft.ops, "displayed_time")


def _told(line: str) -> str:
    """The time that a line tells, without the label before it: "Stand:" becomes "First published:" at the first update."""
    first = LABEL.match(line)
    return skeleton(line[first.end() :] if first else line)


def _same_time(old: str, new: str) -> bool:
    """Whether two lines tell one time, or one of them with words before it: "Posted on December 20" and "December 20"."""
    short, long = sorted((old, new), key=len)
    return old == new or (
        long.endswith(short)
        and any(c.isdigit() for c in short)
        and not any(c.isdigit() for c in long.removesuffix(short))
    )


def _instants_moved(pair: Pair) -> bool:
    return any(
        (b := getattr(pair.before, n)) and (a := getattr(pair.after, n)) and not moments.same(b, a)
        for n in ("published", "modified")
    )
