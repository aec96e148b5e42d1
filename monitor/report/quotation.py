"""A change as a quotation, ready to paste: what stood and what stands, where, when, and by what it can be proved."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from db.records import ChangeRecord, RevisionRecord
from monitor.report import diff_view
from monitor.report.about import About
from monitor.report.safe import markup_safe, web_link
from monitor.report.when import window

LONGEST = 600  # characters of one side
_LINK = re.compile(r'<(?P<url>[^>]*)>(?P<rest>(?:\s*;\s*[\w*-]+\s*=\s*(?:"[^"]*"|[^\s",;]+))*)')  # RFC 8288, 3


def quotation(record: ChangeRecord, versions: Iterable[RevisionRecord], about: About) -> str:
    """Plain text, a fact a line."""
    change = record.change
    surface = f" ({markup_safe(change.surface)})" if change.surface else ""
    what = f"{change.kind}{surface}" + (f": {', '.join(change.natures)}" if change.natures else "")
    lines = [
        f"{markup_safe(record.source)} edited an article ({what})",
        f"Headline: {_line(record.headline or '')}" if record.headline else "",
        f"Before: {_side(record, 'before')}",
        f"After: {_side(record, 'after')}",
        *(f"Fact: {_line(fact)}" for fact in change.facts[:5]),
        f"Edited: {window(record, about.zone)} ({about.zone.key})",
        f"Address: {web_link(record.url) or _line(record.url)}",
        *(f"Archived answer of version {v.seq}: SHA-256 {v.ref.digest}" for v in versions if v.ref),
        f"Evidence: {about.change_url(record.id)}",
    ]
    return "\n".join(line for line in lines if line) + "\n"


def _side(record: ChangeRecord, which: str) -> str:
    parts = ["".join(run.text for run in diff_view.side(p, which)) for p in diff_view.paragraphs(record.change)]
    text = " […] ".join(line for part in parts if (line := _line(part)))
    if not text:
        return "(nothing)"
    return f"“{text}”" if len(text) <= LONGEST else f"“{text[:LONGEST].rsplit(' ', 1)[0]} […]”"


def _line(text: str) -> str:
    return " ".join(markup_safe(text).split())


@dataclass(frozen=True, slots=True)
class PublicArchive:
    """A link to an archive of the web; nothing of ours fetches it."""

    name: str
    address: str


def memento(url: str, headers: Iterable[tuple[str, str]]) -> str | None:
    """Where a public archive keeps this very copy, told by the headers it answered with (RFC 7089); None for a page's own answer.

    It is the link whose time is that of `Memento-Datetime`; where none is named, the address that was asked.
    """
    found = [(name.lower(), value) for name, value in headers]
    at = next((value.strip() for name, value in found if name == "memento-datetime"), None)
    if at is None:
        return None
    links = [link for name, value in found if name == "link" for link in _LINK.finditer(value)]
    named = (link["url"] for link in links if "memento" in link["rest"] and f'"{at}"' in link["rest"])
    return web_link(next(named, url))


def public_archives(url: str) -> list[PublicArchive]:
    """Where public archives list their copies of an address; none for one that is not of the web."""
    address = web_link(url)
    if address is None:
        return []
    plain = quote(address, safe="%/:=&?~+!$,;'@()*[]")  # a fragment of ours must not become theirs
    return [
        PublicArchive("Wayback Machine", f"https://web.archive.org/web/*/{plain}"),
        PublicArchive("archive.today", f"https://archive.today/{plain}"),
    ]
