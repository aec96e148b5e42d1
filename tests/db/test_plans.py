"""No question that a service asks all the time reads a whole table: the databases' own plans, on a home with statistics."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from db.engine import open_engine, sqlite_url, upgrade
from db.evidence import seal
from db.queries import (
    budget,
    changes,
    checks,
    crawls,
    deliveries,
    feeds,
    figures,
    fleet,
    inbox,
    pages,
    revisions,
    similar,
    stats,
    templates,
)
from db.queries.changes import ChangeFilter
from tests.benchmarks.bench_scale import NOW, fill
from tests.databases import SERVER

PAGES = 1500
LATER = NOW + timedelta(hours=36)
LONG_AGO = NOW - timedelta(days=400)
# tables that grow with what is watched; the others have a row a source, host or setting
LARGE = ("page", "page_check", "revision", "reading", "change", "alias", "delivery", "crawl_item", "edit_print", "leaf")

Ask = Callable[[Session], object]
HOT: dict[str, Ask] = {
    "due pages": lambda s: pages.due(s, LATER, 500),
    "due pages, hosts left out": lambda s: pages.due(s, LATER, 500, skip_hosts=["outlet1.example", "outlet2.example"]),
    "backlog": lambda s: pages.count_due(s, LATER),
    "next due": pages.next_due_at,
    "due feeds": lambda s: feeds.due(s, LATER),
    "due feeds, counted": lambda s: figures.due_feeds(s, LATER),
    "a page by its addresses": lambda s: pages.find(s, ["https://a.example/1", "https://a.example/2"]),
    "a page by an alias": lambda s: pages.find(s, ["https://nowhere.example/"]),
    "which addresses are known": lambda s: pages.known(s, ["https://a.example/1", "https://a.example/2"]),
    "a page by its number": lambda s: pages.get(s, 7),
    "a page's state": lambda s: pages.record(s, 7, failures=1),
    "missing on a host": lambda s: pages.missing_on_host(s, "outlet3.example", NOW - timedelta(hours=1)),
    "versions of a page": lambda s: revisions.newest_of_page(s, 7, 20),
    "a payload of a page": lambda s: revisions.with_payload(s, 7, "0" * 64),
    "an article": lambda s: revisions.article(s, 21),
    "to compare": revisions.to_compare,
    "to compare, counted": figures.to_compare,
    "last seen": lambda s: checks.last_seen_at(s, 7, NOW),
    "checks of a page": lambda s: checks.of_page(s, 7),
    "failures of a day": lambda s: checks.failures_since(s, NOW - timedelta(days=1)),
    "old checks": lambda s: checks.delete_before(s, LONG_AGO),
    "deliveries due": lambda s: deliveries.due(s, NOW),
    "deliveries due of a channel": lambda s: deliveries.due(s, NOW, channel="desk"),
    "deliveries by state": deliveries.counts,
    "deliveries sent": lambda s: deliveries.sent_since(s, "desk", NOW - timedelta(hours=1)),
    "crawls to do": crawls.unfinished,
    "crawls to do, counted": figures.open_crawls,
    "items of a crawl": lambda s: crawls.items(s, 1, states=("queued", "running")),
    "inbox": lambda s: inbox.find(s, inbox.Wanted(ChangeFilter())),
    "inbox of a source": lambda s: inbox.find(s, inbox.Wanted(ChangeFilter(sources=("outlet 3",)))),
    "inbox of a kind": lambda s: inbox.find(s, inbox.Wanted(ChangeFilter(kinds=("headline",)))),
    "changes of a page": lambda s: changes.find(s, ChangeFilter(page_id=7, limit=20)),
    "changes of a version": lambda s: changes.of_revision(s, 21),
    "changes of a day": lambda s: changes.count_by_significance(s, NOW - timedelta(days=1)),
    "no fingerprint yet": lambda s: similar.waiting(s, 100),
    "edits like this": lambda s: templates.pages_with(s, 3, 12345, NOW - timedelta(days=1)),
    "old prints": lambda s: templates.forget_before(s, LONG_AGO),
    "queues of hosts": lambda s: budget.queues(s, LATER),
    "not sealed": seal.waiting,
    "figures of processes": figures.every,
    "hosts with work": lambda s: fleet.due_hosts(s, LATER),
    "pages of a host": lambda s: fleet.pages_on(s, "outlet3.example", LATER),
    "fill rates of a source": lambda s: stats.fill_rates(s, 3),
}


@contextmanager
def asked(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """The statements that reach the database, with their values."""
    found: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        found.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def statements(engine: Engine, ask: Ask) -> list[tuple[str, Any]]:
    with asked(engine) as found, Session(engine) as session:
        ask(session)
        session.rollback()
    wanted = [(words, values) for words, values in found if words.split()[0] in {"SELECT", "UPDATE", "DELETE", "WITH"}]
    assert wanted
    return wanted


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path = tmp_path_factory.mktemp("plans") / "newswatch.db"
    fill(path, PAGES, 1000, 1)
    engine = open_engine(sqlite_url(path))
    yield engine
    engine.dispose()


_SCAN = re.compile(
    r"SCAN (\w+)(?! USING (?:COVERING )?INDEX ix_(?:page_due|revision_to_compare|\w+_unsealed|change_noise))"
)


@pytest.mark.parametrize("name", HOT)
def test_no_table_is_scanned_on_sqlite(home: Engine, name: str) -> None:
    for words, values in statements(home, HOT[name]):
        with home.connect() as connection:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values)]
        scanned = {match[1] for step in plan if (match := _SCAN.match(step))}
        assert not scanned & set(LARGE), (words, plan)


@pytest.fixture(scope="module")
def on_postgres(postgres_url: str) -> Iterator[Engine]:
    del postgres_url  # which is begun by then
    SERVER.do("CREATE DATABASE nw_plans")
    engine = open_engine(SERVER.url("nw_plans"))
    upgrade(engine)
    yield engine
    engine.dispose()


def _scans(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for part in node:
            yield from _scans(part)
    elif isinstance(node, dict):
        if node.get("Node Type") == "Seq Scan":
            yield node["Relation Name"]
        yield from _scans(list(node.values()))


@pytest.mark.xdist_group("postgres")
@pytest.mark.needs("postgres")
@pytest.mark.parametrize("name", HOT)
def test_an_index_can_answer_on_postgresql(on_postgres: Engine, name: str) -> None:
    for words, values in statements(on_postgres, HOT[name]):
        with on_postgres.connect() as connection:
            connection.execute(text("SET LOCAL enable_seqscan = off"))  # then it scans only where no index would do
            plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {words}", values).scalar()
        assert not set(_scans(plan)) & set(LARGE), (words, plan)
