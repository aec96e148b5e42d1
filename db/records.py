"""Values that queries return: one frozen class a table, so that rows never leave `db`. Instants are aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from db.types import Article, Change


@dataclass(frozen=True, slots=True)
class ArchiveRef:
    """Where a raw record lies: segment file name, byte offset and length of its gzip member, digest of the payload.

    `around` is how many bytes of the visit's other records lie right before it, `record_digest` the SHA-256 of them all; None
    where neither was noted.
    """

    segment: str
    offset: int
    length: int
    digest: str
    around: int | None = field(default=None, compare=False)
    record_digest: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A source as it stands: what the file declares, with what a command or page changed beside it.

    `settings` is the declared table, `overrides` what was changed; `effective` is one over the other.
    """

    id: int
    name: str
    home: str | None
    declared: bool
    enabled: bool
    settings: Mapping[str, Any] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)

    @property
    def effective(self) -> dict[str, Any]:
        return {**self.settings, **self.overrides}


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """An address that lists articles. `kind` is `feed`, `sitemap` or `section`."""

    id: int
    source_id: int
    url: str
    kind: str
    active: bool
    etag: str | None = None
    last_modified: str | None = None
    last_check_at: datetime | None = None
    last_success_at: datetime | None = None
    next_check_at: datetime | None = None
    reason: str | None = None
    failures: int = 0
    interval_s: int | None = None
    body_digest: str | None = None
    rhythm_stories: float = 0.0
    rhythm_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PageRecord:
    """One article and where its watching stands. `state` is `unseen`, `live`, `removed`, `moved`, `blocked` or `paywalled`;
    `render` says whether it is rendered in a browser, None: as its source says."""

    id: int
    source_id: int
    url: str
    host: str
    first_seen_at: datetime
    active: bool
    state: str = "unseen"
    state_since: datetime | None = None
    published_at: datetime | None = None
    last_check_at: datetime | None = None
    last_success_at: datetime | None = None
    next_check_at: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    last_full_at: datetime | None = None
    body_digest: str | None = None
    latest_revision_id: int | None = None
    reading_digest: str | None = None
    reader_version: str | None = None
    n_changes: int = 0
    exposure: float = 0.0
    failures: int = 0
    gone_count: int = 0
    held_digest: str | None = None
    held_reason: str | None = None
    held_at: datetime | None = None
    exposure_slow: float = 0.0
    lean: float = 0.0
    hinted: bool = False
    listed_title: str | None = None
    pin_s: int | None = None
    pinned_until: datetime | None = None
    render: bool | None = None


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """One visit to a page: narrow, one row."""

    id: int
    page_id: int
    at: datetime
    outcome: str
    status: int | None = None
    reason: str | None = None
    revision_id: int | None = None
    ref: ArchiveRef | None = None


@dataclass(frozen=True, slots=True)
class RevisionRecord:
    """A version of an article. It appeared after `not_before` and before `not_after` (the fetch that saw it)."""

    id: int
    page_id: int
    seq: int
    not_before: datetime | None
    not_after: datetime
    reading_digest: str
    reader_version: str
    headline: str | None
    same_as: int | None = None
    compared: bool = False
    rebased: bool = False
    ref: ArchiveRef | None = None
    article: Article | None = None


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """A stored change with its window, article and source."""

    id: int
    page_id: int
    url: str
    source: str
    headline: str | None
    change: Change
    not_before: datetime | None
    not_after: datetime
    created_at: datetime
    revision_before: int | None = None
    revision_after: int | None = None
    event_id: int | None = None
    count: int = 1
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class CrawlRecord:
    """A one-off crawl that was asked for. `state` is `queued`, `running` or `done`."""

    id: int
    requested_at: datetime
    requested_by: str
    targets: tuple[str, ...]
    options: Mapping[str, Any]
    state: str
    started_at: datetime | None = None
    finished_at: datetime | None = None
    total: int = 0
    done: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class CrawlItem:
    """One address of a one-off crawl and what came of it. `state` is `queued`, `running`, `done` or `failed`."""

    id: int
    crawl_id: int
    url: str
    state: str
    page_id: int | None = None
    status: int | None = None
    outcome: str | None = None
    reason: str | None = None
    detail: str | None = None
    revision_id: int | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """One change to be told on one channel. `state` is `waiting`, `sending`, `sent` or `dead`.

    `batch` is the key of the message that it went out in with others, and stays so that a repeat holds the same ones; `held`
    says why it waits for a digest (`quiet`, `digest`, `too_many`).
    """

    id: int
    change_id: int
    channel: str
    state: str
    key: str
    attempts: int
    next_at: datetime
    maybe_repeat: bool = False
    batch: str | None = None
    held: str | None = None
    last_error: str | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChannelRecord:
    """A channel as the engine last declared it. `target` and `about` hold no secret; `failures` are those in a row, and
    nothing is sent until `open_until`."""

    name: str
    kind: str
    target: str
    about: tuple[str, ...]
    declared: bool
    failures: int = 0
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_error: str | None = None
    open_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AskRecord:
    """A test message that was asked of a channel, and what came of it: `error` is None where it was taken."""

    id: int
    channel: str
    asked_at: datetime
    asked_by: str
    done_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A timer's job: when it last ran, how it ended, when it runs next."""

    name: str
    last_run_at: datetime | None = None
    next_run_at: datetime | None = None
    result: str | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """The budget of fetches a day, what looks a day were expected to come to, and the price of a fetch, as of `at`."""

    a_day: float
    forecast: float
    price: float
    at: datetime


@dataclass(frozen=True, slots=True)
class HostRecord:
    """What is known of one host's pace. `not_before` carries a Retry-After."""

    name: str
    crawl_delay_s: float | None = None
    not_before: datetime | None = None
    failures: int = 0
    reason: str | None = None
    last_success_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WebSubRecord:
    """A feed's subscription at its hub. `state` is `wanted`, `asked`, `active`, `refused` or `failed`; `token` is the part of the
    callback's address that nobody can guess, `secret` the key of the hub's signatures."""

    feed_id: int
    hub: str
    topic: str
    token: str
    secret: str
    state: str
    renew_at: datetime | None = None
    lease_until: datetime | None = None
    asked_at: datetime | None = None
    pushed_at: datetime | None = None
    pushes: int = 0
    failures: int = 0
    reason: str | None = None

    def proven(self, now: datetime) -> bool:
        """Whether its hub tells of news: the lease runs and something was pushed within it."""
        return (
            self.state == "active" and self.pushed_at is not None and bool(self.lease_until and self.lease_until > now)
        )
