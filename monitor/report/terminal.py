"""A change on a terminal: word diff in colour, readable without colour as well."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from db.records import ChangeRecord, RevisionRecord
from db.types import Change
from monitor.report.diff_view import Paragraph
from monitor.report.safe import safe, shorten
from monitor.report.when import stamp, window

STYLES = {"substantive": "bold red", "minor": "yellow", "cosmetic": "dim"}
_MARKS = {"insert": ("{+", "+}", "green"), "delete": ("[-", "-]", "red strike"), "move": ("{~", "~}", "yellow")}


def word_diff(change: Change) -> Text:
    """The change's words with what was deleted and inserted marked: `[-old-]{+new+}`, coloured where colour is."""
    text = Text()
    for tag, before, after in change.ops or ((("replace"), change.before or "", change.after or ""),):
        if tag == "equal":
            text.append(safe(after))
            continue
        if tag == "move":
            _mark(text, "move", before or after)
            continue
        _mark(text, "delete", before)
        _mark(text, "insert", after)
    return text


def marked(paragraphs: Iterable[Paragraph]) -> Text:
    """The paragraphs of a diff, marked in the same way."""
    text = Text()
    for number, runs in enumerate(paragraphs):
        text.append("\n\n" if number else "")
        for run in runs:
            tag = run.tag.partition("_")[0]
            if tag in _MARKS:
                _mark(text, tag, run.text)
            else:
                text.append(safe(run.text), style="dim" if tag == "cut" else "")
    return text


def _mark(text: Text, tag: str, words: str) -> None:
    if words:
        opening, closing, style = _MARKS[tag]
        text.append(f"{opening}{safe(words)}{closing}", style=style)


def change_table(records: Iterable[ChangeRecord], zone: ZoneInfo) -> Table:
    """The list of changes, one row each."""
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
    table.add_column("id", justify="right", style="dim")
    table.add_column(f"seen ({zone.key})", no_wrap=True)
    table.add_column("source", no_wrap=True)
    table.add_column("what", no_wrap=True)
    table.add_column("change", ratio=1, overflow="fold")
    for record in records:
        change = record.change
        what = Text(str(change.kind), style=STYLES.get(change.significance, ""))
        natures = ", ".join(change.natures)
        table.add_row(
            str(record.id), stamp(record.not_after, zone), safe(record.source), what, _summary(record, natures)
        )
    return table


def _summary(record: ChangeRecord, natures: str) -> Text:
    change = record.change
    text = Text()
    if change.kind != "headline":
        text.append(shorten(record.headline, 80) + "\n", style="bold")
    short = len(change.before or "") + len(change.after or "") < 400
    text.append_text(word_diff(change) if short else Text("; ".join(map(safe, change.facts)) or "text edited"))
    tail = " · ".join(filter(None, [natures, f"×{record.count}" if record.count > 1 else "", _hidden(change)]))
    if tail:
        text.append(f"\n{tail}", style="dim")
    return text


def _hidden(change: Change) -> str:
    return f"hidden by {change.suppressed_by}" if change.suppressed_by else ""


def change_page(record: ChangeRecord, zone: ZoneInfo) -> Text:
    """One change in full."""
    change = record.change
    text = Text()
    text.append(f"{change.kind}", style=STYLES.get(change.significance, ""))
    surface = f" ({change.surface})" if change.surface else ""
    text.append(f"{surface} · {change.significance} · {', '.join(change.natures) or 'no nature'}\n")
    text.append(f"{safe(record.headline)}\n", style="bold")
    text.append(f"{safe(record.url)}\n", style="dim")
    text.append(f"{safe(record.source)} · edited {window(record, zone)} ({zone.key})\n")
    versions = f"version {record.revision_before or '—'} → {record.revision_after or '—'}"
    text.append(f"change {record.id} · {versions}\n", style="dim")
    text.append("\n")
    text.append_text(word_diff(change))
    text.append("\n")
    for fact in change.facts:
        text.append(f"\n• {safe(fact)}")
    if record.count > 1:
        text.append(f"\n• seen {record.count} times, last {stamp(record.last_seen, zone)}")
    if change.suppressed_by:
        text.append(f"\n• hidden by the rule {change.suppressed_by}")
    return text


def history_table(revisions: Iterable[RevisionRecord], changes: dict[int, list[ChangeRecord]], zone: ZoneInfo) -> Table:
    """An article's versions, oldest first, with what each brought."""
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
    for name in ("version", f"seen ({zone.key})", "headline", "what changed"):
        table.add_column(name, overflow="fold")
    for revision in revisions:
        brought = changes.get(revision.id, [])
        what = "\n".join(f"{r.change.kind}: {', '.join(r.change.natures)} (change {r.id})" for r in brought)
        if revision.seq == 1:
            what = what or "first seen"
        if revision.same_as:
            what = f"{what}\nthe same as version {revision.same_as}".strip()
        if revision.rebased:
            what = f"{what}\nread anew by a newer reader".strip()
        table.add_row(str(revision.id), stamp(revision.not_after, zone), safe(revision.headline), what)
    return table
