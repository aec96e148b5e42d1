"""The lock that makes one engine a home: an operating system's file lock, gone with the process that held it."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RETRY_S = 0.05
RETRIES = 10  # whoever asks who the holder is holds a shared lock for a moment


class HomeBusyError(Exception):
    """Another engine holds the home."""


@contextmanager
def engine_lock(path: Path, role: str) -> Iterator[None]:
    """Hold the home's engine lock. Raises `HomeBusyError`, saying who holds it, where another process does.

    `role` is what holds it, in a word for people ("service", "crawl").
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        if not _taken(file):
            raise HomeBusyError(_busy_message(path))
        _sign(file, role)
        try:
            yield
        finally:
            file.truncate(0)
            fcntl.flock(file, fcntl.LOCK_UN)


def _taken(file: Any) -> bool:
    for attempt in range(RETRIES):
        if attempt:
            time.sleep(RETRY_S)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue
        return True
    return False


def _sign(file: Any, role: str) -> None:
    file.truncate(0)
    file.write(json.dumps({"pid": os.getpid(), "role": role, "since": datetime.now(UTC).isoformat(timespec="seconds")}))
    file.flush()


def holder(path: Path) -> dict[str, Any] | None:
    """Who holds the lock (`pid`, `role`, `since`), or None where nobody does. What it says may be empty just after a start."""
    try:
        with path.open("r+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return _signature(file.read())
            fcntl.flock(file, fcntl.LOCK_UN)
    except FileNotFoundError:
        pass
    return None


def _signature(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _busy_message(path: Path) -> str:
    who = _signature(path.read_text(encoding="utf-8"))
    detail = (
        f" (process {who['pid']}, {who['role']} since {who['since']})" if {"pid", "role", "since"} <= who.keys() else ""
    )
    return f"another newswatch engine runs on {path.parent}{detail}; stop it first, or use another --home"
