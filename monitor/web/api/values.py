"""What the API gives: one model a thing. Instants are ISO 8601 with offset, as in the command line's JSON."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, WithJsonSchema

from db.jsonable import article_to_json
from db.queries.articles import ArticleRecord
from db.queries.events import EventRecord
from db.queries.triage import Judgement
from db.records import ChangeRecord, CheckRecord, CrawlItem, CrawlRecord, RevisionRecord
from db.types import Change as Edit
from monitor.report import diff_view
from monitor.report.json_lines import change_json, iso

Instant = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
StateName = Literal["new", "confirmed", "dismissed", "flagged"]


class Run(BaseModel):
    """Words that share a fate."""

    tag: str = Field(
        description="`equal`, `insert`, `delete`, `move_from`, `move_to`, or `cut`: unchanged words left out."
    )
    text: str


class Judged(BaseModel):
    """What a person made of a change."""

    state: StateName
    note: str | None
    at: Instant
    by: str | None


class Change(BaseModel):
    """An edit: a difference between two versions in one field, or of the page's state."""

    id: int
    url: str = Field(description="The article's address.")
    source: str
    kind: str = Field(description="What was edited.")
    natures: list[str] = Field(description="How it was edited.")
    significance: str
    before: str | None
    after: str | None
    facts: list[str] = Field(description="Short sentences that can be checked.")
    not_before: Instant | None = Field(description="The last visit that saw the old words: the edit is later.")
    not_after: Instant = Field(description="The first visit that saw the new words: the edit is earlier.")
    revision_before: int | None = Field(description="The version before: `/versions/{id}`.")
    revision_after: int | None = Field(description="The version after.")
    surface: str | None = Field(description="Where the words stand, if not where a reader sees them: `title`, `og` …")
    headline: str | None = Field(description="The article's headline after the edit.")
    count: int = Field(description="How often it was seen: above 1 where a page flaps.")
    suppressed_by: str | None = Field(description="The noise rule that hides it.")
    article: int = Field(description="The article: `/articles/{id}`.")
    event: int | None = Field(description="The event that it belongs to: `/events/{id}`.")
    stored_at: Instant
    last_seen: Instant | None
    judgement: Judged | None = Field(description="Null where nobody judged it: it is new.")
    tags: list[str]


class Header(BaseModel):
    name: str
    value: str


class Evidence(BaseModel):
    """The answer that a version was read from."""

    version: int
    fetched_at: Instant = Field(description="When it was received.")
    digest: str | None = Field(description="SHA-256 of the body as received, in hex, as it was stored.")
    segment: str | None = Field(description="The WARC file of the archive.")
    offset: int | None
    length: int | None
    url: str | None = Field(description="The address that answered.")
    status: int | None
    headers: list[Header]
    intact: bool | None = Field(
        description="Whether the bytes still have that digest; null where they are not at hand."
    )
    trouble: str | None = Field(description="Why the archived answer cannot be shown.")


class ChangeInFull(Change):
    """An edit with its words marked and its evidence."""

    ops: list[tuple[str, str, str]] = Field(
        description="Word operations `[tag, before, after]`; the tag is `equal`, `insert`, `delete`, `replace` or `move`."
    )
    paragraphs: list[list[Run]] = Field(description="The same for show: paragraphs that changed, long equal runs cut.")
    evidence: list[Evidence]
    others: list[int] = Field(description="Changes that the same version brought.")
    hidden_by: list[int] = Field(description="Hiding rules that hide it.")
    newer: int | None = Field(description="The next newer change above cosmetic.")
    older: int | None


class Event(BaseModel):
    """Changes that belong together, in the order stored; hidden ones are left out."""

    id: int
    article: int
    at: Instant
    changes: list[Change]


class Article(BaseModel):
    """A watched article and where its watching stands."""

    id: int
    url: str
    source: str
    headline: str | None
    host: str
    state: str = Field(description="`unseen`, `live`, `removed`, `moved`, `blocked` or `paywalled`.")
    state_since: Instant | None
    active: bool = Field(description="Whether it is still looked at.")
    published: Instant | None
    first_seen: Instant
    last_check: Instant | None
    last_success: Instant | None
    next_check: Instant | None
    latest_version: int | None
    edits: int = Field(description="Edits seen so far.")
    failures: int = Field(description="Visits that failed since the last that did not.")
    doubt: str | None = Field(description="Why what was seen is looked at again before it counts.")
    pin_every_s: int | None = Field(description="Looked at this often, in seconds, whatever the budget says.")
    pinned_until: Instant | None


class ArticleInFull(Article):
    aliases: list[str] = Field(description="Its other addresses.")
    host_not_before: Instant | None = Field(description="When its host asked us to come back.")
    source_enabled: bool


class Version(BaseModel):
    """A version of an article: it appeared after `not_before` and before `not_after`."""

    id: int
    article: int
    number: int = Field(description="1 for the first that was seen.")
    not_before: Instant | None
    not_after: Instant
    headline: str | None
    same_as: int | None = Field(description="The earlier version that it equals: it returned.")
    rebased: bool = Field(description="Read anew by another reader: no edit.")
    reader: str = Field(description="The version of the reader that read it.")
    digest: str | None = Field(description="SHA-256 of the answer it was read from.")


