"""A fleet of processes: the servers, PostgreSQL, a scheduler and workers with a home each, and what may befall them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Engine, insert, text

from db.engine import open_engine, reading, upgrade, writing
from db.models import Page
from db.queries import sources
from tests import postgres
from tests.fleet.hosts import address

CLOSE_S = 20.0
EARLY_S = 0.02  # a server sees two requests this much closer than they left: one was slower on its way


@dataclass(frozen=True)
class Asked:
    """One request as its server saw it, which came between `earliest` and `began`. Times are the machine's monotonic seconds."""

    host: str
    path: str
    worker: str
    earliest: float
    began: float
    ended: float
    status: int
    version: int


class Fleet:
    """The parts of a fleet, in a folder. `pace` is seconds between two requests to a host."""

    def __init__(
        self, folder: Path, server: postgres.Server, *, hosts: int, pages: int, pace: float, more: str = ""
    ) -> None:
        self.folder, self.server, self.hosts, self.pages, self.pace = folder, server, hosts, pages, pace
        self._more = more
        self.log, self.edits = folder / "asked.jsonl", folder / "edits.json"
        self.edits.write_text("[]")
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.cpu_s: defaultdict[str, float] = defaultdict(float)
        self.port = 0
        self.engine: Engine = open_engine(server.url)
        upgrade(self.engine)

    def open(self, latency: float = 0.01) -> None:
        """Start the servers and make their pages known, none due yet."""
        command = [sys.executable, "-m", "tests.fleet.hosts", "--hosts", str(self.hosts), "--latency", str(latency)]
        process = subprocess.Popen(
            [*command, "--log", str(self.log), "--edits", str(self.edits)], stdout=subprocess.PIPE
        )
        assert process.stdout
        with process.stdout as told:
            self.port = int(told.readline())
        self.processes["hosts"] = process
        now, later = datetime.now(UTC), datetime(2099, 1, 1, tzinfo=UTC)
        with writing(self.engine) as session:
            source = sources.ensure(session, "Quay News", now)
            base = {"source_id": source.id, "first_seen_at": now, "next_check_at": later}
            rows = [
                {**base, "url": self.url(number), "host": self.host(number)}
                for number in range(self.hosts * self.pages)
            ]
            session.execute(insert(Page), rows)

    def host(self, number: int) -> str:
        return f"{address(number % self.hosts)}:{self.port}"

    def url(self, number: int) -> str:
        return f"http://{self.host(number)}/p-{number}"

    def start(self, name: str, *arguments: str) -> None:
        """Start a process of newswatch with a home of its own; the name stands in its user agent."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        (home / "newswatch.toml").write_text(
            f'[newswatch]\ncontact = "{name}"\ndatabase = "{self.server.url}"\nqueue = true\nreaders = 1\n'
            f'allow_addresses = ["127.0.0.0/8"]\npace = {self.pace}\ntimeout_s = 5.0\n{self._more}'
        )
        command = [sys.executable, "-m", "monitor.cli", "--home", str(home), *arguments]
        with (home / "out").open("ab") as out:
            self.processes[name] = subprocess.Popen(
                command, stdout=out, stderr=out, env={**os.environ, "NO_COLOR": "1"}
            )

    def command(self, name: str, *arguments: str) -> str:
        """Run a command on a home to its end: what it told."""
        command = [sys.executable, "-m", "monitor.cli", "--home", str(self.folder / name), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout

    def scheduler(self, name: str = "s1") -> None:
        self.start(name, "run", "--no-web")

    def worker(self, name: str, concurrency: int = 64) -> None:
        self.start(name, "worker", "--concurrency", str(concurrency))

    def kill(self, name: str) -> None:
        """kill -9, its readers too, as where a machine dies."""
        process = self.processes.pop(name)
        self._count(name, process)
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
        process.kill()
        process.wait()

    def freeze(self, name: str) -> None:
        self.processes[name].send_signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        self.processes[name].send_signal(signal.SIGCONT)

    def end(self, name: str) -> None:
        """End a process in order."""
        process = self.processes.pop(name)
        self._count(name, process)
        process.terminate()
        try:
            process.wait(CLOSE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def close(self) -> None:
        for name in list(self.processes):
            self.thaw(name)
            self.end(name)
        self.engine.dispose()

    def _count(self, name: str, process: subprocess.Popen[bytes]) -> None:
        assert process.poll() is None, f"{name} ended by itself; its output is in {self.folder / name / 'out'}"
        whole = psutil.Process(process.pid)
        for one in (whole, *whole.children(recursive=True)):
            times = one.cpu_times()
            self.cpu_s[name] += times.user + times.system

    # The pages

    def all_due(self, first: int = 0, last: int | None = None) -> datetime:
        """Make the pages of these hosts due, by their numbers. Gives the time of it."""
        now = datetime.now(UTC)
        last = self.hosts if last is None else last
        with writing(self.engine) as session:
            session.execute(
                text(
                    "UPDATE page SET next_check_at = :now WHERE (id - 1) % :hosts >= :first AND (id - 1) % :hosts < :last"
                ),
                {"now": now, "first": first, "last": last, "hosts": self.hosts},
            )
        return now

    def edit(self, numbers: list[int]) -> None:
        """Edit the headline of these pages, on all hosts."""
        fresh = self.edits.with_suffix(".new")
        fresh.write_text(json.dumps(numbers))
        fresh.replace(self.edits)
        time.sleep(0.6)

    def one(self, query: str, **values: Any) -> Any:
        with reading(self.engine) as session:
            return session.scalar(text(query), values)

    def unread(self, since: datetime) -> int:
        """Pages that no visit was stored of since then."""
        return int(
            self.one("SELECT count(*) FROM page WHERE last_check_at IS NULL OR last_check_at < :since", since=since)
        )

    def headlines(self) -> list[tuple[str, str]]:
        """The changes of headlines that were found: before and after."""
        with reading(self.engine) as session:
            found = session.execute(text("SELECT before, after FROM change WHERE kind = 'headline'"))
            return sorted((row[0], row[1]) for row in found)

    def wait(self, what: Callable[[], bool], seconds: float, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Wait until something holds. Raises AssertionError where it does not in time."""
        until = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < until, "it did not come about in time"
            meanwhile()
            time.sleep(0.25)

    def asked(self) -> list[Asked]:
        """What the servers logged, in order of their beginning."""
        found = [Asked(*json.loads(line)) for line in self.log.read_text().splitlines()]
        return sorted(found, key=lambda one: one.began)


def at_once(asked: list[Asked]) -> list[tuple[Asked, Asked]]:
    """Requests of two workers to one host that overlap."""
    last: dict[str, Asked] = {}
    found = []
    for one in asked:
        before = last.get(one.host)
        if before and before.worker != one.worker and before.ended > one.began:
            found.append((before, one))
        if before is None or one.ended > before.ended:
            last[one.host] = one
    return found


def too_early(asked: list[Asked], pace: float) -> list[tuple[Asked, Asked]]:
    """Requests to one host that are closer than its pace."""
    last: dict[str, Asked] = {}
    found = []
    for one in asked:
        before = last.get(one.host)
        if before and one.began - before.earliest < pace - EARLY_S:
            found.append((before, one))
        last[one.host] = one
    return found


@contextmanager
def fleet(folder: Path, *, hosts: int, pages: int, pace: float, more: str = "") -> Iterator[Fleet]:
    """A fleet with its PostgreSQL and its servers; no scheduler and no worker yet."""
    with postgres.running("max_connections=200", "fsync=on", "synchronous_commit=on") as server:
        made = Fleet(folder, server, hosts=hosts, pages=pages, pace=pace, more=more)
        try:
            made.open()
            yield made
        finally:
            made.close()
