"""The plan of checks as a page, and why an address is or is not looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from db.engine import writing
from db.queries import budget, pages, sources
from db.records import Outlook
from tests.monitor.seeded import URL
from tests.monitor.web.site import Site


def test_the_next_checks_stand_with_their_reasons(site: Site) -> None:
    now = datetime.now(UTC)
    with writing(site.engine) as session:
        pages.record(session, 1, next_check_at=now + timedelta(minutes=90), hinted=True)
    tree = site.tree("/plan")
    (row,) = tree.xpath("//table[thead//th[text()='why']]/tbody/tr")
    assert "in 90 min" in row.text_content().replace("2 h", "90 min")
    assert "a feed or sitemap says that it changed" in row.text_content()
    planned = tree.xpath("//table[caption[contains(., 'due')]]//tr/td[2]/text()")
    assert planned[1] == "1"
    assert sum(map(int, planned)) == 1
    assert tree.xpath("//svg[@role='img']")


def test_the_budget_stands_with_what_it_will_come_to(site: Site) -> None:
    assert "Budget:" not in site.text("/plan")
    with writing(site.engine) as session:
        budget.keep_outlook(session, Outlook(20_000, 4321.4, 0.01, datetime.now(UTC)))
    told = " ".join(site.text("/plan").split())
    assert "20,000" in told
    assert "forecast: 4,321 a day" in told


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"active": False, "state": "removed"}, "it is not watched any more (removed)"),
        ({"failures": 4}, "the last 4 visits failed"),
        ({"gone_count": 1}, "in doubt (missing)"),
        ({"next_check_at": None}, "no next check is set"),
    ],
)
def test_why_is_told_of_an_address(site: Site, values: dict[str, object], said: str) -> None:
    with writing(site.engine) as session:
        pages.record(session, 1, **values)
    assert said in site.text(f"/plan?url={URL}")
    assert "last visit: changed" in site.text(f"/plan?url={URL}")


def test_a_source_that_is_off_and_an_address_that_is_not_known(site: Site) -> None:
    with writing(site.engine) as session:
        sources.set_enabled(session, "Harbour Post", False)
    assert "is switched off" in site.text(f"/plan?url={URL}")
    told = site.tree("/plan?url=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "No feed, sitemap or crawl named this address" in told.text_content()
    assert not told.xpath("//main//script")
    assert site.client.get("/plan?url=" + "x" * 3000).status_code == 422
