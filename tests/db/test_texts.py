"""The search in texts, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from db.engine import writing
from db.forgetting import carry_out, plan_text, plan_url
from db.queries import pages, revisions, sources, texts
from db.queries.texts import In, Wanted
from db.types import Article, Block
from db.words import QueryError, parse

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as session:
        yield session


def store(session: Session, name: str, *versions: tuple[str, str], source: str = "Harbour Post") -> int:
    """A page with so many versions, each a headline and a body; an hour lies between two."""
    url = f"https://harbour.example/{name}"
    known = pages.find(session, [url])
    page = known or pages.add(session, sources.ensure(session, source, NOW).id, url, "harbour.example", NOW)
    for headline, body in versions:
        seq = len(revisions.of_page(session, page.id))
        article = Article(url=url, headline=headline, body=tuple(Block("paragraph", one) for one in body.split("|")))
        digest, at = f"{headline}{body}"[:60], NOW + timedelta(hours=seq)
        revisions.add(
            session,
            page.id,
            article,
            reading_digest=digest,
            reader_version="r",
            not_before=None,
            not_after=at,
            ref=None,
        )
    session.flush()
    return page.id


def index(session: Session) -> int:
    return texts.put(session, texts.waiting(session))


def ask(
    session: Session, asked: str, within: In | None = None, *, source: str | None = None, since: datetime | None = None
) -> list[int]:
    wanted = Wanted(parse(asked), within, (source,) if source else (), since)
    return [page for page, _ in texts.find(session, wanted, 20)[0]]


def test_words_are_found_in_headlines_and_bodies_of_all_versions(session: Session) -> None:
    ferry = store(
        session, "ferry", ("Ferry sinks", "Twelve aboard.|The mayor’s résumé"), ("Boat sinks", "Nobody aboard.")
    )
    rates = store(session, "rates", ("央行上调利率", "东京都知事が発表した"), source="Other")
    assert index(session) == 3
    assert index(session) == 0
    assert ask(session, "sinks") == [ferry]
    assert ask(session, "ferry") == [ferry]
    assert ask(session, "FERRY aboard") == [ferry]
    assert ask(session, "ferry nobody") == []
    assert ask(session, "resume") == [ferry]
    assert ask(session, '"the mayor s resume"') == [ferry]
    assert ask(session, '"sinks twelve"') == []
    assert ask(session, "aboard -twelve") == [ferry]
    assert ask(session, "ferry -twelve") == []
    assert ask(session, "nob*") == [ferry]
    assert ask(session, "上调") == ask(session, "都知事") == ask(session, "利") == [rates]
    assert ask(session, "aboard", "headline") == ask(session, "boat", "body") == []
    assert ask(session, "aboard", "body") == ask(session, "boat -aboard", "headline") == [ferry]


@pytest.mark.parametrize(
    "asked", ["x' OR 1=1 --", 'a" OR "b', "NEAR(a b)", "headline:x", "a:*", "a & !b | <->", "{x} : y", "\\"]
)
def test_no_sign_reaches_the_database(session: Session, asked: str) -> None:
    store(session, "a", ("Nothing", "of this"))
    index(session)
    with suppress(QueryError):  # nothing but signs asks for nothing
        assert ask(session, asked) == []


def test_the_list_goes_on_and_names_an_article_once(session: Session) -> None:
    many = [store(session, f"n{number}", ("Ferry", "one")) for number in range(5)]
    store(session, "n0", ("Ferry again", "two"))
    index(session)
    first, more = texts.find(session, Wanted(parse("ferry")), 2)
    assert more is not None
    second, more = texts.find(session, Wanted(parse("ferry"), before=more), 2)
    assert more is not None
    third, end = texts.find(session, Wanted(parse("ferry"), before=more), 2)
    assert [page for page, _ in (*first, *second, *third)] == [many[0], *reversed(many[1:])]
    assert end is None


def test_source_and_time_narrow(session: Session) -> None:
    one = store(session, "a", ("Ferry", "x"), ("Ferry", "y"))
    two = store(session, "b", ("Ferry", "x"), source="Other")
    index(session)
    assert ask(session, "ferry", source="Other") == [two]
    assert ask(session, "ferry", source="Nobody") == []
    assert ask(session, "ferry", since=NOW + timedelta(minutes=30)) == [one]


def test_the_versions_that_have_the_words_are_told_apart(session: Session) -> None:
    page = store(session, "a", ("A", "calm"), ("A", "calm storm"), ("A", "storm"), ("A", "quiet"))
    index(session)
    history = texts.history(session, Wanted(parse("storm")), page)
    assert [(record.seq, has) for record, has in history] == [(1, False), (2, True), (3, True), (4, False)]


@pytest.mark.parametrize("whole", [False, True])
def test_what_is_forgotten_leaves_the_index(
    session: Session, engine: Engine, tmp_path_factory: pytest.TempPathFactory, whole: bool
) -> None:
    page = store(session, "a", ("Zenobia Quill", "seen"), ("Nobody", "seen"))
    index(session)
    plan = plan_url(session, page) if whole else plan_text(session, "zenobia quill")
    carry_out(session, plan, tmp_path_factory.mktemp("archive"), NOW, None)
    assert ask(session, "zenobia") == []
    assert ask(session, "seen") == ([] if whole else [page])
    if engine.dialect.name == "sqlite":
        session.execute(text("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, text_search, row)"))
        assert "zenobia" not in set(session.scalars(text("SELECT term FROM temp.terms")))
        session.execute(text("INSERT INTO text_search (text_search) VALUES ('integrity-check')"))


def test_one_that_was_committed_late_is_indexed(session: Session) -> None:
    first = store(session, "a", ("Early bird", "x"))
    store(session, "b", ("Later", "x"))
    both = texts.waiting(session)
    texts.put(session, both[1:])
    assert texts.behind(session) == 0
    assert index(session) == 1
    assert ask(session, "early") == [first]


def test_a_very_long_body_is_taken(session: Session) -> None:
    page = store(session, "a", ("Long", " ".join(f"word{number}" for number in range(20_000)) + " ferry"))
    index(session)
    assert ask(session, '"word100 word101" ferry') == [page]
