"""A fleet in small: a worker killed, one cut off, PostgreSQL restarted; nothing lost, nothing twice, the pace kept."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.fleet.fleet import at_once, fleet, too_early
from tests.fleet.hosts import headline

pytestmark = [pytest.mark.slow, pytest.mark.needs("postgres"), pytest.mark.timeout(500)]

HOSTS, PAGES, PACE = 6, 5, 0.4
MORE = "recheck_min_s = 86400\nstall_s = 10\n"


def test_whatever_befalls_its_machines_a_fleet_reads_each_page_once_at_the_hosts_pace(tmp_path: Path) -> None:
    with fleet(tmp_path, hosts=HOSTS, pages=PAGES, pace=PACE, more=MORE) as room:
        for name in ("s1", "s2"):
            room.scheduler(name)
        for name in ("w1", "w2"):
            room.worker(name, 4)
        since = room.all_due()
        room.wait(lambda: room.unread(since) == 0, 150)
        edited = list(range(0, HOSTS * PAGES, 3))
        room.edit(edited)

        since = room.all_due()
        room.wait(lambda: room.unread(since) < HOSTS * PAGES - 4, 90)
        room.freeze("w2")
        frozen = time.monotonic()
        room.kill("w1")
        room.worker("w3", 4)
        room.server.stop(signal.SIGQUIT)
        room.server.start()
        room.wait(lambda: time.monotonic() - frozen > 14, 60)  # by then the others have its hosts
        room.thaw("w2")
        room.wait(lambda: room.unread(since) == 0, 150)
        room.wait(lambda: room.one("SELECT count(*) FROM revision WHERE NOT compared") == 0, 60)

        told = room.command("s1", "crawl", "--json", room.url(1))  # a person asks, from any machine
        assert '"outcome":"same"' in told.replace(": ", ":")
        assert "workers alive" in room.command("s2", "status")

        assert room.headlines() == sorted((headline(number, 1), headline(number, 2)) for number in edited)
        assert room.one("SELECT count(*) FROM revision") == HOSTS * PAGES + len(edited)
        assert room.one("SELECT count(*) FROM page_check WHERE outcome = 'failed'") == 0
        asked = room.asked()
    assert at_once(asked) == []
    assert too_early(asked, PACE) == []
    assert {one.worker for one in asked} >= {"w1", "w2"}
