"""A fleet at work: how much more two and four workers do than one, what a page costs, and whether anything is lost in trouble.

    python -m tests.benchmarks.bench_fleet [--trouble | --ratio] [--hosts 200] [--pages 100] [--pace 0.5] [--keep DIR] [--seed 1]

200 servers on loopback addresses log every request. First each page is read once, by 1, 2 and 4 workers in turn, each at work on
four hosts at a time, one request a second a host (`--trouble`: by four at once, unmeasured). Then a tenth of the pages is edited,
and all are looked at again while workers are killed (kill -9) at random and replaced, one is stopped for longer than the fleet
believes in it and goes on, another is cut off from the database as long but not from the hosts, and PostgreSQL crashes and
comes back (`--ratio`: none of this). What the servers logged is then held against what the database holds, for a verdict.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from db.engine import reading
from tests.fleet.fleet import Fleet, at_once, fleet, too_early
from tests.fleet.hosts import headline

MORE = "recheck_min_s = 86400\n"
SHARES = ((1, 0.15), (2, 0.40), (4, 1.0))  # workers, and up to which part of the hosts they go
HOSTS_AT_ONCE, PACE = 4, 1.0
TROUBLE_HOSTS_AT_ONCE, TROUBLE_PACE = 40, 0.5
KILL_EVERY_S, AWAY_S = 20.0, 45.0
CUT = "w0"  # reaches the database by a way that can be cut, and is not killed

OUTCOMES = """
SELECT outcome, reason, at, revision_id FROM page_check JOIN page ON page.id = page_id WHERE page.url = :url ORDER BY at
"""


@dataclass
class Trouble:
    """What befalls the fleet while it works: called again and again with the part of the work that is done."""

    room: Fleet
    chance: random.Random
    workers: list[str]
    kill_every_s: float = KILL_EVERY_S
    next_kill: float = 0.0
    frozen: str = ""
    thaw_at: float = 0.0
    cut: bool = False
    mend_at: float = 0.0
    crashed: bool = False
    told: Counter[str] = field(default_factory=Counter)
    number: int = 4

    def __call__(self, done: float) -> None:
        now = time.monotonic()
        if now > self.next_kill and 0.02 < done < 0.95:
            self.next_kill = now + self.kill_every_s
            self._kill()
        if not self.frozen and done > 0.2:
            self._freeze(now)
        if not self.cut and done > 0.1:
            self.cut, self.mend_at = True, now + AWAY_S
            self.room.cut(CUT)
            self.told["cut off for 45 s"] += 1
        if self.mend_at and now > self.mend_at:
            self.room.mend(CUT)
            self.mend_at = 0.0
        if self.thaw_at and now > self.thaw_at:
            self.room.thaw(self.frozen)
            self.thaw_at = 0.0
            self.workers.append(self.frozen)
        if not self.crashed and done > 0.5:
            self.crashed = True
            self.told["PostgreSQL crashed"] += 1
            self.room.server.stop(signal.SIGQUIT)
            time.sleep(3.0)
            self.room.server.start()

    @property
    def lasts(self) -> bool:
        """Whether somebody is still away."""
        return bool(self.thaw_at or self.mend_at)

    def _kill(self) -> None:
        victim = self.chance.choice(self.workers)
        self.workers.remove(victim)
        self.room.kill(victim)
        self.number += 1
        self.workers.append(f"w{self.number}")
        self.room.worker(self.workers[-1], TROUBLE_HOSTS_AT_ONCE)
        self.told["kill -9"] += 1

    def _freeze(self, now: float) -> None:
        self.frozen = self.chance.choice(self.workers)
        self.workers.remove(self.frozen)
        self.room.freeze(self.frozen)
        self.thaw_at = now + AWAY_S
        self.told["stopped for 45 s"] += 1


def first_reading(room: Fleet) -> None:
    """Each page once, by more and more workers."""
    first, base = 0, 0.0
    for workers, part in SHARES:
        names = [f"w{number + 1}" for number in range(workers)]
        for name in names:
            room.worker(name, HOSTS_AT_ONCE)
        room.wait(lambda workers=workers: alive(room) >= workers, 300)  # type: ignore[misc]
        last = int(room.hosts * part)
        cpu, began = sum(room.cpu_s.values()), time.monotonic()
        room.all_due(first, last)
        room.wait(lambda a=first, b=last: unread(room, a, b) == 0, 3600)  # type: ignore[misc]
        count = (last - first) * room.pages
        rate = count / (time.monotonic() - began)
        base = base or rate
        for name in names:
            room.end(name)
        ms = 1000 * (sum(room.cpu_s.values()) - cpu) / count
        say(
            f"{workers} workers: {count} pages, {rate:.1f} a second, {rate / base:.2f} times one; {ms:.1f} ms CPU a page"
        )
        first = last


def read_by_four(room: Fleet) -> None:
    """Each page once, by four workers, so that there is something to look at again."""
    names = [f"w{number + 1}" for number in range(4)]
    for name in names:
        room.worker(name, TROUBLE_HOSTS_AT_ONCE)
    began, since = time.monotonic(), room.all_due()
    room.wait(lambda: room.unread(since) == 0, 3600)
    for name in names:
        room.end(name)
    count, cpu_s = room.hosts * room.pages, sum(room.cpu_s.values())
    say(
        f"4 workers: {count} pages first read in {time.monotonic() - began:.0f} s; {1000 * cpu_s / count:.1f} ms CPU a page, "
        "the start of the workers included"
    )


def unread(room: Fleet, first: int, last: int) -> int:
    query = "SELECT count(*) FROM page WHERE (id - 1) % :hosts >= :first AND (id - 1) % :hosts < :last AND last_check_at IS NULL"
    return int(room.one(query, first=first, last=last, hosts=room.hosts))


def alive(room: Fleet) -> int:
    return int(room.one("SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '20 s'"))


def in_trouble(room: Fleet, seed: int, kill_every_s: float) -> list[int]:
    """All pages again, a tenth of them edited, amid trouble. Gives the numbers of those edited."""
    chance, total = random.Random(seed), room.hosts * room.pages
    edited = sorted(chance.sample(range(total), total // 10))
    room.edit(edited)
    workers = [f"w{number + 1}" for number in range(3)]
    for name in (CUT, *workers):
        room.worker(name, TROUBLE_HOSTS_AT_ONCE, cuttable=name == CUT)
    began, since = time.monotonic(), room.all_due()
    trouble = Trouble(room, chance, workers, kill_every_s)
    while (left := room.unread(since)) or trouble.lasts:
        trouble(1 - left / total)
        time.sleep(0.5)
        if time.monotonic() - began > 3600:
            raise TimeoutError(f"{left} pages are not read")
    room.wait(lambda: room.one("SELECT count(*) FROM revision WHERE NOT compared") == 0, 120)
    say(
        f"in trouble ({', '.join(f'{count} x {what}' for what, count in trouble.told.items())}): "
        f"{total} pages in {time.monotonic() - began:.0f} s"
    )
    return edited


def verdict(room: Fleet, edited: list[int], pace: float) -> bool:
    """What the servers saw against what is stored. Gives whether all is as it must be."""
    asked, total = room.asked(), room.hosts * room.pages
    pages = [one for one in asked if one.status == 200]
    wanted = sorted((headline(number, 1), headline(number, 2)) for number in edited)
    found = {
        "pages lost": int(room.one("SELECT count(*) FROM page WHERE last_check_at IS NULL")),
        "pages with other versions than they had": misread(room, edited),
        "edits missed or told twice": len(set(wanted) ^ set(room.headlines()))
        + abs(len(room.headlines()) - len(wanted)),
        "failed visits": int(room.one("SELECT count(*) FROM page_check WHERE outcome = 'failed'")),
        "requests of two workers to one host at once": len(at_once(asked)),
        "requests closer than the pace": len(early := too_early(asked, pace)),
    }
    for before, one in early[:5]:
        say(f"       {one.host}: {before.worker} then {one.worker} after {one.began - before.began:.3f} s")
    for what, count in found.items():
        say(f"{count:6} {what}")
    more = len(pages) - 2 * total
    say(f"{len(asked)} requests, {len(pages)} of them for pages: {more} more than two a page, cut off on their way")
    say(
        "VERDICT: " + ("nothing lost, nothing twice, the pace kept" if not any(found.values()) else "NOT as it must be")
    )
    return not any(found.values())


def misread(room: Fleet, edited: list[int]) -> int:
    """Pages whose versions are not what they must be: two where it was edited, else one."""
    twice = {room.url(number) for number in edited}
    with reading(room.engine) as session:
        found = session.execute(
            text("SELECT url, (SELECT count(*) FROM revision WHERE page_id = page.id) FROM page")
        ).all()
        wrong = [(url, count) for url, count in found if count != 1 + (url in twice)]
        for url, count in wrong[:5]:
            visits = session.execute(text(OUTCOMES), {"url": url}).all()
            say(f"       {url} has {count} versions, {'edited' if url in twice else 'not edited'}: {visits}")
    return len(wrong)


def say(words: str) -> None:
    print(words, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--pages", type=int, default=100, help="on each host")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--pace", type=float, default=TROUBLE_PACE, help="seconds between requests to a host, in trouble"
    )
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--trouble", action="store_true", help="only the trouble")
    only.add_argument("--ratio", action="store_true", help="only what more workers do")
    parser.add_argument("--kill-every", type=float, default=KILL_EVERY_S, help="seconds")
    parser.add_argument("--keep", type=Path, help="a folder for the logs; else a temporary one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        pace = options.pace if options.trouble else PACE
        with fleet(folder, hosts=options.hosts, pages=options.pages, pace=pace, more=MORE) as room:
            for name in ("s1", "s2"):
                room.scheduler(name)
            room.wait(lambda: room.one("SELECT to_regclass('procrastinate_workers')") is not None, 300)
            (read_by_four if options.trouble else first_reading)(room)
            if options.ratio:
                return 0
            room.pace = options.pace
            edited = in_trouble(room, options.seed, options.kill_every)
            return 0 if verdict(room, edited, min(pace, options.pace)) else 1


if __name__ == "__main__":
    sys.exit(main())
