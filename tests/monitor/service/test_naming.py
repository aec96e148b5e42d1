"""One article is one page: AMP, mobile, print and tracking addresses, each folded only where the pages bear it out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from crawler.settle import same_document
from db.engine import reading, writing
from db.queries import pages
from db.types import Kind, Outcome
from tests.crawler.fetch.shop import Shop, moved
from tests.newsroom.wire import Reply
from tests.newsroom.zoo_pages import TEXT, page
from tests.watching import Watching

pytestmark = pytest.mark.slow
STORY, AMP = "/2026/11/25/ferry-sinks", "/amp/2026/11/25/ferry-sinks"
HEADLINE = "Ferry sinks off the point"


class Paper(Shop):
    """A feed of chosen addresses, and pages that name a canonical address."""

    def lists(self, *paths: str) -> None:
        items = "".join(f"<item><title>{HEADLINE}</title><link>{self.url(path)}</link></item>" for path in paths)
        feed = f"<rss version='2.0'><channel><title>P</title>{items}</channel></rss>"
        self.pages["/feed"] = Reply(200, feed.encode(), content_type="application/rss+xml")

    def shows(
        self, path: str, canonical: str | None = None, headline: str = HEADLINE, texts: tuple[str, ...] = TEXT
    ) -> None:
        head = f'<link rel="canonical" href="{canonical}">' if canonical else ""
        self.pages[path] = Reply(200, page(headline, texts, head=head))


@pytest.fixture
def paper() -> Iterator[Paper]:
    with Paper() as served:
        yield served


@pytest.fixture
def start(watch: Callable[..., Watching], paper: Paper) -> Callable[..., Watching]:
    def begin(*paths: str) -> Watching:
        paper.lists(*paths)
        lists = [(paper.url("/feed"), "feed")]
        watching = watch(None, declared=(("Paper", paper.url("/"), {"pace": 0.0}, lists),))
        watching.discover()
        watching.check(4)
        return watching

    return begin


def known(watching: Watching) -> dict[str, list[str]]:
    """Every page that was read and is watched, by its path, with its aliases' paths."""
    with reading(watching.works.engine) as session:
        found = pages.of_source(session, 1)
        paths = {record.url: pages.aliases(session, record.id) for record in found if record.latest_revision_id}
    return {_path(url): [_path(alias) for alias in aliases] for url, aliases in paths.items()}


