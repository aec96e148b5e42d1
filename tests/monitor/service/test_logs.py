"""A disk that takes no line of the log ends nothing of what was to be logged."""

from __future__ import annotations

import errno
import io

import structlog
from rich.console import Console

from monitor.service.logs import Log
from monitor.service.voice import Voice


class FullDisk(io.StringIO):
    """A text file whose disk has no room left."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", text[:0])

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_line_that_the_disk_does_not_take_is_lost_and_no_more() -> None:
    structlog.WriteLogger(Log(FullDisk())).warning("check failed")  # type: ignore[arg-type]


def test_a_terminal_that_takes_nothing_ends_nothing() -> None:
    Voice(Console(file=FullDisk())).say("the disk is full")
