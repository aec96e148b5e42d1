"""Tags: words that people put on changes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.models import ChangeTag

LONGEST = 40


def tidy(words: str) -> list[str]:
    """The tags in a line of text: parted by commas, small letters, single spaces, each once."""
    cut = (" ".join(re.sub(r"[\x00-\x1f]", " ", part).casefold().split())[:LONGEST] for part in words.split(","))
    return list(dict.fromkeys(part for part in cut if part))


def of(session: Session, change_ids: Iterable[int]) -> dict[int, list[str]]:
    """The tags of these changes, in order of the alphabet."""
    query = select(ChangeTag).where(ChangeTag.change_id.in_(list(change_ids))).order_by(ChangeTag.name)
    found: dict[int, list[str]] = {}
    for row in session.scalars(query):
        found.setdefault(row.change_id, []).append(row.name)
    return found


def add(session: Session, change_ids: Iterable[int], names: Iterable[str]) -> None:
    """Put tags on changes; those that stand already stay."""
    wanted = list(names)
    for change_id in change_ids:
        for name in wanted:
            session.merge(ChangeTag(change_id=change_id, name=name))
    session.flush()


def put(session: Session, change_id: int, names: Iterable[str]) -> None:
    """Make a change's tags exactly these."""
    session.execute(delete(ChangeTag).where(ChangeTag.change_id == change_id))
    add(session, [change_id], names)


def known(session: Session, limit: int = 200) -> list[str]:
    """Tags in use, in order of the alphabet."""
    return list(session.scalars(select(ChangeTag.name).distinct().order_by(ChangeTag.name).limit(limit)))
