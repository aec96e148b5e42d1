"""What the service stored over time, set against what was really done to the pages."""

from __future__ import annotations

import os
import statistics
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from db.queries.templates import SourceEventRecord
from db.records import ChangeRecord
from db.types import Nature

SETTLE_S = 20.0  # after the last edit, for looks and comparisons to end
SLACK = timedelta(seconds=1)
WORDS_ALONE = frozenset({"punctuation", "style", "typo"})
# what an edit of a kind brings along on the page, beside what it is about
WITH: dict[str, frozenset[str]] = {
    "modified": frozenset({"modified"}),
    "published": frozenset({"published", "modified", "dateline"}),  # a place line may print the day
    "byline": frozenset({"byline", "modified", "dateline"}),  # or, in Japan, the reporter
    "headline": frozenset({"headline", "modified", "address"}),
}


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing done to one page at an instant: what should be flagged (kind, and a nature where one is named)."""

    at: datetime
    outlet: str
    url: str
    kind: str
    nature: str
    words: str
    cosmetic: bool = False

    def explains(self, record: ChangeRecord) -> bool:
        """Whether a change can be this deed's: seen by the first look after it, in a field that it touched."""
        begins = (record.not_before or record.not_after - timedelta(minutes=1)) - SLACK
        touched = WITH.get(self.kind, frozenset({self.kind, "modified"}))
        return (
            record.url == self.url and begins <= self.at <= record.not_after + SLACK and record.change.kind in touched
        )


@dataclass(frozen=True, slots=True)
class Outage:
    outlet: str
    fault: str
    began: datetime
    ended: datetime


@dataclass(slots=True)
class Log:
    """What was done."""

    deeds: list[Deed] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    turning: dict[str, str] = field(default_factory=dict)  # url → headlines in turn or stale copy
    templates: list[tuple[str, str, int]] = field(default_factory=list)  # outlet, kind, pages


@dataclass(slots=True)
class Score:
    """`caught` of `edits` have a visible change of their kind, `named` of them with their nature; `false_flags` are visible
    changes above cosmetic that nothing explains, `phantoms` those of them that an outage brought."""

    edits: int = 0
    caught: int = 0
    named: int = 0
    delay_median_s: float = 0.0
    delay_p95_s: float = 0.0
    changes: int = 0
    hidden: int = 0
    false_flags: int = 0
    outages: int = 0
    phantoms: int = 0
    turning: int = 0
    turning_folded: int = 0
    turning_extra: int = 0
    template_pages: int = 0
    templates_folded: int = 0
    template_left: int = 0
    missed: list[str] = field(default_factory=list)
    misnamed: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)


def score(log: Log, found: list[ChangeRecord], events: list[SourceEventRecord]) -> Score:
    """What was stored, set against what was done."""
    visible = [record for record in found if record.change.suppressed_by is None]
    made = Score(len(log.deeds), changes=len(visible), hidden=len(found) - len(visible), outages=len(log.outages))
    _caught(made, log, visible)
    steady = [record for record in visible if record.url not in log.turning]
    _unexplained(made, log, steady)
    _turning(made, log, [record for record in visible if record.url in log.turning])
    made.template_pages = sum(pages for _, _, pages in log.templates)
    made.templates_folded = sum(min(event.pages, made.template_pages) for event in events)
    return made


def _caught(made: Score, log: Log, visible: list[ChangeRecord]) -> None:
    delays = []
    for deed in log.deeds:
        hits = [r for r in visible if r.change.kind == deed.kind and deed.explains(r)]
        if not hits:
            made.missed.append(
                f"{deed.at:%H:%M:%S} {deed.outlet} {deed.words[:110]} [{deed.kind}: {deed.nature}] {deed.url}"
            )
            continue
        made.caught += 1
        delays += [min((r.not_after - deed.at).total_seconds() for r in hits)]
        named = any(_named(deed.nature, r) for r in hits)
        made.named += named
        if not named:
            natures = " / ".join(",".join(r.change.natures) for r in hits)
            made.misnamed.append(f"{deed.outlet} {deed.kind}: {deed.nature}, told as {natures}: {deed.words[:90]}")
    if delays:
        made.delay_median_s = round(statistics.median(delays), 2)
        made.delay_p95_s = round(sorted(delays)[int(len(delays) * 0.95) - 1], 2)


def _named(nature: str, record: ChangeRecord) -> bool:
    """Whether a change says what the deed was; a sentence said otherwise may be told by what its words do (a name, a hedge)."""
    told = {str(n) for n in record.change.natures}
    if nature == "reworded":
        return bool(told - WORDS_ALONE)
    return not nature or nature in {*told, record.change.after} or (nature in WORDS_ALONE and bool(told & WORDS_ALONE))


def _unexplained(made: Score, log: Log, records: list[ChangeRecord]) -> None:
    for record in records:
        if record.change.significance == "cosmetic" or any(deed.explains(record) for deed in log.deeds):
            continue
        made.false_flags += 1
        outlet = next((d.outlet for d in log.deeds if d.url.split("/")[2] == record.url.split("/")[2]), "?")
        near = [o for o in log.outages if o.outlet == outlet and _within(o, record)]
        made.phantoms += bool(near)
        made.template_left += any(kind == record.change.kind and where == outlet for where, kind, _ in log.templates)
        what = f"{record.change.kind}({record.change.surface or ''}) {','.join(record.change.natures)}"
        sides = f"{(record.change.before or '—')[-90:]!r} → {(record.change.after or '—')[-90:]!r}"
        made.unexplained.append(
            f"{record.not_after:%H:%M:%S} {outlet} {what} {sides} {[o.fault for o in near]} {record.url}"
        )


def _within(outage: Outage, record: ChangeRecord) -> bool:
    return outage.began <= record.not_after <= outage.ended + timedelta(seconds=SETTLE_S)


def _turning(made: Score, log: Log, records: list[ChangeRecord]) -> None:
    """A page that takes turns: the edit, its return, and one change a field that counts; all beyond is extra."""
    rows = Counter((r.url, r.change.kind, r.change.surface) for r in records if r.change.significance != "cosmetic")
    done = Counter((deed.url, deed.kind) for deed in log.deeds)
    made.turning = len(log.turning)
    made.turning_folded = len({r.url for r in records if Nature.FLAPPING in r.change.natures})
    for (url, kind, surface), count in rows.items():
        extra = max(0, count - 3 - done[url, kind])
        made.turning_extra += extra
        if extra:
            made.unexplained.append(f"turning: {count} rows of {kind}({surface}) {url}")


def in_words(made: Score, versions: int) -> str:
    share = made.caught / max(made.edits, 1)
    lines = [
        f"{versions} versions, {made.changes} visible changes, {made.hidden} hidden; load {os.getloadavg()[0]:.1f}",
        f"edits caught      {made.caught} of {made.edits} ({share:.3f}), with their nature {made.named}",
        f"delay             median {made.delay_median_s} s, 95th percentile {made.delay_p95_s} s",
        f"false flags       {made.false_flags} (template left over {made.template_left})",
        f"outages           {made.outages}, phantom changes {made.phantoms}",
        f"pages in turn     {made.turning}, flapping told of {made.turning_folded}, rows beyond {made.turning_extra}",
        f"template changes  {made.template_pages} pages edited, {made.templates_folded} folded",
    ]
    for name, found in (("missed", made.missed), ("misnamed", made.misnamed), ("unexplained", made.unexplained)):
        lines += [f"  {name}: {words}" for words in found[:40]]
    return "\n".join(lines)
