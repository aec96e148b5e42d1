"""A home with two versions of one story and what changed between them, written through the real queries and rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.engine import open_engine, upgrade, writing
from db.home import Home, home_at
from db.queries import changes, checks, feeds, jobs, pages, revisions, sources
from db.records import ArchiveRef, RevisionRecord
from db.types import Article, Block, Change, Dateline, Outcome
from monitor.changes import compare

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> & \x1b[31mred\x1b[0m"
URL = "https://harbour.example/ferry"

BEFORE = Article(
    url=URL,
    headline="Ferry with 12 aboard sinks off Busan",
    headlines={"h1": "Ferry with 12 aboard sinks off Busan"},
    byline="By Ana Ruiz",
    authors=("Ana Ruiz",),
    dateline=Dateline("SEOUL —", "SEOUL"),
    published="2026-05-04T07:00:00+00:00",
    language="en",
    body=(
        Block(
            "paragraph",
            "A ferry sank off the southern coast on Monday, the coast guard said, and rescue boats searched the bay.",
        ),
        Block("paragraph", f"Nobody was hurt, officials said. {HOSTILE}"),
    ),
)
AFTER = Article(
    url=URL,
    headline="Ferry with 20 aboard sinks off Busan",
    headlines={"h1": "Ferry with 20 aboard sinks off Busan"},
    byline="By Ana Ruiz",
    authors=("Ana Ruiz",),
    dateline=Dateline("TOKYO —", "TOKYO"),
    published="2026-05-04T07:00:00+00:00",
    language="en",
    body=(
        Block(
            "paragraph",
            "A ferry sank off the southern coast on Monday, the coast guard said, and rescue boats searched the bay.",
        ),
        Block("paragraph", f"Three people were hurt, officials said. {HOSTILE}"),
    ),
)


def _store(session: Session, page_id: int, article: Article, digest: str, at: datetime) -> RevisionRecord:
    ref = ArchiveRef("keep-1.warc.gz", 0, 10, digest * 64)
    found = revisions.add(
        session,
        page_id,
        article,
        reading_digest=digest,
        reader_version="v",
        not_before=NOW,
        not_after=at,
        ref=ref,
        compared=True,
    )
    checks.add(session, [checks.row(page_id, at, Outcome.CHANGED, status=200, revision_id=found.id, ref=ref)])
    return found


def seed(engine: Engine) -> list[int]:
    """Fill a database. Gives the ids of the changes, hidden ones too, in the order stored."""
    upgrade(engine)
    later = NOW + timedelta(minutes=7)
    with writing(engine) as session:
        sources.sync(session, [("Harbour Post", "https://harbour.example/", {}), ("Quiet Daily", None, {})], NOW)
        source = sources.by_name(session, "Harbour Post")
        assert source is not None
        feeds.sync(session, source.id, [("https://harbour.example/rss", "feed")], NOW)
        page = pages.add(session, source.id, URL, "harbour.example", NOW)
        pages.add_alias(session, page.id, "https://harbour.example/?p=1")
        old, new = _store(session, page.id, BEFORE, "a", NOW), _store(session, page.id, AFTER, "b", later)
        pages.record(session, page.id, state="live", latest_revision_id=new.id, last_check_at=later)
        event = changes.ensure_event(session, page.id, f"revision:{new.id}", later)
        hidden = Change("body", ("style",), "cosmetic", "a", "b", suppressed_by="ticker")
        found = [
            changes.add(
                session,
                page.id,
                source.id,
                change,
                key=f"{new.id}:{number}",
                headline=AFTER.headline,
                not_before=NOW,
                not_after=later,
                now=later,
                revision_before=old.id,
                revision_after=new.id,
                event_id=event,
            )
            for number, change in enumerate([*compare(BEFORE, AFTER), hidden])
        ]
        jobs.record(session, "discover", last_run_at=NOW, next_run_at=later, result="2 lists read")
    return [change_id for change_id in found if change_id is not None]


def seeded_home(folder: Path) -> Home:
    """A home on disk, seeded, with a configuration."""
    home = home_at(folder)
    home.path.mkdir(parents=True, exist_ok=True)
    home.config_path.write_text('[newswatch]\ncontact = "desk@example.org"\n', encoding="utf-8")
    engine = open_engine(home.database_url())
    seed(engine)
    engine.dispose()
    return home
