"""kill -9 of the service or one of its children at random moments, again and again, on a home whose newsroom never rests.

A life is short, for a kill in its first seconds finds as much as a later one and costs less: the engine starts, a child or two
are killed, which it has to outlive, and then it is killed itself, or ended in order. A fleet has a scheduler and a worker on one
home, each killed and begun again by itself.
"""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.acceptance.homes import Homestead, free_port
from tests.newsroom.newsroom import Newsroom
from tests.receivers import Hook
from tests.torture import invariants
from tests.torture.ledger import Editor, Ledger

UP = 0.25  # of the lives are killed amid start-up
STARTING_S = (0.2, 4.0)  # from the process's begin
WORKING_S = (0.0, 3.0)  # from its first request on
AFTER_S = (0.2, 1.5)  # from the death of a child on
IN_ORDER = 0.2  # of the lives that lost a child are ended by SIGTERM
WHOLE_EVERY = 25  # looks, of which one reads the whole archive
SETTLE_S = 120.0
START_S = 90.0  # for a child to be there at all
READ_S = 40.0  # for an edit to be read by a new reader
END_S = 30.0
ENGINE, WORKER, READER, WEB = "engine", "worker", "reader", "web"
CHILDREN = {READER: "spawn_main", WEB: "monitor.service.child"}  # by a word of their command
# who is killed in a life, before its engine: more lives than children, for what the engine loses is the most
ALONE = ((), (), (READER,), (WEB,), (READER, WEB), (READER, READER))
FLEET = ((WORKER,), (WORKER, WORKER), (WORKER, READER), (READER, WORKER), (WEB, WORKER))
SETTINGS: Mapping[str, object] = {"readers": 1, "stall_s": 5.0}
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
    absent: int = 0  # children that were to be killed and were not there in time
    edits: int = 0
    served: int = 0
    revisions: int = 0
    changes: int = 0
    posts: int = 0
    repeats: int = 0

    @property
    def kills(self) -> int:
        return sum(self.tried.values())

    def lines(self) -> Iterator[str]:
        each = ", ".join(f"{who} {self.survived[who]} of {self.tried[who]}" for who in sorted(self.tried))
        yield f"survived {sum(self.survived.values())} of {self.kills} kills ({each})"
        yield f"{self.edits} edits, {self.served} answers in full, {self.revisions} revisions, {self.changes} headline changes"
        yield f"{self.posts} messages received, {self.repeats} of them marked as a possible repeat"
        yield from (f"FAULT: {fault}" for fault in self.faults)


class House:
    """The processes of one home: an engine with its children, or a fleet's scheduler and worker."""

    def __init__(self, stead: Homestead, output: Path, *, fleet: bool) -> None:
        self.stead, self._output = stead, output
        self._roles = (ENGINE, WORKER) if fleet else (ENGINE,)
        self._begun: dict[str, subprocess.Popen[str]] = {}

    def start(self, *, web: bool = False) -> bool:
        """Begin what does not run. Gives whether the engine was begun."""
        fresh = not self.alive(ENGINE)
        for role in self._roles:
            if not self.alive(role):
                arguments = (
                    ["worker"]
                    if role == WORKER
                    else ["run", "--port", str(free_port()), *(() if web else ("--no-web",))]
                )
                self._begun[role] = self.stead.start(*arguments, to=self._output)
        return fresh

    def alive(self, role: str) -> bool:
        process = self._begun.get(role)
        return process is not None and process.poll() is None

    def ended(self) -> list[str]:
        """Roles that ended by themselves."""
        return [role for role, process in self._begun.items() if process.poll() is not None]

    def kill(self, role: str) -> list[str]:
        """kill -9; its children end by themselves. Gives those that do not."""
        process = self._begun.pop(role)
        children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.kill()
        process.wait(10)
        _, left = psutil.wait_procs(children, timeout=15)
        for orphan in left:
            orphan.kill()
        return [f"process {one.pid} outlived its {role}" for one in left]

    def kill_child(self, who: str, dice: random.Random) -> bool:
        """kill -9 of a child of any role. Gives whether there was one."""
        until = time.monotonic() + START_S
        while not (found := self._children(CHILDREN[who])):
            if time.monotonic() > until or self.ended():
                return False
            time.sleep(0.1)
        dice.choice(found).kill()
        return True

    def _children(self, word: str) -> list[psutil.Process]:
        running = [psutil.Process(process.pid) for process in self._begun.values() if process.poll() is None]
        return [one for process in running for one in process.children(recursive=True) if word in _command(one)]

    def end(self) -> list[str]:
        """End all in order. Gives what went wrong."""
        wrong = []
        for process in self._begun.values():
            process.terminate()
        for role, process in self._begun.items():
            try:
                code = process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait(10)
            if code not in {0, -signal.SIGTERM}:
                wrong.append(f"the {role} ended with code {code}")
        self._begun.clear()
        return wrong


