"""Live pages: entries added are one update; an entry edited or taken out of the middle is told, old ones rolling off are not."""

from __future__ import annotations

from dataclasses import replace

from db.types import Article, Block, Change
from monitor.changes import compare


def entry(text: str, at: str) -> Block:
    return Block("paragraph", text, at)


WIND = entry("The wind reached 90 kilometres an hour at the harbour, the weather office said.", "10:00")
FERRIES = entry("Ferries are cancelled until the evening, the operator told passengers.", "09:30")
SCHOOLS = entry("Schools in the north stay closed on Tuesday, the council said in a note.", "09:00")
NEW = (
    entry("A tree fell on the coast road near Millbrook and police closed two lanes.", "10:40"),
    entry("Power returned to 300 homes in the east, the grid operator said.", "10:20"),
)
BEFORE = Article(url="u", headline="Storm", page_type="live", language="en", body=(WIND, FERRIES, SCHOOLS))


def told(*body: Block) -> list[Change]:
    return [change for change in compare(BEFORE, replace(BEFORE, body=body)) if change.suppressed_by is None]


def test_entries_added_are_one_update() -> None:
    (change,) = told(*NEW, WIND, FERRIES, SCHOOLS)
    assert (change.kind, change.natures, change.facts) == ("body", ("update",), ("2 paragraphs added",))


def test_an_edited_entry_is_told_beside_the_update() -> None:
    morning = replace(FERRIES, text=FERRIES.text.replace("evening", "morning"))
    update, edit = told(*NEW, WIND, morning, SCHOOLS)
    assert update.natures == ("update",)
    assert "evening → morning" in edit.facts


def test_an_entry_taken_out_of_the_middle_is_told() -> None:
    update, removal = told(*NEW, WIND, SCHOOLS)
    assert update.natures == ("update",)
    assert removal.natures == ("removed",)
    assert removal.before == FERRIES.text


def test_the_oldest_entries_rolling_off_are_not() -> None:
    (change,) = told(*NEW, WIND)
    assert change.natures == ("update",)


def test_an_entry_deleted_alone_is_told() -> None:
    (removal,) = told(WIND, FERRIES)
    assert removal.natures == ("removed",)
