"""新华网: year, day and clock of the time line are elements apart; the reporter signs inside the place line's brackets."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from typing import ClassVar

from crawler.extract import byline, dates
from crawler.extract.document import Document
from crawler.extract.page import ArticlePage, visible_text

LINE = "//*[contains(@class,'header-time')]"
_LINE = re.compile(r"(\d{4})\D+(\d{2})/(\d{2})\D+(\d{2}:\d{2}:\d{2})")
_SIGNED = re.compile(r"^[（(](?:.{0,12}?记者)([^）)]{2,40})[）)]")


class XinhuaPage(ArticlePage):
    """The layout of `.header-time` and `#detailContent`, seen since 2021."""

    domain: ClassVar[str] = "news.cn"
    aside_path: ClassVar[str] = "//*[@id='articleEdit'] | //*[@id='articleEdit']//*"

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath(LINE))

    @cached_property
    def times(self) -> dates.Times:
        found = super().times
        line = visible_text(self.first(LINE)) or ""
        parts = _LINE.search(line)
        if parts is None:
            return found
        year, month, day, clock = parts.groups()
        provenance = {**found.provenance, "published": "page", "displayed_time": "page"}
        published = f"{year}-{month}-{day}T{clock}+08:00"
        return replace(found, published=published, displayed_time=line, provenance=provenance)

    @cached_property
    def byline(self) -> byline.Byline:
        signed = (_SIGNED.search(block.text.partition("电")[2]) for block in self.notices_and_rest[1][:1])
        names = next((tuple(re.split(r"[、，\s]+", found[1].strip())) for found in signed if found), ())
        return byline.Byline("、".join(names), names, "place line") if names else super().byline
