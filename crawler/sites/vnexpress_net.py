"""VnExpress: linked data names the outlet as author; the reporter signs on a line of their own at the story's end."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import ClassVar

from crawler.extract import body, byline
from crawler.extract.document import Document
from crawler.extract.page import ArticlePage, visible_text
from db.types import Role

SIGNATURE = "//article[contains(@class,'fck_detail')]//p[contains(@style,'text-align:right')]/strong"


class VnExpressPage(ArticlePage):
    """The template of `h1.title-detail` and `article.fck_detail`."""

    domain: ClassVar[str] = "vnexpress.net"

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath("//article[contains(@class,'fck_detail')]"))

    @cached_property
    def signature(self) -> str | None:
        """The reporter's name at the story's end."""
        signed = self.document.root.xpath(SIGNATURE)
        name = visible_text(signed[-1]) if signed else None
        return name if name and len(name.split()) <= 8 else None

    @cached_property
    def byline(self) -> byline.Byline:
        if self.signature is None:
            return super().byline
        names = tuple(part.strip() for part in self.signature.replace(" - ", ", ").split(",") if part.strip())
        return byline.Byline(self.signature, names, "signature")

    @cached_property
    def story(self) -> body.BodyReading:
        found = super().story
        last = found.blocks[-1:] if self.signature else ()
        if last and last[0].role == Role.PARAGRAPH and last[0].text == self.signature:
            return replace(found, blocks=found.blocks[:-1])
        return found
