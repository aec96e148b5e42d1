"""The queries, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.engine import writing
from db.queries import (
    changes,
    checks,
    crawls,
    deliveries,
    feeds,
    hosts,
    jobs,
    notes,
    pages,
    revisions,
    sources,
    stats,
    suppressions,
)
from db.queries.changes import ChangeFilter
from db.records import ArchiveRef, PageRecord
from db.types import Article, Block, Change, Dateline, Notice, Outcome

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as session:
        yield session


@pytest.fixture
def page(session: Session) -> PageRecord:
    source = sources.ensure(session, "Harbour Post", NOW)
    return pages.add(session, source.id, "https://harbour.example/a", "harbour.example", NOW)


ARTICLE = Article(
    url="https://harbour.example/a",
    headline="Ferry returns after ‘long’ delay",
    headlines={"h1": "Ferry returns after ‘long’ delay", "title": "Ferry returns"},
    authors=("Ana Ruiz",),
    dateline=Dateline("SEOUL —", "SEOUL"),
    published="2026-05-04T07:00:00+00:00",
    notices=(Notice("correction", "Correction: it was 12."),),
    body=(Block("paragraph", "東京 said."), Block("caption", "A ferry.", at="07:12")),
)


def test_the_file_declares_and_what_was_changed_stands_beside_it(session: Session) -> None:
    sources.sync(session, [("A", "https://a.example/", {"pace": 5}), ("B", None, {})], NOW)
    sources.override(session, "A", {"pace": 60, "zone": "Asia/Manila"})
    sources.sync(session, [("A", "https://a.example/", {"pace": 10})], NOW)
    a, b = sources.every(session)
    assert a.effective == {"pace": 60, "zone": "Asia/Manila"}
    assert (a.declared, b.declared) == (True, False)
    sources.override(session, "A", {"pace": None})
    found = sources.by_name(session, "A")
    assert found is not None
    assert found.effective == {"pace": 10, "zone": "Asia/Manila"}
    with pytest.raises(LookupError):
        sources.set_enabled(session, "nobody", False)


def test_feeds_come_due_unless_off_or_their_source_is(session: Session) -> None:
    one, two = sources.ensure(session, "one", NOW), sources.ensure(session, "two", NOW)
    feeds.sync(session, one.id, [("https://a.example/rss", "feed"), ("https://a.example/map.xml", "sitemap")], NOW)
    feeds.sync(session, two.id, [("https://b.example/rss", "feed")], NOW)
    sources.set_enabled(session, "two", False)
    feeds.sync(session, one.id, [("https://a.example/rss", "feed")], NOW)
    session.flush()
    assert [f.url for f in feeds.due(session, NOW)] == ["https://a.example/rss"]
    (rss,) = feeds.due(session, NOW)
    feeds.record(session, rss.id, next_check_at=NOW + MINUTE, etag='"1"', failures=0)
    session.expire_all()
    assert feeds.due(session, NOW) == []
    found = feeds.get(session, rss.id)
    assert found is not None
    assert found.etag == '"1"'


def test_due_pages_come_longest_waiting_first_and_full_hosts_are_left_out(session: Session, page: PageRecord) -> None:
    early = pages.add(session, page.source_id, "https://b.example/1", "b.example", NOW, next_check_at=NOW - MINUTE)
    pages.add(session, page.source_id, "https://b.example/2", "b.example", NOW, next_check_at=NOW + MINUTE)
    off = pages.add(session, page.source_id, "https://b.example/3", "b.example", NOW, active=False)
    assert [p.id for p in pages.due(session, NOW)] == [early.id, page.id]
    assert [p.id for p in pages.due(session, NOW, skip_hosts=["b.example"])] == [page.id]
    assert pages.count_due(session, NOW) == 2
    assert pages.next_due_at(session) == NOW - MINUTE
    assert off.id not in pages.counts_by_source(session)


def test_a_page_is_found_by_each_of_its_addresses(session: Session, page: PageRecord) -> None:
    pages.add_alias(session, page.id, "https://harbour.example/a?amp")
    pages.add_alias(session, page.id, "https://harbour.example/a")  # its own address is no alias
    found = pages.find(session, ["https://harbour.example/a?amp"])
    assert found is not None
    assert found.id == page.id
    assert pages.aliases(session, page.id) == ["https://harbour.example/a?amp"]
    asked = ["https://harbour.example/a", "https://harbour.example/a?amp", "https://harbour.example/none"]
    assert pages.known(session, asked) == {asked[0]: page.id, asked[1]: page.id}
    assert pages.find(session, ["https://harbour.example/none"]) is None


def test_a_hint_brings_a_check_forward_and_never_back(session: Session, page: PageRecord) -> None:
    pages.record(session, page.id, next_check_at=NOW + 5 * MINUTE)
    pages.bring_forward(session, [page.id], NOW + MINUTE)
    pages.bring_forward(session, [page.id], NOW + 3 * MINUTE)
    found = pages.get(session, page.id)
    assert found is not None
    assert found.next_check_at == NOW + MINUTE


def test_an_article_comes_back_whole(session: Session, page: PageRecord) -> None:
    ref = ArchiveRef("keep-1.warc.gz", 10, 20, "d")
    revision = revisions.add(
        session, page.id, ARTICLE, reading_digest="x", reader_version="v1", not_before=None, not_after=NOW, ref=ref
    )
    found = revisions.get(session, revision.id, with_article=True)
    assert found is not None
    assert (found.article, found.ref, found.seq) == (ARTICLE, ref, 1)
    revisions.add_reading(session, revision.id, "v2", Article(url="u", headline="read anew"))
    newer = revisions.article(session, revision.id, "v2")
    assert newer is not None
    assert newer.headline == "read anew"
    assert revisions.article(session, revision.id) == ARTICLE
    assert revisions.article(session, revision.id, "v3") is None
    assert revisions.latest_refs(session, 5) == [ref]


def test_a_version_that_returns_points_to_the_first(session: Session, page: PageRecord) -> None:
    made = [
        revisions.add(
            session,
            page.id,
            ARTICLE,
            reading_digest=digest,
            reader_version="v",
            not_before=None,
            not_after=NOW,
            ref=None,
        )
        for digest in "aba"
    ]
    assert [revision.same_as for revision in made] == [None, None, made[0].id]
    assert revisions.to_compare(session) == [revision.id for revision in made]
    revisions.mark_compared(session, made[1].id)
    assert revisions.to_compare(session) == [made[0].id, made[2].id]
    before = revisions.before(session, made[2])
    assert before is not None
    assert before.id == made[1].id
    assert revisions.before(session, made[0]) is None


def test_checks_tell_when_the_latest_version_was_last_seen(session: Session, page: PageRecord) -> None:
    rows = [
        checks.row(page.id, NOW, Outcome.NEW, status=200, revision_id=1),
        checks.row(page.id, NOW + MINUTE, Outcome.NOT_MODIFIED, status=304),
        checks.row(page.id, NOW + 2 * MINUTE, Outcome.FAILED, reason="timeout"),
    ]
    checks.add(session, rows)
    assert checks.last_seen_at(session, page.id, NOW + 9 * MINUTE) == NOW + MINUTE
    assert checks.failures_since(session, NOW) == {"timeout": 1}
    assert [c.outcome for c in checks.of_page(session, page.id)] == ["failed", "not_modified", "new"]
    assert checks.delete_before(session, NOW + timedelta(days=1)) == 2  # the one that carries a revision stays
    assert checks.count_since(session, NOW) == 1


def test_checks_that_are_dropped_go_into_the_sums_of_their_days(session: Session, page: PageRecord) -> None:
    day = timedelta(days=1)
    rows = [checks.row(page.id, NOW + n * MINUTE, Outcome.SAME, status=200) for n in range(3)]
    rows += [checks.row(page.id, NOW + day + n * MINUTE, Outcome.FAILED, reason="timeout") for n in range(4)]
    rows += [checks.row(page.id, NOW + 9 * day, Outcome.SAME, status=200)]
    checks.add(session, rows)
    before = stats.checks_of_source(session, page.source_id, NOW)
    dropped = [checks.delete_before(session, NOW + 5 * day, limit=4) for _ in range(3)]
    session.flush()
    assert dropped == [4, 3, 0]
    assert checks.count_since(session, NOW) == 1
    assert stats.checks_of_source(session, page.source_id, NOW) == before == {("same", ""): 4, ("failed", "timeout"): 4}
    assert checks.dropped_since(session, page.source_id, NOW + day) == {("failed", "timeout"): 4}


def headline(
    before: str, after: str, *natures: str, significance: str = "substantive", by: str | None = None
) -> Change:
    ops = (("replace", before, after),)
    return Change(
        "headline", natures, significance, before, after, ops=ops, facts=("number 12 → 20",), suppressed_by=by
    )


def add_change(session: Session, page: PageRecord, change: Change, key: str) -> int | None:
    return changes.add(
        session, page.id, page.source_id, change, key=key, headline="H", not_before=NOW, not_after=NOW + MINUTE, now=NOW
    )


def test_a_change_is_stored_once_and_comes_back_whole(session: Session, page: PageRecord) -> None:
    change = headline("12 die", "20 die", "number")
    change_id = add_change(session, page, change, "k")
    assert add_change(session, page, change, "k") is None
    assert change_id is not None
    found = changes.get(session, change_id)
    assert found is not None
    assert found.change == change
    assert (found.source, found.url, found.not_before) == ("Harbour Post", "https://harbour.example/a", NOW)


def test_changes_are_narrowed_by_every_part_of_a_filter(session: Session, page: PageRecord) -> None:
    ids = [
        add_change(session, page, headline("12 die", "20 die", "number"), "1"),
        add_change(session, page, headline("a", "A", "style", significance="cosmetic"), "2"),
        add_change(session, page, headline("x", "y", "reworded", by="ticker"), "3"),
        add_change(session, page, headline("100% sure", "maybe", "hedge", "reworded", significance="minor"), "4"),
    ]

    def found(**wanted: object) -> list[int]:
        return [record.id for record in changes.find(session, ChangeFilter(**wanted))]  # type: ignore[arg-type]

    assert found() == [ids[3], ids[1], ids[0]]
    assert found(suppressed=True, newest_first=False) == ids
    assert found(min_significance="minor") == [ids[3], ids[0]]
    assert found(natures=("reworded",), suppressed=True) == [ids[3], ids[2]]
    assert found(match="100%") == [ids[3]]
    assert found(match="_") == []
    assert found(after_id=ids[0], newest_first=False, limit=1) == [ids[1]]
    assert found(before_id=ids[3], limit=1) == [ids[1]]
    assert found(sources=("other",)) == []
    assert found(kinds=("headline",), page_id=page.id, since=NOW, until=NOW + 2 * MINUTE) == [ids[3], ids[1], ids[0]]
    assert found(since=NOW + 2 * MINUTE) == []
    assert changes.count(session, ChangeFilter(limit=1)) == 3
    assert changes.count_by_significance(session, NOW) == {"substantive": 1, "minor": 1, "cosmetic": 1}


def test_a_flapping_change_goes_on_counting(session: Session, page: PageRecord) -> None:
    change_id = add_change(session, page, headline("a", "b", "reverted"), "1")
    assert change_id is not None
    changes.count_again(session, change_id, NOW + 9 * MINUTE)
    changes.replace(session, change_id, headline("a", "b", "flapping", significance="minor"))
    session.expire_all()
    (found,) = changes.latest_of(session, page.id, "headline", None)
    assert (found.count, found.last_seen, found.change.natures) == (2, NOW + 9 * MINUTE, ("flapping",))


def test_changes_of_one_pair_share_an_event(session: Session, page: PageRecord) -> None:
    event = changes.ensure_event(session, page.id, "page:1:2", NOW)
    assert changes.ensure_event(session, page.id, "page:1:2", NOW) == event


def test_a_crawl_counts_its_addresses(session: Session) -> None:
    crawl = crawls.add(session, ["https://a.example/"], {"watch": True}, "tester", NOW)
    crawls.add_items(session, crawl, ["https://a.example/1", "https://a.example/2"])
    first, _second = crawls.items(session, crawl)
    crawls.record_item(session, first.id, state="done", outcome="new", status=200, done_at=NOW)
    crawls.record(session, crawl, state="running", started_at=NOW)
    session.expire_all()
    (found,) = crawls.unfinished(session)
    assert (found.total, found.done, found.failed, found.options) == (2, 1, 0, {"watch": True})
    assert [item.url for item in crawls.items(session, crawl, states=["queued"])] == ["https://a.example/2"]
    crawls.record(session, crawl, state="done")
    session.expire_all()
    assert crawls.unfinished(session) == []
    assert crawls.recent(session)[0].state == "done"


def test_a_delivery_is_asked_for_once_and_an_unknown_end_is_marked(session: Session, page: PageRecord) -> None:
    change_id = add_change(session, page, headline("a", "b"), "1")
    assert change_id is not None
    deliveries.add(session, change_id, "terminal", NOW)
    deliveries.add(session, change_id, "terminal", NOW)
    (delivery,) = deliveries.due(session, NOW)
    deliveries.record(session, delivery.id, state="sending", attempts=1)
    assert deliveries.due(session, NOW) == []
    assert deliveries.recover(session) == 1
    session.expire_all()
    (again,) = deliveries.due(session, NOW)
    assert (again.key, again.maybe_repeat) == (delivery.key, True)


def test_small_tables(session: Session, page: PageRecord) -> None:
    hosts.record(session, "a.example", crawl_delay_s=5.0)
    hosts.record(session, "a.example", failures=2)
    host = hosts.get(session, "a.example")
    assert host is not None
    session.expire_all()
    assert (hosts.every(session)[0].crawl_delay_s, hosts.every(session)[0].failures) == (5.0, 2)
    jobs.record(session, "discover", next_run_at=NOW)
    assert jobs.every(session)[0].next_run_at == NOW
    notes.put(session, "zone", "Asia/Tokyo")
    session.flush()
    assert notes.get(session, "zone") == "Asia/Tokyo"
    assert suppressions.count(session, page.id, "ticker", NOW) == 1
    assert suppressions.count(session, page.id, "ticker", NOW) == 2
    assert suppressions.by_rule(session) == {"ticker": (2, 1)}
