"""Crawls by the API: asked for, once under a key, and followed as they go by server-sent events over a real connection."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine

from db.engine import writing
from db.queries import changes, crawls
from db.types import Change
from monitor.web.api import crawls as api_crawls
from monitor.web.api.streams import Shared
from tests.monitor.seeded import NOW, URL
from tests.monitor.web.api.conftest import Api
from tests.monitor.web.api.home import furnished


def test_a_crawl_is_asked_for_and_can_be_followed(api: Api) -> None:
    made = api.call("POST", "/crawls", 201, {"targets": [URL, URL, "Harbour Post"], "watch": True})
    told = made.json()
    assert told["targets"] == [URL, "Harbour Post"]
    assert (told["state"], told["options"]["watch"], told["total"]) == ("queued", True, 0)
    assert made.headers["location"] == f"/api/v1/crawls/{told['id']}"
    assert api.get(f"/crawls/{told['id']}").json() == told


def test_a_request_sent_twice_under_one_key_asks_once(api: Api) -> None:
    first = api.call("POST", "/crawls", 201, {"targets": [URL]}, Idempotency_Key="k1")
    again = api.call("POST", "/crawls", 201, {"targets": [URL]}, Idempotency_Key="k1")
    assert again.json() == first.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    api.call("POST", "/crawls", 422, {"targets": [f"{URL}2"]}, Idempotency_Key="k1")
    other = api.call("POST", "/crawls", 201, {"targets": [URL]}, Idempotency_Key="k2")
    assert other.json()["id"] != first.json()["id"]


def test_requests_at_the_same_moment_under_one_key_ask_once(api: Api) -> None:
    found: list[int] = []

    def ask() -> None:
        found.append(api.call("POST", "/crawls", 201, {"targets": [URL]}, Idempotency_Key="k").json()["id"])

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"targets": []},
        {"targets": ["ftp://files.example/"]},
        {"targets": ["javascript://x"]},
        {"targets": [""]},
        {"targets": [URL], "watch": True, "dry_run": True},
        {"targets": [URL] * 501},
        {"targets": [URL], "more": True},
    ],
)
def test_a_crawl_of_nothing_is_refused(lasting: Api, body: object) -> None:
    lasting.call("POST", "/crawls", 422, body)


@dataclass
class Live:
    """The application on a port of its own."""

    address: str
    app: FastAPI
    engine: Engine

    @property
    def shared(self) -> Shared:
        shared = self.app.state.api.state.shared
        assert isinstance(shared, Shared)
        return shared

    @contextmanager
    def stream(self, path: str, **headers: str) -> Iterator[Iterator[dict[str, str]]]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        with httpx.stream("GET", f"{self.address}/api/v1{path}", headers=sent, timeout=10, trust_env=False) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["x-content-type-options"] == "nosniff"
            yield _events(answer)


def _events(answer: httpx.Response) -> Iterator[dict[str, str]]:
    """Events as a browser parses them; a comment is an event named `:`."""
    event: dict[str, str] = {}
    for line in answer.iter_lines():
        if not line:
            if event.keys() - {"retry"}:
                yield event
            event = {}
        elif line.startswith(":"):
            event["event"] = ":"
        else:
            name, _, value = line.partition(":")
            event[name] = value.removeprefix(" ")


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with furnished(tmp_path, life_s=60) as (app, engine, _):
        config = uvicorn.Config(app, port=0, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        waited(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Live(f"http://127.0.0.1:{port}", app, engine)
        server.should_exit = True
        thread.join()


def waited(holds: Callable[[], Any], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def ended(engine: Engine, crawl_id: int, url: str, at: datetime) -> None:
    """An address of a crawl is answered, as the engine stores it."""
    with writing(engine) as session:
        crawls.add_items(session, crawl_id, [url])
        item = crawls.items(session, crawl_id)[-1]
        crawls.record_item(session, item.id, state="done", outcome="same", status=200, done_at=at)
        crawls.record(session, crawl_id, state="running", started_at=at)


def done(engine: Engine, crawl_id: int) -> None:
    with writing(engine) as session:
        crawls.record(session, crawl_id, state="done", finished_at=datetime.now(UTC))


def test_a_crawl_is_followed_until_it_is_done(live: Live) -> None:
    with live.stream("/crawls/2/events") as events:
        assert '"state":"queued"' in next(events)["data"]
        for number in range(2):
            ended(live.engine, 2, f"https://harbour.example/{number}", datetime.now(UTC))
            page = next(events)
            assert page["event"] == "page"
            assert f"https://harbour.example/{number}" in page["data"]
            assert page["id"].isdigit()
            assert next(events)["event"] == "progress"
        done(live.engine, 2)
        assert next(events)["event"] == "done"
        assert list(events) == []
    waited(lambda: not live.shared.questions)


def test_who_was_cut_off_goes_on(live: Live) -> None:
    for number, second in enumerate((0, 60)):
        ended(live.engine, 2, f"https://harbour.example/{number}", NOW.replace(second=0, minute=second // 60))
    done(live.engine, 2)
    with live.stream("/crawls/2/events") as events:
        whole = list(events)
    assert [event["event"] for event in whole] == ["page", "page", "done"]
    with live.stream("/crawls/2/events", Last_Event_ID=whole[1]["id"]) as events:
        assert list(events) == whole[1:]


def test_many_followers_ask_the_database_once(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    look = api_crawls._Progress.look

    def counted(self: Any) -> Any:
        nonlocal looks
        looks += 1
        return look(self)

    monkeypatch.setattr(api_crawls._Progress, "look", counted)
    live.app.state.api.state.shared = Shared(every_s=0.2)
    heard: list[str] = []

    def follow() -> None:
        with live.stream("/crawls/2/events") as events:
            heard.append([event["event"] for event in events][-1])

    threads = [threading.Thread(target=follow) for _ in range(8)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    waited(lambda: live.shared.listeners == 8)
    done(live.engine, 2)
    for thread in threads:
        thread.join()
    assert heard == ["done"] * 8
    assert looks <= (time.monotonic() - began) / 0.2 + 2


def test_a_quiet_line_is_kept_open(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_crawls, "HEARTBEAT_S", 0.05)
    with live.stream("/crawls/2/events") as events:
        assert [next(events)["event"] for _ in range(3)] == ["progress", ":", ":"]
    waited(lambda: not live.shared.questions)


def arrive(engine: Engine, number: int, significance: str = "substantive") -> int:
    change = Change("headline", ("number",), significance, "12", "20")
    with writing(engine) as session:
        made = changes.add(
            session, 1, 1, change, key=f"live:{number}", headline="Live", not_before=NOW, not_after=NOW, now=NOW
        )
    assert made is not None
    return made


def test_changes_arrive_as_they_are_stored(live: Live) -> None:
    with live.stream("/changes/events?significance=substantive&kind=headline") as events:
        waited(lambda: live.shared.listeners)
        arrive(live.engine, 1, "minor")
        first, second = arrive(live.engine, 2), arrive(live.engine, 3)
        assert [int(next(events)["id"]) for _ in range(2)] == [first, second]
    with live.stream("/changes/events?kind=headline", Last_Event_ID=str(first)) as events:
        event = next(events)
        assert (event["event"], int(event["id"])) == ("change", second)
        third = arrive(live.engine, 4)
        assert int(next(events)["id"]) == third
    waited(lambda: not live.shared.questions)


@pytest.mark.parametrize("given", ["x", "-1", "9" * 30])
def test_an_event_id_that_is_none_of_ours(lasting: Api, given: str) -> None:
    lasting.get("/changes/events", 400, Last_Event_ID=given)
