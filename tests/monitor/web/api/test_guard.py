"""Who may call, how often, from where; and what is told when something of ours breaks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from db.engine import writing
from db.queries import tokens
from monitor.web.access import keys
from monitor.web.access.policy import Access
from monitor.web.api.guard import Limits
from monitor.web.api.streams import STREAMS_EACH, Shared
from monitor.web.app import create_app
from tests.monitor.seeded import NOW
from tests.monitor.web.api.conftest import Api
from tests.monitor.web.api.home import furnished
from tests.monitor.web.site import Site

SOON = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
WRITES: list[tuple[str, str, object, str]] = [
    ("POST", "/triage", {"ids": [1], "state": "flagged"}, "triage"),
    ("POST", "/triage/undo", {}, "triage"),
    ("PATCH", "/changes/1", {"note": "x"}, "triage"),
    ("POST", "/views", {"name": "x", "filters": {}}, "triage"),
    ("PUT", "/views/1", {"name": "y", "filters": {}}, "triage"),
    ("DELETE", "/views/1", None, "triage"),
    ("POST", "/hiding-rules", {"kind": "tags", "article": 1}, "triage"),
    ("PATCH", "/hiding-rules/1", {"enabled": True}, "triage"),
    ("PUT", "/articles/1/pin", {"every_s": 60, "until": SOON}, "crawl"),
    ("DELETE", "/articles/1/pin", None, "crawl"),
    ("PATCH", "/sources/1", {"enabled": True}, "crawl"),
    ("POST", "/crawls", {"due": True}, "crawl"),
]


def token(engine: Engine, *scopes: str) -> str:
    secret = keys.token_secret()
    with writing(engine) as session:
        tokens.add(session, "-".join(scopes), keys.digest(secret), scopes, now=NOW, until=None)
    return f"Bearer {secret}"


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Api]:
    """A desk that others can reach: nobody comes in without a token."""
    with furnished(tmp_path) as (_, engine, ids):
        app = create_app(engine, access=Access("192.0.2.7", allowed_hosts=("news.example",)))
        with TestClient(app, base_url="http://news.example") as client:
            yield Api(client, engine, ids)


def test_a_write_needs_its_scope(outside: Api) -> None:
    held = {scope: token(outside.engine, "read", scope) for scope in ("triage", "crawl")}
    other = {"triage": held["crawl"], "crawl": held["triage"]}
    for method, path, body, scope in WRITES:
        outside.call(method, path, 401, body)
        told = outside.call(method, path, 403, body, Authorization=other[scope]).json()
        assert scope in told["detail"]
        answer = outside.client.request(method, f"/api/v1{path}", json=body, headers={"Authorization": held[scope]})
        assert answer.status_code in {200, 201, 204}, (path, answer.text)


def test_reading_needs_a_token_where_others_can_come(outside: Api) -> None:
    for path in ("/changes", "/openapi.json", "/crawls/1/events", "/nowhere"):
        outside.get(path, 401)
    reader = token(outside.engine, "read")
    outside.get("/changes", 200, Authorization=reader)
    outside.get("/openapi.json", 200, Authorization=reader)
    outside.get("/changes", 401, Authorization="Bearer nonsense")


def test_the_public_reads_edits_and_nothing_that_people_noted(tmp_path: Path) -> None:
    with furnished(tmp_path) as (_, engine, ids):
        app = create_app(engine, access=Access("192.0.2.7", public=True))
        with TestClient(app, base_url="http://192.0.2.7") as client:
            api = Api(client, engine, ids)
            told = api.get(f"/changes/{ids[0]}").json()
            assert (told["judgement"], told["tags"]) == (None, [])
            for path in ("/changes?tag=ferry", "/changes?view=1", "/tags", "/views", "/hiding-rules", "/crawls"):
                api.get(path, 401)
            api.call("POST", "/triage", 401, {"ids": [1], "state": "flagged"})


def test_a_judgement_bears_the_tokens_name(outside: Api) -> None:
    held = token(outside.engine, "read", "triage")
    outside.call("PATCH", "/changes/2", 200, {"state": "flagged"}, Authorization=held)
    assert outside.get("/changes/2", 200, Authorization=held).json()["judgement"]["by"] == "read-triage"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-origin"},
        {"Origin": "http://testserver"},
    ],
)
def test_another_sites_page_alters_nothing_on_an_open_desk(api: Api, headers: dict[str, str]) -> None:
    for method, path, body, _ in WRITES:
        api.call(method, path, 403, body, **headers)


def test_our_own_page_may_write_with_its_forms_token(api: Api) -> None:
    form = Site(api.client, api.ids, api.engine).tree("/preferences")
    held = form.xpath("string(//input[@name='form_token']/@value)")
    api.call("PATCH", "/changes/2", 200, {"note": "x"}, Origin="http://testserver", X_Form_Token=held)
    api.call("PATCH", "/changes/2", 403, {"note": "x"}, Origin="http://evil.example", X_Form_Token=held)


def test_a_body_that_is_no_json_is_refused(api: Api) -> None:
    answer = api.client.post("/api/v1/crawls", content=b'{"due":true}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 422
    answer = api.client.post("/api/v1/crawls", content=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_calls_are_limited_by_who_calls(outside: Api) -> None:
    outside.client.app.state.api.state.limits = Limits({"read": "3/minute", "crawl": "1/hour"})  # type: ignore[attr-defined]
    one, other = token(outside.engine, "read", "crawl"), token(outside.engine, "read")
    left = [outside.get("/tags", 200, Authorization=one).headers["ratelimit"].split(";")[1] for _ in range(3)]
    assert left == ["r=2", "r=1", "r=0"]
    answer = outside.get("/tags", 429, Authorization=one)
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["ratelimit-policy"] == '"read";q=3;w=60'
    outside.get("/tags", 200, Authorization=other)
    outside.call("POST", "/crawls", 201, {"due": True}, Authorization=one)
    assert "crawl" in outside.call("POST", "/crawls", 429, {"due": True}, Authorization=one).headers["ratelimit"]


def test_a_database_that_does_not_answer_is_told_as_a_problem(api: Api) -> None:
    with api.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        connection.execute(text("DROP TABLE saved_view"))
    answer = api.get("/views", 503)
    assert "The database is at schema 0001" in answer.json()["detail"]
    assert int(answer.headers["retry-after"]) > 0


def test_an_error_of_ours_is_told_as_a_problem(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr("db.queries.tags.known", broken)
    with TestClient(api.client.app, raise_server_exceptions=False) as client:
        answer = Api(client, api.engine, api.ids).get("/tags", 500)
    assert "secret" not in answer.text


def test_streams_are_limited_too(api: Api) -> None:
    shared = Shared()
    api.client.app.state.api.state.shared = shared  # type: ignore[attr-defined]
    for _ in range(STREAMS_EACH):
        shared.enter("loopback:testclient")
    api.get("/changes/events", 429)
    shared.leave("loopback:testclient")
    shared.enter("loopback:testclient")
    api.get("/crawls/1/events", 429)
