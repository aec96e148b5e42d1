"""AP News: headings of lists and rules of underscores stand among the paragraphs."""

from __future__ import annotations

from typing import ClassVar

from crawler.extract.document import Document
from crawler.extract.page import ArticlePage


class ApPage(ArticlePage):
    """The layout of `.RichTextStoryBody`, seen since 2023."""

    domain: ClassVar[str] = "apnews.com"
    aside_path: ClassVar[str] = (
        "//*[contains(@class,'PageList-header-title')] | //*[contains(@class,'RichTextStoryBody')]//p[.='___']"
    )

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath("//*[contains(@class,'RichTextStoryBody')]"))
