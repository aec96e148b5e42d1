"""A newsroom over time, watched by the real service: edits caught, false flags, delays; and nothing at all over outages.

    python -m tests.benchmarks.bench_overtime --minutes 3 --seed 1

Six outlets on loopback with the noise of real pages edit their stories at random, test headlines in turn, serve stale
copies, break down and change their templates. The service runs in a process of its own, with looks every few seconds. What it
stored is then set against what was really done.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from db.engine import open_engine, reading
from db.home import home_at
from db.queries import changes, revisions, templates
from db.queries.changes import ChangeFilter
from tests.benchmarks.overtime_score import SETTLE_S, Deed, Log, Outage, Score, in_words, score
from tests.newsroom import Newsroom, acts
from tests.newsroom.config import write_config
from tests.newsroom.outlets import Outlet
from tests.newsroom.story import Story

SETTINGS: dict[str, object] = {"recheck_speed": 1000, "recheck_min_s": 3, "feed_interval_s": 5, "timeout_s": 5.0}
PAUSE = (0.2, 0.9)  # seconds between edits
OUTAGES = ("http-500", "http-404", "maintenance", "close", "http-403", "hang", "challenge-503", "empty")
OUTAGE_S = (6.0, 14.0)


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


class Room:
    """The newsroom and the hand that edits it."""

    def __init__(self, newsroom: Newsroom, seconds: float) -> None:
        self.newsroom, self.seconds = newsroom, seconds
        self.rng = random.Random(newsroom.seed)
        self.log = Log()
        self.busy: set[int] = set()  # stories that are not to be edited: turning, removed, behind a wall
        self.requoted: Counter[str] = Counter()

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
            if not _unseen(act, story) and not self._many(act, story.outlet):
                self._do(act, story)

    def _many(self, act: acts.Act, outlet: str) -> bool:
        """Other quotation marks on a whole outlet are one edit of its style, and told as that."""
        self.requoted[outlet] += act is acts.punctuation
        return act is acts.punctuation and self.requoted[outlet] > 3

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
            if number % 3 == 0 and acts.body_reworded(self.newsroom, stories[1], self.rng):
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


if __name__ == "__main__":
    sys.exit(main())