class VersionInFull(Version):
    """A version as it was read."""

    reading: dict[str, Any] = Field(description="The story as `newswatch extract` prints one.")
    older: int | None
    newer: int | None
    evidence: Evidence


class VersionThen(VersionInFull):
    certain: bool = Field(description="False where the next version may have stood there already.")


class Difference(BaseModel):
    """One difference between two versions, named as a stored change would be."""

    kind: str
    surface: str | None
    natures: list[str]
    significance: str
    before: str | None
    after: str | None
    facts: list[str]
    suppressed_by: str | None
    ops: list[tuple[str, str, str]]
    paragraphs: list[list[Run]]


class Comparison(BaseModel):
    before: Version
    after: Version
    comparable: bool = Field(description="False where two readers read them: their difference would not be the page's.")
    changes: list[Difference]


class Visit(BaseModel):
    """One look at an article."""

    id: int
    at: Instant
    outcome: str
    status: int | None
    reason: str | None
    version: int | None


class Crawl(BaseModel):
    """A one-off crawl."""

    id: int
    state: str = Field(description="`queued`, `running` or `done`.")
    targets: list[str]
    options: dict[str, Any]
    requested_at: Instant
    requested_by: str
    started_at: Instant | None
    finished_at: Instant | None
    total: int = Field(description="Addresses; 0 until it began.")
    done: int
    failed: int


class CrawlPage(BaseModel):
    """One address of a crawl and what came of it."""

    id: int
    url: str
    state: str = Field(description="`queued`, `running`, `done` or `failed`.")
    article: int | None
    status: int | None
    outcome: str | None
    reason: str | None
    detail: str | None
    version: int | None
    done_at: Instant | None


def runs(edit: Edit) -> list[list[Run]]:
    return [[Run(tag=run.tag, text=run.text) for run in paragraph] for paragraph in diff_view.paragraphs(edit)]


def change(record: ChangeRecord, judged: Judgement | None, tags: list[str]) -> Change:
    return Change(**change_values(record, judged, tags))


def change_values(record: ChangeRecord, judged: Judgement | None, tags: list[str]) -> dict[str, Any]:
    standing = None
    if judged is not None:
        standing = {"state": judged.state, "note": judged.note, "at": iso(judged.at), "by": judged.by}
    return {
        **change_json(record),
        "article": record.page_id,
        "event": record.event_id,
        "stored_at": iso(record.created_at),
        "last_seen": iso(record.last_seen),
        "judgement": standing,
        "tags": tags,
    }


def difference(edit: Edit) -> Difference:
    return Difference(
        kind=str(edit.kind),
        surface=edit.surface,
        natures=[str(nature) for nature in edit.natures],
        significance=str(edit.significance),
        before=edit.before,
        after=edit.after,
        facts=list(edit.facts),
        suppressed_by=edit.suppressed_by,
        ops=list(edit.ops),
        paragraphs=runs(edit),
    )


def event(record: EventRecord, made: list[Change]) -> Event:
    return Event(id=record.id, article=record.page_id, at=iso(record.at) or "", changes=made)


def article_values(record: ArticleRecord) -> dict[str, Any]:
    page = record.page
    return {
        "id": page.id,
        "url": page.url,
        "source": record.source,
        "headline": record.headline,
        "host": page.host,
        "state": page.state,
        "state_since": iso(page.state_since),
        "active": page.active,
        "published": iso(page.published_at),
        "first_seen": iso(page.first_seen_at),
        "last_check": iso(page.last_check_at),
        "last_success": iso(page.last_success_at),
        "next_check": iso(page.next_check_at),
        "latest_version": page.latest_revision_id,
        "edits": page.n_changes,
        "failures": page.failures,
        "doubt": page.held_reason or ("missing" if page.gone_count else None),
        "pin_every_s": page.pin_s,
        "pinned_until": iso(page.pinned_until),
    }


def version_values(record: RevisionRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "article": record.page_id,
        "number": record.seq,
        "not_before": iso(record.not_before),
        "not_after": iso(record.not_after),
        "headline": record.headline,
        "same_as": record.same_as,
        "rebased": record.rebased,
        "reader": record.reader_version,
        "digest": record.ref.digest if record.ref else None,
    }


def reading_of(record: RevisionRecord) -> dict[str, Any]:
    assert record.article is not None
    return article_to_json(record.article)


def visit(record: CheckRecord) -> Visit:
    return Visit(
        id=record.id,
        at=iso(record.at) or "",
        outcome=record.outcome,
        status=record.status,
        reason=record.reason,
        version=record.revision_id,
    )


def crawl(record: CrawlRecord) -> Crawl:
    return Crawl(
        id=record.id,
        state=record.state,
        targets=list(record.targets),
        options=dict(record.options),
        requested_at=iso(record.requested_at) or "",
        requested_by=record.requested_by,
        started_at=iso(record.started_at),
        finished_at=iso(record.finished_at),
        total=record.total,
        done=record.done,
        failed=record.failed,
    )


def crawl_page(item: CrawlItem) -> CrawlPage:
    return CrawlPage(
        id=item.id,
        url=item.url,
        state=item.state,
        article=item.page_id,
        status=item.status,
        outcome=item.outcome,
        reason=item.reason,
        detail=item.detail,
        version=item.revision_id,
        done_at=iso(item.done_at),
    )
