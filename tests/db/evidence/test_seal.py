"""The sealer: everything once, in one sequence, whoever writes; what is restated again; what is forgotten never."""

from __future__ import annotations

import base64
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update

from db.archive.writer import ArchiveWriter
from db.engine import reading, writing
from db.evidence import checkpoints, facts, forget, key, merkle, proofs, seal, tree
from db.evidence.note import Head, opened
from db.models import ChangeRow, Reading, Revision
from db.models_evidence import LeafRow, LogNode
from db.queries import changes, pages, revisions, sources
from db.records import ArchiveRef
from db.types import Article, Change, Fetched

NOW = datetime(2026, 5, 4, 8, 30, 15, 123456, tzinfo=UTC)
DAY = timedelta(days=1)


def page_of(engine: Engine, url: str = "https://news.example/a") -> int:
    with writing(engine) as session:
        sources.sync(session, [("News", None, {})], NOW)
        source = sources.by_name(session, "News")
        assert source is not None
        return pages.add(session, source.id, url, "news.example", NOW).id


def store(engine: Engine, page: int, words: str, ref: ArchiveRef | None = None) -> int:
    with writing(engine) as session:
        made = revisions.add(
            session,
            page,
            Article("https://news.example/a", headline=words),
            reading_digest=words.ljust(64, "0"),
            reader_version="v",
            not_before=None,
            not_after=NOW,
            ref=ref,
        )
    return made.id


def change(engine: Engine, page: int, before: int, after: int, words: str = "b") -> int:
    with writing(engine) as session:
        found = changes.add(
            session,
            page,
            1,
            Change("headline", ("number",), "substantive", "a", words),
            key=f"r{after}:{words}",
            headline="h",
            not_before=None,
            not_after=NOW,
            now=NOW,
            revision_before=before,
            revision_after=after,
        )
    assert found is not None
    return found


def sealed(engine: Engine, folder: Path, at: datetime = NOW, limit: int = seal.BATCH) -> int:
    with writing(engine) as session:
        return seal.append(session, at, folder, limit)


def test_everything_is_sealed_once(engine: Engine, tmp_path: Path) -> None:
    page = page_of(engine)
    one, two = store(engine, page, "one"), store(engine, page, "two")
    changed = change(engine, page, one, two)
    with writing(engine) as session:
        revisions.add_reading(session, one, "w", Article("https://news.example/a", headline="other reader"))
    assert sealed(engine, tmp_path) == 4
    assert sealed(engine, tmp_path) == 0
    with reading(engine) as session:
        leaves = session.scalars(select(LeafRow).order_by(LeafRow.idx)).all()
        assert [(leaf.kind, leaf.ref) for leaf in leaves] == [
            ("revision", one),
            ("revision", two),
            ("reading", one),
            ("change", changed),
        ]
        row, first = session.get_one(Revision, one), session.get_one(Reading, (one, "v"))
        assert row.leaf == first.leaf == 0
        assert session.get_one(Reading, (one, "w")).leaf == 2
        assert leaves[0].salt is not None
        said = facts.of_revision(row, first, leaves[0].url, leaves[0].sealed_at)
        assert facts.entry(leaves[0].salt, said) == leaves[0].entry
        assert len({leaf.salt for leaf in leaves}) == 4


def test_batches_make_the_same_tree_as_one_by_one(engine: Engine, tmp_path: Path) -> None:
    page = page_of(engine)
    with writing(engine) as session:
        for number in range(600):
            article = Article("https://news.example/a", headline=str(number))
            times = {"not_before": None, "not_after": NOW, "ref": None}
            revisions.add(session, page, article, reading_digest=str(number), reader_version="v", **times)  # type: ignore[arg-type]
    counts = []
    while count := sealed(engine, tmp_path, limit=250):
        counts.append(count)
    assert counts == [250, 250, 100]
    with reading(engine) as session:
        frontier = merkle.Frontier()
        for leaf in session.scalars(select(LeafRow).order_by(LeafRow.idx)):
            data = facts.leaf_data(leaf.kind, leaf.ref, leaf.part, leaf.sealed_at, leaf.entry)
            frontier.append(merkle.leaf_hash(data))
        assert merkle.root(600, tree.Nodes(session)) == frontier.root()
        assert session.scalar(select(func.count()).select_from(LogNode)) == 2


def test_a_change_that_is_counted_again_is_sealed_again(engine: Engine, tmp_path: Path) -> None:
    page = page_of(engine)
    one, two = store(engine, page, "one"), store(engine, page, "two")
    changed = change(engine, page, one, two)
    sealed(engine, tmp_path)
    with writing(engine) as session:
        changes.count_again(session, changed, NOW + DAY)
    assert sealed(engine, tmp_path, NOW + DAY) == 1
    with reading(engine) as session:
        row = session.get_one(ChangeRow, changed)
        assert (row.leaf, row.count) == (3, 2)
        leaves = session.scalars(select(LeafRow).where(LeafRow.kind == "change").order_by(LeafRow.idx)).all()
        assert [leaf.salt is None for leaf in leaves] == [True, False], "what it said before stands as a digest alone"


