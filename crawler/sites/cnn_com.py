"""CNN: the place line is an element before the first paragraph, place and agency apart."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import ClassVar

from crawler.extract import dateline
from crawler.extract.document import Document
from crawler.extract.page import ArticlePage, visible_text
from db.types import Dateline

PLACE = "//*[contains(@class,'source__location')]"


class CnnPage(ArticlePage):
    """The layout of `.headline__text` and `.vossi-paragraph`, seen since 2022."""

    domain: ClassVar[str] = "cnn.com"

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath("//*[contains(@class,'headline__text')]"))

    @cached_property
    def dateline(self) -> dateline.DatelineReading:
        found = super().dateline
        place = (visible_text(self.first(PLACE)) or "").strip(" ,—-")
        if found.dateline is not None or not place:
            return found
        agency = (visible_text(self.first("//*[contains(@class,'source__text')]")) or "").strip(" ,—-")
        return replace(found, dateline=Dateline(f"{place} {agency} —", place, None, agency or None), source="element")
