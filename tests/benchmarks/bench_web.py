"""Server time of each page of the review desk over a database of many changes, made from a seed.

    python -m tests.benchmarks.bench_web [--changes 100000] [--database URL] [--rounds 15] [--keep DIR] [--only NAME]

Without `--database` on SQLite in a temporary folder; `--postgres` starts a server of its own (tests/postgres.py). Prints p50 and
p95, the processor's own time (which other work on the machine does not lengthen) and the size of each page. Pages are asked
for through the real application, without a network; the answers kept by the process for a while (statistics, health) are
forgotten before each request.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert, text

from db.blobs import pack
from db.change_json import change_to_json
from db.engine import open_engine, reading, upgrade, writing
from db.jsonable import article_to_json
from db.models import ChangeRow, Check, Event, Page, Reading, Revision, Source, Triage
from db.queries import hiding, inbox
from db.types import SIGNIFICANCE_ORDER, Article, Block, Change, Kind, Nature
from monitor.changes import compare
from monitor.web.api.app import PATH as API
from monitor.web.api.guard import Limits
from monitor.web.api.paging import cursor
from monitor.web.app import create_app
from monitor.web.desk import Kept
from tests import postgres

NOW = datetime.now(UTC)
BATCH = 5000
SOURCES = 200
DAYS = 365
WORDS = [
    a + b + c for a in "bdfgklmnprst" for b in "aeiou" for c in ("ra", "ne", "lo", "mis", "tun", "vek", "shi", "gol")
]
COMMON = ("reworded", "number", "added", "removed", "stealth", "name", "typo", "style")
LONG_WORDS = 20_000


@dataclass(frozen=True)
class Timing:
    """One page's times in milliseconds."""

    name: str
    p50: float
    p95: float
    cpu: float
    size: int


def sentence(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words)).capitalize()


