"""A home on disk and the command `newswatch` run against it as a process, as a person would."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import Engine, text

from db.engine import open_engine, reading, writing
from db.home import Home, home_at
from tests import databases
from tests.newsroom.config import write_config
from tests.newsroom.newsroom import Newsroom

QUICK = {"recheck_speed": 1000.0, "recheck_min_s": 1.0, "feed_interval_s": 1.0, "readers": 1, "timeout_s": 5.0}


class Homestead:
    """A home whose configuration watches a newsroom, with the commands run on it."""

    def __init__(self, path: Path, room: Newsroom | None = None, **settings: object) -> None:
        self.home: Home = home_at(path)
        if room is not None:
            write_config(room, path, pace=0.0, settings={**QUICK, **settings})

    def copy(self, to: Path) -> Homestead:
        """The same home at another place."""
        shutil.copytree(self.home.path, to)
        databases.copy(self.home.path, to)
        return Homestead(to)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "monitor.cli", "--home", str(self.home.path), *arguments]

    def start(self, *arguments: str, fault: str = "", to: Path | None = None) -> subprocess.Popen[str]:
        """Begin a command; its output is one text, or is added to the file `to`."""
        environment = {
            **os.environ,
            **databases.environment(self.home),
            "NEWSWATCH_FAULT": fault,
            "PYTHONUNBUFFERED": "1",
            "NO_COLOR": "1",
            "COLUMNS": "200",
        }
        if to is None:
            return self._begin(arguments, subprocess.PIPE, environment)
        with to.open("ab") as file:
            return self._begin(arguments, file, environment)

    def _begin(
        self, arguments: Sequence[str], to: int | IO[bytes], environment: dict[str, str]
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments), stdout=to, stderr=subprocess.STDOUT, text=True, env=environment
        )

    def run(self, *arguments: str, fault: str = "", timeout: float = 60.0) -> tuple[int, str]:
        """Run a command to its end: its exit code and output."""
        process = self.start(*arguments, fault=fault)
        try:
            output, _ = process.communicate(timeout=timeout)
        finally:
            process.kill()
        return process.returncode, output

    @contextmanager
    def service(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """A running service without its page; ended with the block."""
        process = self.start("run", "--no-web", *arguments)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.communicate(timeout=15)
                except subprocess.TimeoutExpired:
                    process.kill()
            process.communicate()

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        engine = open_engine(self.home.database_url())
        try:
            yield engine
        finally:
            engine.dispose()

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What a query gives; nothing where the database does not stand yet."""
        if not databases.ON_POSTGRESQL and not (self.home.path / "newswatch.db").exists():
            return []
        with self.engine() as engine, reading(engine) as session:
            try:
                return [tuple(row) for row in session.execute(text(query))]
            except Exception:  # noqa: BLE001 - a table that the starting service has not made yet
                return []

    def all_due(self) -> None:
        """Make every page and feed due now."""
        with self.engine() as engine, writing(engine) as session:
            for table in ("page", "feed"):
                session.execute(text(f"UPDATE {table} SET next_check_at = '2020-01-01 00:00:00.000000'"))

    def wait(
        self, query: str, met: Callable[[Sequence[tuple[object, ...]]], bool] = bool, timeout: float = 40.0
    ) -> None:
        """Wait until what a query gives is as wanted."""
        until = time.monotonic() + timeout
        while not met(found := self.rows(query)):
            if time.monotonic() > until:
                raise AssertionError(f"{query} still gives {found[:10]}")
            time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
