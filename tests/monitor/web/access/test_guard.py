"""Who gets in, through the real application."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text, update

from db.engine import open_engine, writing
from db.models_access import WebSession
from db.queries import accounts, tokens, triage
from monitor.web.access import keys, passwords
from monitor.web.access.policy import Access
from monitor.web.app import create_app
from tests.databases import database_at
from tests.monitor.seeded import seed
from tests.monitor.web.site import Site

NOW = datetime.now(UTC)
PASSWORD = "correct horse battery"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)  # the same algorithm with less work
HASH = QUICK.hash(PASSWORD)
OUTSIDE = Access("192.0.2.7", allowed_hosts=("news.example",))
PUBLIC = Access("192.0.2.7", public=True)
Make = Callable[..., Site]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes a site: `make(access)`."""
    monkeypatch.setattr(passwords, "_hasher", QUICK)
    monkeypatch.setattr(passwords, "_nobody", [])
    engine = open_engine(database_at(tmp_path / "newswatch.db"))
    ids = seed(engine)
    clients: list[TestClient] = []

    def made(access: Access, base: str = "http://192.0.2.7") -> Site:
        app = create_app(engine, archive=tmp_path / "archive", access=access)
        client = TestClient(app, base_url=base)
        clients.append(client.__enter__())
        return Site(client, ids, engine)

    yield made
    for client in clients:
        client.__exit__()
    engine.dispose()


def account(engine: Engine, name: str = "ada") -> int:
    with writing(engine) as session:
        return accounts.add(session, name, HASH, NOW).id


def token(engine: Engine, *scopes: str, until: datetime | None = None, name: str = "ci") -> str:
    secret = keys.token_secret()
    with writing(engine) as session:
        tokens.add(session, name, keys.digest(secret), scopes, now=NOW, until=until)
    return secret


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def form_of(site: Site, path: str = "/login") -> str:
    return str(site.tree(path).xpath("string(//input[@name='form_token']/@value)"))


def sign_in(site: Site, name: str = "ada", password: str = PASSWORD, back: str = "/", **more: str) -> int:
    form = form_of(site)
    values = {"form_token": form, "name": name, "password": password, "back": back, **more}
    return site.client.post("/login", data=values, follow_redirects=False).status_code


PAGES = "/ /changes/1 /articles/1 /articles/1/compare?old=1&new=2 /versions/1 /versions/1/archived /sources /sources/1"
PAGES += " /crawls /noise /statistics /preferences /live /tokens /account /nowhere"
FORMS = "/triage /triage/undo /changes/1/notes /changes/1/hide /hiding/1 /views /views/1/remove /sources/1/switch"
FORMS += " /crawls /tokens /tokens/1/revoke /account/password /account/logout-everywhere"


def test_a_stranger_outside_reads_and_writes_nothing(make: Make) -> None:
    site = make(OUTSIDE)
    for path in PAGES.split():
        led = site.client.get(path, headers={"accept": "text/html"}, follow_redirects=False)
        assert led.status_code == 303, path
        assert led.headers["location"].startswith("/login?back=%2F"), path
        told = site.client.get(path, headers={"accept": "*/*"})
        assert told.status_code == 401, path
        assert told.headers["www-authenticate"].startswith("Bearer")
        assert "Harbour" not in told.text
    for path in FORMS.split():
        assert site.client.post(path, data={}).status_code == 401, path
    assert site.client.get("/healthz").status_code == 200
    assert site.client.get("/static/desk.js").status_code == 200
    assert site.client.get("/login").status_code == 200


def test_a_path_cannot_be_smuggled_past_the_guard(make: Make) -> None:
    site = make(OUTSIDE)
    for host in ("192.0.2.7:/static/?", "192.0.2.7/static/", "evil.example", "localhost@evil.example", ""):
        assert site.client.get("/", headers={"host": host}).status_code == 400, host
    for path in ("/static/../sources", "/static/%2e%2e/sources", "//sources", "/LOGIN", "/login/../sources"):
        assert "Harbour" not in site.client.get(path, follow_redirects=False).text, path


def test_this_machine_is_free_until_there_is_an_account_or_a_proxy(make: Make) -> None:
    site = make(Access(), "http://127.0.0.1")
    assert site.client.get("/").status_code == 200
    assert site.post("/triage", {"state": "confirmed", "change": "1"}).status_code == 303
    assert site.client.get("/", headers={"x-forwarded-for": "203.0.113.9"}).status_code == 401
    ada = account(site.engine)
    assert site.client.get("/").status_code == 401
    with writing(site.engine) as session:
        accounts.set_disabled(session, ada, True)
    assert site.client.get("/").status_code == 401


