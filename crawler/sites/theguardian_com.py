"""The Guardian: desks and agencies sign a line of their own, and the standfirst has no class to know it by."""

from __future__ import annotations

import re
from functools import cached_property
from typing import ClassVar

from crawler.extract import byline
from crawler.extract.document import Document
from crawler.extract.page import ArticlePage, visible_text

SIGNED = "//*[@data-component='meta-byline']"
_FROM = re.compile(r"\s+in\s+[A-Z][\w .'-]*$")


class GuardianPage(ArticlePage):
    """The layout of `data-gu-name` areas, seen since 2020."""

    domain: ClassVar[str] = "theguardian.com"
    deck_path: ClassVar[str] = "//*[@data-gu-name='standfirst']//p"

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath("//*[@data-gu-name='headline']"))

    @cached_property
    def byline(self) -> byline.Byline:
        """A byline that links to no contributor names a desk or an agency, whole: "Guardian staff and agencies in Paris"."""
        signed = self.first(SIGNED)
        words = visible_text(signed)
        if signed is None or not words or signed.xpath(".//a"):
            return super().byline
        name = _FROM.sub("", words)
        return byline.Byline(name, (name,), "page")
