"""Le Monde: the deck and the time line stand in the header among the story's paragraphs."""

from __future__ import annotations

from typing import ClassVar

from crawler.extract.document import Document
from crawler.extract.page import ArticlePage


class LeMondePage(ArticlePage):
    """The layout of `.article__header` and `.article__paragraph`, seen since 2019."""

    domain: ClassVar[str] = "lemonde.fr"
    deck_path: ClassVar[str] = "//p[contains(@class,'article__desc')]"
    aside_path: ClassVar[str] = "//p[contains(@class,'meta__publisher')]"
    home_zone: ClassVar[str | None] = "Europe/Paris"

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath("//*[contains(@class,'article__paragraph')]"))