def fill(engine: Engine, total: int, seed: int) -> None:
    """Sources, pages, revisions, changes and judgements: two changes an event, five changes an article."""
    rng = random.Random(seed)
    with writing(engine) as session:
        made = {"declared": True, "enabled": True, "settings": {}, "overrides": {}, "created_at": NOW}
        session.execute(insert(Source), [{"id": n, "name": f"Outlet {n}", **made} for n in range(1, SOURCES + 1)])
    articles = max(total // 5, 1)
    for start in range(0, articles, BATCH):
        with writing(engine) as session:
            _articles(session, rng, range(start, min(start + BATCH, articles)))
    for start in range(0, total, BATCH):
        with writing(engine) as session:
            _changes(session, rng, range(start, min(start + BATCH, total)), total, articles)
    _long(engine, rng)
    if engine.dialect.name != "sqlite":
        _settle(engine)
    else:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA optimize")


def _settle(engine: Engine) -> None:
    """Ids were given by hand: the sequences go on after them, and the planner learns what is there."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in ("source", "page", "event", "change", "revision", "page_check"):
            query = f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), coalesce(max(id), 1)) FROM {name}"
            connection.execute(text(query))
        connection.execute(text("VACUUM ANALYZE"))


def _articles(session: Any, rng: random.Random, numbers: range) -> None:
    pages, revisions, readings, checks = [], [], [], []
    for number in numbers:
        at = NOW - timedelta(days=DAYS) * (1 - number / max(numbers.stop, 1))
        key = number + 1
        host = f"o{number % SOURCES}.example"
        pages.append(
            {"id": key, "source_id": number % SOURCES + 1, "url": f"https://{host}/{key}", "host": host}
            | {"first_seen_at": at, "active": number % 10 == 0, "state": "live", "published_at": at, "n_changes": 0}
            | {"exposure": 0.0, "failures": 0, "gone_count": 0, "next_check_at": NOW + timedelta(minutes=number % 900)}
            | {"latest_revision_id": key}
        )
        headline = sentence(rng, 9)
        seen = {"not_after": at, "reading_digest": str(key), "reader_version": "v", "headline": headline}
        revisions.append({"id": key, "page_id": key, "seq": 1, "compared": True, "rebased": False, **seen})
        article = Article(f"https://{host}/{key}", headline=headline, body=(Block("paragraph", headline),))
        readings.append({"revision_id": key, "reader_version": "v", "article": pack(article_to_json(article))})
        checks.append(
            {"page_id": key, "at": at, "outcome": rng.choice(("same", "same", "failed")), "reason": "timeout"}
        )
    for table, rows in ((Page, pages), (Revision, revisions), (Reading, readings), (Check, checks)):
        session.execute(insert(table), rows)


def _changes(session: Any, rng: random.Random, numbers: range, total: int, articles: int) -> None:
    rows, events, judged = [], {}, []
    kinds, weights = list(Kind), [30, 5, 5, 4, 4, 10, 40, 2, 2, 2, 2, 1, 1]
    for number in numbers:
        key = number + 1
        at = NOW - timedelta(days=DAYS) * (1 - key / total)
        page = rng.randrange(articles)
        if number % 2 and events:
            page = next(reversed(events.values()))["page_id"] - 1
        else:
            events[key] = {"id": key, "page_id": page + 1, "at": at, "key": f"e{key}"}
        kind = rng.choices(kinds, weights)[0]
        natures = tuple(rng.sample(COMMON, rng.randint(1, 3)))
        if rng.random() < 0.0005:
            natures += (Nature.RETRACTION,)
        before = sentence(rng, 120 if kind == Kind.BODY else 9)
        after = before.replace(before.split()[3], sentence(rng, 1), 1)
        rank = rng.choices(("cosmetic", "minor", "substantive"), (1, 4, 5))[0]
        change = Change(kind, natures, rank, before, after, ops=_ops(before, after), facts=("a fact",))
        rows.append(
            {"id": key, "key": str(key), "page_id": page + 1, "source_id": page % SOURCES + 1, "kind": str(kind)}
            | {
                "event_id": next(reversed(events)),
                "natures": f",{','.join(natures)},",
                "before": before,
                "after": after,
            }
            | {
                "significance": SIGNIFICANCE_ORDER[rank],
                "detail": pack(change_to_json(change)),
                "headline": before[:80],
            }
            | {"suppressed_by": "ticker" if rng.random() < 0.05 else None, "not_before": at, "not_after": at}
            | {"created_at": at, "revision_after": page + 1, "count": 1, "last_seen": at}
        )
        if rng.random() < 0.3:
            state = rng.choice(("confirmed", "dismissed", "dismissed", "flagged"))
            judged.append({"change_id": key, "state": state, "at": at})
    session.execute(insert(Event), list(events.values()))
    session.execute(insert(ChangeRow), rows)
    session.execute(insert(Triage), judged)


def _ops(before: str, after: str) -> tuple[tuple[str, str, str], ...]:
    """As the diff makes them: words that share a fate in one piece."""
    pairs = zip(before.split(), after.split(), strict=True)
    runs = [(same, list(group)) for same, group in groupby(pairs, lambda pair: pair[0] == pair[1])]
    joined = [(same, *(" ".join(words) + " " for words in zip(*group, strict=True))) for same, group in runs]
    return tuple(("equal" if same else "replace", old, new) for same, old, new in joined)


def _long(engine: Engine, rng: random.Random) -> None:
    """A change of an article of 20,000 words, of which one in fifty was rewritten: the last change of all."""
    old = [sentence(rng, 80) + "." for _ in range(LONG_WORDS // 80)]
    new = [" ".join(rng.choice(WORDS) if rng.random() < 0.02 else word for word in part.split()) for part in old]
    sides = [
        Article("https://long.example/", headline="Long", body=tuple(Block("paragraph", p) for p in side))
        for side in (old, new)
    ]
    change = next(found for found in compare(*sides) if found.kind == Kind.BODY)
    with writing(engine) as session:
        key = inbox.newest_id(session) + 1
        row = {
            "id": key,
            "key": "long",
            "page_id": 1,
            "source_id": 1,
            "kind": "body",
            "natures": ",reworded,",
            "count": 1,
        }
        row |= {
            "significance": 2,
            "before": change.before,
            "after": change.after,
            "detail": pack(change_to_json(change)),
        }
        row |= {"headline": "Long", "not_after": NOW, "created_at": NOW, "last_seen": NOW}
        session.execute(insert(ChangeRow), [row])
        hiding.add(session, Kind.TAGS, None, now=NOW, source_id=3)


def paths(engine: Engine) -> list[tuple[str, str]]:
    """What is measured: `(name, address)`."""
    with reading(engine) as session:
        newest = inbox.newest_id(session)
    word = "Gogol"
    return [
        ("inbox", "/"),
        ("inbox, in the middle", f"/?before={newest // 2}"),
        ("inbox, all states", "/?state=all"),
        ("kind", "/?kind=headline"),
        ("rare kind", "/?kind=availability"),
        ("nature", "/?nature=stealth"),
        ("rare nature", "/?nature=retraction"),
        ("source", "/?source=Outlet+7"),
        ("source and rare nature", "/?source=Outlet+7&nature=retraction"),
        ("substantive, last hour", "/?significance=substantive&period=1h"),
        ("last 30 days, flagged", "/?period=30d&state=flagged"),
        ("confirmed", "/?state=confirmed"),
        ("unknown tag", "/?tag=none"),
        ("hidden alone", "/?hidden=only"),
        ("search, common word", "/?match=bara"),
        ("search, two words", "/?match=bara+mine"),
        ("search, no such word", f"/?match={word}zzz"),
        ("search, two letters", "/?match=zq"),
        ("search in a source", "/?match=bara+mine&source=Outlet+7"),
        ("live arrival", f"/live?after={newest - 5000}"),
        ("change", f"/changes/{newest // 2}"),
        ("change of 20,000 words", f"/changes/{newest}"),
        ("the same, side by side", f"/changes/{newest}?view=side"),
        ("the same, whole", f"/changes/{newest}?view=whole"),
        ("article", "/articles/1"),
        ("version", "/versions/1"),
        ("sources", "/sources"),
        ("source's health", "/sources/7"),
        ("crawls", "/crawls"),
        ("noise", "/noise"),
        ("statistics, a week", "/statistics?period=7d"),
        ("statistics, 90 days", "/statistics?period=90d"),
        *_api(newest),
    ]


def _api(newest: int) -> list[tuple[str, str]]:
    """The lists of the API, and what stands far down in each."""
    middle = cursor(newest // 2)
    asked = {
        "API changes": "changes",
        "API changes, 200": "changes?limit=200",
        "API changes, in the middle": f"changes?after={middle}",
        "API changes, oldest first": "changes?sort=oldest&state=all",
        "API changes, oldest, in the middle": f"changes?sort=oldest&after={middle}",
        "API changes, rare nature": "changes?nature=retraction",
        "API changes, two kinds, a source": "changes?kind=availability&kind=address&source=Outlet+7",
        "API changes, 30 days, confirmed": "changes?period=30d&state=confirmed",
        "API changes, search": "changes?match=bara+mine",
        "API changes, no such word": "changes?match=Gogolzzz",
        "API changes, hidden alone": "changes?hidden=only&state=all",
        "API change": f"changes/{newest // 2}",
        "API events": "events",
        "API events, in the middle": f"events?after={middle}",
        "API articles": "articles",
        "API articles of a source": "articles?source=Outlet+7",
        "API articles, search": "articles?match=bara+mine",
        "API articles, no such word": "articles?match=Gogolzzz",
        "API articles, no such state": "articles?state=removed",
        "API versions": "articles/1/versions",
        "API visits": "articles/1/visits",
        "API sources": "sources?limit=200",
        "API crawls": "crawls",
        "API suppressions": "suppressions",
        "API views": "views",
        "API hiding rules": "hiding-rules",
        "API tags": "tags",
    }
    return [(name, f"{API}/{path}") for name, path in asked.items()]


def measure(engine: Engine, rounds: int, only: str = "") -> Iterator[Timing]:
    app = create_app(engine)
    app.state.api.state.limits = Limits({"read": "1000000/minute"})
    with TestClient(app) as client:
        client.get("/")
        for name, path in (one for one in paths(engine) if only in one[0]):
            times, cpu, size = [], [], 0
            for _ in range(rounds):
                _forget(app.state.desk.kept)
                began, worked = time.perf_counter(), time.process_time()
                answer = client.get(path)
                times.append((time.perf_counter() - began) * 1000)
                cpu.append((time.process_time() - worked) * 1000)
                assert answer.status_code == 200, (path, answer.text[:200])
                size = len(answer.content)
            p95 = sorted(times)[int(len(times) * 0.95)]
            yield Timing(name, statistics.median(times), p95, statistics.median(cpu), size)


def _forget(kept: Kept) -> None:
    kept._kept.clear()


@contextmanager
def database(options: argparse.Namespace) -> Iterator[Engine]:
    """A database filled, or the one kept from before."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(options.keep or folder)
        kept.mkdir(parents=True, exist_ok=True)
        if options.postgres:
            with postgres.server() as url:
                yield from _filled(url, options, fresh=True)
            return
        path = kept / f"changes-{options.changes}.db"
        fresh = not path.exists()
        yield from _filled(options.database or f"sqlite:///{path}", options, fresh=fresh)


def _filled(url: str, options: argparse.Namespace, *, fresh: bool) -> Iterator[Engine]:
    engine = open_engine(url)
    upgrade(engine)
    if fresh:
        began = time.perf_counter()
        fill(engine, options.changes, options.seed)
        print(f"{options.changes:,} changes stored in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    yield engine
    engine.dispose()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="pages whose name holds this, such as API")
    parser.add_argument("--database", help="an empty database to fill, as SQLAlchemy's address")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL server started for this")
    parser.add_argument("--keep", help="keep the SQLite file in this folder, and use it again where it stands")
    options = parser.parse_args(arguments)
    with database(options) as engine:
        print(f"{'page':<36}{'p50 ms':>9}{'p95 ms':>9}{'cpu ms':>9}{'KB':>8}")
        for found in measure(engine, options.rounds, options.only):
            print(
                f"{found.name:<36}{found.p50:>9.1f}{found.p95:>9.1f}{found.cpu:>9.1f}{found.size / 1024:>8.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
