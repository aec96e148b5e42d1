"""What a way of telling is: a route with its rules and hours, and a channel that sends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from monitor.notify.rules import Choice, describe
from monitor.notify.timing import Timing
from monitor.report.message import Message
from monitor.report.safe import shorten

TERMINAL = "terminal"
ERROR_LENGTH = 300
_SHORTEST = 4  # a secret shorter than this would blot out words at random


class SendError(Exception):
    """A message was not taken. The words are for a person and hold no secret.

    `after_s` is how long the receiver asked us to wait; `unknown` that it may have arrived all the same.
    """

    def __init__(self, words: str, *, after_s: float | None = None, unknown: bool = False) -> None:
        super().__init__(words)
        self.after_s, self.unknown = after_s, unknown


class Channel(Protocol):
    """A way to tell somebody. `send` returns once told and raises where it failed; it may block: it has a thread."""

    def send(self, message: Message) -> None: ...


@dataclass(frozen=True, slots=True)
class Route:
    """A channel with what it is told of and when. `kind` and `target` are words for a person; `channel` is None for the terminal,
    which the service makes."""

    name: str
    kind: str
    target: str
    channel: Channel | None = None
    choice: Choice = field(default_factory=Choice)
    timing: Timing = field(default_factory=Timing)
    timeout_s: float = 20.0

    def about(self) -> list[str]:
        """Rules and hours in plain words, a line each."""
        return [*describe(self.choice), *_hours(self.timing)]


def _hours(timing: Timing) -> list[str]:
    zone, said = timing.zone.key, []
    if timing.quiet:
        said.append(f"quiet {timing.quiet[0]:%H:%M}–{timing.quiet[1]:%H:%M} ({zone})")
    if timing.digest:
        said.append("hourly digest" if timing.digest == "hourly" else f"digest at {timing.daily_at:%H:%M} ({zone})")
    if timing.most_per_hour:
        said.append(f"at most {timing.most_per_hour} messages an hour")
    return said


def scrub(words: str, secrets: Iterable[str]) -> str:
    """Words without secrets and control characters, short enough for a row."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            words = words.replace(secret, "•••")
    return shorten(words, ERROR_LENGTH)
