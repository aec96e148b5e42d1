"""The demo's script: a timed list of edits, then edits at random for as long as it runs.

An edit waits until the story has been visited since its last edit, so that whoever watches has a version to compare with.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.newsroom import acts
from tests.newsroom.newsroom import Newsroom
from tests.newsroom.story import Story

TICK = 0.2
PAUSE = (3.0, 8.0)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing done: when (seconds since the script began), by whom, where, and what should be flagged."""

    at: float
    outlet: str
    url: str
    words: str
    expect: str


@dataclass(frozen=True, slots=True)
class Step:
    """At `at` seconds, do `act` to the story at `index` of an outlet; index None publishes a new one."""

    at: float
    outlet: str
    index: int | None
    act: acts.Act | None = None


DEMO = (
    Step(5, "harbour", -1, acts.headline_number),
    Step(7, "meridian", -1, acts.dateline),
    Step(9, "valley", -1, acts.correction),
    Step(11, "elbe", -1, acts.headline_name),
    Step(13, "faro", -1, acts.stealth),
    Step(15, "minato", -1, acts.headline_reworded),
    Step(17, "harbour", -2, acts.byline),
    Step(19, "meridian", -2, acts.freshened),
    Step(21, "valley", -2, acts.time_line),
    Step(23, "elbe", -2, acts.dateline),
    Step(24, "faro", -2, acts.headline_reworded),
    Step(26, "faro", -2, acts.reverted),
    Step(28, "harbour", -3, acts.flapping),
    Step(30, "minato", -2, acts.removal),
    Step(32, "meridian", -3, acts.punctuation),
    Step(34, "valley", -3, acts.soft_404),
    Step(38, "harbour", -4, acts.paywall),
    Step(40, "elbe", -3, acts.body_reworded),
    Step(42, "faro", -3, acts.body_added),
    Step(44, "meridian", None),
    Step(46, "minato", -3, acts.correction),
    Step(47, "minato", -2, acts.restoral),
    Step(48, "harbour", -5, acts.backdated),
    Step(50, "valley", -4, acts.caption),
    Step(52, "elbe", -4, acts.stealth),
    Step(54, "meridian", -4, acts.headline_reworded),
    Step(56, "meridian", -4, acts.stale),
    Step(58, "faro", -4, acts.byline),
)

RANDOM: tuple[acts.Act, ...] = (
    acts.headline_number,
    acts.headline_number,
    acts.headline_name,
    acts.headline_reworded,
    acts.headline_reworded,
    acts.dateline,
    acts.dateline,
    acts.byline,
    acts.correction,
    acts.stealth,
    acts.body_reworded,
    acts.body_added,
    acts.freshened,
    acts.time_line,
    acts.backdated,
    acts.caption,
    acts.reverted,
    acts.punctuation,
    acts.removal,
    acts.restoral,
)


def prepare(room: Newsroom) -> None:
    """What must stand before the first visit: the story that is to move from Seoul to Tokyo."""
    if "meridian" in room.outlets:
        story = room.story("meridian", -1)
        story.versions[0] = replace(story.versions[0], place="SEOUL", agency="Reuters")


class Script:
    """Performs steps against a running newsroom.

    `speed` 2 is twice as fast; `tell` gets every event; `patient` false edits without waiting for visits. `events` keeps
    what was done. Stories of the steps are fixed at the start, so that new stories do not shift them.
    """

    def __init__(
        self,
        room: Newsroom,
        steps: tuple[Step, ...] = DEMO,
        *,
        speed: float = 1.0,
        tell: Callable[[Event], None] = lambda _: None,
        patient: bool = True,
    ) -> None:
        self.room = room
        self.speed = speed
        self.tell = tell
        self.patient = patient
        self.rng = random.Random(room.seed)
        self.events: list[Event] = []
        self.began = time.monotonic()
        self._left = [
            (step, None if step.index is None else room.story(step.outlet, step.index))
            for step in steps
            if step.outlet in room.outlets
        ]
        self._next_random = 0.0
        self._stopped = threading.Event()

    @property
    def elapsed(self) -> float:
        return (time.monotonic() - self.began) * self.speed

    @property
    def finished(self) -> bool:
        """Whether every timed step is done."""
        return not self._left

    def stop(self) -> None:
        """End `run`, from any thread."""
        self._stopped.set()

    def run(self, *, seconds: float | None = None, forever: bool = False) -> list[Event]:
        """Perform until the steps are done, `seconds` of script time have passed, or for ever. Returns the events."""
        while (seconds is None or self.elapsed < seconds) and (forever or not self.finished):
            self.turn()
            if forever and self.finished:
                self._improvise()
            if self._stopped.wait(min(TICK, TICK / self.speed)):
                break
        return self.events

    def turn(self) -> None:
        """Perform every step that is due and whose story is ready; a story's steps keep their order."""
        waiting: set[int] = set()
        left = []
        for step, story in self._left:
            held = story is not None and (id(story) in waiting or not self._ready(story))
            if step.at > self.elapsed or held:
                left.append((step, story))
                waiting.add(id(story))
            else:
                self._perform(step.outlet, story, step.act)
        self._left = left

    def _ready(self, story: Story) -> bool:
        return story.seen or not self.patient

    def _perform(self, outlet: str, story: Story | None, act: acts.Act | None) -> None:
        if story is None or act is None:
            story = self.room.publish_any(outlet)
            done: acts.Done | None = acts.Done(f"publishes: {story.headline}", "")
        else:
            done = act(self.room, story, self.rng)
        if done is not None:
            event = Event(self.elapsed, outlet, self.room.url(story), done.words, done.expect)
            self.events.append(event)
            self.tell(event)

    def _improvise(self) -> None:
        if self.elapsed < self._next_random:
            return
        self._next_random = self.elapsed + self.rng.uniform(*PAUSE)
        ready = [s for s in self.room.stories() if self._ready(s) and not s.turning and s.state != "moved"]
        if not ready or self.rng.random() < 0.06:
            self._perform(self.rng.choice(list(self.room.outlets)), None, None)
            return
        story = self.rng.choice(ready)
        act = self.rng.choice(RANDOM) if story.state == "live" else acts.restoral
        if story.state != "live" or act is not acts.restoral:
            self._perform(story.outlet, story, act)
