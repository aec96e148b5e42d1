"""A service as a whole process, and what may befall its surroundings: the disk, the system's limits, the database."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from tests.acceptance.homes import Homestead, free_port
from tests.newsroom.newsroom import Newsroom
from tests.receivers import Hook
from tests.torture import invariants
from tests.torture.killing import CHANNELS, SETTINGS
from tests.torture.ledger import Editor, Ledger

DISK_MB = 32
BUSY_S = 10.0
CALM_S = 180.0
TOLD_S = 60.0


@dataclass
class Trial:
    """A home whose service runs, a newsroom, a receiver; `told` is what the service said while the fault held."""

    room: Newsroom
    ledger: Ledger
    hook: Hook
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stead = Homestead(self.folder / "home", self.room, **SETTINGS)
        with self.stead.home.config_path.open("a", encoding="utf-8") as file:
            file.write(CHANNELS.format(url=self.hook.url))
        self.output = self.folder.parent / f"{self.folder.name}.output"
        self.port = free_port()
        self.editor = Editor(self.room, self.ledger, every_s=1.0, seed=8)
        self._process: subprocess.Popen[str] | None = None

    @property
    def process(self) -> psutil.Process:
        assert self._process is not None
        return psutil.Process(self._process.pid)

    @contextmanager
    def service(self) -> Iterator[None]:
        """A service that has read every story."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            self._process = self.stead.start("run", "--port", str(self.port), to=self.output)
        try:
            self.calm()
            yield
            assert self._process.poll() is None, "the service ended by itself"
        finally:
            self._process.terminate()
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def edit(self) -> None:
        for story in self.room.stories():
            self.editor.edit(story)

    def calm(self) -> None:
        """Wait until nothing is left to do."""
        until = time.monotonic() + CALM_S
        while invariants.backlog(self.stead, self.ledger):
            assert time.monotonic() < until, "there is still something left to do"
            assert self._process is None or self._process.poll() is None, "the service ended by itself"
            time.sleep(0.5)

    def judge(self) -> None:
        """All must be right, now that the fault is over and all is calm."""
        now = invariants.kept(self.stead)
        assert invariants.settled(self.stead, invariants.NOTHING, now, self.ledger, list(self.hook.posts)) == []

    def says(self, words: str, seconds: float = TOLD_S) -> None:
        """Wait until the log or the output says so."""
        until = time.monotonic() + seconds
        while not re.search(words, self.said()):
            assert time.monotonic() < until, f"{words} is not said in: {self.said()[-2000:]}"
            time.sleep(0.3)

    def said(self) -> str:
        logs = sorted(self.stead.home.path.glob("logs/*"))
        return "".join(path.read_text(errors="replace") for path in [*logs, self.output] if path.exists())

    def asks(self, path: str) -> tuple[int, str]:
        """What the review page's process answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def reasons(self) -> set[str]:
        return {
            str(row[0]) for row in self.stead.rows("SELECT DISTINCT reason FROM page_check WHERE outcome = 'failed'")
        }


# Disks


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own, some megabytes small. Skips where none may be mounted."""
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        pytest.skip(f"nothing may be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """No byte is left on it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(b"\0" * size)
            except OSError:
                size //= 2
    yield
    filler.unlink()


# The system


@contextmanager
def limited(process: psutil.Process, resource: int, soft: int) -> Iterator[None]:
    """A limit put on a process that runs."""
    before = process.rlimit(resource)
    process.rlimit(resource, (soft, before[1]))
    yield
    process.rlimit(resource, before)


@contextmanager
def stopped(process: psutil.Process) -> Iterator[None]:
    """Stopped as a whole, as a machine that sleeps."""
    everyone = [process, *process.children(recursive=True)]
    for one in everyone:
        one.send_signal(signal.SIGSTOP)
    yield
    for one in everyone:
        one.send_signal(signal.SIGCONT)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """The database's file held by another program."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")
