"""The browser's one way out: what is judged, what is refused, and where a connection goes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import pytest

from crawler.fetch.policy import networks
from crawler.render.proxy import FilterProxy
from tests.crawler.fetch.shop import Shop
from tests.newsroom.wire import Raw, Reply, Request

T = TypeVar("T")
LOOPBACK = networks(("127.0.0.0/8",))


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop() as served:
        yield served


def through(proxy: FilterProxy, *says: bytes, reads: int = 1 << 16) -> bytes:
    """What the proxy answers to these bytes, sent one after another's answer, until it closes."""

    async def work() -> bytes:
        address = await proxy.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
        got = b""
        for said in says:
            writer.write(said)
            await writer.drain()
            got += await asyncio.wait_for(reader.read(reads), 10)
        while data := await asyncio.wait_for(reader.read(reads), 10):
            got += data
        writer.close()
        await proxy.close()
        return got

    return asyncio.run(work())


def names(**known: str) -> Callable[[str], Awaitable[list[str]]]:
    """A resolver that knows these names; each further question gets the next of a name's addresses."""
    left = {name: addresses.split() for name, addresses in known.items()}

    async def look_up(name: str) -> list[str]:
        found = left.get(name.removesuffix(".example"), [])
        return [found.pop(0) if len(found) > 1 else found[0]] if found else []

    return look_up


def test_a_plain_request_goes_to_the_judged_address_with_its_path(shop: Shop) -> None:
    port = shop.host.rpartition(":")[2]
    proxy = FilterProxy(LOOPBACK, names(news="127.0.0.1"))
    got = through(proxy, f"GET http://news.example:{port}/a?x=1 HTTP/1.1\r\nHost: news.example\r\n\r\n".encode())
    assert got.startswith(b"HTTP/1.1 200")
    assert got.endswith(b"<p>news</p>")
    assert b"connection: close" in got.lower()
    (asked,) = shop.log.all()
    assert (asked.path, asked.headers["host"]) == ("/a", "news.example")
    assert proxy.received > 0


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "local.example", "localhost"]
)
def test_loopback_is_refused_however_it_is_written(shop: Shop, host: str) -> None:
    port = shop.host.rpartition(":")[2]
    lookup = names(local="127.0.0.1", localhost="127.0.0.1")
    for said in (
        f"GET http://{host}:{port}/a HTTP/1.1\r\nHost: x\r\n\r\n",
        f"CONNECT {host}:{port} HTTP/1.1\r\nHost: x\r\n\r\n",
    ):
        proxy = FilterProxy((), lookup)
        assert through(proxy, said.encode()).startswith(b"HTTP/1.1 403")
        assert "loopback" in " ".join(proxy.refused.values())
    assert shop.log.all() == []


def test_a_name_that_changes_its_mind_gains_nothing(shop: Shop) -> None:
    """The first answer is judged and connected to; a second is never asked for."""
    port = shop.host.rpartition(":")[2]
    only = networks(("127.0.0.1/32",))
    said = f"GET http://turns.example:{port}/a HTTP/1.1\r\nHost: turns.example\r\n\r\n".encode()
    assert through(FilterProxy(only, names(turns="127.0.0.1 127.0.0.2")), said).startswith(b"HTTP/1.1 200")
    assert through(FilterProxy(only, names(turns="127.0.0.2 127.0.0.1")), said).startswith(b"HTTP/1.1 403")


def test_a_tunnel_carries_bytes_both_ways(shop: Shop) -> None:
    proxy = FilterProxy(LOOPBACK)
    ask = b"GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    got = through(proxy, f"CONNECT {shop.host} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), ask)
    assert got.startswith(b"HTTP/1.1 200 Connection established\r\n\r\n")
    assert got.endswith(b"<p>news</p>")


def test_a_second_request_cannot_follow_the_first_to_its_address(shop: Shop) -> None:
    first = f"GET http://{shop.host}/a HTTP/1.1\r\nHost: x\r\n\r\n"
    got = through(FilterProxy(LOOPBACK), (first + first.replace("/a", "/secret")).encode())
    assert got.count(b"HTTP/1.1 200") == 1
    assert shop.asked() == ["/a"]


def test_a_body_is_sent_with_its_request(shop: Shop) -> None:
    def heard(request: Request) -> Reply:
        return Reply(200, f"{request.method} {request.headers.get('content-length')}".encode())

    shop.pages["/api"] = heard
    said = f"POST http://{shop.host}/api HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
    assert through(FilterProxy(LOOPBACK), said.encode()).endswith(b"POST 5")


def test_a_page_that_loads_too_much_is_cut(shop: Shop) -> None:
    async def flood(writer: asyncio.StreamWriter, _request: Request) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(200):
            writer.write(b"x" * 65536)
            await writer.drain()

    shop.pages["/flood"] = Raw(200, flood)
    proxy = FilterProxy(LOOPBACK, most_bytes=1 << 20)
    said = f"GET http://{shop.host}/flood HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    assert len(through(proxy, said)) < 3 << 20
    assert proxy.spent
    assert through(proxy, said).startswith(b"HTTP/1.1 403")


def test_the_sources_own_proxy_is_asked_by_name_and_literals_are_judged_before(shop: Shop) -> None:
    upstream = ("127.0.0.1", int(shop.host.rpartition(":")[2]))
    shop.pages["/a"] = Reply(200, b"from the proxy")
    only = networks(("127.0.0.1/32",))
    said = b"GET http://news.example/a HTTP/1.1\r\nHost: news.example\r\n\r\n"
    got = through(FilterProxy(only, names(), upstream), said)
    assert got.endswith(b"from the proxy")
    assert shop.log.all()[0].headers["host"] == "news.example"
    refused = through(FilterProxy(only, names(), upstream), b"GET http://127.0.0.2/a HTTP/1.1\r\nHost: x\r\n\r\n")
    assert refused.startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b""),
        (b"nonsense\r\n\r\n", b""),
        (b"GET ftp://127.0.0.1/ HTTP/1.1\r\n\r\n", b""),
        (b"CONNECT 127.0.0.1:notaport HTTP/1.1\r\n\r\n", b""),
        (b"CONNECT nowhere.example:443 HTTP/1.1\r\n\r\n", b"HTTP/1.1 502"),
    ],
)
def test_what_is_no_request_ends_the_connection(said: bytes, answer: bytes) -> None:
    assert through(FilterProxy(LOOPBACK, names()), said).startswith(answer)


def test_a_proxy_without_rules_refuses_everything(shop: Shop) -> None:
    said = f"GET http://{shop.host}/a HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    assert through(FilterProxy(None), said).startswith(b"HTTP/1.1 403")
    assert shop.log.all() == []
