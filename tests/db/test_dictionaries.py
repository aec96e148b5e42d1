"""Dictionaries of stored readings, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from db import blobs, dictionaries
from db.blobs import Dictionaries, UnknownDictionaryError, dictionary_of
from db.evidence import facts
from db.forgetting import carry_out, plan_text
from db.models import Reading, Revision
from db.models_texts import Dictionary
from db.queries import notes, pages, revisions, sources
from db.types import Article, Block

LONG_AGO = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
RANDOM = Random(7)
WORDS = [f"{a}{b}" for a in ("har", "fer", "min", "coun", "reg") for b in ("bour", "ry", "ister", "cil", "ion", "ted")]


def article(number: int, extra: str = "") -> Article:
    body = tuple(Block("paragraph", " ".join(RANDOM.choices(WORDS, k=40)) + extra) for _ in range(4))
    return Article(url=f"https://harbour.example/{number}", headline=f"Story {number}", body=body, language="en")


def add(session: Session, page: int, made: Article) -> int:
    found = revisions.add(
        session, page, made, reading_digest=made.url, reader_version="r", not_before=None, not_after=LONG_AGO, ref=None
    )
    return found.id


@pytest.fixture
def session(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setattr(dictionaries, "LEAST", 40)
    with Session(engine.execution_options(begin="IMMEDIATE"), expire_on_commit=False) as session:
        source = sources.ensure(session, "Harbour Post", LONG_AGO)
        page = pages.add(session, source.id, "https://harbour.example/a", "harbour.example", LONG_AGO)
        for number in range(60):
            add(session, page.id, article(number, " Zenobia Quill was seen." if number == 7 else ""))
        yield session


def trained(session: Session) -> int:
    samples = dictionaries.sampled(session)
    made = dictionaries.train(samples)
    assert made is not None
    return dictionaries.store(session, samples, made, LONG_AGO)


def blob_of(session: Session, version: int) -> bytes:
    return session.scalars(select(Reading.article).where(Reading.revision_id == version)).one()


def test_new_readings_are_smaller_and_old_ones_stay_readable(session: Session) -> None:
    assert dictionaries.due(session)
    number = trained(session)
    assert not dictionaries.due(session)
    assert dictionaries.current(session) == number
    made = article(99)
    version = add(session, 1, made)
    blob = blob_of(session, version)
    assert dictionary_of(blob) == number
    assert len(blob) < 0.9 * len(blobs.pack(blobs.unpack(blob)))
    assert revisions.article(session, version) == made
    assert dictionary_of(blob_of(session, 1)) == 0
    assert revisions.article(session, 1) is not None
    assert notes.get(session, "schema.oldest_code") == dictionaries.UNDERSTOOD_SINCE


def test_another_process_finds_the_dictionary_in_the_database(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(session)
    version = add(session, 1, article(99))
    session.commit()
    fresh = Dictionaries()
    monkeypatch.setattr(blobs, "DICTIONARIES", fresh)
    with pytest.raises(UnknownDictionaryError, match="restore it"):
        blobs.unpack(blob_of(session, version))
    fresh.loaders.append(dictionaries.load)
    assert revisions.article(session, version) is not None


def test_a_second_one_waits_for_much_more_or_other_texts(session: Session) -> None:
    number = trained(session)
    session.execute(update(Dictionary).values(upto=30))
    assert not dictionaries.due(session)  # twice as many, and still as good
    session.execute(update(Dictionary).values(kept=0.01))
    assert dictionaries.due(session)
    session.execute(update(Dictionary).values(kept=1.0, upto=6))
    assert dictionaries.due(session)
    assert dictionaries.current(session) == number


def test_a_fleet_waits_until_its_workers_can_read_it(session: Session, engine: Engine) -> None:
    samples = dictionaries.sampled(session)
    made = dictionaries.train(samples)
    assert made is not None
    number = dictionaries.store(session, samples, made, datetime.now(UTC) - timedelta(hours=1))
    assert dictionaries.current(session) == (number if engine.dialect.name == "sqlite" else None)


def test_a_forgotten_text_leaves_no_dictionary(session: Session, tmp_path_factory: pytest.TempPathFactory) -> None:
    number = trained(session)
    version = add(session, 1, article(99))
    row = session.get_one(Revision, version)
    before = facts.of_revision(row, session.get_one(Reading, (version, "r")), None, LONG_AGO)
    made = revisions.article(session, version)
    carry_out(session, plan_text(session, "zenobia quill"), tmp_path_factory.mktemp("archive"), LONG_AGO, None)
    session.expire_all()
    assert session.get(Dictionary, number) is None
    assert dictionary_of(blob_of(session, version)) == 0
    assert revisions.article(session, version) == made
    # the log of evidence still says the same of it
    assert facts.of_revision(row, session.get_one(Reading, (version, "r")), None, LONG_AGO) == before


def test_too_few_texts_teach_nothing(session: Session) -> None:
    assert dictionaries.train([(1, b"{}")]) is None
    session.execute(delete(Revision).where(Revision.id > 10))
    assert not dictionaries.due(session)
