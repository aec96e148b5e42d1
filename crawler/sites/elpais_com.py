"""EL PAÍS: the time line under the byline begins with the place ("Bruselas - 15 oct 2024 - 08:22"); no place opens the story."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import ClassVar

from crawler.extract import dates
from crawler.extract.document import Document
from crawler.extract.page import ArticlePage

LONGEST = 60
"""Characters of the places and the dash after them."""


class ElPaisPage(ArticlePage):
    """The layout of `.a_e`, `.a_md` and `.a_c`, seen since 2020."""

    domain: ClassVar[str] = "elpais.com"
    deck_path: ClassVar[str] = "//header//h2[contains(concat(' ',@class,' '),' a_st ')]"
    home_zone: ClassVar[str | None] = "Europe/Madrid"

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath("//*[contains(concat(' ',@class,' '),' a_md_f ')]"))

    @cached_property
    def times(self) -> dates.Times:
        """The time line as shown, with the places before it: a change of either is one of that line."""
        generic = super().times
        shown = self.first("//*[contains(concat(' ',@class,' '),' a_md_f ')]/span[1]")
        places = " ".join((shown.text or "").split()) if shown is not None else ""
        if not generic.displayed_time or not places.endswith(("-", "–", "—")) or len(places) > LONGEST:
            return generic
        return replace(generic, displayed_time=f"{places} {generic.displayed_time}")
