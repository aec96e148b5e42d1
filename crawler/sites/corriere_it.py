"""Corriere della Sera: the deck stands below the byline, as a heading."""

from __future__ import annotations

from typing import ClassVar

from crawler.extract.document import Document
from crawler.extract.page import ArticlePage


class CorrierePage(ArticlePage):
    """The layout of `.title-art-hp` and `.chapter-paragraph`, seen since 2021."""

    domain: ClassVar[str] = "corriere.it"
    deck_path: ClassVar[str] = "//*[contains(@class,'title-art-summary') or contains(@class,'summary-art')]"
    home_zone: ClassVar[str | None] = "Europe/Rome"

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath("//*[contains(@class,'chapter-paragraph')]"))
