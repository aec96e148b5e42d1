"""The newsroom: what is published and edited, and the servers that show it."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from tests.newsroom.desk import Desk
from tests.newsroom.log import RequestLog
from tests.newsroom.noise import Noise
from tests.newsroom.outlets import Outlet, Robots, make_outlets
from tests.newsroom.running import Running, closed_port
from tests.newsroom.site import Site
from tests.newsroom.story import Story
from tests.newsroom.texts import LANGUAGES, draft
from tests.newsroom.wire import Listener

ZOO = "zoo"
ZOO_TLS = "zoo-tls"
OLDEST = timedelta(hours=20)


def utc_now() -> datetime:
    return datetime.now(UTC)


class Newsroom(Desk):
    """Six outlets on loopback, each on its own address and port.

    `seed` decides texts and noise; `stories` is how many each outlet starts with; `noise` what changes on each visit;
    `outlets` picks some by key; `now` is the newsroom's clock; `pad_kb` makes every page that much heavier; `port` is the
    port of every outlet, each on its own address (0: free ones). Use it as a context manager, or `start` and `stop` it.
    Every method may be called from any thread while the servers run.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        stories: int = 8,
        noise: Noise | None = None,
        outlets: Iterable[str] | None = None,
        now: Callable[[], datetime] = utc_now,
        pad_kb: int = 0,
        port: int = 0,
    ) -> None:
        wanted = None if outlets is None else set(outlets)
        made = [o for o in make_outlets() if wanted is None or o.key in wanted]
        super().__init__({o.key: o for o in made}, now)
        self.seed = seed
        self.noise = noise if noise is not None else Noise()
        self.log = RequestLog()
        self.lock = threading.RLock()
        self.zoo_robots = Robots()
        self.rng = random.Random(seed)
        self.visits = 0
        self.port = port
        self._running: Running | None = None
        self._zoo: dict[str, Listener] = {}
        for outlet in made:
            outlet.pad_kb = pad_kb
            self._fill(outlet, stories)

    def _fill(self, outlet: Outlet, stories: int) -> None:
        step = OLDEST / max(stories, 1)
        for i in range(stories):
            age = OLDEST - step * i - timedelta(minutes=self.rng.randint(3, 25))
            self.publish_any(outlet.key, published=self.now() - max(age, timedelta(minutes=4)))

    def publish_any(self, outlet: str, *, published: datetime | None = None, **fields: Any) -> Story:
        """Publish a generated story; `fields` override what the generator gives."""
        with self.lock:
            house = self.outlet(outlet)
            language = LANGUAGES[house.language]
            topic = language.topics[(house.first_topic + len(house.stories)) % len(language.topics)]
            made = draft(language, topic, self.rng)
            given: dict[str, Any] = {
                "headline": made.headline,
                "deck": made.deck,
                "byline": (self.rng.choice(language.reporters),),
                "place": made.slots["place"],
                "agency": self.rng.choice(("", "Reuters", "AP")) if house.language == "en" else "",
                "paragraphs": made.paragraphs,
                "caption": made.caption,
                "tags": topic.tags,
                "section": topic.section if topic.section in house.sections else house.sections[self.next_id % 3],
                "slug": topic.slug,
            }
            return self.publish(outlet, published=published, draft=made, **{**given, **fields})

    def start(self) -> Self:
        """Bind every outlet and the zoo to free ports, and serve them from a thread."""
        listeners = []
        for number, outlet in enumerate(self.outlets.values(), start=2):
            listeners.append(Listener(outlet.key, Site(self, outlet).answer, f"127.0.0.{number}", self.port))
        from tests.newsroom.zoo import keepers

        zoo = keepers(self)
        self._zoo = {listener.name: listener for listener in zoo}
        self._running = Running([*listeners, *zoo], self.log)
        self._running.start()
        for listener in listeners:
            outlet = self.outlets[listener.name]
            outlet.host, outlet.netloc = listener.host, listener.netloc
        return self

    def stop(self) -> None:
        if self._running is not None:
            self._running.stop()
            self._running = None

    def __enter__(self) -> Self:
        return self if self._running is not None else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def zoo(self, name: str, outlet: str | None = None) -> str:
        """The address of a misbehaviour: on the zoo's own host, or on an outlet's."""
        netloc = self._zoo[ZOO].netloc if outlet is None else self.outlet(outlet).netloc
        return f"http://{netloc}/zoo/{name}"

    @property
    def zoo_netloc(self) -> str:
        return self._zoo[ZOO].netloc

    @property
    def tls_url(self) -> str:
        """A good article behind a certificate that nobody has signed."""
        return self.tls()

    def tls(self, form: str = "") -> str:
        """The same with a certificate that has `expired`, is for an `other` host, or behind an `old` protocol."""
        return f"https://{self._zoo[f'{ZOO_TLS}-{form}' if form else ZOO_TLS].netloc}/zoo/article"

    def refused_url(self) -> str:
        """An address on a port where nobody listens."""
        return f"http://127.0.0.1:{closed_port()}/story"

    def wait_seen(self, story: Story, timeout: float = 20.0) -> bool:
        """Block until a visit has come since the story's last edit; False where `timeout` seconds pass first."""
        return self.log.wait_for(lambda _: story.seen, timeout)

    def hosts(self) -> list[str]:
        """host:port of every outlet."""
        return [o.netloc for o in self.outlets.values()]
