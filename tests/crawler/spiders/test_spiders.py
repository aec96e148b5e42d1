"""The spiders of `scrapy crawl`, as a person runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.newsroom.newsroom import Newsroom
from tests.newsroom.noise import Noise

ROOT = Path(__file__).resolve().parents[3]


def scrapy(*args: str, allow: str = "127.0.0.0/8", code: int = 0) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NEWSWATCH_ALLOW_ADDRESSES": allow}
    command = [sys.executable, "-m", "scrapy", *args]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=90)
    assert done.returncode == code, done.stderr
    return done


def items(*args: str, allow: str = "127.0.0.0/8") -> dict[str, dict[str, Any]]:
    done = scrapy("crawl", *args, allow=allow)
    assert "Traceback" not in done.stderr, done.stderr
    return {item["url"]: item for item in map(json.loads, done.stdout.splitlines())}


@pytest.mark.slow
def test_scrapy_lists_both_spiders() -> None:
    assert scrapy("list").stdout.split() == ["article", "discover"]


@pytest.mark.slow
def test_article_gives_the_reading_and_names_each_failure() -> None:
    with Newsroom(outlets=["harbour"], stories=1, noise=Noise.quiet()) as room:
        outlet = room.outlet("harbour")
        story = outlet.stories[0]
        good, missing, barred = outlet.base + story.path, room.zoo("http-404"), room.zoo("disallowed")
        found = items("article", "-a", f"url={good} {missing} {barred} nonsense http://[::1]/")
    assert found[good]["headline"] == story.headline
    reasons = {url: item["error"]["reason"] for url, item in found.items() if "error" in item}
    assert reasons == {
        missing: "gone",
        barred: "robots",
        "nonsense": "bad_address",
        "http://[::1]/": "address_guard",
    }


@pytest.mark.slow
def test_discover_gives_the_entries_of_a_feed_and_of_a_sitemap() -> None:
    with Newsroom(outlets=["harbour"], stories=2, noise=Noise.quiet()) as room:
        outlet = room.outlet("harbour")
        stories = {outlet.base + story.path for story in outlet.stories}
        found = items("discover", "-a", f"url={outlet.base}{outlet.feeds[0]} {room.zoo('sitemap-index')}")
    assert stories < set(found)
    assert [item["url"].rsplit("/", 1)[1] for item in found.values() if item.get("sitemap")] == ["sitemap-good"]


@pytest.mark.slow
def test_without_leave_a_loopback_address_is_refused() -> None:
    found = items("article", "-a", "url=http://127.0.0.1:9/", allow="")
    assert found["http://127.0.0.1:9/"]["error"]["reason"] == "address_guard"


@pytest.mark.slow
def test_no_address_says_what_to_do() -> None:
    assert "-a url=" in scrapy("crawl", "article").stderr


@pytest.mark.slow
def test_a_malformed_network_is_named_without_a_traceback() -> None:
    done = scrapy("list", allow="127.0.0/8x", code=2)
    assert "'127.0.0/8x' is no network" in done.stderr
    assert "Traceback" not in done.stderr
