"""Instants as readings give them: ISO 8601 with offset, or a date alone."""

from __future__ import annotations

from datetime import UTC, date, datetime


def parse(text: str) -> datetime | date | None:
    """The instant or the date that `text` names; None where it names none."""
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def same(before: str, after: str) -> bool:
    """Whether both name one moment; a date alone is the same as any instant that is written with that date."""
    old, new = parse(before), parse(after)
    if isinstance(old, datetime) and isinstance(new, datetime):
        return old == new
    if old is None or new is None:
        return before == after
    return before[:10] == after[:10]


def earlier(before: str, after: str) -> bool:
    """Whether `after` lies before `before`."""
    old, new = parse(before), parse(after)
    if isinstance(old, datetime) and isinstance(new, datetime):
        return new < old
    return after[:10] < before[:10]


def differing_part(before: str, after: str) -> tuple[bool, str, str]:
    """Whether the day differs, and both moments as shown to a person: clock times where the day is the same."""
    old, new = parse(before), parse(after)
    if isinstance(old, datetime) and isinstance(new, datetime):
        new = new.astimezone(old.tzinfo)
        if old.date() == new.date():
            style = (
                "%H:%M" if old.replace(second=0, microsecond=0) != new.replace(second=0, microsecond=0) else "%H:%M:%S"
            )
            return False, old.strftime(style), new.strftime(style)
        return True, old.strftime("%Y-%m-%d %H:%M"), new.strftime("%Y-%m-%d %H:%M")
    return True, before, after
