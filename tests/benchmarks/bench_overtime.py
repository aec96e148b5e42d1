"""A newsroom over time, watched by the real service: edits caught, false flags, delays; and nothing at all over outages.

    python -m tests.benchmarks.bench_overtime --minutes 3 --seed 1

Six outlets on loopback with the noise of real pages edit their stories at random, test headlines in turn, serve stale
copies, break down and change their templates. The service runs in a process of its own, with looks every few seconds. What it
stored is then set against what was really done.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from db.engine import open_engine, reading
from db.home import home_at
from db.queries import changes, revisions, templates
from db.queries.changes import ChangeFilter
from db.queries.templates import SourceEventRecord
from db.records import ChangeRecord
from db.types import Nature
from tests.newsroom import Newsroom, acts
from tests.newsroom.config import write_config
from tests.newsroom.outlets import Outlet
from tests.newsroom.story import Story

SETTINGS: dict[str, object] = {"recheck_speed": 1000, "recheck_min_s": 3, "feed_interval_s": 5, "timeout_s": 5.0}
PAUSE = (0.2, 0.9)  # seconds between edits
SETTLE_S = 20.0  # after the last edit, for looks and comparisons to end
OUTAGES = ("http-500", "http-404", "maintenance", "close", "http-403", "hang", "challenge-503", "empty")
OUTAGE_S = (6.0, 14.0)
SLACK = timedelta(seconds=1)

EDITS: tuple[acts.Act, ...] = (
    acts.headline_number,
    acts.headline_name,
    acts.headline_reworded,
    acts.headline_reworded,
    acts.dateline,
    acts.byline,
    acts.correction,
    acts.stealth,
    acts.stealth,
    acts.body_reworded,
    acts.body_added,
    acts.freshened,
    acts.time_line,
    acts.backdated,
    acts.caption,
    acts.reverted,
    acts.punctuation,
)
WITHOUT_MODIFIED = frozenset({"harbour", "valley"})  # no modified time on the page, or one without seconds
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


class Room:
    """The newsroom and the hand that edits it."""

    def __init__(self, newsroom: Newsroom, seconds: float) -> None:
        self.newsroom, self.seconds = newsroom, seconds
        self.rng = random.Random(newsroom.seed)
        self.log = Log()
        self.busy: set[int] = set()  # stories that are not to be edited: turning, removed, behind a wall
        self.lock = threading.Lock()

    def run(self) -> None:
        """Edit until the time is over; outages begin and end meanwhile, templates change twice."""
        began = time.monotonic()
        plans: list[tuple[float, Callable[[], None]]] = [
            (0.02, self._turn),
            (0.30, lambda: self._template("valley", "body")),
            (0.45, self._remove),
            (0.60, lambda: self._template("elbe", "section")),
        ]
        breaking = threading.Thread(target=self._break, args=(began,), daemon=True)
        breaking.start()
        while (share := (time.monotonic() - began) / self.seconds) < 1:
            while plans and plans[0][0] <= share:
                plans.pop(0)[1]()
            self._edit()
            time.sleep(self.rng.uniform(*PAUSE))
        breaking.join()

    def _free(self, outlet: str | None = None) -> list[Story]:
        """Stories that were looked at since they were last touched, on outlets that answer."""
        return [
            story
            for story in self.newsroom.stories(outlet)
            if story.seen
            and story.state == "live"
            and id(story) not in self.busy
            and not self.newsroom.outlet(story.outlet).fault
        ]

    def _edit(self) -> None:
        if free := self._free():
            act, story = self.rng.choice(EDITS), self.rng.choice(free)
            if not _unseen(act, story):
                self._do(act, story)

    def _do(self, act: acts.Act, story: Story) -> bool:
        with self.newsroom.lock:
            at = datetime.now(UTC)
            done = act(self.newsroom, story, self.rng)
        if done is None:
            return False
        kind, _, rest = done.expect.partition(":")
        nature = rest.strip().split(",")[0].split(" ")[0]
        cosmetic = "cosmetic" in done.expect
        url = self.newsroom.url(story)
        self.log.deeds.append(Deed(at, story.outlet, url, kind.strip(), nature, done.words, cosmetic))
        return True

    def _turn(self) -> None:
        """On each outlet one story gets headlines in turn; on two more a stale copy is served."""
        for number, outlet in enumerate(self.newsroom.outlets):
            stories = self._free(outlet)
            if len(stories) < 2:
                continue
            if acts.flapping(self.newsroom, stories[0], self.rng):
                self._keep(stories[0], "headlines in turn")
            if number % 3 == 0 and self._do(acts.body_reworded, stories[1]):
                self.newsroom.cdn_stale(stories[1])
                self._keep(stories[1], "stale copy")

    def _keep(self, story: Story, why: str) -> None:
        self.busy.add(id(story))
        self.log.turning[self.newsroom.url(story)] = why

    def _remove(self) -> None:
        for act, outlet in ((acts.removal, "faro"), (acts.soft_404, "harbour"), (acts.paywall, "meridian")):
            free = self._free(outlet)
            if free and self._do(act, free[-1]):
                self.busy.add(id(free[-1]))

    def _template(self, outlet: str, kind: str) -> None:
        """The same edit on every story of an outlet that is not busy otherwise, as a new template makes it."""
        stories = [s for s in self.newsroom.stories(outlet) if s.state == "live" and id(s) not in self.busy]
        with self.newsroom.lock:
            for story in stories:
                if kind == "body":
                    text = "Follow the Courier on every channel for news of the valley and its towns."
                    self.newsroom.add_paragraph(story, text, bump=False)
                else:
                    self.newsroom.edit(story, bump=False, tags=(*story.now.tags, "Elbe-Kurier Plus"))
        self.log.templates.append((outlet, "body" if kind == "body" else "tags", len(stories)))

    def _break(self, began: float) -> None:
        rng = random.Random(self.newsroom.seed + 1)
        while time.monotonic() - began < self.seconds - OUTAGE_S[1]:
            outlet: Outlet = rng.choice(list(self.newsroom.outlets.values()))
            fault, start = rng.choice(OUTAGES), datetime.now(UTC)
            outlet.fault = fault
            time.sleep(rng.uniform(*OUTAGE_S))
            outlet.fault = ""
            self.log.outages.append(Outage(outlet.key, fault, start, datetime.now(UTC)))
            time.sleep(rng.uniform(2.0, 6.0))


def _unseen(act: acts.Act, story: Story) -> bool:
    """Whether nothing of the edit would stand on the page: its modified time is not printed, or the notice stands already."""
    if act is acts.freshened:
        return story.outlet in WITHOUT_MODIFIED
    return act is acts.correction and bool(story.now.notices)


@contextmanager
def service(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The service as a person runs it, without its page."""
    with (home / "service.out").open("wb") as out:
        command = [sys.executable, "-m", "monitor.cli", "--home", str(home), "run", "--no-web"]
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def wait_read(room: Newsroom, timeout: float = 90.0) -> None:
    """Until every story was looked at twice."""
    until = time.monotonic() + timeout
    while any(story.visits < 2 for story in room.stories()):
        if time.monotonic() > until:
            raise SystemExit("the service did not read the newsroom in time; see service.out in the home")
        time.sleep(0.2)


