"""What a person or a program is told: a few changes as a subject, plain text, HTML and JSON. Knows no channel and no database."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from db.records import ChangeRecord
from db.types import Change
from monitor.report import diff_view, when
from monitor.report.jinja import environment
from monitor.report.json_lines import change_json, iso
from monitor.report.safe import safe, shorten

VERSION = 1
SUBJECT_LENGTH = 160
WORDS_LENGTH = 1200  # of one change in a text
IN_CHAT = 15  # changes in a text for a chat; a digest names how many more there are
WHY = {
    "quiet": "held over the quiet hours",
    "digest": "the digest",
    "too_many": "more than the limit an hour came in, so they are folded here",
}
_MARKS = {"delete": "[-{}-]", "insert": "{{+{}+}}", "move_from": "{{~{}~}}", "move_to": "{{~{}~}}"}


@dataclass(frozen=True, slots=True)
class Message:
    """Changes to be told at once, oldest first. `key` is the same at each attempt; `held` says why they waited, where they did;
    `repeat` that an attempt before may have arrived."""

    key: str
    changes: tuple[ChangeRecord, ...]
    at: datetime
    held: tuple[str, ...] = ()
    repeat: bool = False
    test: bool = False

    @property
    def digest(self) -> bool:
        return bool(self.held)


def subject(message: Message) -> str:
    """One line without control characters."""
    first = message.changes[0]
    if message.test:
        return "newswatch: a test message"
    mark = " (may be a repeat)" if message.repeat else ""
    if message.digest:
        by_source = Counter(record.source for record in message.changes)
        sources = ", ".join(f"{name} {count}" for name, count in by_source.most_common(4))
        return shorten(f"{_edits(len(message.changes))}: {sources}{mark}", SUBJECT_LENGTH)
    kinds = ", ".join(dict.fromkeys(str(record.change.kind) for record in message.changes))
    return shorten(f"{first.source}: {kinds} edited: {first.headline or first.url}{mark}", SUBJECT_LENGTH)


def _edits(count: int) -> str:
    return "1 edit" if count == 1 else f"{count} edits"


def lead(message: Message) -> str:
    """What stands above the changes: why they come now, and whether they may come again. Empty where there is nothing to say."""
    said = []
    if message.test:
        said.append("This is a test. The edit below was made up.")
    if message.held:
        reasons = "; ".join(WHY.get(why, why) for why in message.held)
        said.append(f"{_edits(len(message.changes))} ({reasons}).")
    if message.repeat:
        said.append("An attempt before may have arrived: this may be a repeat.")
    return " ".join(said)


def text(message: Message, zone: ZoneInfo, *, most: int | None = None) -> str:
    """Plain text: each change with its words marked, its facts, window and address; at most so many changes."""
    shown = message.changes[:most]
    parts = [lead(message), *(_one(record, zone) for record in shown)]
    left = len(message.changes) - len(shown)
    parts += [f"… and {_edits(left)} more on the review page."] if left else []
    return "\n\n".join(part for part in parts if part)


def _one(record: ChangeRecord, zone: ZoneInfo) -> str:
    change = record.change
    what = f"{record.source} · {change.kind}"
    what += f" ({', '.join(change.natures)})" if change.natures else ""
    lines = [safe(what), shorten(record.headline, SUBJECT_LENGTH), words(change)]
    lines += [f"• {safe(fact)}" for fact in change.facts]
    lines += [f"edited {when.window(record, zone)} ({zone.key})", safe(record.url)]
    return "\n".join(line for line in lines if line)


def words(change: Change) -> str:
    """The edited words, `[-old-]{+new+}`, cut where they are long."""
    found = "\n".join(safe("".join(map(_marked, paragraph))) for paragraph in diff_view.paragraphs(change))
    return found if len(found) <= WORDS_LENGTH else f"{found[:WORDS_LENGTH].rstrip()} …"


def _marked(run: diff_view.Run) -> str:
    return _MARKS.get(run.tag, "{}").format(run.text)


def html(message: Message, zone: ZoneInfo) -> str:
    """An HTML document for a mail reader: style in the elements, no script, nothing fetched, everything escaped."""
    template = environment().get_template("mail.html")
    return template.render(message=message, lead=lead(message), subject=subject(message), zone=zone)


def payload(message: Message, channel: str) -> dict[str, Any]:
    """What programs are sent (docs/notifications.md). Keys are only ever added within a version."""
    kind = "test" if message.test else "digest" if message.digest else "changes"
    return {
        "type": f"newswatch.{kind}",
        "version": VERSION,
        "timestamp": iso(message.at),
        "data": {
            "key": message.key,
            "channel": channel,
            "maybe_repeat": message.repeat,
            "held": list(message.held),
            "changes": [_json(record) for record in message.changes],
        },
    }


def _json(record: ChangeRecord) -> dict[str, Any]:
    return {**change_json(record), "event": record.event_id, "ops": [list(op) for op in record.change.ops]}


def sample(at: datetime) -> Message:
    """A message for trying a channel, about an edit that nobody made."""
    ops = (("equal", "Harbour ferry carries ", "Harbour ferry carries "), ("replace", "12", "20"))
    change = Change(
        "headline",
        ("number",),
        "substantive",
        "Harbour ferry carries 12",
        "Harbour ferry carries 20",
        surface="h1",
        ops=ops,
        facts=("number 12 → 20",),
    )
    record = ChangeRecord(
        0, 0, "https://news.example/ferry", "Test", "Harbour ferry carries 20", change, None, at, created_at=at
    )
    return Message(f"test-{at:%Y%m%dT%H%M%S%f}", (record,), at, test=True)
