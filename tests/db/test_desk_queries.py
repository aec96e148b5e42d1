"""What people make of changes, and how changes are found: on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from db.engine import reading, writing
from db.queries import changes, hiding, inbox, pages, search, sources, stats, tags, triage, views, windows
from db.queries.changes import ChangeFilter
from db.queries.inbox import Wanted
from db.types import Change

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
Store = Callable[..., int]


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as session:
        yield session


@pytest.fixture
def store(session: Session) -> Store:
    """Stores a change of one of two sources. Gives its id."""
    made: dict[str, tuple[int, int]] = {}
    for name in ("Harbour Post", "Quiet Daily"):
        source = sources.ensure(session, name, NOW)
        page = pages.add(session, source.id, f"https://{source.id}.example/a", "x", NOW, published_at=NOW)
        made[name] = (page.id, source.id)

    def add(
        after: str = "new words",
        *,
        source: str = "Harbour Post",
        kind: str = "headline",
        natures: tuple[str, ...] = ("reworded",),
        significance: str = "substantive",
        hours: float = 0.5,
        event: str | None = None,
        hidden: str | None = None,
        surface: str | None = None,
    ) -> int:
        page_id, source_id = made[source]
        at = NOW + timedelta(hours=hours)
        add.number += 1  # type: ignore[attr-defined]
        found = changes.add(
            session,
            page_id,
            source_id,
            Change(kind, natures, significance, "old words", after, surface=surface, suppressed_by=hidden),
            key=str(add.number),  # type: ignore[attr-defined]
            headline="A headline",
            not_before=NOW,
            not_after=at,
            now=at,
            event_id=changes.ensure_event(session, page_id, event, at) if event else None,
        )
        assert found is not None
        return found

    add.number = 0  # type: ignore[attr-defined]
    return add


def ids(session: Session, *, state: str | None = None, tag: str | None = None, **narrow: object) -> list[int]:
    found = inbox.find(session, Wanted(ChangeFilter(**narrow), state, tag))  # type: ignore[arg-type]
    return [record.id for record in found.records]


def test_a_judgement_is_given_to_many_and_taken_back_at_once(session: Session, store: Store) -> None:
    one, two, three = store(), store(), store()
    triage.put(session, [one], "flagged", at=NOW)
    batch = triage.put(session, [one, two, 999], "confirmed", at=NOW)
    assert batch
    assert ids(session, state="confirmed") == [two, one]
    assert ids(session, state="open") == [three]
    assert sorted(triage.undo(session, batch, at=NOW)) == [one, two]
    assert ids(session, state="flagged") == [one]
    assert ids(session, state="new") == [three, two]
    assert ids(session, state="open") == [three, two, one]
    assert triage.undo(session, batch, at=NOW) == []


def test_the_last_action_is_each_persons_own(session: Session, store: Store) -> None:
    one = store()
    mine = triage.put(session, [one], "flagged", at=NOW, by="ana")
    assert triage.last(session, "ana") == mine
    assert triage.last(session, None) is None
    assert triage.put(session, [one], "flagged", at=NOW) is None
    triage.forget_steps(session, NOW + timedelta(days=1))
    assert triage.last(session, "ana") is None


def test_a_note_leaves_a_change_new(session: Session, store: Store) -> None:
    one = store()
    triage.annotate(session, one, "asked the outlet", at=NOW)
    assert triage.of(session, [one])[one].note == "asked the outlet"
    assert ids(session, state="new") == [one]
    triage.annotate(session, one, "", at=NOW)
    assert triage.of(session, [one])[one].note is None


def test_tags_are_tidied_put_and_found(session: Session, store: Store) -> None:
    one, two = store(), store()
    assert tags.tidy(" Ferry ,ferry,, Two  Words\n") == ["ferry", "two words"]
    tags.add(session, [one, two], ["ferry"])
    tags.add(session, [one], ["ferry", "busan"])
    assert tags.of(session, [one, two]) == {one: ["busan", "ferry"], two: ["ferry"]}
    assert ids(session, tag="busan") == [one]
    tags.put(session, one, [])
    assert tags.known(session) == ["ferry"]


def test_a_view_is_saved_replaced_and_removed(session: Session) -> None:
    first = views.save(session, "Morning", {"kind": "headline"}, NOW)
    again = views.save(session, "Morning", {"kind": "body"}, NOW)
    assert first.id == again.id
    assert [view.query["kind"] for view in views.every(session)] == ["body"]
    views.remove(session, again.id)
    assert views.get(session, again.id) is None


def test_a_hiding_rule_filters_what_is_shown_until_it_is_switched_off(session: Session, store: Store) -> None:
    main, surface = store(), store(surface="og")
    other = store(source="Quiet Daily")
    harbour = sources.by_name(session, "Harbour Post")
    assert harbour
    rule = hiding.add(session, "headline", "og", now=NOW, source_id=harbour.id)
    assert ids(session) == [other, main]
    assert ids(session, suppressed=True) == [other, surface, main]
    (listed,) = hiding.every(session)
    assert (listed.place, hiding.count(session, listed)) == ("Harbour Post", 1)
    hiding.switch(session, rule, on=False)
    assert ids(session) == [other, surface, main]
    assert hiding.add(session, "headline", "og", now=NOW, source_id=harbour.id) == rule
    assert ids(session) == [other, main]
    with pytest.raises(ValueError, match="one source or one article"):
        hiding.add(session, "headline", None, now=NOW)
    with pytest.raises(LookupError):
        hiding.switch(session, 99, on=True)


@pytest.mark.parametrize("window", [1, 2, 4000])
@pytest.mark.parametrize(
    ("word", "count"), [("BUSAN", 1), ("usan", 1), ("münchen", 1), ("釜山", 1), ("沈む船", 1), ("50%", 1), ("zebra", 0)]
)
def test_words_are_found_however_far_down(
    session: Session, store: Store, monkeypatch: pytest.MonkeyPatch, *, window: int, word: str, count: int
) -> None:
    monkeypatch.setattr(windows, "FIRST_WINDOW", window)
    monkeypatch.setattr(windows, "GROWTH", 2)
    store("Ferry off Busan")
    store("Nach München")
    store("釜山沖で沈む船 50%")
    for number in range(6):
        store(f"filler {number}")
    assert len(inbox.find(session, Wanted(ChangeFilter(match=word)), budget_s=10).records) == count


def test_a_rewritten_change_is_found_by_its_new_nature(session: Session, store: Store) -> None:
    one = store()
    changes.replace(session, one, Change("headline", ("flapping",), "minor", "old words", "new words"))
    store()
    assert ids(session, natures=("flapping",)) == [one]
    assert ids(session, natures=("retraction", "flapping")) == [one]


def test_a_page_ends_with_a_whole_event_and_the_next_goes_on(session: Session, store: Store) -> None:
    stored = [store(event=f"e{number // 2}") for number in range(6)]
    found = inbox.find(session, Wanted(ChangeFilter()), limit=3)
    assert [record.id for record in found.records] == stored[:3:-1]
    assert found.older == stored[4]
    rest = inbox.find(session, Wanted(ChangeFilter(before_id=found.older)), limit=10)
    assert [record.id for record in rest.records] == stored[3::-1]
    assert rest.older is None


def test_a_spent_budget_tells_where_to_go_on(session: Session, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "FIRST_WINDOW", 2)
    wanted = store("needle")
    for _ in range(6):
        store()
    cursor, rounds = None, 0
    while True:
        found = inbox.find(session, Wanted(ChangeFilter(match="needle", before_id=cursor)), budget_s=0.0)
        rounds += 1
        if found.records:
            break
        assert not found.full
        cursor = found.older
    assert [record.id for record in found.records] == [wanted]
    assert rounds > 1


def test_what_came_after_is_counted(session: Session, store: Store) -> None:
    first = store()
    store(kind="body")
    store(hidden="ticker")
    assert inbox.arrived(session, Wanted(ChangeFilter()), first) == 1
    assert inbox.arrived(session, Wanted(ChangeFilter(kinds=("headline",))), first) == 0
    assert inbox.arrived(session, Wanted(ChangeFilter()), 0, most=1) == 1


def test_a_time_filter_and_noise_alone(session: Session, store: Store) -> None:
    store(hours=1)
    late = store(hours=30)
    noise = store(hours=31, hidden="ticker")
    assert ids(session, since=NOW + timedelta(hours=20)) == [late]
    assert ids(session, since=NOW + timedelta(days=9)) == []
    only = inbox.find(session, Wanted(ChangeFilter(), only_noise=True))
    assert [record.id for record in only.records] == [noise]
    assert inbox.neighbours(session, late) == (None, late - 1)


def test_statistics_leave_noise_out(session: Session, store: Store) -> None:
    store(natures=("reworded", "stealth"), hours=0.5)
    store(kind="body", hours=30)
    store(surface="og", natures=("reworded",))
    store(kind="tags", natures=("added",), significance="minor", source="Quiet Daily", hours=200)
    store(hidden="ticker")
    found = stats.tallies(session, NOW)
    whole = stats.overall(found)
    assert (whole.total, whole.text, whole.stealth) == (4, 2, 1)
    assert found["Harbour Post"].stealth_rate == 0.5
    assert found["Quiet Daily"].stealth_rate is None
    assert whole.natures == {"reworded": 3, "stealth": 1, "added": 1}
    delays = stats.by_delay(session, NOW)
    assert (delays[0], delays[6], delays[-1], sum(delays)) == (2, 1, 1, 4)


def test_the_index_is_no_table_of_the_models(engine: Engine) -> None:
    assert not search.belongs("change_search_data", "table")
    assert search.belongs("change", "table")
    with reading(engine) as session:
        assert inbox.newest_id(session) == 0
        assert ids(session, match="anything") == []


@pytest.mark.parametrize(("budget", "window"), [(10.0, 4000), (0.0, 2), (10.0, 1)])
def test_the_oldest_come_first_and_every_page_goes_on(
    session: Session, store: Store, monkeypatch: pytest.MonkeyPatch, budget: float, window: int
) -> None:
    monkeypatch.setattr(windows, "FIRST_WINDOW", window)
    stored = [store("needle" if number % 3 else "hay", event=f"e{number // 2}") for number in range(12)]
    wanted = [one for number, one in enumerate(stored) if number % 3]
    found: list[int] = []
    after: int | None = stored[0]
    while after is not None:
        asked = Wanted(ChangeFilter(match="needle", after_id=after), oldest_first=True)
        page = inbox.find(session, asked, limit=3, budget_s=budget)
        found += [record.id for record in page.records]
        after = page.older
    assert found == wanted


def test_ids_are_given_to_a_most(session: Session, store: Store) -> None:
    stored = [store() for _ in range(4)]
    assert inbox.ids(session, Wanted(ChangeFilter()), 4, 10) == (stored[::-1], True)
    assert inbox.ids(session, Wanted(ChangeFilter()), 3, 10) == (stored[:0:-1], False)
    assert inbox.ids(session, Wanted(ChangeFilter(before_id=stored[2])), 3, 10) == (stored[1::-1], True)


def test_counting_what_a_source_watches_reads_an_index_alone(session: Session) -> None:
    if not search.on_sqlite(session):
        return
    query = "SELECT source_id, count(*) FROM page WHERE active GROUP BY source_id"
    (plan,) = session.execute(text(f"EXPLAIN QUERY PLAN {query}"))
    assert "COVERING INDEX ix_page_watched" in plan[-1]
