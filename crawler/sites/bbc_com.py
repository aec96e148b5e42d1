"""BBC News (bbc.com): correspondents' posts and photo credits stand in blocks of their own among the story's."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from crawler.extract import byline
from crawler.extract.document import Document
from crawler.extract.page import ArticlePage, visible_text

NAMES = "//*[contains(@data-testid,'contributor') and contains(@data-testid,'-name')]"


class BbcPage(ArticlePage):
    """The layout of `data-component` blocks, seen since 2020."""

    domain: ClassVar[str] = "bbc.com"
    aside_path: ClassVar[str] = (
        "//*[contains(@data-testid,'role-location')] | //*[@data-component='byline-block']//*[not(*)]"
        " | //*[@data-component='image-block']//span[not(ancestor::figcaption)]"
    )

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath("//*[@data-component='headline-block' or @data-component='text-block']"))

    @cached_property
    def byline(self) -> byline.Byline:
        shown = (visible_text(name) for name in self.document.root.xpath(NAMES))
        names = tuple(dict.fromkeys(name for name in shown if name))
        return byline.Byline(", ".join(names), names, "page") if names else super().byline
