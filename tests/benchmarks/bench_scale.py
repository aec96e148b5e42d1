"""A home of a million articles and three million versions on SQLite: how long the service takes to start, what is due, a one-off
crawl to begin, and what the processes weigh.

`python -m tests.benchmarks.bench_scale --pages 1000000` fills a home from a seed by bulk inserts (`--home` keeps it for a
second run; else it lies in a temporary folder), starts `newswatch run` on it, and prints one JSON line. A version's reading
is an article of about 1 KB, the same few texts in turn: what is measured are rows and indexes, not bodies. Every version is
sealed, compared and fingerprinted, as in a home that has run for long; nothing is due before the crawl, so that nothing
else is fetched.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from db.blobs import pack
from db.change_json import change_to_json
from db.engine import open_engine, reading, sqlite_url, upgrade, writing
from db.home import home_at
from db.jsonable import article_to_json
from db.queries import crawls, feeds, inbox, notes, pages, revisions, similar
from db.queries.changes import ChangeFilter
from db.types import Article, Block, Change, Kind

SOURCES, FEEDS_EACH, EDITED = 200, 2, 2
NOW = datetime.now(UTC).replace(microsecond=0)
TEXTS = 50
CHANGE = Change(Kind.HEADLINE, ("reworded",), "substantive", "Headline 1", "Headline 2")
SLICE = 20_000


def stamp(at: datetime) -> str:
    """An instant as the tables of SQLite have it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def texts(random: Random) -> list[bytes]:
    words = [f"word{number}" for number in range(3000)]
    made = []
    for number in range(TEXTS):
        body = tuple(Block("paragraph", " ".join(random.choices(words, k=60))) for _ in range(4))
        made.append(
            pack(article_to_json(Article(url=f"https://a.example/{number}", headline=f"Text {number}", body=body)))
        )
    return made


def fill(path: Path, count: int, changes: int, seed: int) -> None:
    """A home's database with so many pages, three versions and three checks each."""
    engine = open_engine(sqlite_url(path))
    upgrade(engine)
    engine.dispose()
    random = Random(seed)
    database = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000", "foreign_keys=OFF"):
        database.execute(f"PRAGMA {pragma}")
    database.execute("BEGIN")
    _lists(database)
    for start in range(1, count + 1, SLICE):
        _pages(database, range(start, min(start + SLICE, count + 1)), random)
    _versions(database, count, texts(random))
    _changes(database, count, changes)
    put = "INSERT OR REPLACE INTO note (name, value) VALUES (?, ?)"
    database.execute(put, (similar.CURSOR, str(3 * count)))
    database.execute("COMMIT")
    database.execute("ANALYZE")
    database.close()


def insert(database: sqlite3.Connection, table: str, columns: str, rows: Iterator[Sequence[Any]]) -> None:
    marks = ", ".join("?" * len(columns.split(",")))
    database.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def _lists(database: sqlite3.Connection) -> None:
    old = stamp(NOW - timedelta(days=900))
    columns = "id, name, declared, enabled, settings, overrides, created_at"
    insert(database, "source", columns, ((n, f"outlet {n}", 0, 1, "{}", "{}", old) for n in range(1, SOURCES + 1)))
    later = stamp(NOW + timedelta(days=1))
    rows = (
        (n % SOURCES + 1, f"https://outlet{n % SOURCES + 1}.example/feed{n}.xml", "feed", 1, later, 0)
        for n in range(SOURCES * FEEDS_EACH)
    )
    insert(database, "feed", "source_id, url, kind, active, next_check_at, failures", rows)


def _pages(database: sqlite3.Connection, numbers: range, random: Random) -> None:
    def rows() -> Iterator[Sequence[Any]]:
        for n in numbers:
            source = n % SOURCES + 1
            due = stamp(NOW + timedelta(days=1, seconds=random.random() * 86400 * 60))
            seen = stamp(NOW - timedelta(seconds=random.random() * 86400 * 900))
            address = f"https://outlet{source}.example/2024/story-{n:07d}-of-a-length-that-is-usual"
            yield n, source, address, f"outlet{source}.example", seen, 1, "ok", seen, due, 3 * n, 2, 0.5, 0, 0, "r1"

    columns = (
        "id, source_id, url, host, first_seen_at, active, state, last_check_at, next_check_at, latest_revision_id, n_changes, "
        "exposure, failures, gone_count, reader_version"
    )
    insert(database, "page", columns, rows())


