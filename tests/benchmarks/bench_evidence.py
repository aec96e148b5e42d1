"""How fast a home is sealed and verified, how long a proof is, and how many turned bits are found.

`python -m tests.benchmarks.bench_evidence [--leaves 1000000] [--versions 2000] [--flips 500]`
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from crawler.extract.reader import reader_version
from crawler.readers import PageBytes, Readers, read_page
from db.archive import segments
from db.archive.writer import ArchiveWriter
from db.engine import open_engine, reading, upgrade, writing
from db.evidence import checkpoints, facts, key, merkle, seal, tree
from db.evidence.audit import ERROR, Scope, log
from db.home import Home, home_at
from db.models_evidence import LeafRow
from db.queries import pages, revisions, sources
from db.types import Fetched
from monitor.service.sealing import Sealer
from monitor.service.verifying import Verifier

NOW = datetime(2026, 5, 4, tzinfo=UTC)
PARAGRAPH = (
    "A ferry with {n} aboard sank off the southern coast on Monday, the coast guard said, and boats searched the bay. "
)


def timed(what: str, count: int, unit: str, work: Callable[[], Any]) -> Any:
    """Times on the wall, and of this process's CPU alone, which a busy machine does not stretch."""
    begun, used = time.perf_counter(), time.process_time()
    found = work()
    took, used = time.perf_counter() - begun, time.process_time() - used
    print(
        f"{what:44} {count:>10,} {unit:9} {took:8.2f} s {count / took:12,.0f} /s; {used:8.2f} s CPU, {count / used:12,.0f} /s",
        flush=True,
    )
    return found


def page(number: int) -> bytes:
    words = "".join(f"<p>{PARAGRAPH.format(n=number + n) * 3}</p>" for n in range(12))
    filler = random.Random(number).randbytes(15_000).hex()
    text = f"<html><head><title>Ferry {number}</title></head><body><article><h1>Ferry with {number} aboard</h1>{words}"
    return f"{text}</article><script>{filler}</script></body></html>".encode()


def make_versions(home: Home, count: int) -> None:
    """Versions of real pages, read by today's reader, their answers archived."""
    engine, archive = open_engine(home.database_url()), ArchiveWriter(home.archive_dir)
    upgrade(engine)
    made, before = [], None
    for number in range(min(count, 200)):
        url, raw = f"https://news.example/{number}", page(number)
        head = (("Content-Type", "text/html; charset=utf-8"),)
        fetched = Fetched(url, url, 200, head, raw, raw, NOW, NOW + timedelta(seconds=number), ip="192.0.2.1")
        made.append((read_page(PageBytes(url, raw, head, fetched.at, 200, None)), fetched))
    with writing(engine) as session:
        sources.sync(session, [("News", None, {})], NOW)
        source = sources.by_name(session, "News")
        assert source is not None
        for number in range(count):
            read, fetched = made[number % len(made)]
            assert read.article is not None
            assert read.digest is not None
            where = pages.add(session, source.id, f"https://news.example/p{number}", "news.example", NOW)
            before = archive.keep(archive.append(fetched).result())
            given = {"reading_digest": read.digest, "reader_version": read.reader_version, "ref": before}
            revisions.add(
                session, where.id, read.article, not_before=None, not_after=fetched.at, compared=True, **given
            )
        archive.sync_kept()
    archive.close()
    engine.dispose()
    print(f"reader {reader_version('https://news.example/')}, archive {segments.size(home.archive_dir):,} B")


def versions(folder: Path, count: int) -> None:
    home = home_at(folder / "versions")
    home.path.mkdir(parents=True)
    make_versions(home, count)
    engine = open_engine(home.database_url())
    sealer = Sealer(home, engine)
    timed("sealed, 200 a transaction", count, "versions", lambda: sealer.run(NOW, batches=10**6, ended="engine"))
    verifier = Verifier(home, engine, zone_of=lambda _: None, table=None)
    found = timed("verify", count, "versions", lambda: list(verifier.stored(Scope())))
    assert found == [], found[:3]

    async def again(cores: int) -> None:
        readers = Readers(cores)
        async for finding in verifier.derived(verifier.tally.revisions, readers, cores):
            assert finding.level != ERROR, finding
        await asyncio.to_thread(readers.close)

    for cores in sorted({1, os.cpu_count() or 1}):
        timed(f"verify --full, read again on {cores} cores", count, "versions", lambda n=cores: asyncio.run(again(n)))
    engine.dispose()


def leaves(folder: Path, count: int) -> None:
    home = home_at(folder / "leaves")
    home.path.mkdir(parents=True)
    engine = open_engine(home.database_url())
    upgrade(engine)

    def sealed() -> None:
        for begin in range(0, count, 10_000):
            rows = []
            for index in range(begin, min(begin + 10_000, count)):
                salt = os.urandom(seal.SALT_BYTES)
                said = facts.of_segment(f"s{index}", index, "0" * 64, NOW)
                values = {"idx": index, "kind": facts.SEGMENT, "ref": index, "part": f"s{index}", "url": None}
                rows.append({**values, "salt": salt, "entry": facts.entry(salt, said), "sealed_at": NOW})
            with writing(engine) as session:
                session.execute(insert(LeafRow), rows)
                tree.grow(session, begin, [seal._data(row) for row in rows])

    timed("leaves appended", count, "leaves", sealed)
    with writing(engine) as session:
        timed("checkpoint signed", 1, "", lambda: checkpoints.make(session, lambda: key.signer(home.path), NOW))
    with reading(engine) as session:
        node, chance = tree.Nodes(session), random.Random(1)
        path = timed("proof of inclusion, first", 1, "", lambda: merkle.inclusion(chance.randrange(count), count, node))
        timed(
            "proofs of inclusion",
            100,
            "proofs",
            lambda: [merkle.inclusion(chance.randrange(count), count, node) for _ in range(100)],
        )
        print(f"a proof of inclusion is {len(path)} hashes, {32 * len(path)} bytes")
        timed("consistency of half with whole", 1, "", lambda: merkle.consistency(count // 2, count, node))
        found = timed(
            "log walked (every leaf, node, checkpoint)", count, "leaves", lambda: list(log(session, home.path))
        )
        assert found == []
    engine.dispose()
    print(f"database {(home.path / 'newswatch.db').stat().st_size / count:,.0f} B a leaf")


def flips(folder: Path, count: int) -> None:
    from tests.conftest import LoopThread
    from tests.sealed import sealed_home
    from tests.tampering import flipped_field, flipped_file

    loop, readers = LoopThread(), Readers(1)
    home = sealed_home(folder / "flips", loop, readers)
    readers.close()
    engine = open_engine(home.database_url())
    for name, flipped in (("fields", flipped_field), ("files", flipped_file)):
        seen = placed = 0
        for number in range(count):
            with flipped(home, random.Random(number)) as flip:
                verifier = Verifier(home, engine, zone_of=lambda _: None, table=None)
                errors = [one for one in verifier.stored(Scope()) if one.level == ERROR]
            seen += bool(errors)
            placed += any(words in f"{one.where} {one.what}" for words in flip.named for one in errors)
        print(f"bits turned in {name}: {seen} of {count} found, {placed} located")
    engine.dispose()
    loop.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--leaves", type=int, default=1_000_000)
    parser.add_argument("--versions", type=int, default=2000)
    parser.add_argument("--flips", type=int, default=500)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if given.versions:
            versions(Path(name), given.versions)
        if given.leaves:
            leaves(Path(name), given.leaves)
        if given.flips:
            flips(Path(name), given.flips)


if __name__ == "__main__":
    main()
