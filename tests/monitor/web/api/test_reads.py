"""What the API tells: lists, single things, cursors, entity tags, mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from db.engine import writing
from db.queries import budget, changes, pages
from db.records import Outlook
from db.types import Change
from monitor import searching
from monitor.report.json_lines import change_json
from tests.monitor.seeded import NOW, URL
from tests.monitor.web.api.conftest import ROOT, Api
from tests.monitor.web.api.home import furnished

LISTS = ("/changes?state=all", "/events", "/articles", "/articles/1/versions", "/articles/1/visits", "/sources")
LISTS += ("/suppressions", "/crawls", "/crawls/1/pages", "/views", "/hiding-rules")


def more(api: Api, count: int) -> None:
    """More changes and articles."""
    with writing(api.engine) as session:
        for number in range(count):
            page = pages.add(session, 1 + number % 2, f"https://harbour.example/{number}", "harbour.example", NOW)
            changes.add(
                session,
                page.id,
                page.source_id,
                Change("headline", ("typo",), "minor", "old wrods", f"old words {number}"),
                key=f"more:{number}",
                headline="More",
                not_before=NOW,
                not_after=NOW + timedelta(minutes=number),
                now=NOW,
                event_id=changes.ensure_event(session, page.id, f"more:{number // 2}", NOW),
            )


def walked(api: Api, path: str, limit: int) -> list[object]:
    """All items of a list, page by page, by the `Link` header."""
    found: list[object] = []
    target: str | None = f"{ROOT}{path}{'&' if '?' in path else '?'}limit={limit}"
    while target:
        response = api.client.get(target)
        assert response.status_code == 200, response.text
        body = response.json()
        assert len(body["items"]) <= limit
        found += [item["id"] for item in body["items"]]
        target = response.links.get("next", {}).get("url")
        assert (target is None) == (body["next"] is None)
    return found


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with furnished(tmp_path_factory.mktemp("many")) as (app, engine, ids), TestClient(app) as client:
        found = Api(client, engine, ids)
        more(found, 7)
        yield found


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", [1, 2, 200])
def test_every_list_goes_on_from_its_cursor_and_gives_each_once(many: Api, path: str, limit: int) -> None:
    whole = [item["id"] for item in many.items(f"{path}{'&' if '?' in path else '?'}limit=200")]
    assert whole
    assert walked(many, path, limit) == whole


def test_the_oldest_come_first_when_asked(api: Api) -> None:
    more(api, 7)
    newest = [item["id"] for item in api.items("/changes?state=all")]
    assert walked(api, "/changes?state=all&sort=oldest", 2) == sorted(newest)
    later = [item["id"] for item in api.items(f"/changes?state=all&sort=oldest&later_than={newest[3]}")]
    assert later == sorted(newest[:3])


def test_a_change_has_the_shape_that_the_command_line_promises(lasting: Api) -> None:
    with writing(lasting.engine) as session:
        record = changes.get(session, lasting.ids[0])
    assert record is not None
    told = lasting.get(f"/changes/{lasting.ids[0]}").json()
    promised = change_json(record)
    assert {name: told[name] for name in promised} == promised


def test_a_change_in_full(lasting: Api) -> None:
    told = lasting.get(f"/changes/{lasting.ids[0]}").json()
    assert "number 12 → 20" in told["facts"]
    assert ["replace", "12", "20"] in [[tag, old.strip(), new.strip()] for tag, old, new in told["ops"]]
    assert {"tag": "delete", "text": "12"} in [{**run, "text": run["text"].strip()} for run in told["paragraphs"][0]]
    assert [evidence["digest"] for evidence in told["evidence"]] == ["a" * 64, "b" * 64]
    assert told["evidence"][0]["trouble"].startswith("The archive file is gone")
    assert told["judgement"]["state"] == "confirmed"
    assert told["judgement"]["note"] == "asked the ministry"
    assert told["tags"] == ["ferry"]
    assert (told["not_before"], told["not_after"]) == ("2026-05-04T08:00:00+00:00", "2026-05-04T08:07:00+00:00")


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("", {"dateline", "body"}),
        ("state=all", {"headline", "dateline", "body"}),
        ("state=confirmed", {"headline"}),
        ("state=all&kind=headline&kind=body", {"headline", "body"}),
        ("state=all&kind=dateline", {"dateline"}),
        ("state=all&nature=number", {"headline", "body"}),
        ("state=all&source=Quiet+Daily", set()),
        ("state=all&source=Quiet+Daily&source=Harbour+Post", {"headline", "dateline", "body"}),
        ("state=all&match=BUSAN&kind=headline", {"headline"}),
        ("state=all&tag=ferry", {"headline"}),
        ("state=all&hidden=only", {"body"}),
        ("state=all&since=2026-05-04T08:08:00Z", set()),
        ("state=all&until=2026-05-04T08:08:00Z", {"headline", "dateline", "body"}),
        ("state=all&period=1h", set()),
        ("state=all&article=1", {"headline", "dateline", "body"}),
        ("state=all&article=2", set()),
        ("view=1", {"headline", "body"}),
        ("view=1&kind=body", {"body"}),
        ("view=1&state=open", {"body"}),
    ],
)
def test_filters_narrow(lasting: Api, query: str, kinds: set[str]) -> None:
    assert {item["kind"] for item in lasting.items(f"/changes?{query}")} == kinds


def test_an_event_holds_its_changes(lasting: Api) -> None:
    (event,) = lasting.items("/events?article=1")
    assert {change["kind"] for change in event["changes"]} == {"headline", "dateline", "body"}
    assert lasting.get(f"/events/{event['id']}").json() == event


def test_an_article_and_the_ways_to_it(lasting: Api) -> None:
    (found,) = lasting.items("/articles?match=BUSAN")
    assert found["headline"] == "Ferry with 20 aboard sinks off Busan"
    assert lasting.items(f"/articles?url={URL}") == [found]
    assert lasting.items("/articles?url=https://harbour.example/?p=1") == [found]
    assert lasting.items("/articles?url=https://nowhere.example/") == []
    assert lasting.items("/articles?match=zebra") == []
    assert lasting.items("/articles?state=live&active=true&source=Harbour+Post") == [found]
    assert lasting.items("/articles?state=removed") == []
    assert lasting.get("/articles/1").json()["aliases"] == ["https://harbour.example/?p=1"]


def test_versions_and_what_differs(lasting: Api) -> None:
    newer, older = lasting.items("/articles/1/versions")
    told = lasting.get(f"/versions/{older['id']}").json()
    assert told["reading"]["headline"] == "Ferry with 12 aboard sinks off Busan"
    assert (told["older"], told["newer"]) == (None, newer["id"])
    found = lasting.get(f"/articles/1/diff?old={older['id']}&new={newer['id']}").json()
    assert found["comparable"]
    assert {change["kind"] for change in found["changes"]} == {"headline", "dateline", "body"}
    assert lasting.get(f"/articles/1/diff?old={older['id']}&new={older['id']}").json()["changes"] == []
    lasting.get("/articles/1/diff?old=1&new=77", 404)
    lasting.get("/articles/2/diff?old=1&new=2", 404)


@pytest.mark.parametrize(
    ("when", "number", "certain"),
    [("2026-05-04T08:00:00Z", 1, True), ("2026-05-04T10:05:00%2B02:00", 1, False), ("2026-05-05T00:00:00Z", 2, True)],
)
def test_the_story_as_read_at_a_time(lasting: Api, when: str, number: int, certain: bool) -> None:
    told = lasting.get(f"/articles/1/at?when={when}").json()
    assert (told["number"], told["certain"]) == (number, certain)


def test_a_time_before_the_article_or_without_a_zone(lasting: Api) -> None:
    lasting.get("/articles/1/at?when=2020-01-01T00:00:00Z", 404)
    lasting.get("/articles/1/at?when=2026-05-04T08:00:00", 422)


def test_sources_and_their_health(lasting: Api) -> None:
    first, second = lasting.items("/sources")
    assert (first["name"], first["health"], first["lists"]) == ("Harbour Post", "waiting", 1)
    assert second["health"] == "good"
    told = lasting.get(f"/sources/{first['id']}").json()
    assert [one["url"] for one in told["lists_read"]] == ["https://harbour.example/rss"]
    assert told["fill"][0]["share"]["headline"] == 1.0


def test_the_plan_and_why_an_address_is_looked_at(api: Api) -> None:
    empty = api.get("/plan").json()
    assert empty["budget"] is None
    assert (len(empty["made"]), len(empty["ahead"])) == (24, 24)
    now = datetime.now(UTC)
    with writing(api.engine) as session:
        pages.record(session, 1, next_check_at=now + timedelta(minutes=90), hinted=True)
        budget.keep_outlook(session, Outlook(20_000, 1234.5, 0.01, now))
    told = api.get("/plan?limit=3").json()
    assert (told["budget"]["a_day"], told["budget"]["forecast"]) == (20_000, 1234.5)
    coming = next(one for one in told["next"] if one["article"] == 1)
    assert coming["why"] == "a feed or sitemap says that it changed"
    api.get("/plan?limit=0", 422)
    why = api.get(f"/plan/why?url={URL}").json()
    assert (why["article"], why["url"]) == (1, URL)
    assert "a feed or sitemap says that it changed" in why["reasons"]
    unknown = api.get("/plan/why?url=https://elsewhere.example/").json()
    assert unknown["article"] is None
    assert unknown["reasons"]
    api.get("/plan/why", 422)


def test_suppressions_crawls_and_statistics(api: Api) -> None:
    assert [(one["rule"], one["count"]) for one in api.items("/suppressions?rule=ticker")] == [("ticker", 1)]
    assert api.items("/suppressions?source=Quiet+Daily") == []
    assert [one["state"] for one in api.items("/crawls")] == ["queued", "done"]
    assert [one["outcome"] for one in api.items("/crawls/1/pages")] == ["same", "same"]
    more(api, 3)
    told = api.get("/statistics?period=90d").json()
    assert told["all"]["total"] == sum(one["total"] for one in told["sources"].values())
    api.get("/statistics?period=2d", 422)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("", 404),
        ("/changes/99", 404),
        ("/changes/0", 422),
        ("/changes/x", 422),
        ("/changes/99999999999999999999", 422),
        ("/changes?kind=nonsense", 422),
        ("/changes?knid=headline", 422),
        ("/changes?limit=0", 422),
        ("/changes?limit=201", 422),
        ("/changes?match=%00", 422),
        ("/changes?since=yesterday", 422),
        ("/changes?since=1714809600", 422),
        ("/changes?since=0001-01-01T00:00:00%2B05:00", 422),
        ("/changes?view=77", 404),
        ("/changes?after=WyJhIl0", 400),
        ("/changes?after=xx", 400),
        ("/changes?after=W10", 400),
        ("/sources?after=WzFd", 400),
        ("/articles/99/versions", 404),
        ("/articles/99/visits", 404),
        ("/versions/99", 404),
        ("/events/99", 404),
        ("/sources/99", 404),
        ("/crawls/99", 404),
        ("/crawls/99/pages", 404),
        ("/crawls/99/events", 404),
        ("/views/99", 404),
        ("/hiding-rules/99", 404),
    ],
)
def test_a_mistake_is_told_as_a_problem(lasting: Api, path: str, status: int) -> None:
    told = lasting.get(path, status).json()
    assert told["title"]
    if status == 422:
        assert told["errors"][0]["where"].startswith(("query.", "path."))


def test_a_method_that_is_not_there(api: Api) -> None:
    answer = api.call("DELETE", "/views", 405)
    assert answer.headers["allow"] == "GET, HEAD, POST"
    assert api.call("DELETE", "/changes/1", 405).headers["allow"] == "GET, HEAD, PATCH"


@pytest.mark.parametrize("path", [*LISTS, "/changes/1", "/articles/1", "/versions/1", "/views/1", "/statistics"])
def test_what_a_reader_has_is_not_sent_again(lasting: Api, path: str) -> None:
    first = lasting.get(path)
    tag = first.headers["etag"]
    again = lasting.get(path, 304, If_None_Match=f'"other", W/{tag}')
    assert (again.content, again.headers["etag"]) == (b"", tag.replace("-gzip", ""))
    lasting.get(path, 200, If_None_Match='"other"')


def test_an_entity_tag_alters_with_what_it_stands_for(api: Api) -> None:
    tag = api.get("/changes/2").headers["etag"]
    api.call("PATCH", "/changes/2", 200, {"state": "flagged"})
    assert api.get("/changes/2", 200, If_None_Match=tag).headers["etag"] != tag


def test_answers_are_packed_under_a_tag_of_their_own(lasting: Api) -> None:
    packed = lasting.get("/changes?state=all", Accept_Encoding="gzip")
    plain = lasting.get("/changes?state=all", Accept_Encoding="identity")
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert packed.headers["etag"] == plain.headers["etag"].replace('"', "").join(('"', '-gzip"'))
    for tag in (packed.headers["etag"], plain.headers["etag"]):
        lasting.get("/changes?state=all", 304, If_None_Match=tag)


@pytest.mark.parametrize("path", ["/changes", "/changes/1", "/crawls/1/events", "/changes/events"])
def test_head_is_get_without_the_body(lasting: Api, path: str) -> None:
    head = lasting.call("HEAD", path, 200)
    assert head.content == b""
    assert head.headers["content-type"] == lasting.get(path).headers["content-type"]


def test_texts_of_all_versions_are_searched(api: Api) -> None:
    with writing(api.engine) as session:
        searching.catch_up(session, 100)
    (hit,) = api.get("/search?q=nobody+hurt").json()["items"]
    assert [(span["first"]["number"], span["gone"]["number"]) for span in hit["during"]] == [(1, 2)]
    assert [piece["text"] for piece in hit["body"] if piece["hit"]] == ["Nobody", "hurt"]
    assert api.get("/search?q=nobody&within=headline").json() == {"items": [], "next": None, "behind": 0}
    assert api.client.get(f"{ROOT}/search?q=-nobody").status_code == 422
    assert api.client.get(f"{ROOT}/search").status_code == 422
