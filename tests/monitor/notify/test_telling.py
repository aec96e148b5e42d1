"""Whom a change is told to, in the transaction that stores it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from crawler.sources import parse
from db.engine import open_engine, writing
from db.queries import changes, deliveries, hiding, pages
from monitor.cli.routes import chooser
from monitor.compare import Telling, tell
from tests.monitor.seeded import NOW, seed

HEADLINE = 1
CONFIG = """
[[notify]]
name = "all"
url = "json://x"
[[notify]]
name = "pinned"
url = "json://x"
pinned = true
[[notify]]
name = "twice"
url = "json://x"
[[notify.rule]]
kinds = ["headline"]
[[notify.rule]]
keywords = ["ferry"]
[[notify]]
name = "off"
url = "json://x"
enabled = false
[[notify]]
name = "small"
url = "json://x"
significance = "cosmetic"
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'newswatch.db'}")
    seed(engine)
    yield engine
    engine.dispose()


def told(
    engine: Engine, *, config: str = CONFIG, hidden_by: str | None = None, significance: str | None = None
) -> list[str]:
    """The channels that the seeded headline's edit is told to."""
    telling = Telling(choose=chooser(parse(config)))
    with writing(engine) as session:
        record = changes.get(session, HEADLINE)
        assert record is not None
        change = replace(record.change, suppressed_by=hidden_by)
        if significance:
            change = replace(change, significance=significance)
            changes.replace(session, HEADLINE, change)
        page = pages.get(session, record.page_id)
        assert page is not None
        for _ in range(2):
            tell(session, HEADLINE, change, page, telling=telling, now=NOW)
        return [row.channel for row in deliveries.due(session, NOW)]


def test_each_channel_that_wants_a_change_is_told_once(engine: Engine) -> None:
    assert told(engine) == ["terminal", "all", "twice", "small"]


def test_a_change_that_matters_little_is_told_where_it_is_wanted(engine: Engine) -> None:
    assert told(engine, significance="cosmetic") == ["small"]


def test_a_pinned_article_is_told_until_its_pin_ends(engine: Engine) -> None:
    with writing(engine) as session:
        pages.record(session, 1, pin_s=300, pinned_until=NOW)
    assert "pinned" not in told(engine)
    with writing(engine) as session:
        pages.record(session, 1, pin_s=300, pinned_until=NOW + timedelta(hours=1))
    assert "pinned" in told(engine)


def test_what_a_rule_hid_is_told_to_nobody(engine: Engine) -> None:
    assert told(engine, hidden_by="ticker") == []


def test_what_a_person_always_hides_is_told_to_nobody(engine: Engine) -> None:
    with writing(engine) as session:
        record = changes.get(session, HEADLINE)
        assert record is not None
        rule = hiding.add(session, "headline", record.change.surface, now=NOW, page_id=1)
    assert told(engine) == []
    with writing(engine) as session:
        hiding.switch(session, rule, on=False)
    assert "all" in told(engine)


def test_the_terminal_has_a_rule_of_its_own_where_a_table_says_so(engine: Engine) -> None:
    assert told(engine, config='[[notify]]\nname = "screen"\nterminal = true\nkinds = ["body"]\n') == []
    assert told(engine, config='[[notify]]\nname = "screen"\nterminal = true\n') == ["screen"]
