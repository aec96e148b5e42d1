"""Daily Mail: the deck is a list of points, and the time of the last update only stands in the time line."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import ClassVar

from crawler.extract import dates, facts
from crawler.extract.document import Document
from crawler.extract.page import ArticlePage, visible_text

POINTS = "//ul[contains(@class,'mol-bullets-with-font')]/li"
UPDATED = "//*[contains(@class,'article-timestamp-updated')]//time/@datetime"


class DailyMailPage(ArticlePage):
    """The layout of `#js-article-text`, seen since 2012."""

    domain: ClassVar[str] = "dailymail.co.uk"
    aside_path: ClassVar[str] = POINTS

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath("//*[@id='js-article-text']"))

    @cached_property
    def deck(self) -> facts.Found:
        points = [visible_text(point) for point in self.document.root.xpath(POINTS)]
        return (" ".join(point for point in points if point), "page") if any(points) else super().deck

    @cached_property
    def times(self) -> dates.Times:
        found = super().times
        stamps = self.document.root.xpath(UPDATED)
        if found.modified or not stamps:
            return found
        try:
            modified = datetime.fromisoformat(stamps[0]).isoformat()
        except ValueError:
            return found
        return replace(found, modified=modified, provenance={**found.provenance, "modified": "page"})
