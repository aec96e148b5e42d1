"""The newsroom's own book of what it served when, and an editor who never rests: independent of everything under test."""

from __future__ import annotations

import random
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from tests.newsroom.newsroom import Newsroom
from tests.newsroom.site import Site
from tests.newsroom.story import Story
from tests.newsroom.wire import Raw, Reply, Request

PLACES = ("northern line", "harbour bridge", "city hall", "grain store", "ferry pier", "old market")


@dataclass(frozen=True, slots=True)
class Served:
    """A version that left the newsroom in full: which headline, and when it was asked for."""

    headline: str
    at: datetime


@dataclass(slots=True)
class Ledger:
    """By address: every headline published, in order, and every version served, in order."""

    published: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    served: dict[str, list[Served]] = field(default_factory=lambda: defaultdict(list))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def publish(self, url: str, headline: str) -> None:
        with self.lock:
            self.published[url].append(headline)

    def serve(self, url: str, served: Served) -> None:
        with self.lock:
            self.served[url].append(served)

    def counts(self) -> tuple[int, int]:
        """Headlines published, versions served."""
        with self.lock:
            return sum(map(len, self.published.values())), sum(map(len, self.served.values()))


@contextmanager
def book(room: Newsroom) -> Iterator[Ledger]:
    """Open a newsroom that does not serve yet, and keep its book while the block runs."""
    ledger = Ledger()
    answer = Site.answer

    def noted(site: Site, request: Request) -> Reply | Raw:
        with site.room.lock:  # the version that is noted is the one that is sent
            reply = answer(site, request)
            story = next((one for one in site.outlet.stories if one.path == request.path), None)
            if story is not None and isinstance(reply, Reply) and reply.status == 200:
                ledger.serve(site.room.url(story), Served(story.headline, site.room.now()))
            return reply

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Site, "answer", noted)
        with room:
            for story in room.stories():
                ledger.publish(room.url(story), story.headline)
            yield ledger


class Editor(threading.Thread):
    """Gives a story a headline that no story ever had, `every_s` seconds after the last, until told to rest."""

    def __init__(self, room: Newsroom, ledger: Ledger, *, every_s: float, seed: int) -> None:
        super().__init__(name="editor", daemon=True)
        self._room, self._ledger, self._every_s = room, ledger, every_s
        self._dice = random.Random(seed)
        self._resting = threading.Event()
        self.edits = 0

    def run(self) -> None:
        while not self._resting.wait(self._every_s * self._dice.uniform(0.3, 1.7)):
            self.edit(self._dice.choice(self._room.stories()))

    def edit(self, story: Story) -> None:
        self.edits += 1
        headline = f"Council votes on the {self._dice.choice(PLACES)} as count {self.edits} ends"
        with self._room.lock:
            self._room.edit_headline(story, headline)
            self._ledger.publish(self._room.url(story), headline)

    def rest(self) -> None:
        self._resting.set()
        self.join(10)
