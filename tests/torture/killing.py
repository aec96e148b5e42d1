"""kill -9 of the service or one of its children at random moments, again and again, on a home whose newsroom never rests."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psutil

from tests.acceptance.homes import Homestead, free_port
from tests.newsroom.newsroom import Newsroom
from tests.receivers import Hook
from tests.torture import invariants
from tests.torture.ledger import Editor, Ledger

UP = 0.25  # of the kills come amid start-up
STARTING_S = (0.2, 4.0)  # from the process's begin
WORKING_S = (0.0, 8.0)  # from its first request on
SETTLE_S = 90.0
START_S = 20.0  # for a child to be there at all
ENGINE, READER, WEB = "engine", "reader", "web"
# the engine dies as often as its children together: what it loses is the most
WHO = (ENGINE, ENGINE, READER, WEB)
CHANNELS = """
[[notify]]
name = "screen"
terminal = true
enabled = false

[[notify]]
name = "hook"
webhook = "{url}"
secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
allow_private = true
kinds = ["headline"]
"""


@dataclass
class Report:
    """What was done and what came of it."""

    tried: Counter[str] = field(default_factory=Counter)
    survived: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    orphans: int = 0
    edits: int = 0
    served: int = 0
    revisions: int = 0
    changes: int = 0
    posts: int = 0
    repeats: int = 0

    def lines(self) -> Iterator[str]:
        tried, survived = sum(self.tried.values()), sum(self.survived.values())
        each = ", ".join(f"{who} {self.survived[who]} of {self.tried[who]}" for who in (ENGINE, READER, WEB))
        yield f"survived {survived} of {tried} kills ({each})"
        yield f"{self.edits} edits, {self.served} answers in full, {self.revisions} revisions, {self.changes} headline changes"
        yield f"{self.posts} messages received, {self.repeats} of them marked as a possible repeat"
        yield from (f"FAULT: {fault}" for fault in self.faults)


class Torture:
    """One home, one newsroom, one receiver; `round` is a life of the service that a kill ends or maims."""

    def __init__(self, room: Newsroom, ledger: Ledger, hook: Hook, folder: Path, *, seed: int) -> None:
        self.room, self.ledger, self.hook = room, ledger, hook
        self.stead = Homestead(folder / "home", room, readers=2)
        with self.stead.home.config_path.open("a", encoding="utf-8") as file:
            file.write(CHANNELS.format(url=hook.url))
        self.dice = random.Random(seed)
        self.report = Report()
        self.kept = invariants.NOTHING
        self._log = folder / "output"

    def rounds(self, kills: int, *, every_s: float) -> None:
        """Kill so many times while an editor works, then let all come to rest and judge it as a whole."""
        self._rest()  # every story is read once, so that each kill meets edits
        editor = Editor(self.room, self.ledger, every_s=every_s, seed=self.dice.randrange(1 << 30))
        editor.start()
        try:
            for _ in range(kills):
                self.round(self.dice.choice(WHO))
        finally:
            editor.rest()
        self.settle()
        self.report.edits = editor.edits

    def round(self, who: str) -> None:
        self.report.tried[who] += 1
        with self._service() as service:
            self._live()
            children = service.children(recursive=True)
            after = self._after_the_engine if who == ENGINE else partial(self._after_a_child, who)
            found = after(service, children)
        if not found:
            self.report.survived[who] += 1
        self.report.faults += [f"kill {sum(self.report.tried.values())} ({who}): {one}" for one in found]

    def _live(self) -> None:
        """Let the service live for a random while: into its start-up, or into its work."""
        if self.dice.random() < UP:
            time.sleep(self.dice.uniform(*STARTING_S))
            return
        asked = self.room.log.count()
        self.room.log.wait_for(lambda records: len(records) > asked, START_S)
        time.sleep(self.dice.uniform(*WORKING_S))

    def settle(self) -> None:
        """The last life, undisturbed: nothing may remain to be done, and all must be right."""
        self._rest()
        now = invariants.kept(self.stead)
        posts = list(self.hook.posts)
        self.report.faults += [
            f"at the end: {one}" for one in invariants.settled(self.stead, self.kept, now, self.ledger, posts)
        ]
        self.report.served = self.ledger.counts()[1]
        self.report.revisions, self.report.changes = now.count(), len(now.changes)
        self.report.posts = len(posts)
        self.report.repeats = sum(bool(post.json["data"]["maybe_repeat"]) for post in posts)

    def _rest(self) -> None:
        """A life of the service until it has nothing left to do."""
        until = time.monotonic() + SETTLE_S
        with self._service() as service:
            while service.is_running() and invariants.backlog(self.stead, self.ledger) and time.monotonic() < until:
                time.sleep(0.3)

    def _after_the_engine(self, service: psutil.Process, children: list[psutil.Process]) -> list[str]:
        service.send_signal(signal.SIGKILL)
        service.wait(10)
        _, alive = psutil.wait_procs(children, timeout=15)
        for orphan in alive:
            orphan.kill()
        return [*self._look(), *(f"process {one.pid} outlived its engine" for one in alive)]

    def _after_a_child(self, who: str, service: psutil.Process, children: list[psutil.Process]) -> list[str]:
        """The service lives on without the child, and is then ended in order."""
        wanted = "monitor.service.child" if who == WEB else "spawn_main"
        until = time.monotonic() + START_S
        while not (chosen := [one for one in children if wanted in _command(one)]) and time.monotonic() < until:
            time.sleep(0.1)
            children = service.children(recursive=True) if service.is_running() else []
        if not chosen:
            return [f"no {who} to kill"]
        self.dice.choice(chosen).kill()
        time.sleep(self.dice.uniform(0.2, 1.5))
        if not service.is_running() or service.status() == psutil.STATUS_ZOMBIE:
            return [f"the service ended with its {who}", *self._look()]
        service.terminate()
        service.wait(20)
        return self._look()

    def _look(self) -> list[str]:
        now = invariants.kept(self.stead)
        found = invariants.at_rest(self.stead, self.kept, now, self.ledger)
        self.kept = now
        return found

    @contextmanager
    def _service(self) -> Iterator[psutil.Process]:
        process = self.stead.start("run", "--port", str(free_port()), to=self._log)
        service = psutil.Process(process.pid)
        try:
            yield service
        finally:
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
            process.wait(20)


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
