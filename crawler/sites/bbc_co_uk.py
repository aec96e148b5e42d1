"""BBC News (bbc.co.uk): today's layout as on bbc.com, and the one before it, whose time line is seconds of the epoch."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import ClassVar

from crawler.extract import byline, dates
from crawler.extract.document import Document
from crawler.extract.page import ArticlePage, visible_text
from crawler.sites.bbc_com import BbcPage


class BbcUkPage(BbcPage):
    """The layout of `data-component` blocks, seen since 2020."""

    domain: ClassVar[str] = "bbc.co.uk"


class BbcStoryBodyPage(ArticlePage):
    """The layout of `.story-body`, with `.date[data-seconds]`."""

    domain: ClassVar[str] = "bbc.co.uk"
    last_day: ClassVar[date | None] = date(2020, 12, 31)
    aside_path: ClassVar[str] = "//*[contains(@class,'off-screen') or contains(@class,'story-image-copyright')]"

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath("//*[contains(@class,'story-body__h1')]"))

    @cached_property
    def byline(self) -> byline.Byline:
        name = (visible_text(self.first("//*[@class='byline__name']")) or "").removeprefix("By ")
        return byline.Byline(name, tuple(name.split(" & ")), "page") if name else super().byline

    @cached_property
    def times(self) -> dates.Times:
        found = super().times
        seconds = self.document.root.xpath(
            "//*[contains(@class,'story-body')]//*[contains(@class,'date')]/@data-seconds"
        )
        if not seconds or not seconds[0].isdigit() or len(seconds[0]) > 10:
            return found
        instant = datetime.fromtimestamp(int(seconds[0]), UTC).isoformat()
        return replace(found, published=instant, provenance={**found.provenance, "published": "page data-seconds"})