def _path(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def test_an_amp_page_that_names_its_story_is_read_there_from_the_first(
    start: Callable[..., Watching], paper: Paper
) -> None:
    paper.shows(AMP, STORY, texts=TEXT[:3])  # AMP leaves out what the story has
    paper.shows(STORY, STORY)
    watching = start(AMP)
    assert known(watching) == {STORY: [AMP]}
    assert watching.revisions(paper.url(STORY))[0].seq == 1
    assert watching.check()[0].outcome == Outcome.SAME
    assert watching.changes(hidden=True) == [], "the AMP page was never a version"
    assert paper.asked().count(AMP) == 1
    paper.lists(STORY, AMP)
    assert watching.discover()[0].new == 0


@pytest.mark.parametrize("order", [(AMP, STORY), (STORY, AMP)])
def test_both_addresses_of_a_story_are_one_page(
    start: Callable[..., Watching], paper: Paper, order: tuple[str, str]
) -> None:
    paper.shows(AMP, STORY, texts=TEXT[:3])
    paper.shows(STORY, STORY)
    watching = start(*order)
    watching.check()
    assert known(watching) == {STORY: [AMP]}
    assert watching.changes(hidden=True) == []


@pytest.mark.parametrize(
    "there",
    [
        Reply(404, b"nothing here"),
        Reply(200, b"<title>Apps</title><p>Get our app"),
        Reply(403, b"<h1>Forbidden</h1>"),
        Reply(200, page("Dockers strike", [text[::-1] for text in TEXT])),
    ],
)
def test_a_named_address_without_a_story_leaves_the_page_where_it_was_found(
    start: Callable[..., Watching], paper: Paper, there: Reply
) -> None:
    paper.shows(AMP, STORY)
    paper.pages[STORY] = there
    watching = start(AMP)
    assert known(watching) == {AMP: [STORY]}
    assert watching.check()[0].outcome == Outcome.SAME
    assert paper.asked().count(STORY) == 1, "it is not tried again and again"


def test_a_named_address_that_fails_for_a_moment_is_asked_again(start: Callable[..., Watching], paper: Paper) -> None:
    paper.shows(AMP, STORY)
    paper.pages[STORY] = Reply(500, b"oops")
    watching = start(AMP)
    assert known(watching) == {}
    paper.shows(STORY)
    assert watching.check()[0].outcome == Outcome.NEW
    assert known(watching) == {STORY: [AMP]}


def test_addresses_that_name_each_other_and_those_without_end_come_to_rest(
    start: Callable[..., Watching], paper: Paper
) -> None:
    paper.shows("/2026/11/25/one-of-two", "/2026/11/25/two-of-two")
    paper.shows("/2026/11/25/two-of-two", "/2026/11/25/one-of-two")
    other = ("Harbour master resigns over the ferry", tuple(text.upper() for text in TEXT))
    for number in range(10):
        paper.shows(f"/2026/11/25/chain-{number}", f"/2026/11/25/chain-{number + 1}", *other)
    watching = start("/2026/11/25/one-of-two", "/2026/11/25/chain-0")
    found = known(watching)
    assert found["/2026/11/25/two-of-two"] == ["/2026/11/25/one-of-two"]
    (last,) = set(found) - {"/2026/11/25/two-of-two"}
    assert last in {"/2026/11/25/chain-2", "/2026/11/25/chain-1"}
    assert len(paper.asked()) < 12
    assert {visit.outcome for visit in watching.check()} == {Outcome.SAME}


def test_another_story_s_address_is_not_believed(start: Callable[..., Watching], paper: Paper) -> None:
    """A template that names one story on every page must not fold them all into it."""
    paper.shows(STORY, STORY)
    paper.shows("/2026/11/25/strike", STORY, "Dockers strike for a third day", tuple(text[::-1] for text in TEXT))
    watching = start(STORY)
    paper.lists(STORY, "/2026/11/25/strike")
    watching.discover()
    watching.check()
    assert known(watching) == {STORY: [], "/2026/11/25/strike": []}


def test_a_known_page_whose_canonical_moves_stays_one_page_and_no_edit(
    start: Callable[..., Watching], paper: Paper
) -> None:
    anew = "/2026/11/25/ferry-sinks-twenty-saved"
    paper.shows(STORY, STORY)
    watching = start(STORY)
    paper.shows(STORY, anew)
    paper.shows(anew, anew)
    watching.check()
    (told,) = watching.changes(hidden=True)
    assert (told.change.kind, told.change.after) == (Kind.ADDRESS, paper.url(anew))
    paper.lists(anew)
    assert watching.discover()[0].new == 0
    assert known(watching) == {STORY: [anew]}
    # redirected for good, it moves there; gone without a word, the list's address is where it is looked for
    paper.pages[STORY] = moved(anew, status=301)
    watching.check(2)
    assert known(watching) == {anew: [STORY]}
    assert {record.change.kind for record in watching.changes(hidden=True)} == {Kind.ADDRESS}


def test_a_page_gone_from_its_address_is_looked_for_where_a_list_names_it(
    start: Callable[..., Watching], paper: Paper
) -> None:
    anew = "/2026/11/25/ferry-sinks-twenty-saved"
    paper.shows(STORY, STORY)
    watching = start(STORY)
    paper.shows(STORY, anew)
    watching.check()
    paper.pages[STORY] = Reply(410, b"gone")
    watching.check(3)
    gone = watching.page(paper.url(STORY))
    assert gone.state == "removed"
    paper.shows(anew, anew)
    paper.lists(anew)
    with writing(watching.works.engine) as session:
        from datetime import UTC, datetime, timedelta

        pages.record(session, gone.id, last_check_at=datetime.now(UTC) - timedelta(hours=1))
    assert watching.discover()[0].hinted == 1
    watching.check()
    assert known(watching) == {anew: [STORY]}
    assert watching.page(paper.url(anew)).state == "live"


def test_a_one_off_by_an_amp_address_reads_the_story(start: Callable[..., Watching], paper: Paper) -> None:
    paper.shows(AMP, STORY, texts=TEXT[:3])
    paper.shows(STORY, STORY)
    watching = start()
    (item,) = watching.crawl(paper.url(AMP))
    assert (item.state, item.outcome) == ("done", Outcome.NEW)
    assert watching.page(paper.url(AMP)).url == paper.url(STORY)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://www.a.example/x", "http://a.example/x/", True),
        ("https://a.example/x?from=home", "https://a.example/x", True),
        ("https://a.example/x?id=1&from=home", "https://a.example/x?id=1", True),
        ("https://a.example/x?amp=1", "https://a.example/x", False),
        ("https://a.example/x?outputType=amp", "https://a.example/x", False),
        ("https://a.example/x?id=1&print=yes", "https://a.example/x?id=1", False),
        ("https://m.a.example/x", "https://www.a.example/x", False),
        ("https://a.example/amp/x", "https://a.example/x", False),
        ("https://a.example/x", "https://a.example/x-renamed", False),
    ],
)
def test_which_addresses_are_of_one_document(one: str, other: str, same: bool) -> None:
    assert same_document(one, other) is same
