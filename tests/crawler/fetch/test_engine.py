"""The engine over real HTTP: answers as received, conditional requests, redirects, pace, holds and its end."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from crawler.fetch.engine import EngineStopped, FetchEngine, FetchJob, Pace
from db.types import Fetched, FetchFailed, Hop, Reason
from tests.crawler.fetch.conftest import LOOPBACK, Fetching
from tests.crawler.fetch.shop import OK, Shop, late, moved
from tests.newsroom.newsroom import Newsroom
from tests.newsroom.wire import Raw, Reply, Request

PAGE = b"<h1>Ferry late</h1>" + b"<p>The ferry was late again.</p>" * 100


def test_an_answer_is_kept_as_received_and_decoded_beside(fetch_engine: Fetching) -> None:
    with Shop() as shop:
        shop.pages["/z"] = Reply(200, PAGE, (("X-One", "1"), ("Set-Cookie", "a=b"), ("Set-Cookie", "c=d")), gzip=True)
        before = datetime.now(UTC)
        got = fetch_engine.got(shop.url("/z#part"))
    assert got.body == PAGE
    assert gzip.decompress(got.raw) == PAGE
    assert len(got.raw) < len(PAGE)
    assert got.header("content-encoding") == "gzip"
    assert [value for name, value in got.headers if name == "Set-Cookie"] == ["a=b", "c=d"]
    assert before <= got.started_at <= got.at <= datetime.now(UTC)
    assert (got.url, got.final_url) == (shop.url("/z#part"), shop.url("/z"))
    assert got.ip == "127.0.0.1"


def test_heads_are_noted_as_they_went_over_the_wire(fetch_engine: Fetching) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"
    with Shop() as shop:
        shop.pages["/b"] = moved("/a")

        async def write(writer: asyncio.StreamWriter, _: Request) -> None:
            writer.write(early + b"HTTP/1.1 200 Quite fine\r\nx-odd: 1\r\nContent-Length: 2\r\n\r\nok")

        shop.pages["/a"] = Raw(200, write)
        got = fetch_engine.got(shop.url("/b"))
    assert got.wire is not None
    assert got.wire.answered == "HTTP/1.1 200 Quite fine\r\nx-odd: 1\r\nContent-Length: 2"
    assert got.wire.asked.startswith("GET /a HTTP/1.1\r\n")
    assert "User-Agent: newswatch/" in got.wire.asked
    assert (got.wire.tls, got.wire.certificate) == (None, None)
    (hop,) = got.hops
    assert hop.wire is not None
    assert hop.wire.answered.startswith("HTTP/1.1 30")
    assert (hop.ip, hop.at is not None) == ("127.0.0.1", True)


def test_the_user_agent_says_who_asks_and_whom_to_write_to(make_fetch_engine: Callable[..., Fetching]) -> None:
    with Shop() as shop:
        got = make_fetch_engine(contact="desk@paper.example").got(shop.url("/a"), accept="application/rss+xml")
        heard = shop.log.all(path="/a")[0].headers
    assert heard["user-agent"].startswith("newswatch/")
    assert heard["user-agent"].endswith("(+desk@paper.example)")
    assert heard["accept"] == "application/rss+xml"
    assert {name.lower(): value for name, value in got.request_headers} == heard


def test_validators_bring_a_304_and_full_visits_leave_them_out(
    quiet_newsroom: Newsroom, fetch_engine: Fetching
) -> None:
    outlet = next(o for o in quiet_newsroom.outlets.values() if o.validators in {"etag", "both"})
    url = outlet.base + outlet.stories[0].path
    first = fetch_engine.got(url)
    seen = {"etag": first.header("ETag"), "last_modified": first.header("Last-Modified")}
    again = fetch_engine.got(url, **seen)
    assert (again.status, again.body, again.raw) == (304, b"", b"")
    assert fetch_engine.got(url, force_full=True, **seen).status == 200
    quiet_newsroom.edit(outlet.stories[0], headline="Another headline")
    assert b"Another headline" in fetch_engine.got(url, **seen).body


def test_validators_stay_with_the_address_that_gave_them(fetch_engine: Fetching) -> None:
    with Shop() as shop:
        shop.pages |= {"/old": moved("/a"), "/a": OK}
        fetch_engine.got(shop.url("/old"), etag='"1"')
        assert [record.conditional for record in shop.log.all() if record.path in {"/old", "/a"}] == [True, False]
        shop.log.clear()
        fetch_engine.got(shop.url("/old"), etag='"1"', validated_url=shop.url("/a"))
        assert [record.conditional for record in shop.log.all() if record.path in {"/old", "/a"}] == [False, True]


def test_validators_that_would_break_the_request_are_left_out(fetch_engine: Fetching) -> None:
    with Shop() as shop:
        fetch_engine.got(shop.url("/a"), etag='"1"\r\nX-Injected: yes', last_modified="")
        heard = shop.log.all(path="/a")[0].headers
    assert "if-none-match" not in heard
    assert "x-injected" not in heard


def test_redirects_are_followed_and_each_hop_is_kept(fetch_engine: Fetching) -> None:
    with Shop() as shop:
        shop.pages |= {"/1": moved("/2", status=301), "/2": moved("/a", status=307)}
        got = fetch_engine.got(shop.url("/1"))
        hops = (Hop(shop.url("/1"), 301, shop.url("/2")), Hop(shop.url("/2"), 307, shop.url("/a")))
        assert (got.final_url, got.hops) == (shop.url("/a"), hops)


def test_too_many_redirects_end_the_visit(make_fetch_engine: Callable[..., Fetching]) -> None:
    with Shop() as shop:
        shop.pages |= {f"/{step}": moved(f"/{step + 1}") for step in range(9)}
        failed = make_fetch_engine(max_redirects=3).failed(shop.url("/0"))
    assert failed.reason == Reason.REDIRECT_LOOP
    assert len(failed.hops) == 3


def test_a_cookie_lives_along_one_chain_of_redirects_only(fetch_engine: Fetching) -> None:
    def gate(request: Request) -> Reply:
        return OK if request.headers.get("cookie") == "pass=1" else moved("/gate", ("Set-Cookie", "pass=1; Path=/"))

    with Shop() as shop:
        shop.pages["/gate"] = gate
        assert fetch_engine.got(shop.url("/gate")).status == 200
        fetch_engine.got(shop.url("/a"))
        assert "cookie" not in shop.log.all(path="/a")[0].headers


def test_a_cookie_does_not_go_to_another_host(fetch_engine: Fetching) -> None:
    with Shop(host="127.0.0.2") as other, Shop() as shop:
        shop.pages["/go"] = moved(other.url("/a"), ("Set-Cookie", "secret=1; Path=/"))
        fetch_engine.got(shop.url("/go"))
        assert "cookie" not in other.log.all(path="/a")[0].headers


def test_connection_trouble_is_tried_once_more_and_errors_are_not(fetch_engine: Fetching) -> None:
    async def drop(writer: asyncio.StreamWriter, _: Request) -> None:
        writer.transport.abort()

    left: list[Reply | Raw] = [Raw(0, drop)]
    with Shop() as shop:
        shop.pages["/shaky"] = lambda _: left.pop() if left else OK
        assert fetch_engine.got(shop.url("/shaky")).status == 200
        assert fetch_engine.failed(shop.url("/gone")).reason == Reason.GONE
        assert shop.asked().count("/gone") == 1


def test_headers_without_end_are_cut(fetch_engine: Fetching) -> None:
    sent = 0

    async def flood(writer: asyncio.StreamWriter, _: Request) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing() and sent < 64 << 20:
            writer.write(b"X-More: " + b"y" * 1000 + b"\r\n")
            sent += 1010
            await writer.drain()

    with Shop() as shop:
        shop.pages["/flood"] = Raw(200, flood)
        assert fetch_engine.failed(shop.url("/flood")).reason == Reason.CONNECTION
        assert fetch_engine.got(shop.url("/a")).status == 200
    assert sent < 32 << 20


def test_one_request_at_a_time_a_host_at_its_delay(make_fetch_engine: Callable[..., Fetching]) -> None:
    with Shop() as shop:
        engine = make_fetch_engine(pace=Pace(0.1, 1))
        engine.many([shop.url(path) for path in ("/a", "/b", "/c")])
        assert shop.log.peak("shop") == 1
        assert min(shop.log.gaps("shop")) > 0.05


def test_a_source_s_own_pace_holds_for_its_host(make_fetch_engine: Callable[..., Fetching]) -> None:
    with Shop() as shop:
        shop.pages |= {f"/s{number}": late(OK, 0.05) for number in range(6)}
        urls = [shop.url(f"/s{number}") for number in range(6)]
        engine = make_fetch_engine(pace=Pace(0.0, 6))
        engine.many(urls, pace=Pace(0.0, 2))
        assert shop.log.peak("shop") == 2


def test_a_slow_host_keeps_no_other_waiting(make_fetch_engine: Callable[..., Fetching]) -> None:
    """With room for two visits in all, twenty at a host that never answers leave room for another host."""
    with Shop(host="127.0.0.2") as slow, Shop() as shop:
        slow.pages["/a"] = late(OK, 30)
        engine = make_fetch_engine(pace=Pace(0.0, 1), concurrency=2, timeout=20.0)

        async def work() -> Fetched | FetchFailed:
            stuck = [asyncio.ensure_future(engine.engine.fetch(FetchJob(slow.url("/a")))) for _ in range(20)]
            await asyncio.sleep(0.05)
            assert engine.engine.pending_by_host() == {slow.host: 20}
            result = await engine.engine.fetch(FetchJob(shop.url("/a")))
            for task in stuck:
                task.cancel()
            await asyncio.gather(*stuck, return_exceptions=True)
            return result

        assert isinstance(engine.loop.run(work()), Fetched)
        assert engine.engine.pending == 0


def test_the_urgent_go_first(make_fetch_engine: Callable[..., Fetching]) -> None:
    with Shop() as shop:
        shop.pages["/first"] = late(OK, 0.1)
        engine = make_fetch_engine(pace=Pace(0.0, 1))

        async def work() -> None:
            jobs = [("/first", 0), ("/a", 0), ("/b", 5), ("/c", 9)]
            await asyncio.gather(*(engine.engine.fetch(FetchJob(shop.url(path), priority=p)) for path, p in jobs))

        engine.loop.run(work())
        assert [path for path in shop.asked() if path != "/robots.txt"] == ["/first", "/c", "/b", "/a"]


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("429-seconds", 5, 7),
        ("429-date", 5, 10),
        ("429-huge", 86000, 86400),
        ("429-nonsense", 50, 60),
        ("429-negative", 50, 60),
        ("429", 50, 60),
        ("503-retry", 1, 3),
    ],
)
def test_a_host_that_asks_to_wait_is_held_until_then(
    name: str, least: float, most: float, make_fetch_engine: Callable[..., Fetching], zoo: Newsroom
) -> None:
    engine = make_fetch_engine(max_wait=0.0)
    began = datetime.now(UTC)
    failed = engine.failed(zoo.zoo(name))
    assert failed.reason == Reason.RATE_LIMITED
    assert failed.retry_at is not None
    assert timedelta(seconds=least) < failed.retry_at - began
    assert failed.retry_at <= failed.at + timedelta(seconds=most)
    asked = zoo.log.count()
    held = engine.failed(zoo.zoo("article"))
    assert (held.reason, held.retry_at, held.answer) == (Reason.RATE_LIMITED, failed.retry_at, None)
    assert engine.engine.held_until(zoo.zoo_netloc) == failed.retry_at
    assert zoo.log.count() == asked


def test_those_who_wait_when_the_hold_comes_fail_with_its_end(make_fetch_engine: Callable[..., Fetching]) -> None:
    with Shop() as shop:
        shop.pages["/a"] = Reply(429, b"slow down", (("Retry-After", "900"),))
        results = make_fetch_engine(pace=Pace(0.0, 1)).many([shop.url("/a"), shop.url("/b"), shop.url("/c")])
        assert [r.reason for r in results if isinstance(r, FetchFailed)] == [Reason.RATE_LIMITED] * 3
        assert shop.asked() == ["/robots.txt", "/a"]


def test_a_short_hold_is_sat_out(fetch_engine: Fetching) -> None:
    with Shop() as shop:
        fetch_engine.engine.hold(shop.host, datetime.now(UTC) + timedelta(seconds=0.2))
        assert fetch_engine.got(shop.url("/a")).status == 200


def test_a_redirect_to_a_held_host_waits_for_another_day(fetch_engine: Fetching) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    with Shop(host="127.0.0.2") as other, Shop() as shop:
        shop.pages["/go"] = moved(other.url("/a"))
        fetch_engine.engine.hold(other.host, until)
        failed = fetch_engine.failed(shop.url("/go"))
        assert (failed.reason, failed.retry_at) == (Reason.RATE_LIMITED, until)
        assert other.asked() == []


def test_a_proxy_is_used_for_page_and_robots_alike(fetch_engine: Fetching) -> None:
    with Shop(robots="User-agent: *\nDisallow: /secret\n") as proxy:
        job = {"proxy": f"http://{proxy.host}"}
        assert fetch_engine.got("http://news.example/a", **job).body == OK.body
        assert fetch_engine.failed("http://news.example/secret", **job).reason == Reason.ROBOTS
        assert proxy.asked() == ["/robots.txt", "/a"]


def test_stop_answers_or_drops_what_is_under_way_and_drops_what_waits(
    make_fetch_engine: Callable[..., Fetching],
) -> None:
    with Shop() as shop:
        shop.pages |= {"/quick": late(OK, 0.2), "/never": late(OK, 60)}
        engine = make_fetch_engine(pace=Pace(0.0, 2), timeout=50.0)
        engine.got(shop.url("/a"))

        async def work() -> list[object]:
            paths = ("/quick", "/never", "/b", "/c")
            tasks = [asyncio.ensure_future(engine.engine.fetch(FetchJob(shop.url(path)))) for path in paths]
            await asyncio.sleep(0.05)
            await engine.engine.stop(grace=0.5)
            return await asyncio.gather(*tasks, return_exceptions=True)

        quick, *others = engine.loop.run(work())
        assert isinstance(quick, Fetched)
        assert [type(other) for other in others] == [EngineStopped] * 3
        with pytest.raises(EngineStopped):
            engine.fetch(shop.url("/a"))


def test_stop_cuts_a_robots_fetch_and_a_visit_that_waits_for_its_turn(
    make_fetch_engine: Callable[..., Fetching],
) -> None:
    with Shop() as shop, Shop(host="127.0.0.2") as other:
        shop.pages["/robots.txt"] = late(OK, 60)
        engine = make_fetch_engine(pace=Pace(30.0, 1), timeout=50.0)

        async def work() -> list[object]:
            urls = [shop.url("/a"), other.url("/a"), other.url("/b")]
            tasks = [asyncio.ensure_future(engine.engine.fetch(FetchJob(url))) for url in urls]
            await asyncio.sleep(0.3)
            await engine.engine.stop(grace=0.1)
            return await asyncio.gather(*tasks, return_exceptions=True)

        assert [type(result) for result in engine.loop.run(work())] == [EngineStopped] * 3


def test_a_visit_that_is_cancelled_gives_its_place_and_its_connection_back(
    make_fetch_engine: Callable[..., Fetching],
) -> None:
    with Shop() as shop:
        shop.pages["/never"] = late(OK, 60)
        engine = make_fetch_engine(pace=Pace(0.0, 1), timeout=50.0)

        async def work() -> Fetched | FetchFailed:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(engine.engine.fetch(FetchJob(shop.url("/never"))), 0.2)
            return await asyncio.wait_for(engine.engine.fetch(FetchJob(shop.url("/a"))), 5)

        assert isinstance(engine.loop.run(work()), Fetched)
        assert engine.engine.pending == 0


def test_an_engine_starts_once_and_another_may_follow(make_fetch_engine: Callable[..., Fetching]) -> None:
    first = make_fetch_engine()
    with pytest.raises(RuntimeError, match="started already"):
        first.loop.run(first.engine.start())
    first.stop()
    first.stop()
    with Shop() as shop:
        assert make_fetch_engine().got(shop.url("/a")).status == 200


def test_a_visit_before_the_start_is_not_made() -> None:
    with pytest.raises(EngineStopped):
        asyncio.run(FetchEngine().fetch(FetchJob("http://127.0.0.1:1/")))


def test_nothing_is_kept_of_a_visit_that_is_over(make_fetch_engine: Callable[..., Fetching]) -> None:
    with Shop() as shop:
        engine = make_fetch_engine(allow_addresses=LOOPBACK)
        engine.many([shop.url("/a"), shop.url("/nothing"), "http://[::1]/"] * 10)
        inner = engine.engine
        assert inner.pending_by_host() == {}
        assert inner._state is not None
        assert not inner._state.transfers
        assert not inner._state.background
        assert inner._crawler is not None
        assert not inner._crawler.engine.downloader.active
        assert not inner._running
