"""`newswatch plan` and `newswatch pin`: what is looked at when, why, and why not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from db.engine import open_engine, upgrade, writing
from db.home import home_at
from db.queries import budget, hosts, pages, sources
from monitor.cli.app import run

URL = "https://harbour.example/ferry"
CONFIG = """[newswatch]
fetches_a_day = 500
[[source]]
name = "Harbour Post"
home = "https://harbour.example/"
exclude = ["/live/"]
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "newswatch.toml").write_text(CONFIG)
    at = datetime.now(UTC)
    engine = open_engine(home_at(tmp_path).database_url(None))
    upgrade(engine)
    with writing(engine) as session:
        sources.sync(session, [("Harbour Post", "https://harbour.example/", {"exclude": ["/live/"]})], at)
        source = sources.ensure(session, "Harbour Post", at)
        page = pages.add(session, source.id, URL, "harbour.example", at - timedelta(hours=3))
        later = at + timedelta(minutes=40)
        pages.record(
            session, page.id, last_check_at=at, last_success_at=at, next_check_at=later, n_changes=2, state="live"
        )
        pages.add(session, source.id, "https://harbour.example/new", "harbour.example", at)
    engine.dispose()
    return tmp_path


def told(home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert run(["--home", str(home), "plan", "--json", *words]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_the_plan_shows_budget_forecast_and_reasons(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(home, capsys)
    assert (found["fetches_a_day"], found["used_24h"], found["pages"], found["due"]) == (500, 0, 2, 1)
    assert found["forecast_24h"] > 2  # type: ignore[operator]
    whys = [row["why"] for row in found["next"]]  # type: ignore[attr-defined]
    assert whys[0] == "found, not looked at yet"
    assert "2 edits seen" in whys[1]
    assert run(["--home", str(home), "plan"]) == 0
    assert "Budget: 500 fetches" in capsys.readouterr().out


def test_why_names_what_stands_in_the_way(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    engine = open_engine(home_at(home).database_url(None))
    with writing(engine) as session:
        soon = datetime.now(UTC) + timedelta(hours=1)
        hosts.record(session, "harbour.example", not_before=soon, reason="rate_limited")
        sources.set_enabled(session, "Harbour Post", enabled=False)
    engine.dispose()
    reasons = " ".join(told(home, capsys, "--why", URL)["reasons"])  # type: ignore[arg-type]
    assert "switched off" in reasons
    assert "asked us to wait" in reasons
    assert "next check" in reasons


def test_why_not_of_unknown_addresses(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left_out = " ".join(told(home, capsys, "--why", "https://harbour.example/live/1")["reasons"])  # type: ignore[arg-type]
    assert "leave it out" in left_out
    elsewhere = " ".join(told(home, capsys, "--why", "https://elsewhere.example/1")["reasons"])  # type: ignore[arg-type]
    assert "no source's home" in elsewhere


def test_a_pin_is_kept_and_ended(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", str(home), "pin", URL, "--every", "5m", "--until", "24h"]) == 0
    assert "every 5m until" in capsys.readouterr().out
    assert "pinned: every 300 s" in str(told(home, capsys, "--why", URL)["reasons"])
    assert told(home, capsys)["due"] == 2
    assert run(["--home", str(home), "pin", URL, "--off"]) == 0
    capsys.readouterr()
    assert "pinned" not in str(told(home, capsys, "--why", URL)["reasons"])


@pytest.mark.parametrize("words", [["--every", "now"], ["--until", "0h"], ["--every", "999999d"]])
def test_a_length_that_is_none_is_refused(home: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", str(home), "pin", URL, *words]) == 2
    assert "not a length of time" in capsys.readouterr().err


def test_prices_and_habits_are_kept(home: Path) -> None:
    engine = open_engine(home_at(home).database_url(None))
    with writing(engine) as session:
        source = sources.ensure(session, "Harbour Post", datetime.now(UTC))
        budget.add_habits(session, {source.id: (3.0, 2.5, 1.0)}, forget_at=100.0)
        budget.keep_price(session, 0.0125)
        budget.keep_host_prices(session, {"harbour.example": 0.3})
        assert budget.habits(session)[source.id] == (3.0, 2.5, 1.0)
        assert budget.price(session) == 0.0125
        assert budget.host_prices(session) == {"harbour.example": 0.3}
    engine.dispose()
