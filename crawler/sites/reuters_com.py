"""Reuters: who reported and edited, and the house's standards, close the story in paragraphs of their own."""

from __future__ import annotations

from typing import ClassVar

from crawler.extract.document import Document
from crawler.extract.page import ArticlePage


class ReutersPage(ArticlePage):
    """The layout of `data-testid` paragraphs, seen since 2021."""

    domain: ClassVar[str] = "reuters.com"
    aside_path: ClassVar[str] = (
        "//*[contains(@class,'sign-off')] | //*[contains(@class,'trust-badge')] | //*[@data-testid='promo-box']"
    )

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath("//*[starts-with(@data-testid,'paragraph-')]"))
