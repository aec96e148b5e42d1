"""`scrapy crawl article -a url=…`: the reading of a page, as `newswatch extract` prints it. Nothing is stored."""

from __future__ import annotations

from crawler.extract.reader import read
from crawler.spiders.visiting import Item, VisitingSpider
from db.jsonable import article_to_json, failure_to_json
from db.types import Failure, Fetched


class ArticleSpider(VisitingSpider):
    """One item a page: its reading, or `{"url", "error"}`."""

    name = "article"

    def read(self, fetched: Fetched) -> list[Item]:
        reading = read(
            fetched.body,
            fetched.final_url,
            headers=dict(fetched.headers),
            fetched_at=fetched.at,
            zone=self.zone,
            status=fetched.status,
        )
        return [failure_to_json(reading) if isinstance(reading, Failure) else article_to_json(reading)]