def test_signing_in_opens_everything_and_leads_back(make: Make) -> None:
    site = make(OUTSIDE)
    account(site.engine)
    form = form_of(site)
    values = {"form_token": form, "name": "ada", "password": PASSWORD, "back": "/sources?x=1"}
    answer = site.client.post("/login", data=values, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sources?x=1")
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith("newswatch=")]
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    page = site.client.get("/")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    site.post("/triage", {"state": "confirmed", "change": str(site.ids[0])})
    with writing(site.engine) as session:
        assert triage.of(session, site.ids)[site.ids[0]].by == "ada"
    with site.engine.connect() as connection:
        stored = connection.execute(text("SELECT digest FROM web_session")).scalar_one()
    assert stored == keys.digest(str(site.client.cookies["newswatch"]))


def test_over_tls_the_cookie_is_for_this_host_alone(make: Make) -> None:
    site = make(OUTSIDE, "https://news.example")
    account(site.engine)
    form = form_of(site)
    values = {"form_token": form, "name": "ada", "password": PASSWORD}
    answer = site.client.post("/login", data=values, follow_redirects=False)
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if "newswatch=" in one]
    assert cookie.startswith("__Host-newswatch=")
    assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    secret = cookie.partition("=")[2].partition(";")[0]
    site.client.cookies.clear()
    assert site.client.get("/", headers={"cookie": f"newswatch={secret}"}).status_code == 401
    assert site.client.get("/", headers={"cookie": f"__Host-newswatch={secret}"}).status_code == 200


def test_nobody_is_led_elsewhere(make: Make) -> None:
    site = make(OUTSIDE)
    account(site.engine)
    values = {"name": "ada", "password": PASSWORD}
    for back in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", ""):
        site.client.cookies.clear()
        values |= {"form_token": form_of(site), "back": back}
        assert site.client.post("/login", data=values, follow_redirects=False).headers["location"] == "/"


def test_a_wrong_name_and_a_wrong_password_are_told_alike(make: Make) -> None:
    site = make(OUTSIDE)
    ada = account(site.engine)
    form = form_of(site)

    def said(name: str, password: str) -> tuple[int, str]:
        values = {"form_token": form, "name": name, "password": password}
        answer = site.client.post("/login", data=values, follow_redirects=False)
        return answer.status_code, answer.text.replace(name, "NAME")

    assert said("ada", "wrong") == said("eva", "wrong")
    assert said("ada", "wrong")[0] == 401
    with writing(site.engine) as session:
        accounts.set_disabled(session, ada, True)
        accounts.add(session, "ida", HASH, NOW)
    assert said("ada", PASSWORD)[0] == 401


