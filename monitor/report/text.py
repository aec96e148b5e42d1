"""Changes as plain text, each in full, as `newswatch show` prints one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from db.records import ChangeRecord
from monitor.report.about import About
from monitor.report.safe import markup_safe
from monitor.report.terminal import change_page
from monitor.report.when import stamp

RULE = "\n" + "─" * 72 + "\n"


def render(records: Iterable[ChangeRecord], about: About) -> Iterator[bytes]:
    """The document in pieces, in UTF-8."""
    start = f"from {stamp(about.since, about.zone)} " if about.since else ""
    head = [about.title, f"{start}to {stamp(about.until, about.zone)} ({about.zone.key})", *about.filters]
    yield (markup_safe("\n".join(head)) + "\n").encode()
    for record in records:
        yield f"{RULE}\n{change_page(record, about.zone).plain}\n".encode("utf-8", "replace")
