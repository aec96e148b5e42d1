"""The same story on several outlets, found by its body; and which copies carry an edit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db.engine import open_engine, reading, upgrade, writing
from db.queries import changes, pages, revisions, sources
from db.types import Article, Block
from monitor import siblings
from monitor.changes import compare
from monitor.syndication import CARRIED, ELSEWHERE, NOT_CARRIED, Signature, bands, carries, signature
from monitor.syndication import siblings as are_siblings
from tests.databases import database_at
from tests.newsroom.newsroom import Newsroom

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROOM = Newsroom(seed=5, stories=6)


def paragraphs(outlet: str, index: int) -> tuple[str, ...]:
    return ROOM.story(outlet, index).now.paragraphs


def of(texts: tuple[str, ...], headline: str = "A headline") -> Article:
    return Article(url="https://a.example/1", headline=headline, body=tuple(Block("paragraph", t) for t in texts))


def print_of(texts: tuple[str, ...]) -> Signature:
    made = signature("\n".join(texts))
    assert made is not None
    return made


@pytest.mark.parametrize("outlet", ["meridian", "elbe", "faro", "minato"])
def test_a_copy_cut_and_edited_is_a_sibling_in_any_language(outlet: str) -> None:
    whole = paragraphs(outlet, -1)
    copy = (whole[0], *(text.replace("1", "2") for text in whole[1:-1]))
    assert are_siblings(print_of(whole), print_of(copy))
    assert set(bands(print_of(whole))) & set(bands(print_of(copy)))


@pytest.mark.parametrize("outlet", ["meridian", "elbe", "faro", "minato"])
def test_another_story_is_none(outlet: str) -> None:
    assert not are_siblings(print_of(paragraphs(outlet, -1)), print_of(paragraphs(outlet, -2)))


def test_a_signature_survives_its_storing_and_short_texts_have_none() -> None:
    made = print_of(paragraphs("meridian", -1))
    assert Signature.unpack(made.pack()) == made
    assert signature("Too short to be told from others.") is None
    assert signature("") is None


BODY = (
    "The ministry said on Monday that 12 people were hurt when a ferry ran aground off the northern coast.",
    "Rescue boats searched the bay until nightfall, the coast guard said.",
)


def test_a_copy_carries_an_edit_where_it_says_the_new_words() -> None:
    edited = (BODY[0].replace("12", "20"), BODY[1])
    (change,) = compare(of(BODY), of(edited))
    assert carries(change, of((*edited, "A paragraph of its own."))) == CARRIED
    assert carries(change, of(("A lead of its own.", *BODY))) == NOT_CARRIED
    assert carries(change, of(("Another story altogether.",))) == ELSEWHERE


def test_a_headline_that_is_nearly_the_same_carries_nothing() -> None:
    (change,) = compare(of(BODY, "50 rescued after a ferry fire"), of(BODY, "55 rescued after a ferry fire"))
    assert carries(change, of(BODY, "55 rescued after a ferry fire")) == CARRIED
    assert carries(change, of(BODY, "50 rescued after a ferry fire")) == NOT_CARRIED
    assert carries(change, of(BODY, "51 rescued after a ferry fire")) == ELSEWHERE


def test_a_third_number_in_the_same_place_is_neither() -> None:
    (change,) = compare(of(BODY), of((BODY[0].replace("12", "20"), BODY[1])))
    assert carries(change, of((BODY[0].replace("12", "33"), BODY[1]))) == ELSEWHERE


def test_an_added_paragraph_is_carried_where_it_stands() -> None:
    edited = (*BODY, "The captain was taken to a hospital in the capital, his employer said.")
    (change,) = compare(of(BODY), of(edited))
    assert carries(change, of(edited)) == CARRIED
    assert carries(change, of(BODY)) == NOT_CARRIED


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(database_at(tmp_path / "newswatch.db"))
    upgrade(made)
    yield made
    made.dispose()


def kept(engine: Engine, outlet: str, *versions: tuple[str, ...]) -> int:
    """A page with these versions of a body, compared; its id."""
    with writing(engine) as session:
        source = sources.ensure(session, outlet, NOW)
        page = pages.add(session, source.id, f"https://{outlet}.example/{len(versions)}", outlet, NOW)
        last: Article | None = None
        for number, texts in enumerate(versions):
            article = of(texts, outlet)
            made = revisions.add(
                session,
                page.id,
                article,
                reading_digest=str(number),
                reader_version="v",
                not_before=None,
                not_after=NOW,
                ref=None,
            )
            for place, change in enumerate(compare(last, article) if last else ()):
                key = f"{made.id}:{place}"
                changes.add(
                    session, page.id, source.id, change, key=key, headline=None, not_before=None, not_after=NOW, now=NOW
                )
            last = article
        pages.record(session, page.id, latest_revision_id=made.id, state="live")
    return page.id


def test_siblings_are_listed_with_what_they_carry(engine: Engine) -> None:
    whole = paragraphs("meridian", -1)
    old = f"{whole[1]} The toll stood at 12 in the evening, and nobody was missing any more."
    new = old.replace("12", "20")
    mine = kept(engine, "harbour", (whole[0], old, *whole[2:]), (whole[0], new, *whole[2:]))
    carrying = kept(engine, "meridian", (whole[0], new, *whole[2:-1]))
    stale = kept(engine, "valley", (whole[0], old, *whole[2:]))
    kept(engine, "other", paragraphs("meridian", -2))
    kept(engine, "harbour", (whole[0], new, *whole[2:]), whole, whole)
    with writing(engine) as session:
        assert siblings.keep(session, siblings.prints(session)) > 0
        assert siblings.keep(session, siblings.prints(session)) == 0
    with reading(engine) as session:
        edits = siblings.edits_of(session, mine)
        found = siblings.siblings(session, mine, edits)
    (change,) = edits
    assert {s.page.id: s.carried[change.id] for s in found} == {carrying: CARRIED, stale: NOT_CARRIED}
    assert {s.source for s in found} == {"meridian", "valley"}
