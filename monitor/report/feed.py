"""A feed of changes as values; `atom` and `json_feed` write them down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from db.records import ChangeRecord
from monitor.report import diff_view
from monitor.report.about import About
from monitor.report.jinja import clean_paragraphs, environment
from monitor.report.safe import markup_safe, shorten, web_link

NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # when an empty feed was last updated
PARAGRAPHS = 30  # edited paragraphs that an entry shows
TITLE = 160
SUMMARY = 600


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says of itself. Addresses are absolute; `next` is the page of older entries (RFC 5005, 3)."""

    id: str
    title: str
    page: str
    address: str | None = None
    first: str | None = None
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One change in a feed; every text is free of what XML forbids."""

    id: str
    title: str
    url: str
    article: str | None
    published: datetime
    updated: datetime
    author: str
    html: str
    summary: str
    tags: tuple[str, ...]
    archived: tuple[tuple[str, str], ...]
    record: ChangeRecord


def updated(records: Iterable[ChangeRecord]) -> datetime:
    """When the newest of these was last altered; 1970 where there is none."""
    return max((_updated(record) for record in records), default=NEVER)


def _updated(record: ChangeRecord) -> datetime:
    return max(record.created_at, record.last_seen or record.created_at)


def entries(records: Iterable[ChangeRecord], about: About) -> Iterator[Entry]:
    """The changes as entries, in the order given. `published` is the visit that first saw the new words."""
    return (_entry(record, about) for record in records)


def _entry(record: ChangeRecord, about: About) -> Entry:
    change = record.change
    archived = _archived(record, about)
    return Entry(
        id=about.change_id(record.id),
        title=_title(record),
        url=about.change_url(record.id),
        article=web_link(record.url),
        published=min(record.not_after, _updated(record)),
        updated=_updated(record),
        author=markup_safe(record.source),
        html=_html(record, about, archived),
        summary=shorten(plain(record), SUMMARY),
        tags=(str(change.kind), str(change.significance), *map(str, change.natures)),
        archived=archived,
        record=record,
    )


def _title(record: ChangeRecord) -> str:
    change = record.change
    natures = f" ({', '.join(change.natures)})" if change.natures else ""
    return shorten(markup_safe(f"{change.kind}{natures}: {record.headline or record.url}"), TITLE)


def _archived(record: ChangeRecord, about: About) -> tuple[tuple[str, str], ...]:
    named = (("Archived copy before", record.revision_before), ("Archived copy after", record.revision_after))
    return tuple((name, f"{about.base}versions/{number}/archived") for name, number in named if number)


def _html(record: ChangeRecord, about: About, archived: tuple[tuple[str, str], ...]) -> str:
    shown = clean_paragraphs(record.change)
    return (
        environment()
        .get_template("_entry.html")
        .render(
            record=record,
            shown=shown[:PARAGRAPHS],
            more=len(shown) - PARAGRAPHS,
            zone=about.zone,
            article=web_link(record.url),
            permalink=about.change_url(record.id),
            archived=archived,
        )
    )


def plain(record: ChangeRecord) -> str:
    """The edited words in one text, `[-old-]{+new+}` as on a terminal."""
    parts = clean_paragraphs(record.change)[:PARAGRAPHS]
    return "\n".join("".join(map(_mark, part)) for part in parts)


def _mark(run: diff_view.Run) -> str:
    if run.tag in {"delete", "move_from"}:
        return f"[-{run.text}-]"
    return f"{{+{run.text}+}}" if run.tag in {"insert", "move_to"} else run.text
