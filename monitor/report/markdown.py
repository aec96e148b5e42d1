"""Changes as Markdown (CommonMark). Deleted and inserted words are `<del>` and `<ins>`: Markdown's own marks fail inside
words and beside punctuation. Nothing of an article acts as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from db.records import ChangeRecord
from monitor.report import diff_view
from monitor.report.about import About
from monitor.report.safe import markup_safe, web_link
from monitor.report.when import stamp, window

PARAGRAPHS = 30
# what can act in the middle of a line (CommonMark 0.31; `|`, `~`, `$` in the extensions); as entities what HTML would read first
_SPECIAL = re.compile(r"[\\`*_{}\[\]#|~$!]")
_START = re.compile(r"(\d{0,9})([-+=:.)])")  # a list, a heading's underline, a definition
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escape(text: str | None) -> str:
    """Words on one line that Markdown shows as they are."""
    line = " ".join(markup_safe(text).split())
    return _SPECIAL.sub(r"\\\g<0>", re.sub("[&<>]", lambda found: _ENTITIES[found[0]], line))


def _line(text: str) -> str:
    """The line, so that it begins no block of its own."""
    found = _START.match(text)
    return f"{found[1]}\\{text[found.start(2) :]}" if found else text


def render(records: Iterable[ChangeRecord], about: About) -> Iterator[bytes]:
    """The document in pieces, in UTF-8: a head, then a section a change in the order given."""
    yield _head(about).encode()
    for record in records:
        yield section(record, about).encode("utf-8", "replace")


def _head(about: About) -> str:
    start = f"from {stamp(about.since, about.zone)} " if about.since else ""
    lines = [f"# {escape(about.title)}", f"{start}to {stamp(about.until, about.zone)} ({about.zone.key})"]
    lines += [f"- {_line(escape(words))}" for words in about.filters]
    return "\n\n".join(lines[:2]) + "\n" + "".join(f"\n{part}" for part in lines[2:]) + "\n"


def section(record: ChangeRecord, about: About) -> str:
    """One change."""
    change = record.change
    title, address = escape(record.headline or record.url), web_link(record.url)
    head = f"[{title}](<{address}>)" if address else title
    surface = f" ({escape(change.surface)})" if change.surface else ""
    what = [f"**{change.kind}**{surface}", *map(str, change.natures), str(change.significance)]
    seen = f"{escape(record.source)} · edited {window(record, about.zone)}"
    link = f"[change {record.id}](<{about.change_url(record.id)}>)"
    facts = [f"- {_line(escape(fact))}" for fact in change.facts]
    parts = [f"\n## {head}", f"{' · '.join(what)}  \n{seen} · {link}", *_quoted(record)]
    return "\n\n".join([*parts, *(["\n".join(facts)] if facts else [])]) + "\n"


def _quoted(record: ChangeRecord) -> list[str]:
    shown = diff_view.paragraphs(record.change)
    lines = [_line("".join(_run(run) for run in part).strip()) for part in shown[:PARAGRAPHS]]
    left = len(shown) - PARAGRAPHS
    lines += [f"… and {left} more"] if left > 0 else []
    return ["\n>\n".join(f"> {line}" for line in lines)] if lines else []


def _run(run: diff_view.Run) -> str:
    words = escape(run.text)
    if not words:
        return " "
    before = " " if run.text[:1].isspace() else ""
    after = " " if run.text[-1:].isspace() else ""
    tag = {"delete": "del", "move_from": "del", "insert": "ins", "move_to": "ins"}.get(run.tag)
    return f"{before}<{tag}>{words}</{tag}>{after}" if tag else f"{before}{words}{after}"
