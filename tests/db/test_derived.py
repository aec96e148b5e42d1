"""Rulings, template events and fingerprints, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.engine import reading, writing
from db.queries import (
    changes,
    deliveries,
    pages,
    replays,
    revisions,
    rulings,
    similar,
    sources,
    suppressions,
    templates,
)
from db.queries.changes import ChangeFilter
from db.queries.similar import Entry
from db.types import Article, Change

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHANGE = Change("headline", ("number",), "substantive", "12 hurt", "20 hurt")


def page(session: Session, source: str, number: int) -> int:
    return pages.add(session, sources.ensure(session, source, NOW).id, f"https://{source}/{number}", source, NOW).id


@pytest.fixture
def change_id(engine: Engine) -> int:
    """A stored change that waits to be told."""
    with writing(engine) as session:
        page_id = page(session, "a.example", 1)
        made = changes.add(session, page_id, 1, CHANGE, key="k", headline=None, not_before=None, not_after=NOW, now=NOW)
        assert made is not None
        deliveries.add(session, made, "terminal", NOW)
    return made


def test_a_ruling_hides_untold_and_is_taken_back(engine: Engine, change_id: int) -> None:
    hidden = replace(CHANGE, suppressed_by="replay", before="11 hurt")
    with writing(engine) as session:
        for expected in (True, False):
            done = rulings.restate(session, change_id, hidden, action=rulings.REPLAY, rule=None, batch="b1", at=NOW)
            assert done is expected
        assert deliveries.due(session, NOW + timedelta(days=1)) == []
        assert changes.find(session, ChangeFilter()) == []
        assert rulings.hidden_ids(session, rule="replay") == [change_id]
        assert rulings.latest_batch(session, rulings.REPLAY) == "b1"
        assert rulings.take_back(session, "b1", NOW) == 1
        assert rulings.latest_batch(session, rulings.REPLAY) is None
        assert rulings.stored(session, change_id) == CHANGE
        assert [r.change for r in changes.find(session, ChangeFilter(match="12 hurt"))] == [CHANGE]


def test_shown_again_is_counted_once_a_change(engine: Engine, change_id: int) -> None:
    with writing(engine) as session:
        hidden = replace(CHANGE, suppressed_by="ticker")
        rulings.restate(session, change_id, hidden, action=rulings.TEMPLATE, rule=None, batch="b", at=NOW)
        suppressions.count_of_change(session, change_id, "ticker", NOW)
        assert rulings.show(session, change_id, batch="c", at=NOW)
        assert not rulings.show(session, change_id, batch="c", at=NOW)
        assert rulings.undone_by_rule(session) == {"ticker": 1}
        (row,) = suppressions.by_page(session, rule="ticker", source="a.example")
        assert (row.count, row.url) == (1, "https://a.example/1")


def test_an_events_edits_and_its_pages(engine: Engine, change_id: int) -> None:
    with writing(engine) as session:
        source = sources.ensure(session, "a.example", NOW)
        templates.note(session, change_id, source_id=source.id, page_id=1, print_=7, at=NOW)
        assert templates.pages_with(session, source.id, 7, NOW) == (1, NOW)
        assert templates.shown_with(session, source.id, 7, NOW) == [change_id]
        event = templates.add_event(session, source.id, 7, CHANGE, first_at=NOW, last_at=NOW, compared=3)
        templates.count_pages(session, event, pages=2, compared=3, at=NOW)
        (found,) = templates.every(session, source="a.example")
        assert (found.pages, found.compared, found.undone) == (2, 3, False)
        assert templates.latest_event(session, source.id, 7, NOW) == found
        assert templates.changes_of(session, found) == [change_id]
        templates.undo(session, event)
        assert templates.every(session)[0].undone
        assert templates.forget_before(session, NOW + timedelta(seconds=1)) == 1


def test_pages_that_share_bands_are_candidates_of_other_sources_only(engine: Engine) -> None:
    with writing(engine) as session:
        one, two = page(session, "a.example", 1), page(session, "b.example", 2)
        own, far = page(session, "a.example", 3), page(session, "c.example", 4)
        similar.put(session, [Entry(one, 1, b"1", (1, 2, 3)), Entry(two, 2, b"2", (2, 3, 4))])
        similar.put(session, [Entry(own, 3, b"3", (1, 2, 3)), Entry(far, 4, b"4", (9,)), Entry(999, 5, b"5", (1,))])
        assert similar.candidates(session, one) == [(two, b"2")]
        similar.put(session, [Entry(two, 6, b"6", (9,)), Entry(far, 7, None)])
        assert similar.candidates(session, one) == []
        assert similar.of_page(session, two) == b"6"
        assert similar.of_page(session, far) is None


def test_versions_wait_for_a_fingerprint_once_and_are_paired_for_a_replay(engine: Engine) -> None:
    with writing(engine) as session:
        page_id = page(session, "a.example", 1)
        for number in (1, 2):
            article = Article(url="https://a.example/1", headline=f"H{number}")
            revisions.add(
                session,
                page_id,
                article,
                reading_digest=f"d{number}",
                reader_version="v",
                not_before=None,
                not_after=NOW,
                ref=None,
                compared=True,
            )
    with writing(engine) as session:
        first, second = similar.waiting(session, 10)
        similar.move_cursor(session, second.revision_id)
        similar.move_cursor(session, first.revision_id)
        assert similar.waiting(session, 10) == []
        assert second.article.headline == "H2"
    with reading(engine) as session:
        expected = [(page_id, first.revision_id, second.revision_id)]
        assert replays.pairs(session, source_id=1, page_id=page_id, since=NOW) == expected
        assert replays.pairs(session, since=NOW + timedelta(seconds=1)) == []
        assert list(replays.flapping_of(session, page_id)) == []
