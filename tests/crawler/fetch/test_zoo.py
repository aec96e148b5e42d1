"""Every bad answer over real HTTP ends in its named reason, and the engine goes on."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crawler.extract.reader import read
from db.types import Article, Failure, Fetched, PageType, Reason
from monitor.changes import compare
from tests.crawler.fetch.conftest import Fetching
from tests.newsroom.newsroom import Newsroom

REASONS = {
    "http-400": Reason.HTTP_CLIENT,
    "http-401": Reason.HTTP_CLIENT,
    "http-403": Reason.HTTP_CLIENT,
    "http-404": Reason.GONE,
    "http-410": Reason.GONE,
    "http-451": Reason.HTTP_CLIENT,
    "http-500": Reason.HTTP_SERVER,
    "http-502": Reason.HTTP_SERVER,
    "http-503": Reason.HTTP_SERVER,
    "http-304": Reason.EMPTY,
    "redirect-loop": Reason.REDIRECT_LOOP,
    "redirect-ping": Reason.REDIRECT_LOOP,
    "redirect-chain": Reason.REDIRECT_LOOP,
    "redirect-private": Reason.GUARD,
    "redirect-link-local": Reason.GUARD,
    "redirect-ipv6": Reason.GUARD,
    "redirect-file": Reason.BAD_ADDRESS,
    "redirect-garbage": Reason.BAD_ADDRESS,
    "endless": Reason.TOO_LARGE,
    "reset": Reason.CONNECTION,
    "close": Reason.CONNECTION,
    "not-http": Reason.CONNECTION,
    "reset-mid": Reason.TRUNCATED,
    "length-long": Reason.TRUNCATED,
    "chunked-cut": Reason.TRUNCATED,
    "chunked-bad": Reason.TRUNCATED,
    "gzip-bomb": Reason.BOMB,
    "gzip-bomb-nested": Reason.BOMB,
    "gzip-cut": Reason.TRUNCATED,
    "deflate-bad": Reason.UNREADABLE,
    "brotli-bad": Reason.UNREADABLE,
    "zstd-bad": Reason.UNREADABLE,
    "encoding-unknown": Reason.UNREADABLE,
    "disallowed": Reason.ROBOTS,
    "brotli-bomb": Reason.BOMB,
    "zstd-bomb": Reason.BOMB,
    "deflate-bomb": Reason.BOMB,
    "deflate-raw-bomb": Reason.BOMB,
    "coding-many": Reason.UNREADABLE,
    "coding-transfer-gzip": Reason.CONNECTION,
    "http-09": Reason.HTTP_CLIENT,
    "status-999": Reason.HTTP_SERVER,
    "status-word": Reason.CONNECTION,
    "head-cut": Reason.CONNECTION,
    "etag-huge": Reason.CONNECTION,
    "length-two": Reason.CONNECTION,
    "length-negative": Reason.CONNECTION,
    "part": Reason.TRUNCATED,
    "part-as-200": Reason.TRUNCATED,
    "redirect-huge": Reason.CONNECTION,
    "redirect-case": Reason.REDIRECT_LOOP,
    "redirect-path-case": Reason.REDIRECT_LOOP,
    "cookie-maze": Reason.REDIRECT_LOOP,
    "redirect-300": Reason.HTTP_CLIENT,
    "redirect-none": Reason.HTTP_CLIENT,
    "redirect-user": Reason.BAD_ADDRESS,
    "redirect-script": Reason.BAD_ADDRESS,
    "redirect-data": Reason.BAD_ADDRESS,
    "redirect-twice": Reason.GONE,
    "redirect-split": Reason.GONE,
    "503-past": Reason.HTTP_SERVER,
    "503-nonsense": Reason.HTTP_SERVER,
}
WHOLE = [
    "status-bare", "status-lf", "status-version", "interim", "interim-flood", "head-nul", "head-fold",
    "head-no-colon", "head-bytes", "keep-alive-lost", "more-behind", "length-twice", "length-list",
    "length-and-chunks", "chunks", "trailers", "range-of-all", "range-nonsense", "date-future", "etag-weak",
    "etag-bare", "cookies", "type-image", "type-octets", "type-xhtml", "type-nonsense", "type-twice",
    "bom-utf16-le", "bom-utf16-be", "bom-utf32-le", "bom-utf32-be", "bom-against-latin1",
    "bom-utf16-against-utf8", "bom-twice", "utf16-in-meta", "redirect-fragment", "redirect-303", "redirect-308",
    "redirect-utf8", "redirect-space", "cookie-loop", "refresh-late",
]  # fmt: skip
"""What is odd and yet brings the very article, to the letter."""
NO_STORY = {
    "refresh-chain": PageType.ERROR,
    "refresh-chain-2": PageType.ERROR,
    "refresh-self": PageType.ERROR,
    "redirect-login": PageType.LOGIN,
    "redirect-consent": PageType.CONSENT,
}


@pytest.fixture
def engine(make_fetch_engine: Callable[..., Fetching]) -> Fetching:
    return make_fetch_engine(max_body_bytes=400_000)


@pytest.mark.parametrize("name", sorted(REASONS))
def test_a_bad_answer_has_its_reason_and_the_engine_goes_on(name: str, engine: Fetching, zoo: Newsroom) -> None:
    failed = engine.failed(zoo.zoo(name))
    assert failed.reason == REASONS[name], failed
    assert failed.detail
    assert "\n" not in failed.detail
    assert engine.got(zoo.zoo("article")).status == 200


@pytest.mark.parametrize("name", ["hang", "hang-body", "drip", "head-drip", "interim-endless"])
def test_a_server_that_does_not_finish_times_out(
    name: str, make_fetch_engine: Callable[..., Fetching], zoo: Newsroom
) -> None:
    assert make_fetch_engine(timeout=0.4).failed(zoo.zoo(name)).reason == Reason.TIMEOUT


def test_a_certificate_nobody_signed_is_a_tls_failure(fetch_engine: Fetching, zoo: Newsroom) -> None:
    assert fetch_engine.failed(zoo.tls_url).reason == Reason.TLS


@pytest.mark.parametrize(
    ("form", "reason"), [("expired", Reason.TLS), ("other", Reason.TLS), ("old", Reason.CONNECTION)]
)
def test_a_certificate_that_is_trusted_and_wrong_is_a_tls_failure(
    form: str,
    reason: Reason,
    *,
    make_fetch_engine: Callable[..., Fetching],
    zoo: Newsroom,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts = urlsplit(zoo.tls(form))
    assert parts.hostname
    assert parts.port
    trusted = tmp_path / "trusted.pem"
    if form != "old":
        trusted.write_text(ssl.get_server_certificate((parts.hostname, parts.port)))
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    assert make_fetch_engine().failed(zoo.tls(form)).reason == reason


def test_a_trusted_certificate_holds_for_its_own_host_only(
    make_fetch_engine: Callable[..., Fetching], zoo: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All connections share one TLS context, which must not make one host's certificate good for another."""
    host, port = urlsplit(zoo.tls_url).hostname, urlsplit(zoo.tls_url).port
    assert host is not None
    assert port is not None
    trusted = tmp_path / "trusted.pem"
    trusted.write_text(ssl.get_server_certificate((host, port)))
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))

    async def lookup(_: str) -> list[str]:
        return [host]

    engine = make_fetch_engine(lookup)
    wire = engine.got(zoo.tls_url).wire
    assert wire is not None
    assert (wire.tls or "").startswith("TLSv1.")
    assert wire.cipher
    assert wire.certificate == hashlib.sha256(ssl.PEM_cert_to_DER_cert(trusted.read_text())).hexdigest()
    assert engine.failed(zoo.tls_url.replace(host, "other.example")).reason == Reason.TLS
    assert engine.got(zoo.tls_url).status == 200


