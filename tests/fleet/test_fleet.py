"""A fleet in small: a worker killed, one cut off, PostgreSQL restarted; nothing lost, nothing twice, the pace kept."""

from __future__ import annotations

import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from db.engine import writing
from db.queries import feeds, sources, websub
from monitor.service.duties import DUTIES, By
from tests.acceptance.homes import free_port
from tests.crawler.fetch.shop import Shop
from tests.fleet.fleet import SECRET, Fleet, at_once, fleet, too_early
from tests.fleet.hosts import headline
from tests.newsroom.wire import Reply

pytestmark = [pytest.mark.slow, pytest.mark.needs("postgres"), pytest.mark.timeout(500)]

HOSTS, PAGES, PACE = 6, 5, 0.4
MORE = 'recheck_min_s = 86400\nstall_s = 10\nwebsub_callback = "https://watch.example/"\n'


def subscribe(room: Fleet, hub: str, feed: str) -> None:
    """A feed names its hub, which has not been asked yet."""
    now = datetime.now(UTC)
    with writing(room.engine) as session:
        source = sources.ensure(session, "Hub News", now)
        sources.override(session, "Hub News", {"websub": True})
        feeds.sync(session, source.id, [(feed, "feed")], now)
        session.flush()
        (made,) = feeds.every(session)
        websub.offer(session, made.id, hub, feed, now)


def orphans(room: Fleet) -> int:
    """Jobs that nobody works on and that hold their hosts all the same."""
    return int(room.one("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing' AND worker_id IS NULL"))


def served(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def test_whatever_befalls_its_machines_a_fleet_reads_each_page_once_at_the_hosts_pace(tmp_path: Path) -> None:
    with Shop() as shop, fleet(tmp_path, hosts=HOSTS, pages=PAGES, pace=PACE, more=MORE) as room:
        shop.pages["/hub"] = Reply(202, b"")
        subscribe(room, shop.url("/hub"), shop.url("/feed"))
        room.scheduler("s1", port=(port := free_port()))
        room.scheduler("s2")
        for name in ("w1", "w2"):
            room.worker(name, 4)
        since = room.all_due()
        room.wait(lambda: room.unread(since) == 0, 150)
        edited = list(range(0, HOSTS * PAGES, 3))
        room.edit(edited)
        room.wait(lambda: served(port), 60)
        assert not [line for line in room.arguments() if SECRET in line]

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

        since = room.all_due()
        room.wait(lambda: room.unread(since) < HOSTS * PAGES, 90)
        assert room.end("w3") == 0
        assert orphans(room) == 0  # its hosts were given back, not waited for
        room.wait(lambda: room.unread(since) == 0, 150)

        told = room.command("s1", "crawl", "--json", room.url(1))  # a person asks, from any machine
        assert '"outcome":"same"' in told.replace(": ", ":")
        assert "workers alive" in room.command("s2", "status")
        shown = room.command("s1", "status", "--json") + room.command("s1", "doctor", "--json", check=False)

        assert room.headlines() == sorted((headline(number, 1), headline(number, 2)) for number in edited)
        assert room.one("SELECT count(*) FROM revision") == HOSTS * PAGES + len(edited)
        assert room.one("SELECT count(*) FROM page_check WHERE outcome = 'failed'") == 0
        assert room.ran() == {name for name, duty in DUTIES.items() if duty.by - {By.ENGINE}}
        asked = room.asked()
    assert at_once(asked) == []
    assert too_early(asked, PACE) == []
    assert {one.worker for one in asked} >= {"w1", "w2"}
    assert shop.asked().count("/hub") == 1  # by one worker, once, whichever scheduler said so
    assert SECRET not in shown + room.told()
