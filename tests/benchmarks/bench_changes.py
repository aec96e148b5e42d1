"""How well and how fast edits are judged: real headline edits, labelled ones, real noise, scripted pairs, and the cost of a pair.

    python -m tests.benchmarks.bench_changes [--limit N] [--only headlines,labelled,noise,pairs,speed]

The pages and edits are reached by NEWSWATCH_BENCH (default ../shared/bench); where they are missing this says so and ends well.
`--limit` is the pairs a scripted case (default 25). Prints a JSON object a part.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import io
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from db.types import Article, Block, Significance
from monitor.changes import compare, headline_verdict
from monitor.changes.text import skeleton
from monitor.cli.compare import Job, changes_of

BENCH = Path(os.environ.get("NEWSWATCH_BENCH", "../shared/bench"))
COSMETIC = {"punct_style", "kicker_changed"}
NATURES = {
    "typo_fix": {"typo"},
    "punct_style": {"punctuation", "style"},
    "live_rollover": {"update"},
    "live_status": {"update"},
}


def headlines(_limit: int) -> dict[str, Any]:
    """Real edits of two titles: the share reported, and the share of those that differ in no letter that are cosmetic."""
    n = reported = plain = plain_cosmetic = cosmetic = 0
    with gzip.open(BENCH / "changes/headlines.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            before, after = row["before"]["title"], row["after"]["title"]
            change = headline_verdict(before, after)
            n, reported = n + 1, reported + (change is not None)
            quiet = change is not None and change.significance == Significance.COSMETIC
            cosmetic += quiet
            if skeleton(before) == skeleton(after):
                plain, plain_cosmetic = plain + 1, plain_cosmetic + quiet
    return {
        "pairs": n,
        "reported": reported / n,
        "cosmetic": cosmetic,
        "plain": plain,
        "plain_cosmetic": plain_cosmetic,
    }


def labelled(_limit: int) -> dict[str, Any]:
    """Edits read by eye: cosmetic exactly for COSMETIC, and the nature named where the label says which."""
    right = named = asked = n = 0
    for row in _rows("changes/headlines_labelled.jsonl"):
        change = headline_verdict(row["before"]["title"], row["after"]["title"])
        n += 1
        quiet = change is not None and change.significance == Significance.COSMETIC
        right += quiet == (row["kind"] in COSMETIC)
        if row["kind"] in NATURES:
            asked += 1
            named += change is not None and bool(NATURES[row["kind"]] & set(change.natures))
    return {"pairs": n, "cosmetic_exactly": right / n, "nature_asked": asked, "nature_named": named / asked}


def noise(_limit: int) -> dict[str, Any]:
    """Real pairs with nothing edited: the share with anything above cosmetic that is not allowed."""
    folder, loud, n = BENCH / "changes/noise_pages", [], 0
    for row in _rows("changes/noise_pages/pairs.jsonl"):
        n += 1
        found = changes_of(Job(str(folder / row["before"]), str(folder / row["after"]), row["url"]))
        kinds = {c.kind for c in found if not c.suppressed_by and c.significance != Significance.COSMETIC}
        if kinds - set(row["allow"]):
            loud.append(f"{row['id']}: {', '.join(sorted(kinds))}")
    return {"pairs": n, "loud": len(loud) / n, "which": loud}


def pairs(limit: int) -> dict[str, Any]:
    """Scripted edits and noise, scored by the bench's own scorer."""
    with tempfile.TemporaryDirectory() as folder:
        run = [sys.executable, str(BENCH / "changes/make_pairs.py"), str(BENCH / "extract"), folder]
        subprocess.run([*run, "--sources", "fundus,wcxb,gold", "--limit", str(limit)], check=True, capture_output=True)
        verdicts = Path(folder, "verdicts.jsonl")
        with verdicts.open("w", encoding="utf-8") as out:
            command = [sys.executable, "-m", "monitor.cli.compare", "--manifest", f"{folder}/pairs.jsonl"]
            subprocess.run(command, check=False, stdout=out)
        scorer = [sys.executable, str(BENCH / "changes/score_pairs.py"), folder, str(verdicts), "--show", "4"]
        told = subprocess.run(scorer, check=True, capture_output=True, text=True).stdout
    print(told, file=sys.stderr)
    return dict(json.loads(told.strip().splitlines()[-1]))


def speed(_limit: int) -> dict[str, Any]:
    """Milliseconds for one pair of 8 KB stories all in, over edits of several sizes; and the worst of hard pairs."""
    rng = random.Random(7)
    words = [
        "the",
        "council",
        "of",
        "harbour",
        "said",
        "ferry",
        "will",
        "not",
        "open",
        "before",
        "spring",
        "crews",
        "keep",
        "pay",
        "in",
    ]
    story = [" ".join(_sentence(words, rng) for _ in range(3)) for _ in range(24)]
    took = [_timed(story, _edited(story, edits, rng)) for edits in (1, 1, 2, 3, 5) for _ in range(40)]
    hard = {
        "rewritten": (story, [" ".join(_sentence(words, rng) for _ in range(3)) for _ in range(24)]),
        "one paragraph of 200 KB": ([" ".join(story) * 25], [" ".join(story[1:]) * 25]),
        "5,000 paragraphs": (
            [f"{i} {story[i % 24]}" for i in range(5000)],
            [f"{i + 1} {story[i % 24]}" for i in range(5000)],
        ),
        "40 KB without a space": (["東京で会議が開かれた" * 2000], ["大阪で会議が開かれた" * 2000]),
    }
    worst = {name: _timed(old, new) for name, (old, new) in hard.items()}
    return {"median_ms": statistics.median(took), "p95_ms": sorted(took)[int(len(took) * 0.95)], "hard_ms": worst}


def _sentence(words: list[str], rng: random.Random) -> str:
    return " ".join(rng.choice(words) for _ in range(20)).capitalize() + "."


def _edited(story: list[str], edits: int, rng: random.Random) -> list[str]:
    out = list(story)
    for _ in range(edits):
        i = rng.randrange(len(out))
        parts = out[i].split()
        parts[rng.randrange(len(parts))] = rng.choice(["minister", "12", "Lisbon", "never"])
        out[i] = " ".join(parts)
    return out


def _timed(old: list[str], new: list[str]) -> float:
    before, after = (
        Article("u", language="en", body=tuple(Block("paragraph", t) for t in side)) for side in (old, new)
    )
    start = time.perf_counter()
    compare(before, after)
    return round((time.perf_counter() - start) * 1000, 3)


def _rows(name: str) -> Iterator[dict[str, Any]]:
    with (BENCH / name).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


PARTS: dict[str, Callable[[int], dict[str, Any]]] = {
    "headlines": headlines,
    "labelled": labelled,
    "noise": noise,
    "pairs": pairs,
    "speed": speed,
}


def main() -> int:
    """Run the parts asked for; 0 also where the bench is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=25)
    parser.add_argument("--only", default=",".join(PARTS))
    asked = parser.parse_args()
    with contextlib.suppress(AttributeError, io.UnsupportedOperation):
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    for name in asked.only.split(","):
        if name != "speed" and not BENCH.is_dir():
            print(f"{name}: no bench at {BENCH}; set NEWSWATCH_BENCH")
            continue
        print(json.dumps({name: PARTS[name](asked.limit)}, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
