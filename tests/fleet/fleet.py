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
from sqlalchemy.engine import make_url

from db.engine import open_engine, reading, upgrade, writing
from db.models import Page
from db.queries import jobs, sources
from tests import postgres
from tests.fleet.cutting import Way
from tests.fleet.hosts import address

CLOSE_S = 60.0
SECRET = "pa55word-of-the-fleet"  # the server asks for none; it must be seen nowhere
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
        self,
        folder: Path,
        server: postgres.Server,
        *,
        hosts: int,
        pages: int,
        pace: float,
        more: str = "",
        upgraded: bool = True,
    ) -> None:
        self.folder, self.server, self.hosts, self.pages, self.pace = folder, server, hosts, pages, pace
        self._more = more
        self.log, self.edits = folder / "asked.jsonl", folder / "edits.json"
        self.edits.write_text("[]")
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.cpu_s: defaultdict[str, float] = defaultdict(float)
        self.ways: dict[str, Way] = {}
        self.port = 0
        self.engine: Engine = open_engine(server.url)
        if upgraded:
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

    def address(self, name: str) -> str:
        """The database's address as a process has it: with a password, and by a way of its own where that can be cut."""
        url = make_url(self.server.url).set(password=SECRET)
        if way := self.ways.get(name):
            url = url.set(host="127.0.0.1", port=way.port, query={})
        return url.render_as_string(hide_password=False)

    def start(self, name: str, *arguments: str, code: Path | None = None) -> None:
        """Start a process of newswatch with a home of its own; the name stands in its user agent. `code` is where another
        release stands, if it is one's."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        (home / "newswatch.toml").write_text(
            f'[newswatch]\ncontact = "{name}"\ndatabase = "{self.address(name)}"\nqueue = true\nreaders = 1\n'
            f'allow_addresses = ["127.0.0.0/8"]\npace = {self.pace}\ntimeout_s = 5.0\n{self._more}'
        )
        command = [sys.executable, "-m", "monitor.cli", "--home", str(home), *arguments]
        with (home / "out").open("ab") as out:
            self.processes[name] = subprocess.Popen(
                command, stdout=out, stderr=out, env={**os.environ, "NO_COLOR": "1"}, cwd=code
            )

    def command(self, name: str, *arguments: str, check: bool = True) -> str:
        """Run a command on a home to its end: what it told."""
        command = [sys.executable, "-m", "monitor.cli", "--home", str(self.folder / name), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=check)
        return done.stdout + done.stderr

    def scheduler(self, name: str = "s1", *, port: int | None = None) -> None:
        """Start a scheduler, with the review page where it is given a port."""
        self.start(name, "run", *(["--port", str(port)] if port else ["--no-web"]))

    def worker(self, name: str, concurrency: int = 64, *, cuttable: bool = False) -> None:
        """Start a worker; one that is cuttable reaches the database by a way that can be cut."""
        if cuttable and name not in self.ways:
            folder = make_url(self.server.url).query["host"]
            self.ways[name] = Way(f"{folder}/.s.PGSQL.5432")
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

    def cut(self, name: str) -> None:
        """Cut a worker off from the database, not from the hosts: what keeps it from asking them is itself alone."""
        self.ways[name].cut()

    def mend(self, name: str) -> None:
        self.ways[name].mend()

    def thaw(self, name: str) -> None:
        self.processes[name].send_signal(signal.SIGCONT)

    def end(self, name: str) -> int:
        """End a process in order. Gives its exit code."""
        process = self.processes.pop(name)
        self._count(name, process)
        process.terminate()
        try:
            process.wait(CLOSE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return process.returncode

    def close(self) -> None:
        for name in list(self.processes):
            self.thaw(name)
            if name in self.ways:
                self.mend(name)
            self.end(name)
        for way in self.ways.values():
            way.close()
        self.engine.dispose()

    def _count(self, name: str, process: subprocess.Popen[bytes]) -> None:
        assert process.poll() is None, f"{name} ended by itself; its output is in {self.folder / name / 'out'}"
        whole = psutil.Process(process.pid)
        for one in (whole, *whole.children(recursive=True)):
            times = one.cpu_times()
            self.cpu_s[name] += times.user + times.system

    def arguments(self) -> list[str]:
        """The command lines of all processes, as everybody on the machine may read them."""
        whole = [psutil.Process(process.pid) for process in self.processes.values()]
        every = [one for process in whole for one in (process, *process.children(recursive=True))]
        return [Path(f"/proc/{one.pid}/cmdline").read_text().replace("\0", " ") for one in every]

    def told(self) -> str:
        """All that the processes told: terminals and logs."""
        files = [*self.folder.glob("*/out"), *self.folder.glob("*/logs/*")]
        return "".join(path.read_text() for path in files)

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

    def ran(self) -> set[str]:
        """The works of the timer that some process did."""
        with reading(self.engine) as session:
            return {job.name for job in jobs.every(session) if job.last_run_at}

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
