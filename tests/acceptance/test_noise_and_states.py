"""Never cry wolf: what comes and goes is one change that counts, what is away is believed after repeated checks only, and a host
that fails takes none of its articles down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from db.engine import reading
from db.queries import templates
from db.records import ChangeRecord
from db.types import Nature
from tests.newsroom.newsroom import Newsroom
from tests.newsroom.noise import Noise
from tests.watching import Watching

pytestmark = pytest.mark.slow

Watch = Callable[..., Watching]
OUTLET = "harbour"


@pytest.fixture
def room(make_newsroom: Callable[..., Newsroom]) -> Newsroom:
    return make_newsroom(stories=6, outlets=[OUTLET], noise=Noise.quiet())


@pytest.fixture
def watching(room: Newsroom, watch: Watch) -> Watching:
    made = watch(room)
    made.discover()
    made.check(times=2)
    assert made.changes(hidden=True) == []
    return made


def flapping(watching: Watching) -> list[ChangeRecord]:
    return [record for record in watching.changes() if Nature.FLAPPING in record.change.natures]


def states(watching: Watching) -> list[tuple[str | None, str | None]]:
    return [(c.change.before, c.change.after) for c in watching.changes(kinds=("availability",))]


def test_two_headlines_in_turn_are_one_flapping_change_that_counts(room: Newsroom, watching: Watching) -> None:
    story = room.story(OUTLET)
    room.ab_test(story, "A second headline is tried on every other reader")
    watching.check(times=9)
    (change,) = flapping(watching)
    assert change.change.significance == "minor"
    told = [c for c in watching.changes() if c.change.kind == "headline"]
    assert len(told) == 3  # the edit, its one return, and then the change that counts
    seen = change.count
    assert seen >= 5
    watching.check(times=2)
    assert len(watching.changes()) == len(told)
    assert flapping(watching)[0].count == seen + 2


def test_after_flapping_a_real_edit_and_its_reversion_are_told(room: Newsroom, watching: Watching) -> None:
    story = room.story(OUTLET)
    room.ab_test(story, "A second headline is tried on every other reader")
    watching.check(times=6)
    room.restore(story)
    watching.check(times=2)
    before = len(watching.changes())
    room.edit_headline(story, "Prosecutors drop the case against the mayor", bump=False)
    watching.check(times=2)
    room.revert(story)
    watching.check(times=2)
    edit, back = watching.changes()[before:]
    assert edit.change.after == "Prosecutors drop the case against the mayor"
    assert Nature.FLAPPING not in edit.change.natures
    assert Nature.REVERTED in back.change.natures
    assert back.change.significance == "substantive"


def test_a_stale_copy_is_one_flapping_change_a_field(room: Newsroom, watching: Watching) -> None:
    story = room.story(OUTLET)
    room.edit_headline(story, "Prosecutors drop the case against the mayor")
    watching.check()
    edits = len(watching.changes())
    room.cdn_stale(story)
    watching.check(times=8)
    fields = Counter((c.change.kind, c.change.surface) for c in flapping(watching))
    assert ("headline", None) in fields
    assert set(fields.values()) == {1}
    rows = len(watching.changes())
    assert rows <= 3 * edits
    watching.check(times=4)
    assert len(watching.changes()) == rows


@pytest.mark.parametrize("fault", ["http-500", "http-404", "http-403", "maintenance", "close", "http-410"])
def test_a_failing_host_removes_none_of_its_articles(room: Newsroom, watching: Watching, fault: str) -> None:
    room.outlet(OUTLET).fault = fault
    watching.check(times=5)
    room.outlet(OUTLET).fault = ""
    watching.check(times=2)
    assert watching.changes(hidden=True) == []
    assert {watching.page(room.url(story)).state for story in room.stories()} == {"live"}


def test_a_soft_404_that_comes_and_goes_is_no_removal(room: Newsroom, watching: Watching) -> None:
    story = room.story(OUTLET)
    for _ in range(3):
        room.soft_404(story)
        watching.check()
        room.restore(story)
        watching.check()
    assert states(watching) == []


def test_removed_and_restored_are_confirmed_and_told_once_each(room: Newsroom, watching: Watching) -> None:
    story = room.story(OUTLET)
    room.remove(story, 404)
    watching.check(times=4)
    room.restore(story)
    watching.check(times=3)
    assert states(watching) == [("available", "removed"), ("removed", "available")]
    assert {c.change.kind for c in watching.changes(hidden=True)} == {"availability"}


def test_paywalled_and_opened_again(make_newsroom: Callable[..., Newsroom], watch: Watch) -> None:
    room = make_newsroom(stories=2, outlets=["meridian"], noise=Noise.quiet())
    watching = watch(room)
    watching.discover()
    watching.check(times=2)
    story = room.story("meridian")
    room.paywall(story)
    watching.check(times=3)
    room.restore(story)
    watching.check(times=3)
    assert [after for _, after in states(watching)] == ["paywalled", "available"]
    assert {c.change.kind for c in watching.changes()} == {"availability"}


def test_withheld_for_legal_reasons_is_blocked(room: Newsroom, watching: Watching) -> None:
    story = room.story(OUTLET)
    room.break_page(story, "http-451")
    watching.check()
    assert states(watching) == []
    watching.check(times=2)
    assert states(watching) == [("available", "blocked")]
    room.restore(story)
    watching.check(times=2)
    assert states(watching)[1:] == [("blocked", "available")]


def test_the_same_edit_on_the_whole_site_is_one_event_of_the_source(room: Newsroom, watching: Watching) -> None:
    for story in room.stories():
        room.add_paragraph(story, "Follow our channel for the news of the harbour and its people.", bump=False)
    own = room.story(OUTLET, 0)
    watching.check()
    assert watching.changes() == []
    with reading(watching.works.engine) as session:
        (event,) = templates.every(session)
    assert (event.kind, event.pages) == ("body", 6)
    assert {c.change.suppressed_by for c in watching.changes(hidden=True)} == {"template"}
    room.edit_headline(own, "Prosecutors drop the case against the mayor")
    watching.check()
    assert "headline" in {c.change.kind for c in watching.changes()}
