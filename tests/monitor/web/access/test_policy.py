"""Where the pages may listen, by which names they are asked, what slows a guesser, what a password is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from db.engine import open_engine, reading, upgrade, writing
from db.queries import accounts, tokens
from monitor.web.access import keys, passwords
from monitor.web.access.backoff import Backoff
from monitor.web.access.policy import Access, address_key, host_name, is_loopback, refusal
from tests.databases import database_at

NOW = datetime(2026, 5, 4, 8, tzinfo=UTC)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost", "LOCALHOST"])
def test_loopback_is_known(host: str) -> None:
    assert is_loopback(host)
    assert not Access(host).exposed


@pytest.mark.parametrize(
    "access",
    [
        Access("192.0.2.7"),
        Access("0.0.0.0", allowed_hosts=("news.example",)),
        Access("news.example"),
        Access(public=True),
        Access(allowed_hosts=("news.example",)),
        Access(trusted_proxies=("127.0.0.1/32",)),
    ],
)
def test_what_others_can_reach_is_never_free(access: Access) -> None:
    assert access.exposed
    assert not access.everybody({})


def test_a_proxy_that_the_configuration_does_not_know_makes_nobody_free() -> None:
    assert Access().everybody({})
    for header in ("x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-proto", "x-forwarded-host"):
        assert not Access().everybody({header: "203.0.113.9"})


def test_a_refusal_ends_with_an_account_a_token_or_the_public(tmp_path: Path) -> None:
    engine = open_engine(database_at(tmp_path / "newswatch.db"))
    upgrade(engine)
    outside = Access("192.0.2.7")

    def why(access: Access, at: datetime = NOW) -> str | None:
        with reading(engine) as session:
            return refusal(session, access, at)

    assert why(Access()) is None
    assert "newswatch account add NAME" in (why(outside) or "")
    assert why(Access("192.0.2.7", public=True)) is None
    assert "allowed_hosts" in (why(Access("0.0.0.0", public=True)) or "")
    with writing(engine) as session:
        tokens.add(session, "ci", "a" * 64, {"read"}, now=NOW, until=NOW + timedelta(days=1))
    assert why(outside) is None
    assert why(outside, NOW + timedelta(days=2))
    with writing(engine) as session:
        ada = accounts.add(session, "ada", "hash", NOW)
    assert why(outside, NOW + timedelta(days=2)) is None
    with writing(engine) as session:
        accounts.set_disabled(session, ada.id, True)
    assert why(outside, NOW + timedelta(days=2))
    engine.dispose()


HOSTS = {
    "news.example": "news.example",
    "News.Example.:8443": "news.example",
    "[2001:db8::7]:80": "2001:db8::7",
    "127.0.0.1:8765": "127.0.0.1",
    "127.0.0.1:/static/x?": "",
    "127.0.0.1/static/": "",
    "localhost:80@evil.example": "",
    "evil.example#localhost": "",
    "[::1]evil.example": "",
    "": "",
}


@pytest.mark.parametrize(("host", "name"), HOSTS.items())
def test_a_host_is_a_name_and_a_port_and_nothing_else(host: str, name: str) -> None:
    assert host_name(host) == name


def test_only_named_hosts_are_answered() -> None:
    access = Access("192.0.2.7", allowed_hosts=("news.example", "*.desk.example"))
    for host in (
        "news.example",
        "NEWS.example:443",
        "a.desk.example",
        "a.b.desk.example",
        "192.0.2.7:8765",
        "localhost",
    ):
        assert access.answers_to(host), host
    for host in ("evil.example", "desk.example", "xdesk.example", "news.example.evil.example", "", "192.0.2.8"):
        assert not access.answers_to(host), host


def test_a_process_is_told_what_the_configuration_says() -> None:
    access = Access(public=True, allowed_hosts=("a.example",), trusted_proxies=("10.0.0.0/8",))
    assert access.arguments() == ["--public", "--allowed-host", "a.example", "--trusted-proxy", "10.0.0.0/8"]
    assert Access().arguments() == []


def test_an_address_is_counted_by_whom_it_belongs_to() -> None:
    assert address_key("203.0.113.9") == address_key("::ffff:203.0.113.9") == "203.0.113.9"
    assert address_key("2001:db8::1") == address_key("2001:db8::ffff:1%eth0") == "2001:db8::/64"
    assert address_key("testclient") == "testclient"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_each_wrong_try_doubles_the_wait_up_to_the_most() -> None:
    clock = Clock()
    backoff = Backoff(most=60, free=3, clock=clock)
    waits = []
    for _ in range(12):
        assert backoff.take("ada") == 0
        wait = backoff.take("ada")  # at once again: refused where there is a wait, and then not counted
        waits.append(wait)
        clock.now += wait
    assert waits[0] == 0
    grown = [wait for wait in waits if wait]
    assert grown == sorted(grown)
    assert grown[:3] == [1, 2, 4]
    assert grown[-1] == 60
    assert backoff.take("eva") == 0


def test_a_right_one_or_time_forgets_and_memory_is_bounded() -> None:
    clock = Clock()
    backoff = Backoff(most=60, free=1, forget=100, keys=2, clock=clock)
    backoff.take("ada")
    assert backoff.take("ada") > 0
    backoff.clear("ada")
    assert backoff.take("ada") == 0
    clock.now += 101
    assert backoff.take("ada") == 0
    assert backoff.take("eva") == 0
    assert backoff.take("ida") == 0
    assert backoff.take("ada") == 0  # forgotten for the sake of two others


def test_a_password_is_long_and_kept_as_argon2id() -> None:
    for bad in ("", "short", "aaaaaaaaaaaaaaaa", "ada lovelace 1", "x" * 1001):
        name = "Ada Lovelace 1"
        assert passwords.problem(bad, name), bad
    assert passwords.problem("correct horse battery", "ada") is None
    kept = passwords.hashed("cafe\u0301 au lait toujours")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.matches(kept, "caf\u00e9 au lait toujours")
    assert not passwords.matches(kept, "cafe au lait toujours")
    assert not passwords.matches("not a hash", "anything at all")
    assert not passwords.matches(None, "anything at all")
    assert not passwords.outdated(kept)


def test_secrets_are_long_and_known_by_digest_alone() -> None:
    one, other = keys.token_secret(), keys.token_secret()
    assert one != other
    assert one.startswith("nw_")
    assert len(one) > 43
    assert len(keys.digest(one)) == 64
    assert keys.form_token(one) != keys.form_token(other)
    assert len(keys.form_token(one)) == 43
