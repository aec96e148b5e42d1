"""The newsroom shows what its desk does, and lies only when told to."""

from __future__ import annotations

import gzip
import html
import threading
import time
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import feedparser
import httpx
import pytest
from lxml import etree

from tests.newsroom import Newsroom, Noise, Robots, Story, config_toml, write_config
from tests.newsroom.script import DEMO, Script, Step, prepare

OUTLETS = ("harbour", "meridian", "valley", "elbe", "faro", "minato")


def get(url: str | httpx.URL, **options: Any) -> httpx.Response:
    """A request without the time that loading the system's certificates takes."""
    return httpx.get(url, verify=False, **options)


@pytest.fixture(scope="module")
def room() -> Iterator[Newsroom]:
    with Newsroom(seed=3, stories=8) as running:
        yield running


@pytest.fixture
def quiet() -> Iterator[Newsroom]:
    with Newsroom(seed=3, stories=2, noise=Noise.quiet()) as running:
        yield running


def text(room: Newsroom, story: Story) -> str:
    return html.unescape(get(room.url(story)).text)


@pytest.mark.parametrize("key", OUTLETS)
def test_an_outlet_shows_its_stories_everywhere(room: Newsroom, key: str) -> None:
    outlet = room.outlet(key)
    front = get(outlet.base + "/").text
    assert all(room.url(story) in front for story in outlet.stories)
    for path in outlet.feeds:
        feed = feedparser.parse(get(outlet.base + path).content)
        assert not feed.bozo
        assert {entry.title for entry in feed.entries} == {story.headline for story in outlet.stories}
    assert len(outlet.stories) == 8
    assert len({story.now.paragraphs[0] for story in outlet.stories}) == 8
    assert all(5 <= len(story.now.paragraphs) <= 12 for story in outlet.stories)


@pytest.mark.parametrize("key", OUTLETS)
def test_sitemaps_hold_every_story_once(room: Newsroom, key: str) -> None:
    base = room.outlet(key).base
    index = etree.fromstring(get(base + "/sitemap_index.xml").content)
    plain, packed, news = (loc.text or "" for loc in index.iter("{*}loc"))
    found = []
    for content in (get(plain).content, gzip.decompress(get(packed).content)):
        found += [loc.text or "" for loc in etree.fromstring(content).iter("{*}loc")]
    expected = sorted(room.url(story) for story in room.stories(key))
    assert sorted(found) == expected
    assert sorted(loc.text or "" for loc in etree.fromstring(get(news).content).iter("{*}loc")) == expected


@pytest.mark.parametrize("key", OUTLETS)
def test_an_article_carries_its_fields(room: Newsroom, key: str) -> None:
    story = room.story(key, 0)
    page = text(room, story)
    for part in (story.headline, story.now.deck, room.time_line(story), room.dateline(story), story.now.caption):
        assert part
        assert part in page
    assert all(paragraph.removeprefix("## ") in page for paragraph in story.now.paragraphs)


@pytest.mark.parametrize("key", OUTLETS)
def test_noise_differs_on_each_visit_and_quiet_pages_do_not(room: Newsroom, quiet: Newsroom, key: str) -> None:
    noisy = room.url(room.story(key, 0))
    assert get(noisy).content != get(noisy).content
    still = quiet.url(quiet.story(key, 0))
    assert get(still).content == get(still).content


@pytest.mark.parametrize("key", OUTLETS)
def test_edits_show_on_the_next_visit(quiet: Newsroom, key: str) -> None:
    story = quiet.story(key)
    old_line = quiet.dateline(story)
    quiet.edit_headline(story, "Bürgermeister tritt zurück & geht")
    quiet.edit_dateline(story, "Oslo")
    quiet.change_byline(story, "Nora Example")
    quiet.add_paragraph(story, "A closing thought of 4,711 words.")
    quiet.correct(story, "This is the correction.")
    page = text(quiet, story)
    assert quiet.dateline(story) != old_line
    added = "Bürgermeister tritt zurück & geht", quiet.dateline(story), "4,711", "This is the correction."
    assert all(part in page for part in added)
    assert "nora example" in page.lower()
    assert len(story.versions) == 6


def test_a_headline_edit_on_one_surface_leaves_the_others(quiet: Newsroom) -> None:
    story = quiet.story("meridian")
    old = story.headline
    quiet.edit_headline(story, "Only the heading", surfaces=["h1"])
    page = text(quiet, story)
    assert f">{'Only the heading'}</h1>" in page
    assert f'<meta property="og:title" content="{old}">' in page


def test_validators_follow_the_version(quiet: Newsroom) -> None:
    for key, header in (("meridian", "ETag"), ("elbe", "ETag"), ("valley", "Last-Modified")):
        story = quiet.story(key)
        url = quiet.url(story)
        asked = {"If-None-Match" if header == "ETag" else "If-Modified-Since": get(url).headers[header]}
        assert get(url, headers=asked).status_code == 304
        quiet.edit_body(story, 1, "A stealthy new paragraph.", bump=False)
        assert get(url, headers=asked).status_code == 200
    assert "ETag" not in get(quiet.url(quiet.story("harbour"))).headers


def test_a_false_304_hides_an_edit_until_a_full_request(quiet: Newsroom) -> None:
    story = quiet.story("meridian")
    tag = get(quiet.url(story)).headers["ETag"]
    story.false_304 = True
    quiet.edit_headline(story, "Hidden")
    assert get(quiet.url(story), headers={"If-None-Match": tag}).status_code == 304
    assert not story.seen
    assert "Hidden" in get(quiet.url(story)).text
    assert story.seen


