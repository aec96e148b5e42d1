"""A source behind a proxy: its lists and its stories are asked of the proxy, and of nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from db.types import Outcome
from tests.crawler.fetch.shop import Shop
from tests.newsroom.wire import Reply
from tests.watching import Watching

pytestmark = pytest.mark.slow

STORY = "http://news.example/world/the-harbour-bridge-closes"
FEED = f"""<rss version="2.0"><channel><title>News</title><item><title>The harbour bridge closes</title>
<link>{STORY}</link></item></channel></rss>"""
TEXT = "The bridge over the harbour closes on Monday for repairs that the council says will last into the spring. " * 4
PAGE = f"<html><head><title>Bridge closes</title></head><body><article><h1>The harbour bridge closes</h1><p>{TEXT}</p>"


def test_all_visits_of_a_source_go_through_its_proxy(watch: Callable[..., Watching]) -> None:
    with Shop() as proxy:
        proxy.pages["/feed"] = Reply(200, FEED.encode(), content_type="application/rss+xml")
        proxy.pages["/world/the-harbour-bridge-closes"] = Reply(200, PAGE.encode())
        settings = {"proxy": f"http://{proxy.host}", "pace": 0.0}
        lists = [("http://news.example/feed", "feed")]
        watching = watch(None, declared=(("News", "http://news.example/", settings, lists),))
        (listed,) = watching.discover()
        assert (listed.reason, listed.new) == (None, 1)
        (visit,) = watching.check()
        assert (visit.outcome, visit.url) == (Outcome.NEW, STORY)
        assert proxy.asked() == ["/robots.txt", "/feed", "/world/the-harbour-bridge-closes"]
        assert watching.crawl(STORY, dry_run=True)[0].state == "done"
        assert {record.headers.get("host") for record in proxy.log.all()} == {"news.example"}
