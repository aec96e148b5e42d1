"""`newswatch account`, `newswatch token`, and when `newswatch run` refuses to listen."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from db.engine import open_engine, reading, writing
from db.home import Home, home_at
from db.queries import accounts, tokens
from monitor.cli.app import run
from monitor.web.access import keys, passwords

PASSWORD = "correct horse battery"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = home_at(tmp_path / "home")
    made.path.mkdir()
    made.config_path.write_text("", encoding="utf-8")
    return made


def newswatch(home: Home, *arguments: str) -> int:
    return run(["--home", str(home.path), *arguments])


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_an_account_from_making_to_disabling(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, PASSWORD + "\n")
    assert newswatch(home, "account", "add", "ada", "--password-stdin") == 0
    told = capsys.readouterr().out
    assert "ada may sign in." in told
    assert "ask everybody to sign in" in told
    engine = open_engine(home.database_url())
    with writing(engine) as session:
        ada = accounts.by_name(session, "ada")
        assert ada
        assert passwords.matches(ada.hash, PASSWORD)
        soon = datetime(2100, 1, 1, tzinfo=UTC)
        accounts.sign_in(session, ada.id, "a" * 64, now=datetime.now(UTC), until=soon, agent="")
    assert newswatch(home, "account", "list", "--json") == 0
    (row,) = (json.loads(text) for text in capsys.readouterr().out.splitlines())
    assert (row["name"], row["disabled"], row["browsers"]) == ("ada", False, 1)
    typed(monkeypatch, "another long password\n")
    assert newswatch(home, "account", "password", "ada", "--password-stdin") == 0
    assert "1 browsers were signed out" in capsys.readouterr().out
    assert newswatch(home, "account", "disable", "ada") == 0
    assert "Nobody may sign in now" in capsys.readouterr().out
    assert newswatch(home, "account", "list") == 0
    assert "disabled" in capsys.readouterr().out
    assert newswatch(home, "account", "enable", "ada") == 0
    with reading(engine) as session:
        assert accounts.any_enabled(session)
    engine.dispose()


@pytest.mark.parametrize(
    ("arguments", "text", "code", "words"),
    [
        (("add", "ada", "--password-stdin"), "short\n", 2, "at least 12"),
        (("add", "ada", "--password-stdin"), "", 2, "at least 12"),
        (("add", "a\x1bda", "--password-stdin"), PASSWORD, 2, "can be seen"),
        (("add", " ", "--password-stdin"), PASSWORD, 2, "can be seen"),
        (("add", "ada"), PASSWORD, 2, "--password-stdin"),
        (("password", "eva", "--password-stdin"), PASSWORD, 1, "no account 'eva'"),
        (("disable", "eva"), "", 1, "no account 'eva'"),
        (("list", "--nonsense"), "", 2, ""),
    ],
)
def test_what_cannot_be_is_told_in_a_line(
    home: Home,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    arguments: tuple[str, ...],
    text: str,
    code: int,
    words: str,
) -> None:
    typed(monkeypatch, text)
    assert newswatch(home, "account", *arguments) == code
    told = capsys.readouterr().err
    assert words in told
    assert "Traceback" not in told
    assert PASSWORD not in told


def test_a_token_is_printed_once_alone_and_kept_as_a_digest(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert newswatch(home, "token", "add", "ci", "--scope", "crawl", "--expires", "90d") == 0
    said = capsys.readouterr()
    secret = said.out.strip()
    assert secret.startswith("nw_")
    assert secret not in said.err
    engine = open_engine(home.database_url())
    with reading(engine) as session:
        found = tokens.by_digest(session, keys.digest(secret), datetime.now(UTC))
        assert secret not in str(session.execute(text("SELECT * FROM access_token")).all())
    engine.dispose()
    assert found
    assert found.scopes == {"read", "crawl"}
    assert found.expires_at
    assert 89 <= (found.expires_at - datetime.now(UTC)).days <= 90
    assert newswatch(home, "token", "list") == 0
    assert "crawl read" in capsys.readouterr().out
    assert newswatch(home, "token", "add", "ci") == 1
    assert newswatch(home, "token", "revoke", "ci") == 0
    assert newswatch(home, "token", "revoke", "ci") == 1
    capsys.readouterr()
    assert newswatch(home, "token", "list", "--all", "--json") == 0
    (row,) = (json.loads(text) for text in capsys.readouterr().out.splitlines())
    assert (row["name"], row["state"]) == ("ci", "revoked")
    assert newswatch(home, "token", "list") == 0
    assert "There is no token" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ci", "--scope", "root"), "no such scope: root; there are admin, crawl, read, triage"),
        (("ci", "--expires", "soon"), "write 12h, 90d or 8w"),
        (("ci", "--expires", "0d"), "write 12h, 90d or 8w"),
        (("",), "can be seen"),
    ],
)
def test_a_token_that_cannot_be(
    home: Home, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert newswatch(home, "token", "add", *arguments) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ('[newswatch]\nweb_host = "0.0.0.0"\n', "allowed_hosts"),
        ('[newswatch]\nweb_host = "192.0.2.7"\n', "newswatch account add NAME"),
        ('[web]\nallowed_hosts = ["news.example"]\n', "newswatch account add NAME"),
        ('[web]\ntrusted_proxies = ["127.0.0.1"]\n', "newswatch account add NAME"),
        ('[web]\nallowed_hosts = ["https://news.example/"]\n', "not a host"),
        ('[web]\ntrusted_proxies = ["proxy"]\n', "not a network"),
        ("[web]\npublik = true\n", "public, allowed_hosts, trusted_proxies"),
        ('[web]\npublic = "yes"\n', "line 2"),
    ],
)
def test_the_service_does_not_listen_to_others_while_nobody_signs_in(
    home: Home, capsys: pytest.CaptureFixture[str], config: str, words: str
) -> None:
    home.config_path.write_text(config, encoding="utf-8")
    assert newswatch(home, "run") == 2
    assert words in capsys.readouterr().err
