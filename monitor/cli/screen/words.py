"""What the screen says: rows, the detail of an edit, and filters typed as words. Pure; text from the web is made harmless."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.text import Text

from db.types import Kind, Nature, Significance
from monitor.cli.errors import UsageError
from monitor.cli.screen.desk import Evidence
from monitor.report import diff_view
from monitor.report.safe import safe, shorten
from monitor.report.terminal import STYLES, marked
from monitor.report.when import stamp, window
from monitor.web.filters import LABELS, PERIODS, STATES, Chosen
from monitor.web.inbox import EventView

STATE_MARKS = {"new": " ", "confirmed": "✓", "dismissed": "✗", "flagged": "!"}
STATE_STYLES = {"confirmed": "green", "dismissed": "dim", "flagged": "bold yellow"}
VALUES = {
    "kind": tuple(map(str, Kind)),
    "nature": tuple(map(str, Nature)),
    "significance": tuple(map(str, Significance)),
    "period": tuple(PERIODS),
    "state": tuple(STATES),
    "hidden": ("true", "only"),
}
KEYS = """\
j k ↓ ↑    the next edit, the one before       Enter  into the edit, to scroll; Esc back
x          tick; c d f then take those ticked  u      undo the last action
c d f      confirm, dismiss, flag              r      take in what is new
v          saved views                         n g    older edits; back to the newest
o          the article's address, copied       q      leave
/          search and filter:  a word, or  kind:headline  source:"A Post"  period:24h
           state:all  nature:number  significance:substantive  tag:night  hidden:true
"""


def filters_of(text: str, sources: Iterable[str] = ()) -> Chosen:
    """The inbox's filters that a typed line asks for: `name:value` pairs, the rest words to look for.

    Raises `UsageError` for a value that cannot be and for a quotation mark left open.
    """
    try:
        parts = shlex.split(text)
    except ValueError:
        raise UsageError('a quotation mark is left open: write source:"A Post"') from None
    found: Chosen = {}
    words = []
    for part in parts:
        name, colon, value = part.partition(":")
        if colon and value and name in LABELS and name != "match":
            found[name] = _allowed(name, value, tuple(sources))
        else:
            words.append(part)
    return {**found, **({"match": " ".join(words)[:200]} if words else {})}


def _allowed(name: str, value: str, sources: tuple[str, ...]) -> str:
    known = sources if name == "source" else VALUES.get(name, ())
    if known and value not in known:
        raise UsageError(f"no such {name}: {shorten(value, 30)}; one of {shorten(', '.join(known), 200)}")
    return value


def line_of(chosen: Chosen) -> str:
    """The line that asks for these filters: what `filters_of` reads."""
    pairs = [f"{name}:{shlex.quote(value)}" for name, value in chosen.items() if name != "match"]
    return " ".join([*pairs, *map(shlex.quote, chosen.get("match", "").split())])


def row(event: EventView, state: str, ticked: bool, zone: ZoneInfo) -> Text:
    """An edit in two lines: headline; when, where and what."""
    first = event.first
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append("■" if ticked else "·", style="bold" if ticked else "dim")
    text.append(STATE_MARKS.get(state, "?"), style=STATE_STYLES.get(state, ""))
    text.append(" ")
    gone = state in {"confirmed", "dismissed"}
    text.append(shorten(first.headline or first.url, 200), style="dim" if gone else "bold")
    text.append(f"\n   {first.not_after.astimezone(zone):%m-%d %H:%M} ", style="dim")
    kinds = dict.fromkeys(str(record.change.kind) for record in event.changes)
    text.append(", ".join(kinds), style="dim" if gone else STYLES.get(event.significance, ""))
    text.append(f" · {shorten(first.source, 40)}", style="dim")
    return text


def detail(event: EventView, state: str, zone: ZoneInfo) -> Text:
    """An edit in full: where and when, then each change with its words marked and its facts."""
    first = event.first
    text = Text()
    text.append(f"{shorten(first.headline or first.url, 400)}\n", style="bold")
    text.append(f"{shorten(first.url, 400)}\n", style="dim")
    text.append(f"{shorten(first.source, 80)} · edited {window(first, zone)} ({zone.key}) · ")
    text.append(state, style=STATE_STYLES.get(state, ""))
    for record in event.changes:
        change = record.change
        text.append(f"\n\n{change.kind}", style=STYLES.get(change.significance, ""))
        surface = f" ({safe(change.surface)})" if change.surface else ""
        natures = ", ".join(change.natures) or "no nature"
        text.append(f"{surface} · {change.significance} · {natures} · change {record.id}\n", style="dim")
        text.append_text(marked(diff_view.paragraphs(change)))
        for fact in change.facts:
            text.append(f"\n• {safe(fact)}")
        if record.count > 1:
            text.append(f"\n• seen {record.count} times, last {stamp(record.last_seen, zone)}")
        if change.suppressed_by:
            text.append(f"\n• hidden by the rule {safe(change.suppressed_by)}")
    return text


def evidence(found: Iterable[Evidence], zone: ZoneInfo) -> Text:
    """What an edit stands on: both answers with status and digest, and whether it is sealed."""
    text = Text("\n\nevidence", style="dim")
    sealed = None
    for one in found:
        version, archived = one.version, one.answer.archived
        sealed = one.checkpoint or sealed
        text.append(f"\nversion {version.seq}, seen {stamp(version.not_after, zone, seconds=True)}: ")
        if archived is None:
            text.append(safe(one.answer.trouble))
        else:
            whole = "its bytes are as stored" if one.answer.intact else "ITS BYTES DIFFER FROM WHAT WAS STORED"
            text.append(f"status {archived.status}, {whole}")
        if version.ref:
            text.append(f"\n  sha-256 {safe(version.ref.digest)}\n  in {safe(version.ref.segment)}", style="dim")
    text.append(f"\nsealed by checkpoint {sealed}" if sealed else "\nnot sealed yet", style="dim")
    return text


def heading(chosen: Chosen, view: str | None, shown: int, arrived: int, now: datetime, zone: ZoneInfo) -> Text:
    """The line on top: what is listed, by which filters, and what came since."""
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(shorten(view, 40) if view else "What was edited", style="bold")
    text.append(f" · {shown} edit{'' if shown == 1 else 's'} · {stamp(now, zone)} {zone.key}", style="dim")
    if chosen:
        text.append(f" · {shorten(line_of(chosen), 120)}", style="cyan")
    if arrived:
        text.append(f"  {arrived}{' or more' if arrived >= 99 else ''} new: press r ", style="reverse")
    return text
