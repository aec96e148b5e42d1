"""`scrapy crawl discover -a url=…`: the stories that a feed or a sitemap names, in its own order. Nothing is stored."""

from __future__ import annotations

from dataclasses import asdict

from crawler.discover import feed, sitemap
from crawler.spiders.visiting import Item, VisitingSpider
from db.jsonable import failure_to_json
from db.types import Failure, Fetched


class DiscoverSpider(VisitingSpider):
    """An item an entry: `{"url", "title", "published", "updated"}`, with `"sitemap": true` where it is another sitemap."""

    name = "discover"

    def read(self, fetched: Fetched) -> list[Item]:
        headers = dict(fetched.headers)
        found = feed.parse(fetched.final_url, fetched.body, headers, self.zone)
        if isinstance(found, feed.Feed):
            return [asdict(entry) for entry in found.entries]
        other = sitemap.parse(fetched.final_url, fetched.body, headers, zone=self.zone)
        if isinstance(other, Failure):
            return [failure_to_json(found)]
        children = [asdict(child) | {"sitemap": True} for child in other.children]
        return children + [asdict(entry) for entry in other.entries]
