"""Read the benchmark's real pages, score the readings, and set the cost beside trafilatura's in the same run.

    python -m tests.benchmarks.bench_extract [--sample N] [--out FILE] [--without-sites]

Pages and truth are not part of the project: `NEWSWATCH_BENCH` names their folder (default ../shared/bench). Where it is missing
the benchmark says so and ends with 0.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BENCH = Path(os.environ.get("NEWSWATCH_BENCH") or ROOT.parent / "shared" / "bench") / "extract"

Page = tuple[bytes, str]


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; 0 where it ran or its pages are missing, 1 where a page could not be answered."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sample", type=int, default=1, help="measure the cost on every Nth page (default: all)")
    parser.add_argument("--out", type=Path, help="keep the readings in this file")
    parser.add_argument("--without-sites", action="store_true", help="read every page with the generic reader")
    asked = parser.parse_args(arguments)
    if not (BENCH / "truth.jsonl").is_file():
        print(f"No benchmark at {BENCH}: set NEWSWATCH_BENCH to its folder. Nothing measured.")
        return 0
    manifest = _manifest()
    readings = _readings(manifest, asked.without_sites)
    _score(readings, asked.out)
    _cost(manifest[:: asked.sample])
    return 1 if any("error" in reading for reading in readings) else 0


def _manifest() -> list[dict[str, str]]:
    made = subprocess.run(
        [sys.executable, "score_extract.py", "manifest"], cwd=BENCH, check=True, capture_output=True, text=True
    )
    return [json.loads(line) for line in made.stdout.splitlines()]


def _readings(manifest: list[dict[str, str]], without_sites: bool) -> list[dict[str, Any]]:
    from crawler import sites
    from monitor.cli.extract import Job, answer

    if without_sites:
        sites.module_name = lambda host: None
    return [json.loads(answer(Job(line["file"], line["url"] or ""))[0]) for line in manifest]


def _score(readings: list[dict[str, Any]], out: Path | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = out or Path(folder) / "out.jsonl"
        path.write_text(
            "".join(json.dumps(reading, ensure_ascii=False) + "\n" for reading in readings), encoding="utf-8"
        )
        subprocess.run([sys.executable, "score_extract.py", "score", str(path.resolve())], cwd=BENCH, check=True)
    kinds: dict[str, int] = {}
    for reading in readings:
        kind = "error" if "error" in reading else reading["page_type"]
        kinds[kind] = kinds.get(kind, 0) + 1
    print("page types:", ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))


def _cost(manifest: list[dict[str, str]]) -> None:
    """CPU a page of our reading (all fields), of trafilatura's with metadata, and of the bare parse, in one run."""
    from lxml import html
    from trafilatura import bare_extraction

    from crawler.extract.reader import read

    _calm()
    pages = [(gzip.decompress(Path(line["file"]).read_bytes()), line["url"] or "") for line in manifest]
    size = sum(len(body) for body, _ in pages) / len(pages) / 1000
    ours = _cpu(pages, lambda page: read(*page))
    peer = _cpu(pages, lambda page: bare_extraction(page[0], url=page[1] or None, with_metadata=True))
    parse = _cpu(pages, lambda page: html.document_fromstring(page[0]))
    print(
        f"CPU a page, {len(pages)} pages of {size:.0f} KB: "
        f"ours {ours:.1f} ms, trafilatura {peer:.1f} ms, lxml parse {parse:.1f} ms"
    )
    print(f"ratio to trafilatura: {ours / peer:.3f} (goal: at most 0.25)")


def _calm() -> None:
    """The collector as readers set it (crawler/readers.py), for the peers as well: pages make next to no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def _cpu(pages: list[Page], work: Callable[[Page], object]) -> float:
    """Milliseconds of this process's CPU a page; the first page is read once before, so that imports do not count."""
    work(pages[0])
    start = time.process_time()
    for page in pages:
        work(page)
    return (time.process_time() - start) / len(pages) * 1000


if __name__ == "__main__":
    sys.exit(main())
