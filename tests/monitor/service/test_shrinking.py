"""A feed that shrinks to a half and to nothing ends no page: an article is gone by its own answer alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.newsroom.newsroom import Newsroom
from tests.newsroom.noise import Noise
from tests.watching import Watching

pytestmark = pytest.mark.slow


def test_what_a_feed_no_longer_names_lives_on_and_has_not_changed(
    make_newsroom: Callable[..., Newsroom], watch: Callable[..., Watching]
) -> None:
    room = make_newsroom(stories=4, outlets=["meridian"], noise=Noise.quiet())
    watching = watch(room)
    watching.discover()
    watching.check()
    stories = list(room.outlet("meridian").stories)
    for left in (2, 0):
        with room.lock:
            for number, story in enumerate(stories):
                story.listed = number < left
        watching.discover()
        assert len(watching.check()) == len(stories)
    assert watching.changes(hidden=True) == []
    assert {watching.page(room.url(story)).state for story in stories} == {"live"}
    assert {len(watching.revisions(room.url(story))) for story in stories} == {1}
