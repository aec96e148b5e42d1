"""How fast past versions are taken in: a WARC file of many sights of made-up stories, by the command, then once more.

`python -m tests.benchmarks.bench_import [--stories 100] [--sights 10]`
"""

from __future__ import annotations

import argparse
import io
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.monitor.service.past_pages import hours, page

WORDS = [f"word{number}" for number in range(900)]
AROUND = "<nav>" + "".join(f"<a href=/s/{n}>Section {n}</a>" for n in range(600)) + "</nav><script>" + "var x=1;" * 4000


def body(story: int, version: int) -> bytes:
    own = random.Random(story)
    lines = [" ".join(own.choices(WORDS, k=40)) + "." for _ in range(18)]
    made = page(f"Story {story} with {10 + version} aboard", lines=lines)
    return made.replace(b"<article>", f"{AROUND}</script><article>".encode())


def write(path: Path, stories: int, sights: int) -> int:
    size = 0
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True, warc_version="1.1")
        for story in range(stories):
            for sight in range(sights):
                made = body(story, sight // 3)
                size += len(made)
                head = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
                date = {"WARC-Date": hours(story + sight * 5).strftime("%Y-%m-%dT%H:%M:%SZ")}
                record = writer.create_warc_record(
                    f"https://harbour.example/news/story-{story}",
                    "response",
                    io.BytesIO(made),
                    length=len(made),
                    http_headers=head,
                    warc_headers_dict=date,
                )
                writer.write_record(record)
    return size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=100)
    parser.add_argument("--sights", type=int, default=10)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, file = Path(folder) / "home", Path(folder) / "past.warc.gz"
        home.mkdir()
        (home / "newswatch.toml").write_text("[newswatch]\n", encoding="utf-8")
        size = write(file, given.stories, given.sights)
        count = given.stories * given.sights
        print(f"{count} sights, {size / count / 1000:.0f} KB each")
        for words in (["import", "warc", str(file), "--all"],) * 2 + (["backup", str(Path(folder) / "copy.tar.zst")],):
            began, before = time.perf_counter(), os.times()
            subprocess.run([sys.executable, "-m", "monitor.cli", "--home", str(home), *words], check=True)
            after, wall = os.times(), time.perf_counter() - began
            cpu = after.children_user + after.children_system - before.children_user - before.children_system
            print(
                f"{words[0]}: {wall:.1f} s, {cpu:.1f} s of CPU; {count / wall:.1f}/s, {1000 * cpu / count:.1f} ms of CPU each"
            )


if __name__ == "__main__":
    main()
