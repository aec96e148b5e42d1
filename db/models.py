"""The tables. Times are UTC; texts of readings are zstd blobs; JSON holds what no query filters by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base as Base  # noqa: PLC0414 - other tables take them from here
from db.base import Key as Key  # noqa: PLC0414
from db.base import Utc as Utc  # noqa: PLC0414


class Source(Base):
    __tablename__ = "source"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    home: Mapped[str | None] = mapped_column(Text)
    declared: Mapped[bool]
    enabled: Mapped[bool]
    settings: Mapped[dict[str, Any]]
    overrides: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    edits_seen: Mapped[float] = mapped_column(Float, default=0.0, server_default=text("0"))
    exposure_seen: Mapped[float] = mapped_column(Float, default=0.0, server_default=text("0"))
    hinted_seen: Mapped[float] = mapped_column(Float, default=0.0, server_default=text("0"))


class SourceHour(Base):
    __tablename__ = "source_hour"
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True)  # of the day, UTC
    edits: Mapped[float] = mapped_column(Float, default=0.0, server_default=text("0"))
    expected: Mapped[float] = mapped_column(Float, default=0.0, server_default=text("0"))


class Host(Base):
    __tablename__ = "host"
    name: Mapped[str] = mapped_column(String(300), primary_key=True)
    crawl_delay_s: Mapped[float | None] = mapped_column(Float)
    not_before: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None] = mapped_column(String(40))
    last_success_at: Mapped[datetime | None]
    price: Mapped[float] = mapped_column(Float, default=0.0, server_default=text("0"))
    asked_at: Mapped[datetime | None]  # by any worker of a fleet


class Feed(Base):
    __tablename__ = "feed"
    __table_args__ = (UniqueConstraint("source_id", "url"), Index(None, "active", "next_check_at"))
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    url: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(20))
    active: Mapped[bool] = mapped_column(default=True)
    etag: Mapped[str | None] = mapped_column(Text)
    last_modified: Mapped[str | None] = mapped_column(String(100))
    last_check_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    next_check_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(40))
    failures: Mapped[int] = mapped_column(default=0)
    interval_s: Mapped[int | None]
    body_digest: Mapped[str | None] = mapped_column(String(64))
    rhythm_stories: Mapped[float] = mapped_column(Float, default=0.0, server_default=text("0"))
    rhythm_s: Mapped[float] = mapped_column(Float, default=0.0, server_default=text("0"))


class Page(Base):
    __tablename__ = "page"
    __table_args__ = (
        # the one question asked on every tick: what is due, per host
        Index("ix_page_due", "next_check_at", sqlite_where=text("active"), postgresql_where=text("active")),
        Index(
            "ix_page_host_due", "host", "next_check_at", sqlite_where=text("active"), postgresql_where=text("active")
        ),
        Index("ix_page_source", "source_id"),
        Index("ix_page_watched", "source_id", "active", sqlite_where=text("active"), postgresql_where=text("active")),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    url: Mapped[str] = mapped_column(Text, unique=True)
    host: Mapped[str] = mapped_column(String(300))
    first_seen_at: Mapped[datetime]
    active: Mapped[bool] = mapped_column(default=True)
    state: Mapped[str] = mapped_column(String(20), default="unseen")
    state_since: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    last_check_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    next_check_at: Mapped[datetime | None]
    etag: Mapped[str | None] = mapped_column(Text)
    last_modified: Mapped[str | None] = mapped_column(String(100))
    last_full_at: Mapped[datetime | None]
    body_digest: Mapped[str | None] = mapped_column(String(64))
    latest_revision_id: Mapped[int | None] = mapped_column(Key)
    reading_digest: Mapped[str | None] = mapped_column(String(64))
    reader_version: Mapped[str | None] = mapped_column(String(64))
    n_changes: Mapped[int] = mapped_column(default=0)
    exposure: Mapped[float] = mapped_column(Float, default=0.0)
    failures: Mapped[int] = mapped_column(default=0)
    gone_count: Mapped[int] = mapped_column(default=0)
    held_digest: Mapped[str | None] = mapped_column(String(64))
    held_reason: Mapped[str | None] = mapped_column(String(40))
    held_at: Mapped[datetime | None]
    exposure_slow: Mapped[float] = mapped_column(Float, default=0.0, server_default=text("0"))
    lean: Mapped[float] = mapped_column(Float, default=0.0, server_default=text("0"))
    hinted: Mapped[bool] = mapped_column(default=False, server_default=false())
    listed_title: Mapped[str | None] = mapped_column(String(16))
    pin_s: Mapped[int | None]
    pinned_until: Mapped[datetime | None]
    render: Mapped[bool | None]  # None: as the source says


class Alias(Base):
    __tablename__ = "alias"
    url: Mapped[str] = mapped_column(Text, primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"), index=True)


class Check(Base):
    __tablename__ = "page_check"  # "check" is a reserved word of SQL
    __table_args__ = (Index(None, "page_id", "at"), Index(None, "at"))
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(16))
    status: Mapped[int | None]
    reason: Mapped[str | None] = mapped_column(String(40))
    revision_id: Mapped[int | None] = mapped_column(Key)
    segment: Mapped[str | None] = mapped_column(String(80))
    offset: Mapped[int | None] = mapped_column(Key)
    length: Mapped[int | None]
    digest: Mapped[str | None] = mapped_column(String(64))


class CheckDay(Base):
    """How many looks of a UTC day were dropped when they had grown old; `reason` is empty where none was needed."""

    __tablename__ = "check_day"
    __table_args__ = (Index(None, "source_id", "day"),)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), primary_key=True)
    host: Mapped[str] = mapped_column(String(300), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(16), primary_key=True)
    reason: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int]


_UNSEALED = text("leaf IS NULL")  # the sealer's question: what does the log of evidence not hold yet


class Revision(Base):
    __tablename__ = "revision"
    __table_args__ = (
        UniqueConstraint("page_id", "seq"),
        Index("ix_revision_to_compare", "id", sqlite_where=text("NOT compared"), postgresql_where=text("NOT compared")),
        Index(None, "page_id", "reading_digest"),
        Index("ix_revision_unsealed", "id", sqlite_where=_UNSEALED, postgresql_where=_UNSEALED),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"))
    seq: Mapped[int]
    not_before: Mapped[datetime | None]
    not_after: Mapped[datetime]
    reading_digest: Mapped[str] = mapped_column(String(64))
    reader_version: Mapped[str] = mapped_column(String(64))
    headline: Mapped[str | None] = mapped_column(Text)
    same_as: Mapped[int | None] = mapped_column(Key)
    compared: Mapped[bool] = mapped_column(default=False)
    rebased: Mapped[bool] = mapped_column(default=False)
    segment: Mapped[str | None] = mapped_column(String(80))
    offset: Mapped[int | None] = mapped_column(Key)
    length: Mapped[int | None]
    digest: Mapped[str | None] = mapped_column(String(64))
    around: Mapped[int | None]  # bytes of the visit's other records, which lie right before the answer's
    record_digest: Mapped[str | None] = mapped_column(String(64))  # of all of the visit's records, as they lie there
    leaf: Mapped[int | None] = mapped_column(Key)


class Reading(Base):
    __tablename__ = "reading"
    __table_args__ = (Index("ix_reading_unsealed", "revision_id", sqlite_where=_UNSEALED, postgresql_where=_UNSEALED),)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id", ondelete="CASCADE"), primary_key=True)
    reader_version: Mapped[str] = mapped_column(String(64), primary_key=True)
    article: Mapped[bytes] = mapped_column(LargeBinary)
    leaf: Mapped[int | None] = mapped_column(Key)


class Event(Base):
    __tablename__ = "event"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    key: Mapped[str] = mapped_column(String(120), unique=True)


_HIDDEN = text("suppressed_by IS NOT NULL")


class ChangeRow(Base):
    __tablename__ = "change"
    __table_args__ = (
        Index(None, "page_id", "id"),
        Index(None, "source_id", "id"),
        Index(None, "kind", "id"),
        Index(None, "significance", "id"),
        # all that the statistics and the day's counts read: no row need be opened
        Index(
            "ix_change_stats",
            *("not_after", "source_id", "significance", "kind", "surface", "natures", "suppressed_by", "page_id"),
        ),
        Index(None, "created_at"),
        Index(None, "revision_after"),
        Index("ix_change_noise", "id", sqlite_where=_HIDDEN, postgresql_where=_HIDDEN),
        Index("ix_change_unsealed", "id", sqlite_where=_UNSEALED, postgresql_where=_UNSEALED),
        {"sqlite_autoincrement": True},  # ids are a cursor (`--after ID`): never given twice
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    # a task that runs twice finds its own key here: changes exactly once
    key: Mapped[str] = mapped_column(String(200), unique=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"))
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(20))
    surface: Mapped[str | None] = mapped_column(String(20))
    natures: Mapped[str] = mapped_column(Text)  # ",number,name,": one LIKE finds one nature
    significance: Mapped[int]
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[bytes] = mapped_column(LargeBinary)  # ops and facts
    headline: Mapped[str | None] = mapped_column(Text)
    suppressed_by: Mapped[str | None] = mapped_column(String(40))
    not_before: Mapped[datetime | None]
    not_after: Mapped[datetime]
    created_at: Mapped[datetime]
    revision_before: Mapped[int | None] = mapped_column(Key)
    revision_after: Mapped[int | None] = mapped_column(Key)
    count: Mapped[int] = mapped_column(default=1)
    last_seen: Mapped[datetime | None]
    rules_version: Mapped[str | None] = mapped_column(String(64))
    leaf: Mapped[int | None] = mapped_column(Key)


class Suppression(Base):
    __tablename__ = "suppression"
    __table_args__ = (UniqueConstraint("page_id", "rule"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"))
    rule: Mapped[str] = mapped_column(String(40))
    count: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class Crawl(Base):
    __tablename__ = "crawl"
    __table_args__ = (Index(None, "state", "id"), Index(None, "request_key", unique=True))
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    requested_at: Mapped[datetime]
    requested_by: Mapped[str] = mapped_column(String(80))
    targets: Mapped[list[Any]]
    options: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(12))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    # digests of an `Idempotency-Key` with its sender, and of what was asked under it
    request_key: Mapped[str | None] = mapped_column(String(64))
    request_digest: Mapped[str | None] = mapped_column(String(64))


class CrawlItemRow(Base):
    __tablename__ = "crawl_item"
    __table_args__ = (Index(None, "crawl_id", "state"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    crawl_id: Mapped[int] = mapped_column(ForeignKey("crawl.id", ondelete="CASCADE"))
    url: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12))
    page_id: Mapped[int | None] = mapped_column(Key)
    status: Mapped[int | None]
    outcome: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(40))
    detail: Mapped[str | None] = mapped_column(Text)
    revision_id: Mapped[int | None] = mapped_column(Key)
    done_at: Mapped[datetime | None]


class Delivery(Base):
    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("change_id", "channel"),
        Index(None, "state", "next_at"),
        Index("ix_delivery_channel_state_next_at", "channel", "state", "next_at"),
        Index("ix_delivery_channel_sent_at", "channel", "sent_at"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("change.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(12))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    maybe_repeat: Mapped[bool] = mapped_column(default=False)
    batch: Mapped[str | None] = mapped_column(String(32), index=True)
    held: Mapped[str | None] = mapped_column(String(20))
    last_error: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]


class Job(Base):
    __tablename__ = "job"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    last_run_at: Mapped[datetime | None]
    next_run_at: Mapped[datetime | None]
    result: Mapped[str | None] = mapped_column(Text)
    claimed_at: Mapped[datetime | None]  # the tick that some scheduler of a fleet has taken


class Triage(Base):
    """A person's judgement of a change. A change without a row is new."""

    __tablename__ = "triage"
    __table_args__ = (Index(None, "state", "change_id"),)
    change_id: Mapped[int] = mapped_column(ForeignKey("change.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(12))
    note: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]
    by: Mapped[str | None] = mapped_column(String(80))


class TriageStep(Base):
    """What a judgement replaced, so that it can be undone; the steps of one action share its `batch`."""

    __tablename__ = "triage_step"
    __table_args__ = (Index(None, "batch"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    batch: Mapped[str] = mapped_column(String(32))
    change_id: Mapped[int] = mapped_column(ForeignKey("change.id", ondelete="CASCADE"), index=True)
    before: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime]
    by: Mapped[str | None] = mapped_column(String(80))


class ChangeTag(Base):
    """A word that a person put on a change."""

    __tablename__ = "change_tag"
    __table_args__ = (Index(None, "name", "change_id"),)
    change_id: Mapped[int] = mapped_column(ForeignKey("change.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)


class HideRule(Base):
    """A person's rule: this kind and surface is not shown for this article, or for this source. Applied when reading, so that
    switching it off shows everything again."""

    __tablename__ = "hide_rule"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    surface: Mapped[str | None] = mapped_column(String(20))
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), index=True)
    page_id: Mapped[int | None] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"), index=True)
    enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(String(80))


class SavedView(Base):
    """A named set of the inbox's filters."""

    __tablename__ = "saved_view"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    query: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class Note(Base):
    """Small facts of a home that outlive a process: the display zone chosen on the page, dictionary ids."""

    __tablename__ = "note"
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
