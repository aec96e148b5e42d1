"""Feeds, sitemaps and sections: addresses that list articles."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.models import Feed, Source
from db.records import FeedRecord


def record_of(row: Feed) -> FeedRecord:
    return FeedRecord(
        id=row.id,
        source_id=row.source_id,
        url=row.url,
        kind=row.kind,
        active=row.active,
        etag=row.etag,
        last_modified=row.last_modified,
        last_check_at=row.last_check_at,
        last_success_at=row.last_success_at,
        next_check_at=row.next_check_at,
        reason=row.reason,
        failures=row.failures,
        interval_s=row.interval_s,
        body_digest=row.body_digest,
        rhythm_stories=row.rhythm_stories,
        rhythm_s=row.rhythm_s,
    )


def sync(session: Session, source_id: int, wanted: Iterable[tuple[str, str]], now: datetime) -> None:
    """Make a source's feeds those of `(url, kind)`; one no longer wanted is switched off, a new one is due at once."""
    rows = {row.url: row for row in session.scalars(select(Feed).where(Feed.source_id == source_id))}
    urls = set()
    for url, kind in wanted:
        urls.add(url)
        row = rows.get(url)
        if row is None:
            session.add(Feed(source_id=source_id, url=url, kind=kind, active=True, next_check_at=now, failures=0))
        else:
            row.kind, row.active = kind, True
    for url, row in rows.items():
        if url not in urls:
            row.active = False


def due(session: Session, now: datetime, limit: int = 100) -> list[FeedRecord]:
    """Active feeds of enabled sources whose time has come, longest waiting first."""
    query = (
        select(Feed)
        .join(Source, Source.id == Feed.source_id)
        .where(Feed.active, Source.enabled, Feed.next_check_at <= now)
        .order_by(Feed.next_check_at)
        .limit(limit)
    )
    return [record_of(row) for row in session.scalars(query)]


def of_source(session: Session, source_id: int) -> list[FeedRecord]:
    query = select(Feed).where(Feed.source_id == source_id).order_by(Feed.id)
    return [record_of(row) for row in session.scalars(query)]


def every(session: Session) -> list[FeedRecord]:
    return [record_of(row) for row in session.scalars(select(Feed).order_by(Feed.id))]


def by_url(session: Session, url: str) -> FeedRecord | None:
    row = session.scalar(select(Feed).where(Feed.url == url).order_by(Feed.active.desc()).limit(1))
    return record_of(row) if row else None


def get(session: Session, feed_id: int) -> FeedRecord | None:
    row = session.get(Feed, feed_id)
    return record_of(row) if row else None


def record(session: Session, feed_id: int, **values: Any) -> None:
    """Store what a visit to a feed found: any columns of the table by name."""
    session.execute(update(Feed).where(Feed.id == feed_id).values(**values))
