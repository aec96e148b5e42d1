"""The terminal as a channel: each flagged change in two lines of plain words, as it is delivered."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from rich.console import Console
from rich.text import Text

from db.records import ChangeRecord
from monitor.report.message import Message, lead
from monitor.report.safe import safe, shorten

SHOWN = 160


class Terminal:
    """Prints to a console; `zone` is the zone in which times are shown."""

    def __init__(self, console: Console, zone: ZoneInfo) -> None:
        self._console, self._zone = console, zone

    def send(self, message: Message) -> None:
        if message.digest or message.test:
            self._console.print(Text(lead(message), style="bold"), soft_wrap=True)
        for change in message.changes:
            self._console.print(describe(change, self._zone, repeat=message.repeat), soft_wrap=True)
        self._console.file.flush()


class LogLines:
    """Writes each change into the log, for a service that has no terminal."""

    def __init__(self) -> None:
        self._log = structlog.get_logger("newswatch.edits")

    def send(self, message: Message) -> None:
        for change in message.changes:
            what = change.change
            self._log.info(
                "edit",
                id=change.id,
                source=change.source,
                url=change.url,
                kind=str(what.kind),
                natures=[str(nature) for nature in what.natures],
                significance=str(what.significance),
                headline=change.headline,
                before=shorten(what.before, SHOWN),
                after=shorten(what.after, SHOWN),
                repeat=message.repeat,
            )


def describe(change: ChangeRecord, zone: ZoneInfo, *, repeat: bool = False) -> Text:
    """A change in plain words: what, where, from what to what, and the window in which it happened. No control character of
    an article reaches the terminal."""
    text = Text()
    text.append("● ", style="bold red")
    text.append(f"{shorten(change.source, 80)}  ", style="bold")
    text.append(f"{change.change.kind}", style="bold yellow")
    natures = ", ".join(change.change.natures)
    if natures:
        text.append(f" ({natures})", style="yellow")
    if change.headline:
        text.append(f"  {shorten(change.headline, 90)}", style="dim")
    if repeat:
        text.append("  [may be a repeat]", style="dim")
    text.append("\n  ")
    text.append(shorten(change.change.before, SHOWN) or "(nothing)", style="red")
    text.append(" → ")
    text.append(shorten(change.change.after, SHOWN) or "(nothing)", style="green")
    text.append(f"\n  {_window(change, zone)}  {safe(change.url)}", style="dim")
    return text


def _window(change: ChangeRecord, zone: ZoneInfo) -> str:
    until = _clock(change.not_after, zone)
    return f"between {_clock(change.not_before, zone)} and {until}" if change.not_before else f"before {until}"


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%H:%M:%S")
