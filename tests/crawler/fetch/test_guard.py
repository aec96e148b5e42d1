"""Which addresses are refused, and that no way round leads to one. Nothing but loopback is contacted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.fetch.guard import GuardResolver
from crawler.fetch.policy import BadNetworkError, literal, networks, refusal
from db.types import Fetched, Reason
from tests.conftest import LoopThread
from tests.crawler.fetch.conftest import Fetching
from tests.newsroom.newsroom import Newsroom

REFUSED = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "not an address",
    "",
]
PASSED = [
    "8.8.8.8",
    "93.184.216.34",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]


@pytest.mark.parametrize("ip", REFUSED)
def test_addresses_inside_are_refused(ip: str) -> None:
    assert refusal(ip)


@pytest.mark.parametrize("ip", PASSED)
def test_public_addresses_pass(ip: str) -> None:
    assert refusal(ip) is None


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_judged_as_the_one_it_carries(ip: object) -> None:
    assert (refusal(str(ip)) is None) == (refusal(f"::ffff:{ip}") is None)


@given(st.ip_addresses())
def test_nothing_private_passes_unless_it_is_allowed(ip: IPv4Address | IPv6Address) -> None:
    carries = getattr(ip, "ipv4_mapped", None)
    assert carries or not ip.is_private or refusal(str(ip))
    assert refusal(str(ip), networks(("0.0.0.0/0", "::/0"))) is None


def test_allowed_networks_open_what_they_name_and_no_more() -> None:
    allow = networks(("127.0.0.0/8", " 10.1.2.3 "))
    assert refusal("127.9.9.9", allow) is None
    assert refusal("::ffff:127.0.0.1", allow) is None
    assert refusal("10.1.2.3", allow) is None
    assert refusal("10.1.2.4", allow)
    assert refusal("::1", allow)


def test_a_malformed_network_is_named() -> None:
    with pytest.raises(BadNetworkError, match=r"'127\.0\.0/8x'"):
        networks(("127.0.0/8x",))


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "127.0.0.1"])
def test_odd_spellings_of_an_address_are_seen_through(host: str) -> None:
    assert literal(host) == "127.0.0.1"


@pytest.mark.parametrize("host", ["example.com", "news.example", "1.example", "a127.0.0.1"])
def test_names_are_no_literals(host: str) -> None:
    assert literal(host) is None


def test_the_resolver_passes_on_only_what_may_be_contacted(reactor_loop: LoopThread) -> None:
    async def lookup(_: str) -> Sequence[str]:
        return ["10.0.0.1", "93.184.216.34", "::1"]

    resolver = GuardResolver((), lookup)
    assert reactor_loop.run(resolver.resolve("mixed.example")) == ("93.184.216.34",)
    assert resolver.refused("mixed.example") is None


@pytest.mark.parametrize(
    "url",
    [
        "http://10.1.2.3/",
        "http://[::1]/",
        "http://[::ffff:10.1.2.3]/",
        "http://169.254.169.254/latest/",
        "http://3232235777/",
        "http://0xc0a80101/",
        "https://192.168.1.1/",
    ],
)
def test_a_literal_is_refused_before_anything_is_asked(url: str, fetch_engine: Fetching) -> None:
    failed = fetch_engine.failed(url)
    assert failed.reason == Reason.GUARD
    assert "address" in failed.detail


def test_a_name_that_resolves_inside_is_refused_and_not_retried(make_fetch_engine: Callable[..., Fetching]) -> None:
    asked: list[str] = []

    async def lookup(name: str) -> Sequence[str]:
        asked.append(name)
        return ["10.0.0.7", "fd00::7"]

    failed = make_fetch_engine(lookup).failed("http://intranet.example/story")
    assert failed.reason == Reason.GUARD
    assert "10.0.0.7" in failed.detail
    assert asked == ["intranet.example"]


def test_a_redirect_to_a_name_that_resolves_inside_is_refused(
    make_fetch_engine: Callable[..., Fetching], zoo: Newsroom
) -> None:
    async def lookup(name: str) -> Sequence[str]:
        return ["10.0.0.7"] if name == "localhost" else ["127.0.0.9"]

    failed = make_fetch_engine(lookup).failed(zoo.zoo("redirect-localhost"))
    assert failed.reason == Reason.GUARD
    assert [hop.location for hop in failed.hops] == ["http://localhost:1/"]


def test_the_address_that_was_checked_is_the_one_contacted(
    make_fetch_engine: Callable[..., Fetching], zoo: Newsroom
) -> None:
    """A name that would answer otherwise the second time (rebinding) is looked up once for check and connection."""
    answers = ["127.0.0.9"]

    async def lookup(_: str) -> Sequence[str]:
        return [answers.pop()] if answers else ["10.0.0.7"]

    port = zoo.zoo_netloc.rsplit(":", 1)[1]
    result = make_fetch_engine(lookup).fetch(f"http://rebind.example:{port}/zoo/article")
    assert isinstance(result, Fetched)
    assert result.ip == "127.0.0.9"


def test_by_default_loopback_is_refused(make_fetch_engine: Callable[..., Fetching], zoo: Newsroom) -> None:
    before = zoo.log.count()
    assert make_fetch_engine(allow_addresses=()).failed(zoo.zoo("article")).reason == Reason.GUARD
    assert zoo.log.count() == before


def test_a_proxy_of_the_environment_is_not_used(
    fetch_engine: Fetching, zoo: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert fetch_engine.got(zoo.zoo("article")).ip == "127.0.0.9"