def test_a_port_where_nobody_listens_is_refused(fetch_engine: Fetching, zoo: Newsroom) -> None:
    assert fetch_engine.failed(zoo.refused_url()).reason == Reason.REFUSED


def test_a_name_without_an_address_is_a_dns_failure(make_fetch_engine: Callable[..., Fetching]) -> None:
    async def nobody(_: str) -> list[str]:
        return []

    assert make_fetch_engine(lookup=nobody).failed("http://nowhere.example/").reason == Reason.DNS


@pytest.mark.parametrize(
    "url",
    [
        "",
        "news",
        "ftp://127.0.0.1/a",
        "file:///etc/passwd",
        "http://",
        "http://[::1/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:0/",
        "http://user:secret@127.0.0.1/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/\r\nX: y",
        "http://..../",
        "http://" + "a" * 300 + "/",
        "http://127.0.0.1/" + "a" * 9000,
    ],
)
def test_an_address_that_cannot_be_asked_is_a_bad_address(url: str, fetch_engine: Fetching) -> None:
    assert fetch_engine.failed(url).reason == Reason.BAD_ADDRESS


@pytest.mark.parametrize("name", ["empty", "binary", "charset-wrong", "header-flood", "length-short", "gzip-bad"])
def test_what_only_a_reader_can_judge_is_handed_on(name: str, fetch_engine: Fetching, zoo: Newsroom) -> None:
    assert fetch_engine.got(zoo.zoo(name)).status == 200


