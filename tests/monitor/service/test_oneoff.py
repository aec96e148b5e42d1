"""One-off crawls through the same rounds: addresses, sources, feeds, what is due; dry, watched and refused."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from db.engine import reading
from db.queries import pages, sources
from tests.newsroom.newsroom import Newsroom
from tests.newsroom.noise import Noise
from tests.watching import Watching

pytestmark = pytest.mark.slow

Watch = Callable[..., Watching]
OUTLET = "meridian"


@pytest.fixture
def room(make_newsroom: Callable[..., Newsroom]) -> Newsroom:
    return make_newsroom(stories=2, outlets=[OUTLET], noise=Noise.quiet())


def source_of(watching: Watching, url: str) -> str:
    page = watching.page(url)
    with reading(watching.works.engine) as session:
        return next(s.name for s in sources.every(session) if s.id == page.source_id)


def test_an_address_is_stored_under_adhoc_and_not_watched(room: Newsroom, watch: Watch) -> None:
    watching = watch()
    url = room.url(room.story(OUTLET))
    (item,) = watching.crawl(url)
    assert (item.state, item.outcome, item.status) == ("done", "new", 200)
    assert item.revision_id is not None
    assert source_of(watching, url) == "adhoc"
    assert not watching.page(url).active


def test_a_second_crawl_finds_what_changed(room: Newsroom, watch: Watch) -> None:
    watching = watch()
    story = room.story(OUTLET)
    watching.crawl(room.url(story))
    room.edit_headline(story, "The other headline of the evening")
    (item,) = watching.crawl(room.url(story))
    assert item.outcome == "changed"
    assert any(c.revision_after == item.revision_id and c.change.kind == "headline" for c in watching.changes())


def test_watch_keeps_it_under_the_source_of_its_site(room: Newsroom, watch: Watch) -> None:
    watching = watch(room)
    url = room.url(room.story(OUTLET))
    watching.crawl(url, watch=True)
    assert watching.page(url).active
    assert source_of(watching, url) == room.outlet(OUTLET).name


def test_a_dry_run_shows_and_stores_nothing(room: Newsroom, watch: Watch) -> None:
    watching = watch()
    story = room.story(OUTLET)
    (item,) = watching.crawl(room.url(story), dry_run=True)
    assert (item.state, item.outcome, item.reason) == ("done", "new", "dry_run")
    assert json.loads(item.detail or "")["headline"] == story.headline
    with reading(watching.works.engine) as session:
        assert pages.find(session, [room.url(story)]) is None


def test_a_source_by_name_and_a_feed_by_address(room: Newsroom, watch: Watch) -> None:
    watching = watch(room)
    by_name = watching.crawl(room.outlet(OUTLET).name)
    assert sorted(item.url for item in by_name) == sorted(room.url(story) for story in room.stories())
    assert {item.outcome for item in by_name} == {"new"}
    feed = room.outlet(OUTLET).base + room.outlet(OUTLET).feeds[0]
    by_feed = watching.crawl(feed)
    assert {item.outcome for item in by_feed} <= {"same", "not_modified"}
    assert len(by_feed) == 2


def test_due_pages(room: Newsroom, watch: Watch) -> None:
    watching = watch(room)
    watching.discover()
    items = watching.crawl(due=True)
    assert len(items) == 2
    assert {item.state for item in items} == {"done"}


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("no such thing", "bad_address"),
        ("ftp://127.0.0.1/x", "bad_address"),
        ("http://10.1.2.3/private", "address_guard"),
        ("http://[::1", "bad_address"),
    ],
)
def test_what_cannot_be_asked_is_answered_with_a_reason(watch: Watch, target: str, reason: str) -> None:
    (item,) = watch().crawl(target)
    assert (item.state, item.outcome, item.reason) == ("failed", "failed", reason)
    assert item.detail


def test_a_refused_connection_and_a_zoo_of_faults_each_have_a_named_reason(room: Newsroom, watch: Watch) -> None:
    watching = watch()
    faults = [
        "http-404",
        "http-500",
        "empty",
        "binary",
        "gzip-bomb",
        "redirect-loop",
        "redirect-private",
        "reset",
        "endless",
    ]
    items = watching.crawl(room.refused_url(), room.tls_url, *(room.zoo(name) for name in faults))
    reasons = {item.url.rsplit("/", 1)[-1]: (item.state, item.reason) for item in items}
    assert all(reason for _, reason in reasons.values()), reasons
    assert reasons["http-404"] == ("done", "gone")
    assert {state for name, (state, _) in reasons.items() if name != "http-404"} == {"failed"}
    assert all(item.revision_id is None for item in items)


def test_two_addresses_of_one_article_are_one_page(room: Newsroom, watch: Watch) -> None:
    watching = watch()
    url = room.url(room.story(OUTLET))
    items = watching.crawl(url, url + "?utm_source=feed", url + "#comments")
    assert len({item.page_id for item in items}) == 1


def test_a_redirect_to_a_known_page_joins_it(room: Newsroom, watch: Watch) -> None:
    watching = watch(room)
    watching.discover()
    watching.check()
    story = room.story(OUTLET)
    old = room.url(story)
    room.move(story, story.path + "-moved")
    (item,) = watching.crawl(room.url(story))
    assert item.outcome == "new"
    watching.check()
    assert watching.page(old).state == "moved"
    assert not watching.page(old).active
