"""A furnished home: beside the seeded story a crawl that ended, one that waits, a view, a rule, judgements, a suppression."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy import Engine

from db.engine import open_engine, writing
from db.queries import crawls, hiding, suppressions, tags, triage, views
from db.types import Kind
from monitor.web.api.guard import Limits
from monitor.web.api.streams import Shared
from monitor.web.app import create_app
from tests.databases import database_at
from tests.monitor.seeded import NOW, URL, seed


def furnish(engine: Engine) -> list[int]:
    """Fill a database. Gives the ids of the changes."""
    ids = seed(engine)
    with writing(engine) as session:
        done = crawls.add(session, [URL], {"due": False, "dry_run": False, "watch": False}, "cli", NOW)
        crawls.add_items(session, done, [URL, "https://harbour.example/other"])
        for number, item in enumerate(crawls.items(session, done)):
            at = NOW + timedelta(seconds=number)
            crawls.record_item(session, item.id, state="done", outcome="same", status=200, page_id=1, done_at=at)
        crawls.record(session, done, state="done", started_at=NOW, finished_at=NOW + timedelta(seconds=2))
        crawls.add(session, ["Harbour Post"], {"due": False, "dry_run": False, "watch": False}, "web", NOW)
        views.save(session, "Numbers", {"nature": "number", "state": "all"}, NOW)
        hiding.add(session, Kind.TAGS, None, now=NOW, source_id=2)
        triage.put(session, ids[:1], "confirmed", at=NOW)
        triage.annotate(session, ids[0], "asked the ministry", at=NOW)
        tags.put(session, ids[0], ["ferry"])
        suppressions.count(session, 1, "ticker", NOW)
    return ids


@contextmanager
def furnished(folder: Path, *, life_s: float = 0.03) -> Iterator[tuple[FastAPI, Engine, list[int]]]:
    """The application over a furnished home: no limits, and streams that end at once."""
    engine = open_engine(database_at(folder / "newswatch.db"))
    ids = furnish(engine)
    app = create_app(engine, archive=folder / "archive")
    state = app.state.api.state
    state.limits = Limits(dict.fromkeys(("read", "write", "crawl"), "1000000/minute"))
    state.shared = Shared(every_s=0.01, life_s=life_s)
    yield app, engine, ids
    engine.dispose()