class Torture:
    """One home, one newsroom, one receiver."""

    def __init__(
        self, room: Newsroom, ledger: Ledger, hook: Hook, folder: Path, *, seed: int, fleet: bool = False
    ) -> None:
        self.room, self.ledger, self.hook = room, ledger, hook
        self.stead = Homestead(folder / "home", room, **SETTINGS, queue=fleet)
        with self.stead.home.config_path.open("a", encoding="utf-8") as file:
            file.write(CHANNELS.format(url=hook.url))
        self.house = House(self.stead, folder / "output", fleet=fleet)
        self.dice = random.Random(seed)
        self.report = Report()
        self.kept = invariants.NOTHING
        self._victims = FLEET if fleet else ALONE
        self._told = folder / "report"

    def rounds(self, kills: int, *, every_s: float) -> None:
        """Kill so many times while an editor works, then let all come to rest and judge it as a whole."""
        self._rest()  # every story is read once, so that each kill meets edits
        editor = Editor(self.room, self.ledger, every_s=every_s, seed=self.dice.randrange(1 << 30))
        editor.start()
        try:
            while self.report.kills < kills:
                self.life(kills - self.report.kills)
                self.report.edits = editor.edits
                self._tell()
        finally:
            editor.rest()
            self.house.end()
        self.report.edits = editor.edits
        self.settle()
        self._tell()

    def life(self, most: int) -> None:
        """The engine's life, and at most so many kills in it."""
        victims = self.dice.choice(self._victims)[:most]
        fresh = self.house.start(web=WEB in victims)
        for who in victims:
            self._live(fresh=fresh)
            found = self._role(who) if who == WORKER else self._child(who)
            if found is None:
                self.report.absent += 1
            else:
                self._judge(who, found)
            fresh = False
        if victims and self.dice.random() < IN_ORDER:
            self.report.faults += self.house.end()
        elif len(victims) < most:
            self._live(fresh=fresh)
            self._judge(ENGINE, self._role(ENGINE))

    def _judge(self, who: str, found: list[str]) -> None:
        self.report.tried[who] += 1
        found += self._look()
        if not found:
            self.report.survived[who] += 1
        self.report.faults += [f"kill {self.report.kills} ({who}): {one}" for one in found]

    def _live(self, *, fresh: bool) -> None:
        """Let the service live for a random while: into its start-up, or into its work."""
        if fresh and self.dice.random() < UP:
            time.sleep(self.dice.uniform(*STARTING_S))
            return
        asked = self.room.log.count()
        self.room.log.wait_for(lambda records: len(records) > asked, START_S)
        time.sleep(self.dice.uniform(*WORKING_S))

    def _role(self, who: str) -> list[str]:
        """Kill the engine or the worker, which is then begun again."""
        found = [f"the {role} ended by itself" for role in self.house.ended()]
        found += self.house.kill(who)
        if who == WORKER:
            self.house.start()
        return found

    def _child(self, who: str) -> list[str] | None:
        """Kill a child; those that began it live on. None where a busy machine has not begun it in time."""
        if not self.house.kill_child(who, self.dice):
            ended = self.house.ended()
            return [f"the {role} ended by itself" for role in ended] or None
        found = self._still_read() if who == READER else []
        time.sleep(self.dice.uniform(*AFTER_S))
        return [*found, *(f"the {role} ended with its {who}" for role in self.house.ended())]

    def _still_read(self) -> list[str]:
        """Whether the edits that come after the death of a reader are read by another."""
        begun, until = self._read(), time.monotonic() + READ_S
        while self._read() <= begun:
            if time.monotonic() > until:
                return ["no edit was read after it"]
            time.sleep(0.2)
        return []

    def _read(self) -> int:
        (row,) = self.stead.rows("SELECT count(*) FROM page_check WHERE outcome = 'changed'") or [(0,)]
        return int(str(row[0]))

    def settle(self) -> None:
        """The last life, undisturbed: nothing may remain to be done, and all must be right."""
        self._rest()
        now = invariants.kept(self.stead)
        posts = list(self.hook.posts)
        self.report.faults += [
            f"at the end: {one}" for one in invariants.settled(self.stead, self.kept, now, self.ledger, posts)
        ]
        self.kept = now

    def _count(self, now: invariants.Kept) -> None:
        posts = list(self.hook.posts)
        self.report.served = self.ledger.counts()[1]
        self.report.revisions, self.report.changes = now.count(), len(now.changes)
        self.report.posts = len(posts)
        self.report.repeats = sum(bool(post.json["data"]["maybe_repeat"]) for post in posts)

    def _rest(self) -> None:
        """A life of the service until it has nothing left to do."""
        until = time.monotonic() + SETTLE_S
        self.house.start()
        while not self.house.ended() and time.monotonic() < until and invariants.backlog(self.stead, self.ledger):
            time.sleep(0.3)
        self.report.faults += [f"at rest: the {role} ended by itself" for role in self.house.ended()]
        self.report.faults += [f"at rest: {one}" for one in self.house.end()]

    def _look(self) -> list[str]:
        whole = self.report.kills % WHOLE_EVERY == 0
        now = invariants.kept(self.stead)
        found = invariants.at_rest(self.stead, self.kept, now, self.ledger, whole=whole)
        self.kept = now
        return found

    def _tell(self) -> None:
        """Keep the report as a file, so that a run that is cut short has told what it did."""
        self._count(self.kept)
        self._told.write_text("\n".join(self.report.lines()) + "\n", encoding="utf-8")


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
