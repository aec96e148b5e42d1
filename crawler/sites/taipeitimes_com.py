"""Taipei Times: the byline is the first item of the share bar, "By Name / Staff reporter" or "AFP, MANILA"."""

from __future__ import annotations

import re
from functools import cached_property
from typing import ClassVar

from crawler.extract import byline
from crawler.extract.document import Document
from crawler.extract.page import ArticlePage, visible_text

SIGNED = "//ul[contains(@class,'boxTitle')]//*[@class='name']"
_POST = re.compile(r"\s*/.*$")


class TaipeiTimesPage(ArticlePage):
    """The layout of `.archives` and `ul.boxTitle`, seen since 2018."""

    domain: ClassVar[str] = "taipeitimes.com"
    aside_path: ClassVar[str] = "//ul[contains(@class,'boxTitle')]/li | //div[contains(@class,'archives')]/h2"

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath(SIGNED))

    @cached_property
    def byline(self) -> byline.Byline:
        words = _POST.sub("", visible_text(self.first(SIGNED)) or "")
        if not words:
            return super().byline
        names = tuple(re.split(r"\s+and\s+|,\s+", words.removeprefix("By ")))
        people = names if words.startswith("By ") else names[:1]
        return byline.Byline(", ".join(people), people, "page")
