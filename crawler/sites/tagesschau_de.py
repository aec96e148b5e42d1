"""tagesschau: reporters sign with their studio ("Von Jane Roe, ARD-Studio Kiew"), and "Stand" is the last change."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import ClassVar

from crawler.extract import byline, dates
from crawler.extract.document import Document
from crawler.extract.page import ArticlePage


class TagesschauPage(ArticlePage):
    """The layout of `.seitenkopf` and `.textabsatz`, seen since 2021."""

    domain: ClassVar[str] = "tagesschau.de"
    aside_path: ClassVar[str] = "//*[contains(@class,'absatzbild__info__text')]"

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath("//*[contains(@class,'seitenkopf')]"))

    @cached_property
    def byline(self) -> byline.Byline:
        found = super().byline
        people = tuple(name for name in found.authors if not name.startswith(("ARD", "tagesschau")))
        return replace(found, authors=people) if people else found

    @cached_property
    def times(self) -> dates.Times:
        """Where "Stand" is all there is, it is no time of publication."""
        found = super().times
        alone = found.modified is None and (found.displayed_time or "").startswith("Stand:")
        if not alone or found.provenance.get("published", "").startswith("json_ld"):
            return found
        provenance = {("modified" if key == "published" else key): where for key, where in found.provenance.items()}
        return replace(found, published=None, modified=found.published, provenance=provenance)
