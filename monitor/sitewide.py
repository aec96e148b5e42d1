"""Site-wide changes: the same edit on many pages of one source within a day is its template's, and no edit of a story.

Whether it is, is decided by pure functions; the rest is what the decision does to the tables. Everything stays: the page's
changes are hidden by the rule `template`, one event of the source stands for them, and both can be undone.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from db.queries import rulings, suppressions, templates
from db.queries.templates import SourceEventRecord
from db.records import PageRecord
from db.types import Change, Kind, Significance

# a correction printed under five stories is five corrections; a page's address and state are never its template's; and of
# stories edited on one day, many get the same new time ("24 November" → "25 November")
OF_ONE_PAGE = frozenset({Kind.NOTICE, Kind.ADDRESS, Kind.AVAILABILITY, Kind.PUBLISHED, Kind.MODIFIED})


@dataclass(frozen=True, slots=True)
class Reach:
    """What makes an edit the template's: on `pages` pages or more, and on more than `share` of those looked at since it was
    first seen, within `window`."""

    pages: int = 5
    share: float = 0.3
    window: timedelta = timedelta(hours=24)


DEFAULT = Reach()


def edit_print(change: Change) -> int | None:
    """The edit alone, whatever stood around it, as 63 bits; None for one that is of one page by its kind, and for a number
    that became another, which two stories may share by chance."""
    if change.kind in OF_ONE_PAGE:
        return None
    edits = [[tag, before.strip(), after.strip()] for tag, before, after in change.ops if tag != "equal"]
    edits = edits or [["replace", change.before or "", change.after or ""]]
    if change.significance != Significance.COSMETIC and not any(_worded(before + after) for _, before, after in edits):
        return None
    words = json.dumps([change.kind, change.surface, edits], ensure_ascii=False)
    return int.from_bytes(hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 1


def _worded(text: str) -> bool:
    return any(letter.isalpha() for letter in text)


def is_template(pages: int, compared: int, reach: Reach = DEFAULT) -> bool:
    """Whether an edit that stands on `pages` of `compared` pages is the template's."""
    return pages >= reach.pages and pages > compared * reach.share


def arriving(session: Session, source_id: int, change: Change, at: datetime, reach: Reach = DEFAULT) -> Change:
    """A change that is about to be stored: hidden at once where its edit is known to be the template's."""
    print_ = edit_print(change)
    if print_ is None or change.suppressed_by:
        return change
    event = templates.latest_event(session, source_id, print_, at - reach.window)
    return replace(change, suppressed_by=rulings.TEMPLATE) if event and not event.undone else change


def stored(
    session: Session, change_id: int, page: PageRecord, change: Change, at: datetime, *, reach: Reach = DEFAULT
) -> int | None:
    """A change that was just stored. Gives the source event's id where its edit is, or now turns out to be, the template's."""
    print_ = edit_print(change)
    if print_ is None or change.suppressed_by not in {None, rulings.TEMPLATE}:
        return None
    templates.note(session, change_id, source_id=page.source_id, page_id=page.id, print_=print_, at=at)
    pages, first = templates.pages_with(session, page.source_id, print_, at - reach.window)
    if pages < reach.pages or first is None:
        return None
    event = templates.latest_event(session, page.source_id, print_, at - reach.window)
    compared = max(pages, templates.compared_since(session, page.source_id, first))
    if event is None and not is_template(pages, compared, reach):
        return None
    if event and event.undone:
        return None
    event_id = (
        event.id if event else _fold(session, page.source_id, print_, change, first=first, at=at, compared=compared)
    )
    templates.count_pages(session, event_id, pages=pages, compared=compared, at=at)
    return event_id


def _fold(
    session: Session, source_id: int, print_: int, change: Change, *, first: datetime, at: datetime, compared: int
) -> int:
    batch = uuid.uuid4().hex
    for change_id in templates.shown_with(session, source_id, print_, first):
        hide(session, change_id, batch, at)
    return templates.add_event(session, source_id, print_, change, first_at=first, last_at=at, compared=compared)


def hide(session: Session, change_id: int, batch: str, at: datetime) -> None:
    """Hide a stored change as the template's, told already or not; counted on its page as every suppression."""
    was = rulings.stored(session, change_id)
    if was is None:
        return
    hidden = replace(was, suppressed_by=rulings.TEMPLATE)
    if rulings.restate(session, change_id, hidden, action=rulings.TEMPLATE, rule=None, batch=batch, at=at):
        suppressions.count_of_change(session, change_id, rulings.TEMPLATE, at)


def undo(session: Session, event_id: int, at: datetime) -> int | None:
    """Show a source event's changes again, and let its edit through from now on. Gives how many; None for no such event."""
    event = templates.get(session, event_id)
    if event is None:
        return None
    templates.undo(session, event_id)
    batch = uuid.uuid4().hex
    return sum(
        rulings.show(session, change_id, batch=batch, at=at) for change_id in templates.changes_of(session, event)
    )


def fact(event: SourceEventRecord) -> str:
    """What an event says of itself, for a person."""
    return f"the same edit on {event.pages} of the {event.compared} pages looked at since it was first seen"
