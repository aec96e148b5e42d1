"""Fault points: where a test may kill the process, to prove that nothing is lost or doubled.

`NEWSWATCH_FAULT=name` kills at the first passage of the point of that name, `name:3` at the third; unset, a point costs one
comparison. The kill is SIGKILL, so nothing is flushed, closed or rolled back by us.
"""

from __future__ import annotations

import os
import signal
import threading

POINTS = (
    "feed_fetched",
    "feed_stored",
    "fetched",
    "archived",
    "read",
    "stored_uncommitted",
    "stored",
    "compared_uncommitted",
    "compared",
    "sending",
    "told",
    "sent",
)

_name, _, _count = os.environ.get("NEWSWATCH_FAULT", "").partition(":")
_left = int(_count or 1)
_lock = threading.Lock()


def point(name: str) -> None:
    """Die here, where the environment asks for it."""
    if name == _name:
        _die_when_due()


def _die_when_due() -> None:
    global _left  # noqa: PLW0603 - a count of the whole process
    with _lock:
        _left -= 1
        due = _left == 0
    if due:
        os.kill(os.getpid(), signal.SIGKILL)