def test_page_states(quiet: Newsroom) -> None:
    story = quiet.story("harbour")
    url, last = quiet.url(story), story.now.paragraphs[-1]
    quiet.remove(story)
    assert get(url).status_code == 410
    assert url not in get(quiet.outlet("harbour").base + "/feed").text
    quiet.soft_404(story)
    assert "Page not found" in get(url).text
    quiet.paywall(story)
    assert last not in text(quiet, story)
    assert "Subscribe to continue" in get(url).text
    quiet.break_page(story, "http-503")
    assert get(url).status_code == 503
    quiet.restore(story)
    assert last in text(quiet, story)
    moved = quiet.move(story)
    assert get(url).headers["Location"] == httpx.URL(moved).path
    assert story.headline in html.unescape(get(url, follow_redirects=True).text)


def test_variants_and_stale_copies_take_turns(quiet: Newsroom) -> None:
    story = quiet.story("elbe")
    quiet.ab_test(story, "Die eine Zeile", "Die andere Zeile")
    seen = [text(quiet, story) for _ in range(4)]
    assert ["Die eine" in page for page in seen] == [True, False, True, False]
    quiet.restore(story)
    quiet.edit_headline(story, "Ganz neu")
    quiet.cdn_stale(story)
    assert sorted("Ganz neu" in text(quiet, story) for _ in range(4)) == [False, False, True, True]


def test_robots_say_what_they_are_told_to(quiet: Newsroom) -> None:
    outlet = quiet.outlet("valley")
    outlet.robots = Robots(crawl_delay=2.5, disallow=("/news/",))
    said = get(outlet.base + "/robots.txt").text
    assert "Disallow: /news/\nCrawl-delay: 2.5" in said
    assert f"Sitemap: {outlet.base}/sitemap_index.xml" in said
    outlet.robots.status = 500
    assert get(outlet.base + "/robots.txt").status_code == 500


def test_the_log_tells_pace_conditions_and_connections(quiet: Newsroom) -> None:
    story = quiet.story("faro")
    with httpx.Client() as client:
        client.get(quiet.url(story))
        client.get(quiet.url(story), headers={"If-None-Match": '"x"', "User-Agent": "tester"})
    first, second = quiet.log.all(outlet="faro", path=story.path)
    assert (first.conditional, second.conditional) == (False, True)
    assert second.headers["user-agent"] == "tester"
    assert first.client == second.client
    assert len(quiet.log.gaps("faro")) == 1
    assert quiet.log.peak("faro") == 1
    assert quiet.log.count(status=200) == 2
    quiet.log.clear()
    assert quiet.log.all() == []


def test_pages_grow_to_real_size() -> None:
    with Newsroom(stories=1, outlets=["meridian"], pad_kb=340) as heavy:
        size = len(get(heavy.url(heavy.story("meridian"))).content)
    assert 340 * 1024 < size < 380 * 1024


def test_the_configuration_is_toml_with_a_source_an_outlet(room: Newsroom, tmp_path: Path) -> None:
    made = tomllib.loads(config_toml(room, pace=0.5, settings={"recheck": 5}))
    assert made["newswatch"] == {"allow_addresses": ["127.0.0.0/8"], "recheck": 5}
    assert [source["zone"] for source in made["source"]] == [o.zone for o in room.outlets.values()]
    assert all(get(url).status_code == 200 for source in made["source"] for url in source["feeds"])
    written = write_config(room, tmp_path / "home", pace=0.5)
    assert len(tomllib.loads(written.read_text(encoding="utf-8"))["source"]) == 6


def test_one_seed_gives_one_newsroom() -> None:
    ours, theirs = Newsroom(seed=9), Newsroom(seed=9)
    assert [s.headline for s in ours.stories()] == [s.headline for s in theirs.stories()]
    assert [s.headline for s in Newsroom(seed=10).stories()] != [s.headline for s in ours.stories()]


def test_the_demo_does_every_step(room: Newsroom) -> None:
    prepare(room)
    script = Script(room, patient=False)
    script.began -= 1000
    script.turn()
    assert script.finished
    assert len(script.events) == len(DEMO)
    flags = " ".join(event.expect for event in script.events)
    for word in ("number", "name", "reworded", "place", "correction", "stealth", "freshened", "reverted", "flapping"):
        assert word in flags
    assert any("SEOUL" in event.words and "TOKYO" in event.words for event in script.events)


def test_a_patient_script_waits_for_a_visit(quiet: Newsroom) -> None:
    from tests.newsroom import acts

    steps = (Step(0, "harbour", -1, acts.headline_reworded), Step(0, "harbour", -1, acts.reverted))
    script = Script(quiet, steps)
    story = quiet.story("harbour")
    script.turn()
    assert script.events == []
    for done in (1, 2):
        get(quiet.url(story))
        assert quiet.wait_seen(story, 5)
        script.turn()
        assert len(script.events) == done
    assert story.versions[0] == story.versions[2]


def test_a_script_that_runs_for_ever_stops_when_told(quiet: Newsroom) -> None:
    script = Script(quiet, (), speed=50, patient=False)
    runner = threading.Thread(target=script.run, kwargs={"forever": True})
    runner.start()
    while len(script.events) < 3:
        time.sleep(0.01)
    script.stop()
    runner.join(5)
    assert not runner.is_alive()


def test_edits_of_time(quiet: Newsroom) -> None:
    story = quiet.story("harbour")
    published, line = story.now.published, quiet.time_line(story)
    quiet.backdate(story, timedelta(days=3))
    assert story.now.published == published - timedelta(days=3)
    assert line not in text(quiet, story)
    quiet.edit_time_line(story, "/ 10:56 AM June 12, 2023")
    assert "/ 10:56 AM June 12, 2023" in text(quiet, story)
    modified = quiet.bump_modified(story).modified
    assert modified is not None
    assert quiet.outlet("harbour").local(modified).isoformat() in text(quiet, story)