# ---------------------------------------------------------------------------------------------- the score


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


def run(minutes: float, seed: int, home: Path) -> tuple[Score, int]:
    """One run. Gives the score and how many versions were stored."""
    newsroom = Newsroom(seed=seed, stories=8)
    with newsroom:
        write_config(newsroom, home, pace=0.02, settings=SETTINGS)
        with service(home) as process:
            wait_read(newsroom)
            room = Room(newsroom, minutes * 60)
            room.run()
            time.sleep(SETTLE_S)
            if process.poll() is not None:
                raise SystemExit("the service ended early; see service.out in the home")
    engine = open_engine(home_at(home).database_url())
    with reading(engine) as session:
        found = changes.find(session, ChangeFilter(suppressed=True, newest_first=False, limit=100_000))
        events = templates.every(session)
        versions = revisions.count(session)
    engine.dispose()
    return score(room.log, found, events), versions


def main() -> int:
    """Exit code 1 where an outage brought a phantom change."""
    parser = argparse.ArgumentParser(prog="bench_overtime", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, help="keep the home here, to look into")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = options.home or Path(scratch) / "home"
        home.mkdir(parents=True, exist_ok=True)
        made, versions = run(options.minutes, options.seed, home)
    print(
        json.dumps({**asdict(made), "versions": versions}, ensure_ascii=False)
        if options.json
        else in_words(made, versions)
    )
    return 1 if made.phantoms else 0


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


if __name__ == "__main__":
    sys.exit(main())