def test_what_was_stored_before_there_was_a_log_is_sealed_later_with_its_records_digest(
    engine: Engine, tmp_path: Path
) -> None:
    archive = ArchiveWriter(tmp_path)
    fetched = Fetched("https://news.example/a", "https://news.example/a", 200, (), b"x", b"x", NOW, NOW)
    kept = archive.keep(archive.append(fetched).result(5))
    archive.close()
    page = page_of(engine)
    one = store(engine, page, "one", kept)
    with writing(engine) as session:
        session.execute(update(Revision).values(record_digest=None))
    sealed(engine, tmp_path, NOW + DAY)
    with reading(engine) as session:
        row, leaf = session.get_one(Revision, one), session.get_one(LeafRow, 0)
        assert row.record_digest == kept.record_digest
        assert leaf.sealed_at == NOW + DAY


def test_checkpoints_are_signed_one_a_day_and_consistent(engine: Engine, tmp_path: Path) -> None:
    page = page_of(engine)
    made = []
    for number in range(5):
        store(engine, page, str(number))
        at = NOW + number * DAY / 2
        sealed(engine, tmp_path, at)
        with writing(engine) as session:
            made.append(checkpoints.make(session, lambda: key.signer(tmp_path), at))
    assert [found.size if found else None for found in made] == [1, None, 3, None, 5]
    store(engine, page, "more")
    sealed(engine, tmp_path, NOW + 2 * DAY)
    with writing(engine) as session:
        assert checkpoints.make(session, lambda: key.signer(tmp_path), NOW + 2 * DAY) is None, "one a day"
        extra = checkpoints.make(session, lambda: key.signer(tmp_path), NOW + 2 * DAY, daily=False)
        assert extra is not None
        assert checkpoints.make(session, lambda: key.signer(tmp_path), NOW + 9 * DAY) is None, "nothing new was sealed"
    with reading(engine) as session:
        first, last = checkpoints.every(session)[0], checkpoints.latest(session)
        assert last is not None
        head = Head.parse(opened(last.text, key.verifiers(tmp_path)))
        assert (head.size, head.root, head.at) == (6, last.root, last.at)
        path = merkle.consistency(first.size, last.size, tree.Nodes(session))
        assert merkle.is_consistent(first.size, last.size, first.root, last.root, path)
        assert checkpoints.over(session, 2) == checkpoints.every(session)[1]


def test_a_proof_leads_from_the_facts_to_the_signed_head(engine: Engine, tmp_path: Path) -> None:
    page = page_of(engine)
    one, two = store(engine, page, "one"), store(engine, page, "two")
    changed = change(engine, page, one, two)
    sealed(engine, tmp_path)
    with writing(engine) as session:
        head = checkpoints.make(session, lambda: key.signer(tmp_path), NOW)
    assert head is not None
    with reading(engine) as session:
        found = proofs.proofs(session, head, revisions=[one, two], changes=[changed])
        assert proofs.state_of_change(session, changed) == proofs.State(2, head)
    assert [proof["facts"]["kind"] for proof in found] == ["revision", "revision", "change"]
    for proof in found:
        entry = facts.entry(base64.b64decode(proof["salt"]), proof["facts"])
        leaf = merkle.leaf_hash(facts.leaf_data(proof["facts"]["kind"], proof["ref"], proof["part"], NOW, entry))
        path = [base64.b64decode(part) for part in proof["path"]]
        assert merkle.root_of_inclusion(proof["index"], head.size, leaf, path) == head.root


def test_forgetting_takes_content_and_salt_and_the_log_still_adds_up(engine: Engine, tmp_path: Path) -> None:
    page = page_of(engine)
    one, two = store(engine, page, "one"), store(engine, page, "two")
    change(engine, page, one, two)
    sealed(engine, tmp_path)
    with reading(engine) as session:
        before = merkle.root(3, tree.Nodes(session))
    with writing(engine) as session:
        assert forget.forget_revisions(session, [one]) == []
        assert not forget.forget_leaf(session, 0), "it was forgotten with its version"
    with reading(engine) as session:
        assert merkle.root(3, tree.Nodes(session)) == before
        leaves = session.scalars(select(LeafRow).order_by(LeafRow.idx)).all()
        assert [(leaf.salt is None, leaf.url is None) for leaf in leaves] == [
            (True, True),
            (False, False),
            (True, True),
        ]
        assert session.scalar(select(func.count()).select_from(ChangeRow)) == 0


@pytest.mark.slow
def test_many_sealers_at_once_make_one_sequence(engine: Engine, tmp_path: Path) -> None:
    page = page_of(engine)
    for number in range(40):
        store(engine, page, str(number))
    failures: list[BaseException] = []

    def work() -> None:
        try:
            while sealed(engine, tmp_path, limit=3):
                pass
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with reading(engine) as session:
        refs = session.execute(select(LeafRow.idx, LeafRow.ref).order_by(LeafRow.idx)).all()
        assert [index for index, _ in refs] == list(range(40))
        assert len({ref for _, ref in refs}) == 40


def test_a_missing_leaf_is_told(engine: Engine, tmp_path: Path) -> None:
    del tmp_path
    with reading(engine) as session:
        assert tree.size(session) == 0
        with pytest.raises(LookupError, match="leaf 3"):
            tree.Nodes(session)(0, 3)
