"""The service as a process: one a home, ended in time, running without a network, telling what it finds."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.homes import Homestead
from tests.newsroom.newsroom import Newsroom

pytestmark = pytest.mark.slow

READ = "SELECT count(*) FROM page WHERE latest_revision_id IS NOT NULL"


@pytest.fixture
def room(make_newsroom: Callable[..., Newsroom]) -> Newsroom:
    return make_newsroom(stories=2, outlets=["harbour", "meridian"])


def test_an_edit_is_told_on_the_terminal_and_a_second_service_is_refused(room: Newsroom, tmp_path: Path) -> None:
    stead = Homestead(tmp_path / "home", room)
    with stead.service() as process:
        stead.wait(READ, lambda rows: rows == [(4,)])
        code, output = stead.run("run", "--no-web")
        assert code == 1
        assert "another newswatch engine runs on" in output
        assert str(process.pid) in output
        assert "Traceback" not in output
        room.edit_headline(room.story("meridian"), "Minister resigns over the harbour contract")
        stead.wait("SELECT id FROM delivery WHERE state = 'sent'")
        stead.wait("SELECT name FROM job WHERE next_run_at IS NOT NULL", lambda rows: len(rows) >= 6)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=15)
        took = time.monotonic() - began
    assert process.returncode == 0
    assert took < 10  # the promise of `newswatch run`, not a measurement
    assert "Minister resigns over the harbour contract" in told
    assert "newswatch watches 2 sources" in told
    assert "Traceback" not in told
    assert stead.rows("SELECT count(*) FROM page WHERE next_check_at IS NULL") == [(0,)]


def test_ctrl_c_amid_hanging_requests_ends_in_time_and_leaves_the_page_due(room: Newsroom, tmp_path: Path) -> None:
    stead = Homestead(tmp_path / "home", room, timeout_s=60.0)
    for story in room.stories():
        room.break_page(story, "hang")
    with stead.service() as process:
        stead.wait("SELECT count(*) FROM page", lambda rows: rows == [(4,)])
        assert room.log.wait_for(lambda records: any(r.path == room.story("harbour").path for r in records))
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate(timeout=15)
    assert process.returncode == 0, told
    assert stead.rows("SELECT count(*) FROM page_check") == [(0,)]
    soon = f"{datetime.now(UTC) + timedelta(seconds=1):%Y-%m-%d %H:%M:%S.%f}"
    assert stead.rows(f"SELECT count(*) FROM page WHERE next_check_at <= '{soon}'") == [(4,)]


def test_without_a_network_it_runs_and_says_what_cannot_be_reached(room: Newsroom, tmp_path: Path) -> None:
    stead = Homestead(tmp_path / "home", room)
    room.stop()
    with stead.service() as process:
        stead.wait("SELECT url FROM feed WHERE reason IS NOT NULL")
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=15)
    assert process.returncode == 0
    assert "could not be reached" in told
    assert "refuses the connection" in told
    assert "Traceback" not in told
