"""Anadolu Ajansı: the template of 2025 has no linked data, and sets the place line in an `<h6>` of its own."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import ClassVar

from crawler.extract import byline, dateline, dates
from crawler.extract.document import Document
from crawler.extract.page import ArticlePage, visible_text
from db.types import Dateline

_DAY = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})")


class AnadoluPage2025(ArticlePage):
    """The layout of `.detay-spot-category` and `.detay-icerik`."""

    domain: ClassVar[str] = "aa.com.tr"
    last_day: ClassVar[date | None] = date(2025, 12, 31)

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath("//*[contains(@class,'detay-icerik')]"))

    @cached_property
    def byline(self) -> byline.Byline:
        signed = self.document.root.xpath("//*[contains(@class,'detay-spot-category')]//span[contains(.,'|')]")
        names = (visible_text(signed[0]) or "").strip(" |") if signed else ""
        if not names:
            return super().byline
        return byline.Byline(names, tuple(part.strip() for part in names.split(",") if part.strip()), "page")

    @cached_property
    def times(self) -> dates.Times:
        """The line "01.05.2024 - Güncelleme : 02.05.2024": first published, then modified."""
        line = self.document.root.xpath("//*[contains(@class,'detay-spot-category')]//*[@class='tarih']")
        days = (
            [f"{year}-{month}-{day}" for day, month, year in _DAY.findall(visible_text(line[0]) or "")] if line else []
        )
        if not days:
            return super().times
        provenance = {"published": "page", "modified": "page", "displayed_time": "page"}
        return replace(super().times, published=days[0], modified=days[-1], provenance=provenance)

    @cached_property
    def dateline(self) -> dateline.DatelineReading:
        found = super().dateline
        place = self.document.root.xpath("//*[contains(@class,'detay-icerik')]/h6[1]")
        words = visible_text(place[0]) if place else None
        if found.dateline is not None or words is None or len(words) > 60:
            return found
        kept = tuple(block for block in found.blocks if block.text != words)
        return replace(found, dateline=Dateline(words, words), blocks=kept, source="h6")
