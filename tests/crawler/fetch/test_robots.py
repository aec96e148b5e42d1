"""robots.txt: obeyed by all who wait, kept, fetched again, and closed when it cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from crawler.fetch import robots
from db.types import Fetched, FetchFailed, Reason
from tests.crawler.fetch.conftest import Fetching
from tests.crawler.fetch.shop import Shop, late, moved, text
from tests.newsroom.wire import Reply

CLOSED = "User-agent: *\nDisallow: /secret\n"


def test_no_waiter_passes_without_rules_and_the_file_is_asked_once(make_fetch_engine: Callable[..., Fetching]) -> None:
    """Scrapy 2.19's own middleware lets all but the first of several waiters fetch a disallowed page."""
    with Shop() as shop:
        shop.pages["/robots.txt"] = late(text(CLOSED), 0.2)
        shop.pages |= {f"/secret/{number}": Reply(200, b"not for you") for number in range(20)}
        engine = make_fetch_engine()
        results = engine.many([shop.url(f"/secret/{number}") for number in range(20)] + [shop.url("/a")] * 3)
        assert shop.asked().count("/robots.txt") == 1
        assert not [path for path in shop.asked() if path.startswith("/secret")]
    assert {result.reason for result in results[:20] if isinstance(result, FetchFailed)} == {Reason.ROBOTS}
    assert all(isinstance(result, Fetched) for result in results[20:])


