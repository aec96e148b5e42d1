"""From an edit on a real server to a change in the table and a word to a person; and from what is no edit to nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from db.engine import reading, writing
from db.queries import checks
from db.records import ChangeRecord, CheckRecord
from db.types import Outcome
from tests.newsroom.newsroom import Newsroom
from tests.newsroom.noise import Noise
from tests.watching import Watching

pytestmark = pytest.mark.slow

Watch = Callable[..., Watching]
OUTLET = "meridian"


@pytest.fixture
def room(make_newsroom: Callable[..., Newsroom]) -> Newsroom:
    return make_newsroom(stories=2, outlets=[OUTLET], noise=Noise.quiet())


@pytest.fixture
def watching(room: Newsroom, watch: Watch) -> Watching:
    """Every story read once and seen unchanged once."""
    made = watch(room)
    made.discover()
    made.check(times=2)
    assert made.changes(hidden=True) == []
    return made


def of_kind(watching: Watching, kind: str) -> list[ChangeRecord]:
    return [record for record in watching.changes() if record.change.kind == kind]


def history(watching: Watching, url: str) -> list[CheckRecord]:
    with reading(watching.works.engine) as session:
        return checks.of_page(session, watching.page(url).id)


def test_an_edited_headline_is_flagged_told_once_and_has_its_window(room: Newsroom, watching: Watching) -> None:
    story = room.story(OUTLET)
    before = story.headline
    room.edit_headline(story, "Council votes to close the harbour bridge")
    saw_old = watching.page(room.url(story)).last_success_at
    watching.check()
    (change,) = [c for c in of_kind(watching, "headline") if c.change.surface in {None, "h1"}]
    assert (change.change.before, change.change.after) == (before, "Council votes to close the harbour bridge")
    assert change.not_before == saw_old
    assert change.not_after > change.not_before
    told = watching.deliver()
    assert [record.id for record in told].count(change.id) == 1
    assert watching.deliver() == []
    assert len(watching.revisions(room.url(story))) == 2


@pytest.mark.parametrize(
    ("edit", "kind"),
    [
        (lambda room, story: room.edit_dateline(story, "GENEVA"), "dateline"),
        (lambda room, story: room.correct(story, "Correction: an earlier version gave a wrong name."), "notice"),
        (lambda room, story: room.change_byline(story, "Ada Quill"), "byline"),
        (lambda room, story: room.edit_deck(story, "A deck that says something else entirely"), "deck"),
        (lambda room, story: room.add_paragraph(story, "A paragraph that was not there before the edit."), "body"),
    ],
)
def test_each_kind_of_edit_is_flagged(
    room: Newsroom, watching: Watching, edit: Callable[[Newsroom, Any], Any], kind: str
) -> None:
    edit(room, room.story(OUTLET))
    watching.check()
    assert of_kind(watching, kind)


def test_an_unchanged_page_is_a_narrow_row(room: Newsroom, watching: Watching) -> None:
    url = room.url(room.story(OUTLET))
    latest = history(watching, url)[0]
    assert latest.outcome == Outcome.NOT_MODIFIED
    assert (latest.status, latest.ref, latest.revision_id) == (304, None, None)
    assert len(watching.revisions(url)) == 1


def test_a_removal_is_told_once_and_so_is_the_return(room: Newsroom, watching: Watching) -> None:
    story = room.story(OUTLET)
    room.remove(story)
    watching.check()
    assert of_kind(watching, "availability") == []
    watching.check(times=3)
    (removed,) = of_kind(watching, "availability")
    assert (removed.change.before, removed.change.after) == ("available", "removed")
    room.restore(story)
    watching.check(times=2)
    _, restored = of_kind(watching, "availability")
    assert (restored.change.before, restored.change.after) == ("removed", "available")
    assert len(watching.revisions(room.url(story))) == 1


def test_a_soft_404_is_a_removal_and_never_a_revision(room: Newsroom, watching: Watching) -> None:
    story = room.story(OUTLET)
    room.soft_404(story)
    watching.check(times=3)
    assert [c.change.after for c in of_kind(watching, "availability")] == ["removed"]
    assert len(watching.revisions(room.url(story))) == 1


@pytest.mark.parametrize(
    "fault",
    [
        "http-500",
        "empty",
        "binary",
        "pdf",
        "gzip-bomb",
        "gzip-cut",
        "length-long",
        "redirect-loop",
        "redirect-private",
        "consent-wall",
        "cookie-wall",
        "login-wall",
        "login-401",
        "challenge-403",
        "challenge-503",
        "challenge-200",
        "captcha",
        "access-denied",
        "maintenance",
        "javascript-only",
        "meta-refresh",
        "close",
    ],
)
def test_a_fault_is_a_check_with_a_reason_and_nothing_more(room: Newsroom, watching: Watching, fault: str) -> None:
    story = room.story(OUTLET)
    room.break_page(story, fault)
    watching.check(times=2)
    latest = history(watching, room.url(story))[0]
    assert latest.outcome in {Outcome.FAILED, Outcome.HELD}
    assert latest.reason
    room.restore(story)
    watching.check()
    assert watching.changes(hidden=True) == []
    assert len(watching.revisions(room.url(story))) == 1


def test_a_wall_is_held_then_paywalled_and_tells_no_body_edit(room: Newsroom, watching: Watching) -> None:
    story = room.story(OUTLET)
    room.paywall(story)
    watching.check()
    assert history(watching, room.url(story))[0].outcome == Outcome.HELD
    assert watching.changes() == []
    watching.check()
    assert [c.change.after for c in of_kind(watching, "availability")] == ["paywalled"]
    assert of_kind(watching, "body") == []


def test_a_move_is_followed_and_told(room: Newsroom, watching: Watching) -> None:
    story = room.story(OUTLET)
    old = room.url(story)
    new = room.move(story)
    page = watching.page(old)
    watching.check(times=2)
    assert watching.page(new).id == watching.page(old).id == page.id
    (moved,) = of_kind(watching, "address")
    assert (moved.change.before, moved.change.after) == (old, new)


def test_one_return_is_reverted_and_the_next_is_flapping_that_counts(room: Newsroom, watching: Watching) -> None:
    story = room.story(OUTLET)
    one, other = story.headline, "Quite another headline stands here now"
    for headline in (other, one, other, one, other):
        room.edit_headline(story, headline, surfaces=["h1"], bump=False)
        watching.check()
    natures = [(c.change.natures, c.count) for c in of_kind(watching, "headline") if c.change.surface in {None, "h1"}]
    assert len(natures) == 3
    assert "reverted" in natures[1][0]
    assert "flapping" in natures[2][0]
    assert natures[2][1] == 3
    assert [r.same_as is not None for r in watching.revisions(room.url(story))] == [
        False,
        False,
        True,
        True,
        True,
        True,
    ]


def test_noise_of_real_pages_gives_nothing(make_newsroom: Callable[..., Newsroom], watch: Watch) -> None:
    watching = watch(make_newsroom(stories=2))
    watching.discover()
    watching.check(times=5)
    assert [(c.url, c.change.kind, c.change.before, c.change.after) for c in watching.changes()] == []


def test_a_page_that_robots_refuse_is_not_fetched(room: Newsroom, watch: Watch) -> None:
    room.outlet(OUTLET).robots = replace(room.outlet(OUTLET).robots, text="User-agent: *\nDisallow: /\n")
    watching = watch(room)
    visits = watching.discover()
    assert {visit.reason for visit in visits} == {"robots"}
    assert room.log.count(path=room.outlet(OUTLET).feeds[0]) == 0


def test_a_reader_that_changed_gives_no_phantom_change(room: Newsroom, watching: Watching) -> None:
    url = room.url(room.story(OUTLET))
    with writing(watching.works.engine) as session:
        session.execute(
            text("UPDATE page SET reader_version = 'old', reading_digest = 'x', body_digest = NULL, etag = NULL")
        )
        session.execute(text("UPDATE page SET last_modified = NULL"))
        session.execute(text("UPDATE revision SET reader_version = 'old', reading_digest = 'x'"))
        session.execute(text("UPDATE reading SET reader_version = 'old'"))
    watching.check()
    assert history(watching, url)[0].outcome == Outcome.SAME
    assert watching.changes(hidden=True) == []
    assert watching.page(url).reader_version != "old"


def test_where_the_raw_is_gone_the_page_is_based_anew(room: Newsroom, watching: Watching) -> None:
    url = room.url(room.story(OUTLET))
    with writing(watching.works.engine) as session:
        session.execute(
            text("UPDATE page SET reader_version = 'old', body_digest = NULL, etag = NULL, last_modified = NULL")
        )
        session.execute(text("UPDATE revision SET reader_version = 'old', segment = 'gone.warc.gz'"))
        session.execute(text("UPDATE reading SET reader_version = 'old'"))
    watching.check()
    assert history(watching, url)[0].outcome == Outcome.REBASED
    assert watching.changes(hidden=True) == []
    room.edit_headline(room.story(OUTLET), "And the next edit is seen again")
    watching.check()
    assert of_kind(watching, "headline")
