"""The page of channels, served by the real application."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from db.engine import reading, writing
from db.queries import channels, deliveries
from tests.monitor.web.site import Site

NOW = datetime.now(UTC)
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def told(site: Site) -> Site:
    """A site with two channels: one that works, one that is dead."""
    with writing(site.engine) as session:
        about = ("from substantive on; kind headline", HOSTILE)
        channels.declare(
            session,
            [
                ("hook", "webhook", "https://hooks.example:443/…", about),
                ("night desk", "email", "desk@example.org", ()),
            ],
        )
        channels.record(session, "hook", last_success_at=NOW)
        channels.record(session, "night desk", failures=3, last_error=f"HTTP 500 {HOSTILE}", last_failure_at=NOW)
        for change_id in site.ids[:2]:
            deliveries.add(session, change_id, "night desk", NOW)
        (one, two) = deliveries.due(session, NOW)
        deliveries.record(session, one.id, state="dead", last_error="HTTP 500")
        deliveries.record(session, two.id, held="quiet")
    return site


def test_an_empty_home_says_how_to_begin(site: Site) -> None:
    assert "[[notify]]" in site.text("/notifications")


def test_each_channel_says_how_it_fares(told: Site) -> None:
    words = told.text("/notifications")
    for said in ("works", "3 failed in a row", "1 given up", "1 held for later", "kind headline", "HTTP 500"):
        assert said in words
    assert HOSTILE not in told.client.get("/notifications").text


def test_a_test_is_asked_for_by_a_row_and_not_sent_by_the_page(told: Site) -> None:
    assert told.post("/notifications/hook/test", {}).status_code == 303
    assert "waits for the service" in told.text("/notifications")
    with writing(told.engine) as session:
        (ask,) = channels.asked(session)
        channels.answer(session, ask.id, NOW, "HTTP 503")
    assert "not taken: HTTP 503" in told.text("/notifications")


def test_what_was_given_up_is_due_again(told: Site) -> None:
    assert told.post("/notifications/night%20desk/retry", {}).status_code == 303
    with reading(told.engine) as session:
        assert deliveries.counts(session)["night desk"] == {"waiting": 1, "held": 1}


def test_a_preview_shows_text_and_json(told: Site) -> None:
    words = told.text(f"/notifications/hook?change={told.ids[0]}")
    assert "Ferry with [-12 -]{+20 +}aboard sinks off Busan" in words
    assert '"type": "newswatch.changes"' in words
    assert "\x1b" not in told.tree(f"/notifications/hook?change={told.ids[2]}").xpath("string(//main/pre[1])")
    assert '"type"' not in told.text("/notifications/night%20desk")


@pytest.mark.parametrize(
    ("path", "status"),
    [("/notifications/nope", 404), ("/notifications/hook?change=99999", 404), ("/notifications/hook?change=x", 422)],
)
def test_what_does_not_exist_is_said(told: Site, path: str, status: int) -> None:
    told.tree(path, status)


def test_a_form_of_another_site_is_refused(told: Site) -> None:
    assert told.client.post("/notifications/hook/test").status_code == 403
    assert told.post("/notifications/nope/test", {}).status_code == 404
