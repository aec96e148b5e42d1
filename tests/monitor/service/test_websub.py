"""Subscribing to a hub, end to end on loopback: asking, the hub's question, signed pushes, renewal, refusals."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from crawler.websub import Subscriptions, again_after, ask
from db.engine import reading, writing
from db.queries import feeds, websub
from db.records import WebSubRecord
from db.types import Fetched, FetchFailed
from monitor.cli.doctor import _hubs
from monitor.web.app import create_app
from tests.crawler.fetch.shop import Shop
from tests.monitor.web.serving import serving
from tests.newsroom.wire import Reply
from tests.watching import Watching

pytestmark = pytest.mark.slow


class Hub:
    """A hub of our own: keeps what it was asked, asks back at once, pushes when told to."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.echoed: list[str] = []
        self.status, self.asks_back = 202, True
        self.app = FastAPI()
        self.app.post("/hub")(self.subscribe)

    async def subscribe(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        self.asked.append(form)
        if self.status < 300 and self.asks_back:
            async with httpx.AsyncClient() as client:
                answer = await client.get(form["hub.callback"], params=self.question(form))
                self.echoed.append(answer.text)
        return Response(status_code=self.status)

    @staticmethod
    def question(form: dict[str, str], **others: str) -> dict[str, str]:
        mode = {"hub.mode": "subscribe", "hub.topic": form["hub.topic"], "hub.challenge": "c-4711"}
        return {**mode, "hub.lease_seconds": "864000", **others}

    def push(self, content: bytes, *, method: str = "sha256", secret: str | None = None) -> int:
        form = self.asked[-1]
        made = hmac.new((secret or form["hub.secret"]).encode(), content, getattr(hashlib, method)).hexdigest()
        headers = {"X-Hub-Signature": f"{method}={made}", "Content-Type": "application/rss+xml"}
        return httpx.post(form["hub.callback"], content=content, headers=headers).status_code


class Scene:
    """A paper with a feed that names the hub, the works that watch it, and the web process."""

    def __init__(self, watch: Callable[..., Watching], stack: ExitStack) -> None:
        self.hub, self.paper = Hub(), stack.enter_context(Shop())
        self.hub_url = stack.enter_context(serving(self.hub.app)) + "/hub"
        self.topic = self.paper.url("/feed?self=1")
        self.publish("one")
        lists = [(self.paper.url("/feed"), "feed")]
        settings = {"pace": 0.0, "websub": True}
        self.watching = watch(
            None, declared=(("Paper", self.paper.url("/"), settings, lists),), feed_interval_s=None, speed=1.0
        )
        works = self.watching.works
        self.base = stack.enter_context(serving(create_app(works.engine)))
        self.subscriptions = Subscriptions(
            works.engine, works.writer, works.fetcher.fetch, rules_of=works.sources.rules, callback=self.base
        )

    def publish(self, *names: str) -> None:
        items = "".join(f"<item><title>Story {n}</title><link>{self.paper.url(f'/s/{n}')}</link></item>" for n in names)
        links = f'<a:link rel="hub" href="{self.hub_url}"/><a:link rel="self" href="{self.topic}"/>'
        feed = f'<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel><title>P</title>{links}{items}</channel></rss>'
        self.paper.pages["/feed"] = Reply(200, feed.encode(), content_type="application/rss+xml")

    def tick(self, now: datetime | None = None) -> str:
        return self.watching.loop.run(self.subscriptions.tick(now or datetime.now(UTC)))

    def subscription(self) -> WebSubRecord:
        with reading(self.watching.works.engine) as session:
            (found,) = websub.every(session)
        return found

    def due_in(self) -> timedelta:
        with reading(self.watching.works.engine) as session:
            (feed,) = feeds.every(session)
        assert feed.next_check_at is not None
        return feed.next_check_at - datetime.now(UTC)


@pytest.fixture
def scene(watch: Callable[..., Watching]) -> Iterator[Scene]:
    with ExitStack() as stack:
        yield Scene(watch, stack)


def test_a_hub_is_asked_answers_pushes_and_is_asked_again_in_time(scene: Scene) -> None:
    scene.watching.discover()
    assert scene.subscription().state == "wanted"
    assert scene.tick() == "1 subscriptions asked for"
    (form,) = scene.hub.asked
    assert (form["hub.mode"], form["hub.topic"]) == ("subscribe", scene.topic)
    assert form["hub.callback"].startswith(f"{scene.base}/websub/")
    assert len(form["hub.secret"]) >= 32
    assert scene.hub.echoed == ["c-4711"]
    active = scene.subscription()
    assert active.state == "active"
    assert active.lease_until is not None
    assert active.renew_at is not None
    assert active.renew_at < active.lease_until
    assert scene.tick() == ""

    # a push makes the feed due, whatever it holds; an unsigned one and one by another secret do nothing
    later = scene.due_in()
    assert later > timedelta(minutes=5)
    assert scene.hub.push(b"<rss>lies</rss>", secret="guessed") == 202
    assert httpx.post(form["hub.callback"], content=b"<rss/>").status_code == 202
    assert scene.due_in() > timedelta(minutes=5)
    assert scene.hub.push(b"<rss>lies</rss>") == 202
    assert scene.due_in() <= timedelta(0)
    assert scene.hub.push(b"", method="sha1") == 202
    assert scene.subscription().pushes == 2
    scene.publish("one", "two")
    (visit,) = scene.watching.discover()
    assert visit.new == 1, "only what the feed itself lists"
    assert scene.due_in() > later, "the hub tells of news: the feed is asked less often"

    # renewed before it ends, by the same address and secret
    scene.tick(active.renew_at)
    assert [one["hub.callback"] for one in scene.hub.asked] == [form["hub.callback"]] * 2
    assert scene.subscription().state == "active"


def test_questions_that_are_not_ours_are_not_confirmed(scene: Scene) -> None:
    scene.hub.asks_back = False
    scene.watching.discover()
    scene.tick()
    (form,) = scene.hub.asked
    callback = form["hub.callback"]

    def answer(url: str = callback, **others: str) -> int:
        return httpx.get(url, params=scene.hub.question(form, **others)).status_code

    assert answer(f"{scene.base}/websub/guessed") == 404
    assert answer(**{"hub.topic": "https://elsewhere.example/feed"}) == 404
    assert answer(**{"hub.mode": "unsubscribe"}) == 404
    assert answer(**{"hub.challenge": ""}) == 404
    assert scene.subscription().state == "asked"
    assert httpx.post(f"{scene.base}/websub/guessed", content=b"x").status_code == 410
    assert answer(**{"hub.lease_seconds": "1"}) == 200
    lease = scene.subscription().lease_until
    assert lease is not None
    assert lease > datetime.now(UTC) + timedelta(minutes=4), "a lease of a second would have us ask without end"
    denied = {"hub.mode": "denied", "hub.topic": form["hub.topic"], "hub.reason": "not for you"}
    assert httpx.get(callback, params=denied).status_code == 200
    assert (scene.subscription().state, scene.subscription().reason) == ("refused", "not for you")


def test_a_hub_that_fails_is_asked_later_and_later(scene: Scene) -> None:
    scene.hub.status = 503
    scene.watching.discover()
    now = datetime.now(UTC)
    scene.tick(now)
    failed = scene.subscription()
    assert (failed.state, failed.failures) == ("failed", 1)
    assert failed.reason
    assert "503" in failed.reason
    assert failed.renew_at == now + again_after(1)
    assert scene.tick(now) == ""
    told = list(_hubs(scene.watching.works.home, scene.watching.works.engine))
    assert [finding.level for finding in told] == ["warning", "ok"]
    assert "does not tell of news (http_5xx" in told[0].what
    assert [again_after(n) for n in (1, 2, 3, 50)] == [
        timedelta(minutes=10),
        timedelta(minutes=20),
        timedelta(minutes=40),
        timedelta(days=1),
    ]
    # one that takes the request and never asks back is no subscription either
    scene.hub.status, scene.hub.asks_back = 202, False
    scene.tick(failed.renew_at)
    silent = scene.subscription()
    assert silent.state == "asked"
    scene.tick(silent.renew_at)
    assert scene.subscription().reason == "the hub never asked back"


def test_a_source_that_wants_no_hub_any_more_is_told_of_by_nobody(scene: Scene) -> None:
    scene.watching.discover()
    scene.tick()
    (form,) = scene.hub.asked
    with writing(scene.watching.works.engine) as session:
        from db.queries import sources

        sources.override(session, "Paper", {"websub": False})
    scene.watching.works.sources.reload()
    renew_at = scene.subscription().renew_at
    scene.tick(renew_at)
    with reading(scene.watching.works.engine) as session:
        assert websub.every(session) == []
    assert httpx.post(form["hub.callback"], content=b"x").status_code == 410


def test_a_push_during_a_visit_is_not_lost(scene: Scene) -> None:
    scene.watching.discover()
    scene.tick()
    works = scene.watching.works
    fetch = works.discovery._fetch

    async def pushed_meanwhile(job: object) -> Fetched | FetchFailed:
        result = await fetch(job)  # type: ignore[arg-type]
        with writing(works.engine) as session:
            websub.pushed(session, scene.subscription().feed_id, datetime.now(UTC))
        return result

    works.discovery._fetch = pushed_meanwhile  # type: ignore[assignment]
    with reading(works.engine) as session:
        (feed,) = feeds.every(session)
    scene.watching.loop.run(works.discovery.visit(feed))
    assert scene.due_in() <= timedelta(0)


def test_the_request_says_what_the_recommendation_asks_for() -> None:
    record = WebSubRecord(1, "https://hub.example/", "https://a.example/feed?x=1&y=2", "token", "secret", "wanted")
    form = ask(record, "https://news.example/desk/").form.decode()
    assert "hub.callback=https%3A%2F%2Fnews.example%2Fdesk%2Fwebsub%2Ftoken" in form
    assert "hub.topic=https%3A%2F%2Fa.example%2Ffeed%3Fx%3D1%26y%3D2" in form
