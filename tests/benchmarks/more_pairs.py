"""More scripted edits and noise than the bench's own maker has: what else newsrooms alter, and what else pages shuffle.

    python -m tests.benchmarks.more_pairs [--limit N] [--only NAME,…] [--show N] [--keep DIR]

Each case edits a real page in its own markup; `expect` names the kinds that must be told, `natures` those that must stand on
one of them, `allow` what may stand beside. Everything else above cosmetic is a false alarm. Prints a table, then one JSON object.
The pages are reached by NEWSWATCH_BENCH (default ../shared/bench).
"""

from __future__ import annotations

import argparse
import collections
import html
import json
import random
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from db.types import Significance
from monitor.cli.compare import Job, changes_of
from tests.benchmarks import cases_edits, cases_noise  # noqa: F401 - they enter their cases
from tests.benchmarks.cases import BENCH, CASES, MAKER, Case


def pages() -> Iterator[Any]:
    gold = {row["id"]: row for row in _lines(BENCH / "extract/gold_dateline.jsonl")}
    for row in _lines(BENCH / "extract/truth.jsonl"):
        if row["source"] in {"fundus", "wcxb", "aeb"} or row["id"] in gold:
            g = gold.get(row["id"], {})
            row["dateline_text"], row["dateline_location"] = g.get("dateline_text"), g.get("location")
            yield MAKER.Page(row, BENCH / "extract")


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


@dataclass
class Tally:
    n: int = 0
    caught: int = 0
    false: int = 0
    shown: list[str] = field(default_factory=list)


def judge(case: Case, before: Path, after: Path, url: str) -> tuple[bool, set[str], str]:
    """Whether all is told, which false kinds are, and in short what was said."""
    found = [c for c in changes_of(Job(str(before), str(after), url)) if not c.suppressed_by]
    loud = {str(c.kind) for c in found if c.significance != Significance.COSMETIC}
    told = {str(c.kind) for c in found} if case.quiet else loud
    natures = {str(n) for c in found if str(c.kind) in case.expect for n in c.natures}
    what = "; ".join(
        f"{c.kind}/{c.surface} {[str(n) for n in c.natures]} {str(c.before)[:70]!r} → {str(c.after)[:70]!r}"
        for c in found
    )
    return case.expect <= told and case.natures <= natures, loud - case.expect - case.allow, what


def run(folder: Path, limit: int, names: set[str]) -> dict[str, Tally]:
    cases = {name: case for name, case in CASES.items() if not names or name in names}
    tallies: dict[str, Tally] = collections.defaultdict(Tally)
    everything = list(pages())
    random.Random(5).shuffle(everything)
    for page in everything:
        for name, case in cases.items():
            tally = tallies[name]
            if tally.n >= limit:
                continue
            made = case.make(page)
            if not made:
                continue
            one, two = made if isinstance(made, tuple) else (page.doc, made)
            if one == two:
                continue
            files = []
            for side, text in (("before", one), ("after", two)):
                path = folder / f"{name}-{tally.n}.{side}.html"
                declared = re.sub(r'charset=(["\']?)[\w-]+', r"charset=\1utf-8", text, flags=re.IGNORECASE)
                path.write_bytes(declared.encode("utf-8", "surrogateescape"))
                files.append(path)
            caught, false, what = judge(case, *files, page.url)
            tally.n += 1
            tally.caught += caught
            tally.false += bool(false)
            if false or (case.expect and not caught):
                tally.shown.append(f"{page.id} #{tally.n - 1}: false {sorted(false)} caught {caught}: {what}")
    return tallies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=int, default=12, help="pairs a case")
    parser.add_argument("--only", default="")
    parser.add_argument("--show", type=int, default=2, help="print so many failures a case")
    parser.add_argument("--keep", type=Path, help="write the pages here and keep them")
    a = parser.parse_args()
    if not (BENCH / "changes/make_pairs.py").exists():
        print(f"No bench at {html.escape(str(BENCH))}: set NEWSWATCH_BENCH.", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = a.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        tallies = run(folder, a.limit, set(filter(None, a.only.split(","))))
    report(tallies, a.show)


def report(tallies: dict[str, Tally], show: int) -> None:
    print(f"{'case':28} {'pairs':>5} {'caught':>7} {'false':>6}")
    for name, tally in sorted(tallies.items()):
        told = f"{tally.caught / tally.n:.3f}" if CASES[name].expect and tally.n else "-"
        print(f"{name:28} {tally.n:5} {told:>7} {tally.false / max(tally.n, 1):6.3f}")
        for line in tally.shown[:show]:
            print("     ", line)
    edits = [t for name, t in tallies.items() if CASES[name].expect]
    quiet = [t for name, t in tallies.items() if not CASES[name].expect]
    n, m = sum(t.n for t in edits), sum(t.n for t in quiet)
    summary = {
        "edits": n,
        "caught": round(sum(t.caught for t in edits) / max(n, 1), 4),
        "false_beside": round(sum(t.false for t in edits) / max(n, 1), 4),
        "noise": m,
        "false_on_noise": round(sum(t.false for t in quiet) / max(m, 1), 4),
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
