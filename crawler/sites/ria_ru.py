"""РИА Новости: times are Moscow's without saying so, and the second title is the deck."""

from __future__ import annotations

from typing import ClassVar

from crawler.extract.document import Document
from crawler.extract.page import ArticlePage


class RiaPage(ArticlePage):
    """The layout of `.article__info-date` and `.article__text`, seen since 2018."""

    domain: ClassVar[str] = "ria.ru"
    deck_path: ClassVar[str] = "//*[contains(@class,'article__second-title')]"
    home_zone: ClassVar[str | None] = "Europe/Moscow"

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath("//*[contains(@class,'article__info-date')]"))
