"""NHK: the story's first paragraph is a summary of its own above the body."""

from __future__ import annotations

from typing import ClassVar

from crawler.extract.document import Document
from crawler.extract.page import ArticlePage


class NhkPage(ArticlePage):
    """The layout of `.content--title` and `.content--summary`."""

    domain: ClassVar[str] = "nhk.or.jp"
    deck_path: ClassVar[str] = "//*[contains(@class,'content--summary') and not(contains(@class,'more'))]"
    home_zone: ClassVar[str | None] = "Asia/Tokyo"

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath("//*[contains(@class,'content--summary')]"))
