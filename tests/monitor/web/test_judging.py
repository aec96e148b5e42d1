"""Judging without script: forms, their protection, rules and views."""

from __future__ import annotations

import pytest

from db.engine import reading
from db.queries import hiding, tags, triage, views
from tests.monitor.web.site import Site


def states(site: Site) -> dict[int, str]:
    with reading(site.engine) as session:
        return {key: judged.state for key, judged in triage.of(session, site.ids).items()}


def event_ids(site: Site) -> str:
    (found,) = site.tree("/").xpath("//div/@data-event")
    return str(found)


def test_an_event_is_judged_leaves_the_inbox_and_comes_back(site: Site) -> None:
    ids = event_ids(site)
    answer = site.post("/triage", {"only": f"confirmed:{ids}", "back": "/?kind=headline"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/?kind=headline")
    assert set(states(site).values()) == {"confirmed"}
    assert "Nothing left to judge" in site.text("/")
    assert "confirmed" in site.text("/?state=confirmed")
    site.post("/triage/undo", {"back": "/"})
    assert len(site.tree("/").xpath("//div[@data-event]")) == 1
    assert not site.tree("/").xpath("//form[@id='undo']")


def test_those_ticked_are_judged_together_and_a_script_is_answered_in_json(site: Site) -> None:
    first, second = site.ids[0], site.ids[1]
    answer = site.post("/triage", {"state": "flagged", "change": [str(first), f"{second}"]}, accept="application/json")
    batch = answer.json()["batch"]
    assert states(site) == {first: "flagged", second: "flagged"}
    undone = site.post("/triage/undo", {"batch": batch}, accept="application/json").json()
    assert undone == {"changes": {str(first): "new", str(second): "new"}, "count": 2}


@pytest.mark.parametrize(
    "values",
    [
        {"state": "deleted", "change": "1"},
        {"state": "confirmed", "change": "1,x"},
        {"state": "confirmed", "change": "-1"},
        {"state": "confirmed", "change": "9" * 30},
        {"state": "confirmed", "change": ",".join(map(str, range(6000)))},
    ],
)
def test_a_judgement_that_cannot_be_is_refused_in_words(site: Site, values: dict[str, str]) -> None:
    answer = site.post("/triage", values)
    assert answer.status_code == 400
    assert "That did not work" in answer.text
    assert states(site) == {}


FORMS = (
    "/triage /triage/undo /changes/1/notes /changes/1/hide /hiding/1 /views /views/1/remove /sources/1/switch /crawls"
)


@pytest.mark.parametrize("path", [*FORMS.split(), "/preferences"])
def test_no_form_is_taken_from_elsewhere(site: Site, path: str) -> None:
    good = site.tree("/preferences").xpath("string(//input[@name='form_token']/@value)")
    assert site.client.post(path, data={}).status_code == 403
    assert site.client.post(path, data={"form_token": "x" * 43}).status_code == 403
    strange = {"origin": "https://evil.example"}
    assert site.client.post(path, data={"form_token": good}, headers=strange).status_code == 403
    cross = {"sec-fetch-site": "cross-site"}
    assert site.client.post(path, data={"form_token": good}, headers=cross).status_code == 403
    site.client.cookies.clear()
    assert site.client.post(path, data={"form_token": good}).status_code == 403


def test_a_script_sends_the_token_as_a_header(site: Site) -> None:
    good = site.tree("/preferences").xpath("string(//input[@name='form_token']/@value)")
    answer = site.client.post("/triage/undo", headers={"x-form-token": good, "accept": "application/json"})
    assert answer.json()["count"] == 0
    assert site.client.post("/triage/undo", headers={"x-form-token": ""}).status_code == 403


def test_a_note_and_tags_stand_on_the_change_and_filter_the_inbox(site: Site) -> None:
    change = site.ids[0]
    site.post(f"/changes/{change}/notes", {"note": " <b>asked</b> the outlet ", "tag": "Ferry, busan"})
    tree = site.tree(f"/changes/{change}")
    assert tree.xpath("string(//textarea[@name='note'])").strip() == "<b>asked</b> the outlet"
    assert tree.xpath("//input[@name='tag']/@value") == ["busan, ferry"]
    assert len(site.tree("/?tag=busan").xpath("//div[@data-event]")) == 1
    assert "Nothing fits" in site.text("/?tag=other")
    site.post("/triage", {"state": "tag", "tag": "Night desk", "change": str(change)})
    with reading(site.engine) as session:
        assert tags.of(session, [change])[change] == ["busan", "ferry", "night desk"]
    assert site.post("/changes/999/notes", {"note": "x"}).status_code == 404


@pytest.mark.parametrize("where", ["article", "source"])
def test_always_hide_makes_a_rule_that_is_seen_and_switched_off(site: Site, where: str) -> None:
    change = site.ids[0]
    site.post(f"/changes/{change}/hide", {"where": where})
    assert "headline" not in site.tree("/").xpath("//div[@data-event]//span[contains(@class, 'kind')]/text()")
    assert "by a rule of yours" in site.text(f"/changes/{change}")
    noise = site.text("/noise")
    assert ("Harbour Post" if where == "source" else "https://harbour.example/ferry") in noise
    site.post("/hiding/1", {"on": "false"})
    assert "headline" in site.tree("/").xpath("//div[@data-event]//span[contains(@class, 'kind')]/text()")
    with reading(site.engine) as session:
        assert [rule.enabled for rule in hiding.every(session)] == [False]
    assert site.post("/hiding/77", {"on": "true"}).status_code == 404


def test_a_view_is_saved_shown_and_removed(site: Site) -> None:
    answer = site.post("/views", {"name": " Night  desk ", "query": "/?kind=headline&period=7d&evil=1"})
    assert answer.headers["location"] == "/?kind=headline&period=7d&view=1"
    with reading(site.engine) as session:
        assert views.get(session, 1) == views.View(1, "Night desk", {"kind": "headline", "period": "7d"})
    tree = site.tree("/?kind=headline&view=1")
    assert tree.xpath("string(//h1)") == "Night desk"
    assert tree.xpath("//nav[@aria-label='Saved views']/a[@aria-current]/text()") == ["Night desk"]
    site.post("/views/1/remove", {})
    assert "Night desk" not in site.text("/")
    assert site.post("/views", {"name": "  ", "query": ""}).status_code == 400


def test_new_arrivals_are_counted_for_the_filters(site: Site) -> None:
    assert site.client.get("/live?after=0").json() == {"arrived": 3}
    assert site.client.get("/live?after=0&kind=headline").json() == {"arrived": 1}
    assert site.client.get(f"/live?after={max(site.ids)}").json() == {"arrived": 0}
    assert site.client.get("/live?after=x").status_code == 422
