"""The pages as a process: what it refuses, and whose word on a visitor's address it takes."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import Engine

from db.engine import open_engine, upgrade, writing
from db.queries import tokens
from monitor.web import __main__ as process
from monitor.web.access.policy import Access
from monitor.web.app import create_app
from tests.monitor.web.access.test_guard import NOW, account
from tests.monitor.web.serving import serving


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = open_engine(f"sqlite:///{tmp_path / 'newswatch.db'}")
    upgrade(engine)
    return engine


def main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["newswatch web", *arguments])
    return process.main()


@pytest.mark.sqlite
def test_it_does_not_listen_to_others_while_nobody_signs_in(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served: list[dict[str, object]] = []
    monkeypatch.setattr(process.uvicorn, "run", lambda _, **settings: served.append(settings))
    home = ("--home", str(tmp_path))
    assert main(monkeypatch, *home, "--host", "192.0.2.7") == 2
    assert "newswatch account add NAME" in capsys.readouterr().err
    assert main(monkeypatch, *home, "--host", "0.0.0.0", "--public") == 2
    assert "allowed_hosts" in capsys.readouterr().err
    assert main(monkeypatch, "--home", str(tmp_path / "nowhere"), "--host", "192.0.2.7") == 2
    assert "newswatch run" in capsys.readouterr().err
    assert served == []
    assert main(monkeypatch, *home) == 0
    with writing(engine) as session:
        tokens.add(session, "ci", "a" * 64, {"read"}, now=NOW, until=None)
    assert main(monkeypatch, *home, "--host", "192.0.2.7", "--trusted-proxy", "10.0.0.0/8") == 0
    assert [(one["host"], one["proxy_headers"], one["forwarded_allow_ips"]) for one in served] == [
        ("127.0.0.1", False, []),
        ("192.0.2.7", True, ["10.0.0.0/8"]),
    ]
    engine.dispose()


@pytest.mark.parametrize("trusted", [("127.0.0.0/8",), ("10.0.0.0/8",)])
def test_only_a_trusted_proxy_tells_whence_a_visitor_comes(engine: Engine, trusted: tuple[str, ...]) -> None:
    access = Access(allowed_hosts=("news.example",), trusted_proxies=trusted)
    account(engine)
    app = create_app(engine, access=access)
    told = {"host": "news.example", "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9, 203.0.113.7"}
    with serving(app, **process.believed(access)) as address, httpx2.Client(base_url=address, headers=told) as client:
        page = client.get("/login")
        form = re.search(r'name="form_token" value="([^"]+)"', page.text)
        assert form
        cookie = page.headers["set-cookie"]
        values = {"form_token": form[1], "name": "ada", "password": "wrong"}
        sent = {"cookie": cookie.partition(";")[0]}
        assert client.post("/login", data=values, headers=sent).status_code == 401
    believed = trusted == ("127.0.0.0/8",)
    assert ("Secure" in cookie) is believed
    counted = set(app.state.sign_ins.by_address._tries)
    assert counted == {"203.0.113.7" if believed else "127.0.0.1"}
    engine.dispose()
