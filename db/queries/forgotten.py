"""What was forgotten on request: lists that name it again are not followed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.models_forgotten import Forgotten

URL, TEXT = "url", "text"


def digest_of(url: str) -> str:
    return sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


def record(
    session: Session,
    sort: str,
    at: datetime,
    *,
    urls: Sequence[str] = (),
    reason: str | None,
    counts: tuple[int, int, int],
) -> None:
    """Remember that something was forgotten: for an article a row for each of its addresses. `counts` are versions, changes and
    archived records."""
    revisions, changes, records = counts
    digests: list[str | None] = [digest_of(url) for url in urls]
    for digest in digests or [None]:
        row = Forgotten(sort=sort, at=at, digest=digest, reason=reason)
        row.revisions, row.changes, row.records = revisions, changes, records
        session.add(row)
    session.flush()


def among(session: Session, urls: Sequence[str]) -> set[str]:
    """Which of these addresses were forgotten. Asked in portions of 500."""
    found: set[str] = set()
    for start in range(0, len(urls), 500):
        digests = {digest_of(url): url for url in urls[start : start + 500]}
        known = session.scalars(select(Forgotten.digest).where(Forgotten.digest.in_(list(digests))))
        found.update(digests[digest] for digest in known if digest)
    return found


def lift(session: Session, url: str) -> None:
    """Somebody asks for an article that was forgotten: from now on it is one like any other."""
    session.execute(update(Forgotten).where(Forgotten.digest == digest_of(url)).values(digest=None))


def every(session: Session) -> list[tuple[datetime, str, str | None, int, int, int]]:
    """When, which sort, why, and how many versions, changes and records went; the oldest first."""
    columns = (
        Forgotten.at,
        Forgotten.sort,
        Forgotten.reason,
        Forgotten.revisions,
        Forgotten.changes,
        Forgotten.records,
    )
    return [tuple(row) for row in session.execute(select(*columns).order_by(Forgotten.id))]  # type: ignore[misc]
