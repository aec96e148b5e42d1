"""연합뉴스: the time of release is an attribute of the time line; reporters' addresses close the story."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from typing import ClassVar

from crawler.extract import body, dates
from crawler.extract.document import Document
from crawler.extract.page import ArticlePage

RELEASED = "//*[contains(@class,'update-time')]/@data-published-time"
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)")
_ADDRESS = re.compile(r"\S+@yna\.co\.kr")


class YonhapPage(ArticlePage):
    """The layout of `.story-news` and `.update-time`, seen since 2019."""

    domain: ClassVar[str] = "yna.co.kr"

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath("//*[contains(@class,'story-news')]"))

    @cached_property
    def times(self) -> dates.Times:
        found = super().times
        stamp = next((_STAMP.fullmatch(value) for value in self.document.root.xpath(RELEASED)), None)
        if stamp is None:
            return found
        year, month, day, hour, minute = stamp.groups()
        provenance = {key: where for key, where in found.provenance.items() if key != "modified"}
        return replace(
            found,
            published=f"{year}-{month}-{day}T{hour}:{minute}:00+09:00",
            modified=None if found.provenance.get("modified", "").startswith("time line") else found.modified,
            provenance={**provenance, "published": "page data-published-time"},
        )

    @cached_property
    def story(self) -> body.BodyReading:
        found = super().story
        kept = tuple(block for block in found.blocks if not _ADDRESS.fullmatch(block.text))
        return replace(found, blocks=kept) if kept else found
