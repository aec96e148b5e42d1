"""What the API alters: judgements, notes, tags, views, rules, sources, pins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.monitor.web.api.conftest import ROOT, Api


def states(api: Api) -> dict[int, str]:
    found = api.items("/changes?state=all&hidden=with")
    return {one["id"]: (one["judgement"] or {"state": "new"})["state"] for one in found}


def test_many_are_judged_as_one_and_taken_back_as_one(api: Api) -> None:
    before = states(api)
    done = api.call("POST", "/triage", 200, {"ids": api.ids, "state": "dismissed", "tags": ["Wire, agency"]}).json()
    assert done["ids"] == api.ids
    assert set(states(api).values()) == {"dismissed"}
    assert api.items("/tags") == ["agency", "ferry", "wire"]
    undone = api.call("POST", "/triage/undo", 200, {"batch": done["batch"]}).json()
    assert {one["id"] for one in undone["changes"]} == set(api.ids)
    assert states(api) == before
    assert api.call("POST", "/triage/undo", 200, {"batch": done["batch"]}).json() == {"changes": []}


def test_all_of_a_filter_are_judged_but_those_that_came_since(api: Api) -> None:
    done = api.call(
        "POST", "/triage", 200, {"filter": {"state": "all"}, "up_to": api.ids[1], "state": "flagged"}
    ).json()
    assert (sorted(done["ids"]), done["complete"]) == (api.ids[:2], True)
    assert api.call("POST", "/triage/undo", 200, {}).json()["changes"]


@pytest.mark.parametrize(
    "body",
    [
        {"state": "dismissed"},
        {"ids": [1]},
        {"ids": [1], "filter": {}, "state": "new"},
        {"ids": [1], "state": "open"},
        {"ids": [0], "state": "new"},
        {"ids": [1], "state": "new", "other": 1},
        {"filter": {"kind": ["nonsense"]}, "state": "new"},
        {"ids": [1], "tags": ["\x00"]},
        [],
        None,
    ],
)
def test_a_judgement_that_means_nothing_is_refused(lasting: Api, body: object) -> None:
    lasting.call("POST", "/triage", 422, body)


def test_ids_that_are_not_there_are_left_out(api: Api) -> None:
    assert api.call("POST", "/triage", 200, {"ids": [77, 1], "state": "flagged"}).json()["ids"] == [1]


def test_a_change_is_altered_only_as_it_was_read(api: Api) -> None:
    first = api.get("/changes/2")
    tag = first.headers["etag"]
    api.call("PATCH", "/changes/2", 412, {"note": "x"}, If_Match='"other"')
    api.call("PATCH", "/changes/2", 412, {"note": "x"}, If_Match=f"W/{tag}")
    told = api.call(
        "PATCH", "/changes/2", 200, {"state": "flagged", "note": " why? ", "tags": ["b", "a"]}, If_Match=tag
    ).json()
    assert (told["judgement"]["state"], told["judgement"]["note"], told["tags"]) == ("flagged", "why?", ["a", "b"])
    api.call("PATCH", "/changes/2", 412, {"note": "y"}, If_Match=tag)
    assert (
        api.call("PATCH", "/changes/2", 200, {"note": "", "tags": []}, If_Match="*").json()["judgement"]["note"] is None
    )
    api.call("PATCH", "/changes/99", 404, {"note": "y"})
    api.call("PATCH", "/changes/2", 422, {"note": "n" * 5000})


def test_a_view_from_its_making_to_its_end(api: Api) -> None:
    made = api.call("POST", "/views", 201, {"name": " All  flagged ", "filters": {"state": "flagged"}})
    assert made.json()["name"] == "All flagged"
    place = made.headers["location"].removeprefix(ROOT)
    first = api.get(place)
    assert first.json() == made.json()
    api.call("POST", "/views", 409, {"name": "All flagged", "filters": {}})
    api.call("PUT", place, 409, {"name": "Numbers", "filters": {}})
    api.call("PUT", place, 412, {"name": "Flagged", "filters": {}}, If_Match='"old"')
    api.call("PUT", place, 200, {"name": "Flagged", "filters": {"tag": "x"}}, If_Match=first.headers["etag"])
    api.call("DELETE", place, 412, If_Match=first.headers["etag"])
    api.call("DELETE", place, 204)
    api.call("DELETE", place, 404)
    api.call("PUT", place, 404, {"name": "Flagged", "filters": {}})


@pytest.mark.parametrize(
    "body", [{"name": " ", "filters": {}}, {"name": "x", "filters": {"strange": "1"}}, {"name": "x"}]
)
def test_a_view_that_means_nothing_is_refused(lasting: Api, body: object) -> None:
    lasting.call("POST", "/views", 422, body)


def test_a_hiding_rule_hides_until_it_is_switched_off(api: Api) -> None:
    rule = api.call("POST", "/hiding-rules", 201, {"kind": "body", "article": 1}).json()
    assert (rule["hides"], rule["place"], rule["enabled"]) == (2, "https://harbour.example/ferry", True)
    assert {one["kind"] for one in api.items("/changes?state=all")} == {"headline", "dateline"}
    assert api.get(f"/changes/{api.ids[-2]}").json()["hidden_by"] == [rule["id"]]
    api.call("PATCH", f"/hiding-rules/{rule['id']}", 412, {"enabled": False}, If_Match='"x"')
    assert not api.call("PATCH", f"/hiding-rules/{rule['id']}", 200, {"enabled": False}).json()["enabled"]
    assert {one["kind"] for one in api.items("/changes?state=all")} == {"headline", "dateline", "body"}
    of_source = api.call("POST", "/hiding-rules", 201, {"kind": "tags", "source": "Harbour Post"}).json()
    assert (of_source["source"], of_source["article"]) == ("Harbour Post", None)
    api.call("POST", "/hiding-rules", 404, {"kind": "tags", "source": "No Such"})
    api.call("POST", "/hiding-rules", 422, {"kind": "tags"})
    api.call("PATCH", "/hiding-rules/99", 404, {"enabled": False})


def test_a_source_is_switched_off_and_on(api: Api) -> None:
    told = api.call("PATCH", "/sources/1", 200, {"enabled": False}).json()
    assert (told["enabled"], told["health"]) == (False, "off")
    assert not api.get("/articles/1").json()["source_enabled"]
    assert api.call("PATCH", "/sources/1", 200, {"enabled": True}).json()["enabled"]
    api.call("PATCH", "/sources/99", 404, {"enabled": True})


def test_an_article_is_pinned_for_a_while(api: Api) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    pin = {"every_s": 300, "until": until.isoformat()}
    told = api.call("PUT", "/articles/1/pin", 200, pin).json()
    assert told["pin_every_s"] == 300
    assert told["pinned_until"] == until.isoformat(timespec="seconds")
    assert api.call("DELETE", "/articles/1/pin", 200).json()["pin_every_s"] is None
    api.call("PUT", "/articles/1/pin", 422, {**pin, "until": "2020-01-01T00:00:00Z"})
    api.call("PUT", "/articles/1/pin", 422, {**pin, "every_s": 1})
    api.call("PUT", "/articles/99/pin", 404, pin)