def _versions(database: sqlite3.Connection, count: int, blobs: list[bytes]) -> None:
    at = stamp(NOW - timedelta(days=30))
    every = range(1, 3 * count + 1)
    columns = (
        "id, page_id, seq, not_after, reading_digest, reader_version, headline, compared, rebased, segment, offset, length, "
        "digest, leaf"
    )
    rows = (
        (
            (n + 2) // 3,
            (n - 1) % 3 + 1,
            at,
            f"{n:064x}",
            "r1",
            f"Headline {n} of a story",
            1,
            0,
            "keep-1.warc.gz",
            n,
            9000,
        )
        for n in every
    )
    insert(database, "revision", columns, ((n, *row, f"{n:064x}", n) for n, row in zip(every, rows, strict=True)))
    insert(
        database,
        "reading",
        "revision_id, reader_version, article, leaf",
        ((n, "r1", blobs[n % len(blobs)], n) for n in every),
    )
    insert(
        database,
        "page_check",
        "page_id, at, outcome, status, revision_id",
        (((n + 2) // 3, at, "changed" if (n - 1) % 3 else "new", 200, n) for n in every),
    )


def _changes(database: sqlite3.Connection, count: int, changes: int) -> None:
    at, detail = (
        stamp(NOW - timedelta(days=3)),
        pack(change_to_json(Change(Kind.HEADLINE, ("reworded",), "substantive", "Headline 1", "Headline 2"))),
    )
    columns = (
        "id, key, page_id, source_id, kind, natures, significance, before, after, detail, headline, not_after, created_at, "
        "revision_before, revision_after, count, leaf"
    )
    rows = (
        (
            n,
            f"k{n}",
            p := n % count + 1,
            p % SOURCES + 1,
            "headline",
            ",reworded,",
            2,
            f"Headline {n}",
            f"Headline {n + 1}",
        )
        for n in range(1, changes + 1)
    )
    insert(
        database,
        "change",
        columns,
        ((*row, detail, f"Headline {row[0]}", at, at, 3 * row[2] - 1, 3 * row[2], 1, row[0]) for row in rows),
    )


class _Outlet(BaseHTTPRequestHandler):
    """A loopback outlet; `asked` has when each request came."""

    asked: list[float] = []  # noqa: RUF012 - the server's, for one run

    def do_GET(self) -> None:
        self.asked.append(time.monotonic())
        page = b"<html><title>A story</title><article><h1>A story</h1><p>Text of it.</p></article></html>"
        body = b"User-agent: *\nAllow: /\n" if self.path == "/robots.txt" else page
        self.send_response(200)
        self.send_header("Content-Type", "text/plain" if self.path == "/robots.txt" else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        del format, args


@contextmanager
def outlet() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Outlet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def questions(path: Path, count: int) -> dict[str, tuple[float, float]]:
    """Milliseconds `(elapsed, of CPU)`, the median of five, of what a service asks most."""
    engine = open_engine(sqlite_url(path))
    later = NOW + timedelta(days=2)
    asked: dict[str, Callable[[Any], object]] = {
        "500 due pages": lambda s: pages.due(s, later, 500),
        "500 due pages, 150 hosts left out": lambda s: pages.due(
            s, later, 500, skip_hosts=[f"outlet{n}.example" for n in range(1, 151)]
        ),
        "nothing due": lambda s: pages.due(s, NOW, 500),
        "due feeds": lambda s: feeds.due(s, later),
        "a page by its address": lambda s: pages.find(s, [pages.get(s, count // 2).url]),  # type: ignore[union-attr]
        "a page's versions": lambda s: revisions.newest_of_page(s, count // 2, 20),
        "to compare": revisions.to_compare,
        "first 50 of the inbox": lambda s: inbox.find(s, inbox.Wanted(ChangeFilter()), 50),
        "backlog": lambda s: pages.count_due(s, later),
        "pages by source (at start)": pages.counts_by_source,
    }
    with reading(engine) as session:
        found = {name: _median_ms(lambda ask=ask: ask(session)) for name, ask in asked.items()}  # type: ignore[misc]
    engine.dispose()
    return found


def _median_ms(ask: Callable[[], object]) -> tuple[float, float]:
    took = []
    for _ in range(5):
        began, cpu = time.perf_counter(), time.process_time()
        ask()
        took.append(((time.perf_counter() - began) * 1000, (time.process_time() - cpu) * 1000))
    return round(median(wall for wall, _ in took), 2), round(median(cpu for _, cpu in took), 2)


def run(home: Path) -> dict[str, Any]:
    """Start the service; seconds until the engine has spoken and the review page answers, and what the processes weigh."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (home / "newswatch.toml").write_text(
        '[newswatch]\ncontact = "bench@example.org"\nallow_addresses = ["127.0.0.0/8"]\n'
    )
    engine = open_engine(sqlite_url(home / "newswatch.db"))
    with writing(engine) as session:
        notes.put(session, "figures.engine", json.dumps({"at": "2000-01-01T00:00:00+00:00", "families": []}))
    command = [sys.executable, "-m", "monitor.cli", "--home", str(home), "run", "--port", str(port)]
    began = time.monotonic()
    service = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        ready = _await(lambda: _answers(f"http://127.0.0.1:{port}/readyz")) - began
        cpu = _cpu_s(service.pid)
        page = _await(lambda: _answers(f"http://127.0.0.1:{port}/")) - began
        time.sleep(5)
        crawl = _crawl_s(engine)
        for path in ("/", "/statistics", "/metrics", "/sources"):
            _answers(f"http://127.0.0.1:{port}{path}")
        time.sleep(5)
        weighed = _weigh(service.pid)
    finally:
        service.terminate()
        service.wait(20)
        engine.dispose()
    return {
        "ready_s": round(ready, 2),
        "cpu_until_ready_s": cpu,
        "inbox_s": round(page, 2),
        "crawl_start_s": crawl,
        **weighed,
    }


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=30) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _await(true: Callable[[], bool], most_s: float = 120.0) -> float:
    until = time.monotonic() + most_s
    while time.monotonic() < until:
        if true():
            return time.monotonic()
        time.sleep(0.02)
    raise TimeoutError("the service did not come up")


def _crawl_s(engine: Any) -> float:
    """Seconds from a crawl's row to the first request."""
    with outlet() as base:
        _Outlet.asked.clear()
        began = time.monotonic()
        with writing(engine) as session:
            crawls.add(session, [f"{base}/story"], {}, "bench", datetime.now(UTC))
        _await(lambda: bool(_Outlet.asked))
        first = _Outlet.asked[0] - began
        _await(lambda: len(_Outlet.asked) > 1)
    return round(first, 2)


def _weigh(pid: int) -> dict[str, float]:
    service = psutil.Process(pid)
    others = service.children(recursive=True)
    own, rest = _mb(service), [_mb(one) for one in others]
    return {"engine_mb": own, "all_mb": round(own + sum(rest), 1), "processes": 1 + len(rest)}


def _cpu_s(pid: int) -> float:
    """CPU seconds of a process and those that it began."""
    whole = psutil.Process(pid)
    times = [one.cpu_times() for one in (whole, *whole.children(recursive=True))]
    return round(sum(one.user + one.system for one in times), 2)


def _mb(process: psutil.Process) -> float:
    """Resident memory without the database's file, which the kernel maps and takes back as it likes."""
    whole = process.memory_full_info()
    mapped = sum(region.rss for region in process.memory_maps() if region.path.endswith("newswatch.db"))
    return round((whole.rss - mapped) / 1e6, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1_000_000)
    parser.add_argument("--changes", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    folder = given.home or Path(tempfile.mkdtemp(prefix="newswatch-scale-"))
    folder.mkdir(parents=True, exist_ok=True)
    path = home_at(folder).path / "newswatch.db"
    try:
        began = time.monotonic()
        if not path.exists():
            fill(path, given.pages, given.changes, given.seed)
        built = time.monotonic() - began
        found = {"pages": given.pages, "built_s": round(built), "database_gb": round(path.stat().st_size / 1e9, 2)}
        print(json.dumps({**found, **run(folder), "ms": questions(path, given.pages)}))
    finally:
        if given.home is None:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
