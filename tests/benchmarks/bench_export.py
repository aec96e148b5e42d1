"""How fast, and in how much memory, many changes are exported in each format.

    python -m tests.benchmarks.bench_export [--changes 100000] [--formats csv,parquet] [--web] [--keep DIR]

The database is that of bench_web (from a seed), kept in the folder of `--keep` where one is given. Each format runs in a process
of its own: `newswatch report` to a file, or with `--web` the answer of the real application to `/export.…`, read piece by piece.
Prints rows a second, the processor's time, the size, and how much the process's own memory (Linux: RssAnon, looked at as it
writes) rose above what it had before the first row. SQLite's file, mapped into memory, is the system's to keep or drop and is
not counted.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from db.engine import open_engine, reading
from db.identity import identity
from db.queries import changes
from db.queries.changes import ChangeFilter
from monitor.report import formats
from monitor.report.about import About
from tests.benchmarks.bench_web import NOW, fill, upgrade

WEB = {"text": "txt", "html": "html", "csv": "csv", "markdown": "md", "jsonl": "jsonl", "parquet": "parquet"}


def own_memory() -> int:
    """The process's memory that no file stands behind, in KiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon:"))


def pieces(url: str, name: str, total: int, *, web: bool) -> Iterator[bytes]:
    engine = open_engine(url)
    if web:
        from fastapi.testclient import TestClient

        from monitor.web.app import create_app

        with TestClient(create_app(engine)) as client, client.stream("GET", f"/export.{WEB[name]}?state=all") as answer:
            yield from answer.iter_bytes()
        return
    from zoneinfo import ZoneInfo

    about = About("What was edited", NOW, ZoneInfo("UTC"), "http://127.0.0.1:8765/", identity(engine))
    with reading(engine) as session:
        wanted = ChangeFilter(min_significance="minor", limit=total)
        yield from formats.FORMATS[name].render(lambda: changes.stream(session, wanted), about)


def one(url: str, name: str, total: int, *, web: bool) -> dict[str, Any]:
    """One format in this process."""
    with tempfile.TemporaryFile() as out:
        found = pieces(url, name, total, web=web)
        began, worked = time.perf_counter(), time.process_time()
        size, before = out.write(next(found)), own_memory()
        peak = before
        for number, piece in enumerate(found):
            size += out.write(piece)
            if number % 50 == 0:
                peak = max(peak, own_memory())
    spent, cpu = time.perf_counter() - began, time.process_time() - worked
    return {"format": name, "seconds": spent, "cpu": cpu, "bytes": size, "above": max(peak, own_memory()) - before}


def measure(url: str, names: Sequence[str], total: int, rows: int, *, web: bool) -> None:
    print(f"{rows:,} changes {'through the application' if web else 'by the command'}")
    print(f"{'format':<12}{'rows/s':>9}{'cpu s':>8}{'MB':>8}{'MiB above':>11}")
    for name in names:
        command = [sys.executable, "-m", "tests.benchmarks.bench_export", "--one", name, "--url", url]
        command += ["--changes", str(total), *(["--web"] if web else [])]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        row = f"{rows / found['seconds']:>9,.0f}{found['cpu']:>8.1f}{found['bytes'] / 1e6:>8.1f}"
        print(f"{name:<12}{row}{found['above'] / 1024:>11.1f}", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, default=100_000)
    parser.add_argument("--formats", help="parted by commas; all where not given")
    parser.add_argument("--web", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        print(json.dumps(one(options.url, options.one, options.changes, web=options.web)))
        return
    with tempfile.TemporaryDirectory() as folder:
        kept = options.keep or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        file = kept / f"export-{options.changes}.db"
        fresh = not file.exists()
        engine = open_engine(f"sqlite:///{file}")
        upgrade(engine)
        if fresh:
            fill(engine, round(options.changes / 0.855), seed=1)  # one in ten is cosmetic, one in twenty hidden
        with reading(engine) as session:
            rows = min(changes.count(session, ChangeFilter(min_significance="minor")), options.changes)
        engine.dispose()
        names = options.formats.split(",") if options.formats else list(WEB if options.web else formats.FORMATS)
        measure(f"sqlite:///{file}", names, options.changes, rows, web=options.web)


if __name__ == "__main__":
    main()