def read_of(answer: Fetched) -> Article | Failure:
    return read(answer.body, "https://news.example/story", headers=dict(answer.headers), status=answer.status)


def test_what_is_odd_and_whole_gives_the_very_article(fetch_engine: Fetching, zoo: Newsroom) -> None:
    answers = fetch_engine.many([zoo.zoo(name) for name in ("article", *WHOLE)])
    plain, *others = [read_of(answer) for answer in answers if isinstance(answer, Fetched)]
    assert isinstance(plain, Article)
    for name, made in zip(WHOLE, others, strict=True):
        assert isinstance(made, Article), name
        assert (made.headline, made.body) == (plain.headline, plain.body), name
        assert compare(plain, made) == () or name == "refresh-late", name  # which has none of the article's meta


@pytest.mark.parametrize("name", sorted(NO_STORY))
def test_what_leads_elsewhere_is_no_story(name: str, fetch_engine: Fetching, zoo: Newsroom) -> None:
    made = read_of(fetch_engine.got(zoo.zoo(name)))
    assert isinstance(made, Article)
    assert made.page_type == NO_STORY[name]


def test_an_encoding_that_is_only_declared_and_fits_no_page_is_no_text(fetch_engine: Fetching, zoo: Newsroom) -> None:
    made = read_of(fetch_engine.got(zoo.zoo("utf16-no-bom")))
    assert isinstance(made, Failure)
    assert made.reason == Reason.BINARY


def test_a_hold_until_the_end_of_days_is_capped(make_fetch_engine: Callable[..., Fetching], zoo: Newsroom) -> None:
    failed = make_fetch_engine(max_wait=0.0).failed(zoo.zoo("503-year-9999"))
    assert failed.reason == Reason.RATE_LIMITED
    assert failed.retry_at is not None
    assert failed.retry_at - failed.at <= timedelta(days=1)


def test_a_304_to_validators_that_the_server_never_gave_is_told_and_brings_no_body(
    fetch_engine: Fetching, zoo: Newsroom
) -> None:
    answer = fetch_engine.got(zoo.zoo("http-304"), etag='"never given"')
    assert (answer.status, answer.body) == (304, b"")


def test_an_error_keeps_its_answer_for_the_archive(fetch_engine: Fetching, zoo: Newsroom) -> None:
    failed = fetch_engine.failed(zoo.zoo("challenge-403"))
    assert failed.status == 403
    assert isinstance(failed.answer, Fetched)
    assert b"_cf_chl_opt" in failed.answer.body


def test_every_animal_of_the_zoo_ends_in_a_value(make_fetch_engine: Callable[..., Fetching], zoo: Newsroom) -> None:
    from tests.newsroom import zoo as animals

    engine = make_fetch_engine(timeout=0.5, max_wait=0.0, retries=0, max_body_bytes=300_000)
    for name in animals.names():
        if not name.startswith(("429", "503", "sitemap-50k", "head-drip", "interim-endless")):
            assert engine.fetch(zoo.zoo(name)).url.endswith(name)
