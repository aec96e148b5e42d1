"""`/metrics`, `/healthz` and `/readyz`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from crawler.discovery import FeedVisit
from crawler.store import Visit
from db.engine import open_engine, writing
from db.queries import checks, figures, tokens
from db.types import Fetched, Outcome, Reason
from monitor.service.figures import Figures
from monitor.web.access import keys
from monitor.web.access.policy import Access
from monitor.web.app import create_app
from tests.monitor.web.site import Site


def now() -> datetime:
    return datetime.now(UTC)


def busy() -> Figures:
    """The figures of a process that has done a little of everything."""
    found = Figures()
    at = now()
    answer = Fetched("https://a.example/", "https://a.example/", 200, (), b"", b"", at - timedelta(seconds=2), at)
    visit = dataclasses.replace(_visit(), outcome="same")
    found.visited(visit, answer)
    found.lists.labels("read").inc()
    found.batch(3, 0.02)
    found.lag.observe(0.004)
    return found


def _visit() -> Visit:
    fields = {field.name: None for field in dataclasses.fields(Visit)}
    return Visit(**fields)  # type: ignore[arg-type]


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def stored(site: Site, process: str, at: datetime) -> None:
    with writing(site.engine) as session:
        figures.put(session, process, at, busy().families())


def value(site: Site, name: str, **labels: str) -> float | None:
    return samples(site.client.get("/metrics").text).get((name, frozenset(labels.items())))


def test_what_processes_count_is_told_each_by_its_name(site: Site) -> None:
    stored(site, "w1", now())
    stored(site, "w2", now())
    for process in ("w1", "w2"):
        assert value(site, "newswatch_checks_total", outcome="same", process=process) == 1
        assert value(site, "newswatch_fetch_seconds_bucket", le="2.5", process=process) == 1
        assert value(site, "newswatch_fetch_seconds_sum", process=process) == pytest.approx(2.0)
    text = site.client.get("/metrics").text
    assert text.count("# TYPE newswatch_checks_total counter") == 1


def test_a_silent_process_is_told_by_its_age_alone(site: Site) -> None:
    stored(site, "gone", now() - timedelta(minutes=10))
    assert value(site, "newswatch_checks_total", outcome="same", process="gone") is None
    age = value(site, "newswatch_heartbeat_age_seconds", process="gone")
    assert age is not None
    assert 590 < age < 660


def test_what_stands_in_the_tables_is_told(site: Site) -> None:
    due = value(site, "newswatch_due_pages")
    size = value(site, "newswatch_database_bytes")
    assert due is not None
    assert due >= 0
    assert size is not None
    assert size > 10_000


def test_a_process_that_never_came_back_is_forgotten(site: Site) -> None:
    stored(site, "old", now() - timedelta(days=3))
    stored(site, "new", now())
    with writing(site.engine) as session:
        figures.forget_before(session, now() - timedelta(days=1))
        assert [told.process for told in figures.every(session)] == ["new"]


def test_ready_where_database_schema_and_engine_are(site: Site) -> None:
    waiting = site.client.get("/readyz")
    assert (waiting.status_code, waiting.json()["engine"]) == (503, "has not run yet")
    stored(site, "engine", now())
    ready = site.client.get("/readyz")
    assert (ready.status_code, ready.json()) == (
        200,
        {"status": "ready", "database": "ok", "schema": "ok", "engine": "ok", "storing": "ok"},
    )
    stored(site, "engine", now() - timedelta(minutes=3))
    silent = site.client.get("/readyz")
    assert silent.status_code == 503
    assert silent.json()["engine"].startswith("silent for 18")


@pytest.mark.parametrize("reason", [Reason.DISK_FULL, Reason.DATABASE])
def test_not_ready_where_what_is_fetched_cannot_be_kept(site: Site, reason: Reason) -> None:
    stored(site, "engine", now())
    with writing(site.engine) as session:
        checks.add(session, [checks.row(1, now() - timedelta(seconds=9), Outcome.FAILED, reason=reason)])
    full = site.client.get("/readyz")
    assert full.status_code == 503
    assert full.json()["storing"] == f"the newest visit could not be kept: {reason}"
    with writing(site.engine) as session:
        checks.add(session, [checks.row(1, now(), Outcome.FAILED, reason=Reason.TIMEOUT)])
    assert site.client.get("/readyz").json()["storing"] == "ok"


def test_not_ready_where_the_database_was_never_brought_up_to_date(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    with TestClient(create_app(engine)) as client:
        found = client.get("/readyz")
        assert found.status_code == 503
        assert found.json()["database"] != "ok"
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/metrics").status_code == 503
    engine.dispose()


@pytest.fixture
def exposed(site: Site) -> Iterator[TestClient]:
    access = Access(allowed_hosts=("news.example",), public=True)
    with TestClient(create_app(site.engine, access=access), base_url="https://news.example") as client:
        yield client


def test_where_others_come_figures_need_a_token(site: Site, exposed: TestClient) -> None:
    refused = exposed.get("/metrics", headers={"accept": "text/plain"})
    assert refused.status_code == 401
    assert "newswatch_" not in refused.text
    secret = "nw_for_prometheus_alone"
    with writing(site.engine) as session:
        tokens.add(session, "prometheus", keys.digest(secret), ["read"], now=now(), until=None)
    answer = exposed.get("/metrics", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200
    assert "newswatch_due_pages" in answer.text
    assert exposed.get("/readyz").status_code == 503  # nobody need be known for that


def test_this_machine_needs_no_token_even_with_accounts_but_a_proxy_does(site: Site) -> None:
    assert site.client.get("/metrics").status_code == 200
    assert site.client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 401


def test_open_metrics_where_asked_for(site: Site) -> None:
    answer = site.client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_a_feed_s_visit_counts_by_what_came_of_it() -> None:
    found = Figures()
    fields = {field.name: None for field in dataclasses.fields(FeedVisit)}
    found.listed(FeedVisit(**{**fields, "reason": "timeout"}))  # type: ignore[arg-type]
    assert found.registry.get_sample_value("newswatch_lists_total", {"outcome": "timeout"}) == 1
