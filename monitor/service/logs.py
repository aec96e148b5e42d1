"""The log: one JSON object a line and event, into the home's file or to standard output. No password or token gets into it."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, Literal, TextIO, cast

import structlog

from db.home import Home

Where = Literal["file", "stdout"]
_USER = re.compile(r"(?<=://)[^/\s@]+@")
_QUERY = re.compile(r"([?&](?:[a-z_]*(?:token|key|password|secret|signature)))=[^&\s\"']+", re.IGNORECASE)
_SECRET = re.compile(r"password|passwd|secret|token|authorization|cookie", re.IGNORECASE)
HIDDEN = "…"


class Log:
    """A log's file. A line that its disk does not take is lost: what was to be logged goes on."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()

    def close(self) -> None:
        self._file.close()


def log_to(home: Home, where: Where = "file") -> None:
    """Configure the log of this process."""
    if where == "stdout":
        file = sys.stdout
    else:
        home.log_dir.mkdir(parents=True, exist_ok=True)
        file = (home.log_dir / "newswatch.log").open("a", encoding="utf-8", buffering=1)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            without_secrets,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", Log(file))),
    )
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def without_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide what proves who somebody is: in addresses before `@` and after names such as `token=`, and values named so."""
    for name, value in event.items():
        if _SECRET.search(name):
            event[name] = HIDDEN
        elif isinstance(value, str):
            event[name] = _QUERY.sub(rf"\1={HIDDEN}", _USER.sub(f"{HIDDEN}@", value))
    return event