def test_a_waiter_that_gives_up_does_not_take_the_rules_from_the_others(fetch_engine: Fetching) -> None:
    import asyncio

    from crawler.fetch.engine import FetchJob

    with Shop() as shop:
        shop.pages["/robots.txt"] = late(text(CLOSED), 0.2)

        async def work() -> Fetched | FetchFailed:
            first = asyncio.ensure_future(fetch_engine.engine.fetch(FetchJob(shop.url("/secret/1"))))
            second = asyncio.ensure_future(fetch_engine.engine.fetch(FetchJob(shop.url("/secret/2"))))
            await asyncio.sleep(0.05)
            first.cancel()
            return await second

        result = fetch_engine.loop.run(work())
        assert isinstance(result, FetchFailed)
        assert result.reason == Reason.ROBOTS
        assert shop.asked() == ["/robots.txt"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_missing_file_allows_everything(status: int, fetch_engine: Fetching) -> None:
    with Shop() as shop:
        shop.pages["/robots.txt"] = Reply(status, b"none")
        assert fetch_engine.got(shop.url("/a")).status == 200


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_file_that_cannot_be_had_closes_the_host_for_a_while(status: int, fetch_engine: Fetching) -> None:
    with Shop() as shop:
        shop.pages["/robots.txt"] = Reply(status, b"broken")
        failed = fetch_engine.failed(shop.url("/a"))
        assert shop.asked() == ["/robots.txt"]
    assert failed.reason == Reason.ROBOTS
    assert str(status) in failed.detail
    assert failed.retry_at is not None
    assert failed.retry_at > datetime.now(UTC)


def test_a_host_that_is_down_fails_for_that_reason(fetch_engine: Fetching) -> None:
    with Shop() as shop:
        url = shop.url("/a")
    assert fetch_engine.failed(url).reason == Reason.REFUSED


def test_rules_are_fetched_again_when_they_expire(make_fetch_engine: Callable[..., Fetching]) -> None:
    with Shop(robots="User-agent: *\nDisallow:\n") as shop:
        engine = make_fetch_engine(robots_ttl=0.0)
        assert engine.got(shop.url("/a")).status == 200
        shop.pages["/robots.txt"] = text("User-agent: *\nDisallow: /\n")
        assert engine.failed(shop.url("/a")).reason == Reason.ROBOTS


def test_rules_are_kept_until_they_expire(fetch_engine: Fetching) -> None:
    with Shop(robots=CLOSED) as shop:
        fetch_engine.many([shop.url("/a")] * 3)
        fetch_engine.got(shop.url("/b"))
        assert shop.asked().count("/robots.txt") == 1


def test_old_rules_serve_while_the_file_is_broken(make_fetch_engine: Callable[..., Fetching]) -> None:
    with Shop(robots=CLOSED) as shop:
        engine = make_fetch_engine(robots_ttl=0.0)
        assert engine.got(shop.url("/a")).status == 200
        shop.pages["/robots.txt"] = Reply(500, b"broken")
        assert engine.got(shop.url("/b")).status == 200
        assert "disallows" in engine.failed(shop.url("/secret")).detail


def test_our_own_group_comes_before_the_one_for_all(fetch_engine: Fetching) -> None:
    with Shop(robots="User-agent: *\nDisallow:\n\nUser-agent: newswatch\nDisallow: /b\n") as shop:
        assert fetch_engine.got(shop.url("/a")).status == 200
        assert fetch_engine.failed(shop.url("/b")).reason == Reason.ROBOTS


def test_a_redirect_to_a_disallowed_page_is_not_followed(fetch_engine: Fetching) -> None:
    with Shop(robots=CLOSED) as shop:
        shop.pages["/go"] = moved("/secret")
        failed = fetch_engine.failed(shop.url("/go"))
        assert failed.reason == Reason.ROBOTS
        assert [hop.location for hop in failed.hops] == [shop.url("/secret")]
        assert "/secret" not in shop.asked()


def test_a_redirect_to_another_host_obeys_that_host(fetch_engine: Fetching) -> None:
    with Shop(robots=CLOSED) as other, Shop() as shop:
        shop.pages["/go"] = moved(other.url("/secret"))
        assert fetch_engine.failed(shop.url("/go")).reason == Reason.ROBOTS
        assert other.asked() == ["/robots.txt"]


def test_the_file_s_own_redirects_are_followed_and_an_endless_one_allows(fetch_engine: Fetching) -> None:
    with Shop() as shop, Shop() as looping:
        shop.pages["/robots.txt"] = moved("/rules.txt", status=301)
        shop.pages["/rules.txt"] = text(CLOSED)
        looping.pages["/robots.txt"] = moved("/robots.txt")
        assert fetch_engine.failed(shop.url("/secret")).reason == Reason.ROBOTS
        assert fetch_engine.got(looping.url("/a")).status == 200


def test_only_the_first_500_kib_count() -> None:
    padding = b"# nothing to see\n" * (robots.READ_BYTES // 17 + 1)
    rules = robots.read(b"User-agent: *\nDisallow: /early\n" + padding + b"Disallow: /late\n")
    assert not rules.can_fetch("http://a.example/early", "newswatch")
    assert rules.can_fetch("http://a.example/late", "newswatch")


def test_a_file_without_end_closes_the_host(make_fetch_engine: Callable[..., Fetching]) -> None:
    with Shop() as shop:
        shop.pages["/robots.txt"] = Reply(200, b"# more\n" * 700_000, content_type="text/plain")
        failed = make_fetch_engine().failed(shop.url("/a"))
    assert failed.reason == Reason.ROBOTS
    assert "could not be read" in failed.detail


@pytest.mark.parametrize(
    "body", [b"\xff\xfe\x00garbage", b"<html><body>404</body></html>", b"", b"\xef\xbb\xbfUser-agent: *\nDisallow: /x"]
)
def test_any_bytes_are_read_as_rules(body: bytes) -> None:
    assert robots.read(body).can_fetch("http://a.example/a", "newswatch")


def test_a_byte_order_mark_does_not_hide_the_first_group() -> None:
    assert not robots.read(b"\xef\xbb\xbfUser-agent: *\nDisallow: /x").can_fetch("http://a.example/x", "newswatch")


def test_crawl_delay_slows_the_host(make_fetch_engine: Callable[..., Fetching]) -> None:
    with Shop(robots="User-agent: *\nCrawl-delay: 0.2\n") as shop:
        engine = make_fetch_engine()
        engine.many([shop.url(path) for path in ("/a", "/b", "/c")])
        assert engine.engine.crawl_delay(shop.host) == 0.2
        assert min(shop.log.gaps("shop")[1:]) > 0.1
        assert shop.log.peak("shop") == 1


def test_the_rules_are_not_asked_where_the_setting_says_so(make_fetch_engine: Callable[..., Fetching]) -> None:
    with Shop(robots="User-agent: *\nDisallow: /\n") as shop:
        assert make_fetch_engine(obey_robots=False).got(shop.url("/a")).status == 200
        assert shop.asked() == ["/a"]
