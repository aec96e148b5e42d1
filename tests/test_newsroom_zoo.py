"""Every animal of the zoo answers as its name says."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.benchmarks.serve import Plan, serving
from tests.newsroom import Newsroom
from tests.newsroom.zoo import BOMB_MEGABYTES, names

ENDLESS = {"hang", "hang-body", "drip", "endless", "slow", "head-drip", "interim-endless"}
BREAKS_CLIENT = (
    httpx.ProtocolError,
    httpx.DecodingError,
    httpx.NetworkError,
    httpx.InvalidURL,
    httpx.UnsupportedProtocol,
)


def get(url: str | httpx.URL, **options: Any) -> httpx.Response:
    """A request without the time that loading the system's certificates takes."""
    return httpx.get(url, verify=False, **options)


@pytest.fixture(scope="module")
def room() -> Iterator[Newsroom]:
    with Newsroom(stories=1, outlets=["harbour"]) as running:
        yield running


@pytest.mark.parametrize("name", [n for n in names() if n not in ENDLESS and "bomb" not in n])
def test_every_animal_answers_in_good_time(room: Newsroom, name: str) -> None:
    try:
        answer = get(room.zoo(name), timeout=10)
    except BREAKS_CLIENT:
        return
    assert answer.status_code != 404 or name == "soft-404"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("length-long", httpx.RemoteProtocolError),
        ("length-nonsense", httpx.RemoteProtocolError),
        ("chunked-cut", httpx.RemoteProtocolError),
        ("chunked-bad", httpx.RemoteProtocolError),
        ("not-http", httpx.RemoteProtocolError),
        ("header-huge", httpx.RemoteProtocolError),
        ("close", httpx.RemoteProtocolError),
        ("reset", httpx.NetworkError),
        ("gzip-bad", httpx.DecodingError),
        ("deflate-bad", httpx.DecodingError),
        ("brotli-bad", httpx.DecodingError),
        ("hang", httpx.ReadTimeout),
        ("hang-body", httpx.ReadTimeout),
    ],
)
def test_broken_answers_break(room: Newsroom, name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        get(room.zoo(name), timeout=0.3)


def test_retry_after_comes_in_every_form(room: Newsroom) -> None:
    values = {
        n: get(room.zoo(n)).headers.get("Retry-After") for n in ("429-seconds", "429-date", "429-nonsense", "429")
    }
    assert values["429-seconds"] == "7"
    assert str(values["429-date"]).endswith("GMT")
    assert values["429-nonsense"] == "soon, please"
    assert values["429"] is None


def test_redirects_loop_chain_and_point_where_they_should_not(room: Newsroom) -> None:
    for name in ("redirect-loop", "redirect-ping", "redirect-chain"):
        with pytest.raises(httpx.TooManyRedirects):
            get(room.zoo(name), follow_redirects=True)
    assert get(room.zoo("redirect-private")).headers["Location"].startswith("http://10.")
    assert get(room.zoo("redirect-article"), follow_redirects=True).status_code == 200


def test_an_endless_body_never_ends(room: Newsroom) -> None:
    read = 0
    with httpx.stream("GET", room.zoo("endless")) as answer:
        for part in answer.iter_bytes():
            read += len(part)
            if read > 4 << 20:
                break
    assert read > 4 << 20


def test_bombs_are_small_on_the_wire(room: Newsroom) -> None:
    with httpx.stream("GET", room.zoo("gzip-bomb")) as answer:
        packed = int(answer.headers["Content-Length"])
    assert packed < BOMB_MEGABYTES * 2000
    assert gzip.decompress(get(room.zoo("sitemap-50k.xml.gz")).content).count(b"<loc>") == 50_000


def test_nobody_listens_at_the_refused_address_and_nobody_signed_the_certificate(room: Newsroom) -> None:
    for url in (room.refused_url(), room.tls_url):
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)
    assert get(room.tls_url).status_code == 200


def test_an_outlet_can_break_as_a_whole(room: Newsroom) -> None:
    outlet = room.outlet("harbour")
    outlet.fault = "challenge-403"
    assert get(outlet.base + "/feed").status_code == 403
    outlet.fault = ""
    assert get(room.zoo("bom", "harbour")).content.startswith(b"\xef\xbb\xbf")


def test_a_newsroom_stops_at_once_while_clients_hang() -> None:
    room = Newsroom(stories=1, outlets=["harbour"]).start()
    host, port = room.zoo_netloc.split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"GET /zoo/hang HTTP/1.1\r\nHost: zoo\r\n\r\n")
        assert room.log.wait_for(bool, 5)
        started = time.monotonic()
        room.stop()
        assert client.recv(10) == b""
    assert time.monotonic() - started < 9


def test_what_is_not_http_is_refused(room: Newsroom) -> None:
    host, port = room.zoo_netloc.split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"good morning\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 400 ")


@pytest.mark.slow
def test_the_benchmark_server_serves_edits_and_304s() -> None:
    with serving(Plan(pages=6, kb=60, etag=True, bases=2)) as served:
        url = served.urls()[3]
        first = get(url)
        assert 55_000 < len(first.content) < 70_000
        assert first.content != get(url).content
        asked = {"If-None-Match": first.headers["ETag"]}
        assert get(url, headers=asked).status_code == 304
        served.edit(3)
        assert "R0001R" in get(url, headers=asked).text
        assert served.stats()["not_modified"] == 1
        assert get(served.bases[1] + "/sitemap.xml").text.count("<loc>") == 3
