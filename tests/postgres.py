"""A PostgreSQL server for a test session: on a Unix socket in a temporary folder, as a user that is not root."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

SETTINGS = ("fsync=off", "listen_addresses=", "max_connections=40", "shared_buffers=32MB", "timezone=UTC")


def program(name: str) -> Path | None:
    """PostgreSQL's program of that name, wherever the system keeps it: Debian's are not on the path."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = shutil.which(name)
    return places[0] if places else Path(found) if found else None


def need() -> tuple[Path, Path]:
    """The programs `initdb` and `postgres`. Skips where they are missing, fails where CI forbids to skip."""
    initdb, postgres = program("initdb"), program("postgres")
    if initdb and postgres:
        return initdb, postgres
    if os.environ.get("NEWSWATCH_NO_SKIP"):
        pytest.fail("PostgreSQL is missing and NEWSWATCH_NO_SKIP is set")
    pytest.skip("!!! PostgreSQL is missing: newswatch is not proved on it here")


def _other_user() -> dict[str, object]:
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres" if _exists("postgres") else "nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _exists(name: str) -> bool:
    return any(user.pw_name == name for user in pwd.getpwall())


class Server:
    """A server that runs in a folder of its own; `url` is the SQLAlchemy address of its database `postgres`."""

    def __init__(self, folder: Path, postgres: Path, other: dict[str, object], settings: Sequence[str]) -> None:
        self._folder, self._other = folder, other
        self._command = [
            str(postgres),
            "-D",
            str(folder / "data"),
            "-k",
            str(folder),
            *(f"-c{one}" for one in settings),
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql+psycopg://newswatch@/postgres?host={quote(str(folder), safe='')}"

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, cwd=self._folder, **self._other)  # type: ignore[call-overload]
        _await(self._folder, self._process)

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End it: SIGTERM waits for its clients, SIGINT sends them away, SIGQUIT is a crash."""
        if self._process:
            self._process.send_signal(how)
            self._process.wait(20)


@contextmanager
def running(*settings: str) -> Iterator[Server]:
    """A running server, with settings beside the usual ones."""
    initdb, postgres = need()
    other = _other_user()
    # not pytest's own folder: that one is closed to other users
    folder = Path(tempfile.mkdtemp(prefix="nw-pg-"))
    try:
        if other:
            os.chown(folder, int(str(other["user"])), int(str(other["group"])))
        _call(
            [initdb, "-D", folder / "data", "-U", "newswatch", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"],
            other,
            folder,
        )
        made = Server(folder, postgres, other, (*SETTINGS, *settings))
        try:
            made.start()
            yield made
        finally:
            made.stop(signal.SIGINT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server() -> Iterator[str]:
    """A running server; gives the SQLAlchemy URL of its database `postgres`."""
    with running() as made:
        yield made.url


def _call(command: list[object], other: dict[str, object], folder: Path) -> None:
    subprocess.run([str(part) for part in command], check=True, capture_output=True, cwd=folder, **other)  # type: ignore[call-overload]


def _await(folder: Path, process: subprocess.Popen[bytes]) -> None:
    import time

    import psycopg

    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError(f"PostgreSQL ended: {(folder / 'log').read_text()}")
        try:
            psycopg.connect(host=str(folder), user="newswatch", dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("PostgreSQL did not start")