def test_guessing_is_slowed_by_address_and_by_account(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    site = make(OUTSIDE)
    account(site.engine)
    codes = [sign_in(site, password=f"wrong guess {number}") for number in range(7)]
    assert codes == [401] * 5 + [429] * 2
    form = form_of(site)
    values = {"form_token": form, "name": "ada", "password": PASSWORD}
    refused = site.client.post("/login", data=values)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert sign_in(site, name="eva") == 429  # the address waits, whatever the name
    assert "wrong guess" not in caplog.text
    assert PASSWORD not in caplog.text
    assert "sign-in refused" in caplog.text


def test_signing_in_gives_a_new_session_and_a_form_token_bound_to_it(make: Make) -> None:
    site = make(OUTSIDE)
    account(site.engine)
    before = form_of(site)
    sign_in(site)
    first = site.client.cookies["newswatch"]
    mine = form_of(site, "/preferences")
    assert mine == keys.form_token(str(first))
    assert site.client.post("/triage", data={"form_token": before}).status_code == 403
    site.client.cookies.set("form", before)  # a cookie that another host below the domain put there
    assert site.client.post("/triage", data={"form_token": before}).status_code == 403
    values = {"form_token": mine, "name": "ada", "password": PASSWORD}
    site.client.post("/login", data=values, follow_redirects=False)
    assert site.client.cookies["newswatch"] != first
    site.client.cookies.clear()
    assert site.client.get("/", headers={"cookie": f"newswatch={first}"}).status_code == 401


def test_signing_out_here_and_everywhere(make: Make) -> None:
    here, there = make(OUTSIDE), make(OUTSIDE)
    account(here.engine)
    for site in (here, there):
        sign_in(site)
        assert site.client.get("/account").status_code == 200
    secret = str(here.client.cookies["newswatch"])
    assert here.post("/logout", {}).headers["clear-site-data"] == '"cache"'
    assert here.client.get("/", headers={"cookie": f"newswatch={secret}"}).status_code == 401
    assert there.client.get("/").status_code == 200
    sign_in(here)
    assert here.post("/account/logout-everywhere", {}).status_code == 303
    assert there.client.get("/").status_code == 401


def test_changing_the_password_signs_the_others_out(make: Make) -> None:
    here, there = make(OUTSIDE), make(OUTSIDE)
    account(here.engine)
    for site in (here, there):
        sign_in(site)
    new = "another long password"
    assert here.post("/account/password", {"old": "wrong one here", "new": new, "again": new}).status_code == 403
    assert here.post("/account/password", {"old": PASSWORD, "new": "short", "again": "short"}).status_code == 422
    assert here.post("/account/password", {"old": PASSWORD, "new": new, "again": new + "x"}).status_code == 422
    changed = here.post("/account/password", {"old": PASSWORD, "new": new, "again": new})
    assert changed.headers["location"] == "/account?changed=true"
    assert "The password is changed" in here.text("/account?changed=true")
    assert there.client.get("/").status_code == 401
    assert sign_in(there) == 401
    assert sign_in(there, password=new) == 303


def test_a_session_ends_unused_and_in_any_case(make: Make) -> None:
    site = make(OUTSIDE)
    account(site.engine)
    sign_in(site)

    def shift(column: str, days: float) -> None:
        with writing(site.engine) as session:
            session.execute(update(WebSession).values({column: datetime.now(UTC) - timedelta(days=days)}))

    shift("last_seen_at", 1)
    assert site.client.get("/").status_code == 200
    with writing(site.engine) as session:
        (mine,) = accounts.sessions_of(session, 1, datetime.now(UTC))
    assert mine.last_seen_at > datetime.now(UTC) - timedelta(minutes=1)
    shift("created_at", 29.99)
    shift("last_seen_at", 1)
    assert site.client.get("/").status_code == 200
    with writing(site.engine) as session:
        (mine,) = accounts.sessions_of(session, 1, datetime.now(UTC))
    assert mine.expires_at < datetime.now(UTC) + timedelta(hours=1)
    shift("expires_at", 0)
    assert site.client.get("/").status_code == 401


def test_a_token_does_what_its_scopes_say(make: Make) -> None:
    site = make(OUTSIDE)
    reader = bearer(token(site.engine, "read", name="reader"))
    judge = bearer(token(site.engine, "triage", name="judge"))
    assert site.client.get("/changes/1", headers=reader).status_code == 200
    assert site.client.post("/triage", data={"state": "confirmed", "change": "1"}, headers=reader).status_code == 403
    values = {"state": "confirmed", "change": str(site.ids[0])}
    assert site.client.post("/triage", data=values, headers=judge, follow_redirects=False).status_code == 303
    with writing(site.engine) as session:
        assert triage.of(session, site.ids)[site.ids[0]].by == "judge"
    assert site.client.post("/crawls", data={"due": "true"}, headers=judge).status_code == 403
    assert site.client.post("/sources/1/switch", data={"on": "false"}, headers=judge).status_code == 403
    assert site.client.get("/tokens", headers=judge).status_code == 403
    assert site.client.get("/account", headers=judge).status_code == 401


def test_a_token_that_is_not_or_no_longer_good_is_refused_even_here(make: Make) -> None:
    site = make(Access(), "http://127.0.0.1")
    old = token(site.engine, "read", until=NOW - timedelta(seconds=1))
    for secret in (old, "nw_unknown", "", "x" * 5000):
        answer = site.client.get("/", headers=bearer(secret))
        assert answer.status_code == 401, secret
    assert site.client.get("/").status_code == 200


def test_a_feed_reader_sends_its_token_as_a_password_and_only_reads(make: Make) -> None:
    site = make(OUTSIDE)
    secret = token(site.engine, "read", "triage", "admin")
    basic = {"authorization": "Basic " + base64.b64encode(f"me:{secret}".encode()).decode()}
    assert site.client.get("/", headers=basic).status_code == 200
    assert site.client.get("/tokens", headers=basic).status_code == 403
    for path in ("/triage", "/preferences", "/login"):
        assert site.client.post(path, data={}, headers=basic).status_code == 403
    assert site.client.get("/", headers={"authorization": "Basic %%%"}).status_code == 401
    asked = site.client.get("/", headers={"accept": "application/atom+xml"})
    assert "Basic" in asked.headers["www-authenticate"]
    browser = site.client.get("/live", headers={"accept": "*/*", "sec-fetch-mode": "cors"})
    assert "Basic" not in browser.headers["www-authenticate"]


def test_a_token_in_a_feed_s_address_is_one_that_only_reads(make: Make) -> None:
    site = make(OUTSIDE)
    reads, judges = token(site.engine, "read", name="feeds"), token(site.engine, "read", "triage", name="judge")
    assert site.client.get(f"/feeds/changes.atom?token={reads}").status_code == 200
    assert site.client.get(f"/feeds/changes.atom?token={judges}").status_code == 403
    assert site.client.get("/feeds/changes.atom").status_code == 401
    assert site.client.get(f"/?token={reads}").status_code == 401


def test_tokens_are_made_shown_once_and_revoked_on_the_page(make: Make) -> None:
    site = make(OUTSIDE)
    account(site.engine)
    sign_in(site)
    made = site.post("/tokens", {"name": " The  bot ", "scope": ["crawl"], "days": "30"})
    assert made.headers["cache-control"] == "no-store"
    (secret,) = [word for word in made.text.replace('"', " ").split() if word.startswith("nw_")]
    assert site.client.get("/", headers=bearer(secret)).status_code == 200
    page = site.text("/tokens")
    assert secret not in page
    assert "The bot" in page
    assert "crawl, read" in page
    assert site.post("/tokens", {"name": "The bot", "days": "0"}).status_code == 409
    assert site.post("/tokens", {"name": "x", "scope": ["root"]}).status_code == 422
    assert site.post("/tokens", {"name": " ", "scope": ["read"]}).status_code == 422
    assert site.post("/tokens/1/revoke", {}).status_code == 303
    assert site.client.get("/", headers=bearer(secret)).status_code == 401
    assert "revoked" in site.text("/tokens")
    with site.engine.connect() as connection:
        assert secret not in str(connection.execute(text("SELECT * FROM access_token")).all())


def test_anyone_reads_a_public_desk_and_writes_nothing(make: Make) -> None:
    site = make(PUBLIC)
    with writing(site.engine) as session:
        triage.annotate(session, site.ids[0], "a source told us", at=NOW, by="ada")
    for path in ("/", "/?state=all", "/changes/1", "/articles/1", "/versions/1", "/sources", "/sources/1", "/noise"):
        tree = site.tree(path)
        forms = tree.xpath("//form[translate(@method, 'POST', 'post')='post']/@action")
        assert forms == [], path
        assert "a source told us" not in tree.text_content(), path
        assert "ada" not in tree.text_content().split(), path
        assert tree.xpath("//a[starts-with(@href, '/login')]"), path
    for path in FORMS.split():
        assert site.client.post(path, data={}).status_code == 401, path
    for path in ("/crawls", "/crawls/1", "/crawls/1/progress", "/tokens", "/account"):
        assert site.client.get(path).status_code == 401, path
    assert site.post("/preferences", {"theme": "dark"}).status_code == 303
    account(site.engine)
    sign_in(site)
    assert "a source told us" in site.text("/changes/1")


def test_a_form_from_elsewhere_is_refused_whoever_is_signed_in(make: Make) -> None:
    site = make(OUTSIDE)
    account(site.engine)
    sign_in(site)
    good = form_of(site, "/preferences")
    for path in (*FORMS.split(), "/login", "/logout"):
        for strange in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
            assert site.client.post(path, data={"form_token": good}, headers=strange).status_code == 403, path
        assert site.client.post(path, data={}).status_code == 403, path


def test_a_body_without_end_is_cut(make: Make) -> None:
    site = make(OUTSIDE)
    good = form_of(site)
    answer = site.client.post("/login", data={"form_token": good, "name": "x" * (9 << 20)})
    assert answer.status_code == 413


@pytest.mark.sqlite
def test_without_a_schema_nobody_gets_in(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'newswatch.db'}")
    with TestClient(create_app(engine)) as client:
        assert client.get("/").status_code == 503
        assert client.get("/", headers=bearer("x")).status_code == 503
        assert client.get("/healthz").status_code == 200
    engine.dispose()
